/* The status page asks, with growing pauses, whether there is news of the order, and is drawn anew when there is. */
"use strict";

const FIRST_PAUSE = 1500;
const LONGEST_PAUSE = 15000;

const shown = document.getElementById("order-status").dataset.state;

async function look(pause) {
  try {
    const answer = await fetch("?poll", { headers: { Accept: "application/json" } });
    if (answer.ok && (await answer.json()).state !== shown) {
      window.location.reload();
      return;
    }
  } catch {
    // Offline for a moment: the next look comes by itself.
  }
  const next = Math.min(pause * 1.3, LONGEST_PAUSE);
  setTimeout(() => look(next), next);
}

setTimeout(() => look(FIRST_PAUSE), FIRST_PAUSE);
