/* Small comforts for forms. Every form works without them. */
"use strict";

/** After a failed submit the reader's place is the list of problems. */
function focusErrorSummary() {
  document.querySelector(".error-summary")?.focus();
}

/** An error leaves as soon as its field is edited; nobody is scolded while typing. */
function clearErrorOnEdit(event) {
  const input = event.target.closest("[aria-invalid='true']");
  if (!input) return;
  const field = input.closest(".field");
  input.removeAttribute("aria-invalid");
  field?.classList.remove("field--invalid");
  field?.querySelector(".field__error")?.remove();
}

/** A second press of the same button sends nothing; the button says what is going on. */
function sendOnce(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  const button = event.submitter;
  if (!button) return;
  button.setAttribute("aria-disabled", "true");
  if (!button.dataset.busy) return;
  button.dataset.idle = button.textContent;
  button.textContent = button.dataset.busy;
}

/** A page that comes back from the browser's history can be sent again. */
function readyAgain(event) {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) {
      button.removeAttribute("aria-disabled");
      if (button.dataset.idle) button.textContent = button.dataset.idle;
    }
  }
}

/** Shows a password while it is typed, or hides it again; the button is named after what it will do next. */
function togglePassword(event) {
  const button = event.target.closest("[data-show-password]");
  if (!button) return;
  const input = document.getElementById(button.dataset.showPassword);
  const shown = input.type === "text";
  const [next, last] = shown ? ["Show", "Hide"] : ["Hide", "Show"];
  input.type = shown ? "password" : "text";
  button.textContent = next;
  button.setAttribute("aria-label", button.getAttribute("aria-label").replace(last, next));
  input.focus();
}

/** Buttons that only work with this script stay hidden without it. */
function revealToggles() {
  for (const button of document.querySelectorAll("[data-show-password]")) button.hidden = false;
}

/** On a wide page the order summary stands open at the side. */
function unfoldWhereWide() {
  const wide = window.matchMedia("(min-width: 58rem)");
  const unfold = () => {
    for (const details of document.querySelectorAll("details[data-unfold-wide]")) details.open = wide.matches;
  };
  wide.addEventListener("change", unfold);
  unfold();
}

document.addEventListener("input", clearErrorOnEdit);
document.addEventListener("submit", sendOnce);
document.addEventListener("click", togglePassword);
window.addEventListener("pageshow", readyAgain);
revealToggles();
unfoldWhereWide();
focusErrorSummary();
