/* The pay page: Stripe's Payment Element. Card details stay in Stripe's frame and never reach this page. */
"use strict";

const SLOW = 8000; // milliseconds after which a card form that has not come is called missing

const settings = JSON.parse(document.getElementById("payment-settings").textContent);
const form = document.getElementById("payment-form");
const button = document.getElementById("pay-button");
const problem = document.getElementById("payment-problem");
const holder = document.getElementById("payment-element");
const loading = document.getElementById("payment-loading");
const buttonText = button.textContent;
let busy = false;

/** Say what went wrong, in the shop's own words where the bank's reason has some. */
function explain(error) {
  if (error.type === "card_error" || error.code === "payment_intent_authentication_failure") {
    return settings.declines[error.decline_code] || settings.declines[error.code] || settings.generalDecline;
  }
  if (error.type === "validation_error") return error.message;
  return "The payment service did not answer. Please try again.";
}

function showProblem(message) {
  problem.querySelector("[data-message]").textContent = message;
  problem.hidden = false;
  problem.focus();
}

function setBusy(isBusy) {
  busy = isBusy;
  button.setAttribute("aria-disabled", String(isBusy));
  button.textContent = isBusy ? button.dataset.busy : buttonText;
}

/** The element's look follows the page's own colours and type, in light and dark. */
function appearance() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const isDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  return {
    theme: isDark ? "night" : "stripe",
    variables: {
      colorPrimary: token("--accent"),
      colorBackground: token("--leaf"),
      colorText: token("--ink"),
      colorTextSecondary: token("--soft"),
      colorDanger: token("--ribbon"),
      fontFamily: token("--sans"),
      borderRadius: token("--radius"),
    },
  };
}

function cardFormMissing() {
  loading.hidden = true;
  showProblem("The card form could not be loaded. Check your connection, and whether something blocks Stripe, then reload this page. Nothing is lost.");
}

function mount() {
  if (typeof window.Stripe !== "function") {
    cardFormMissing();
    return;
  }
  loading.hidden = false;
  const stripe = window.Stripe(settings.publishableKey);
  const elements = stripe.elements({ clientSecret: settings.clientSecret, appearance: appearance() });
  const element = elements.create("payment", { layout: "accordion" });
  const slow = setTimeout(cardFormMissing, SLOW);
  element.on("ready", () => {
    clearTimeout(slow);
    loading.hidden = true;
    holder.removeAttribute("aria-busy");
    button.disabled = false;
  });
  element.on("loaderror", () => {
    clearTimeout(slow);
    cardFormMissing();
  });
  element.mount(holder);
  form.addEventListener("submit", (event) => pay(event, stripe, elements));
}

/** One press pays once: while a payment runs, further presses do nothing. */
async function pay(event, stripe, elements) {
  event.preventDefault();
  if (busy) return;
  setBusy(true);
  problem.hidden = true;
  try {
    const { error } = await stripe.confirmPayment({
      elements,
      confirmParams: { return_url: settings.returnUrl },
    });
    if (error) await declined(error);
  } catch {
    showProblem("The payment service did not answer. Please try again.");
    setBusy(false);
  }
}

/** A payment that has gone through or was canceled meanwhile, in another tab say, is shown by the status page. */
async function declined(error) {
  const status = error.payment_intent?.status;
  if (error.code === "payment_intent_unexpected_state" || status === "succeeded" || status === "processing") {
    window.location.assign(settings.returnUrl);
    return;
  }
  showProblem(explain(error));
  setBusy(false);
}

mount();
