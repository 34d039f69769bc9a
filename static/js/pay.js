/* The pay page: Stripe's Payment Element. Card details stay in Stripe's frame and never reach this page. */
"use strict";

const SLOW = 8000; // milliseconds after which a card form that has not come is called missing

const stripeScript = document.currentScript.dataset.stripeJs;
const settings = JSON.parse(document.getElementById("payment-settings").textContent);
const form = document.getElementById("payment-form");
const button = document.getElementById("pay-button");
const problem = document.getElementById("payment-problem");
const missing = document.getElementById("card-form-missing");
const holder = document.getElementById("payment-element");
const loading = document.getElementById("payment-loading");
const buttonText = button.textContent;
const dark = window.matchMedia("(prefers-color-scheme: dark)");
let busy = false;

function tell(notice) {
  notice.hidden = false;
  notice.focus();
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
  return {
    theme: dark.matches ? "night" : "stripe",
    variables: {
      colorPrimary: token("--accent"),
      colorBackground: token("--leaf"),
      colorText: token("--ink"),
      colorTextSecondary: token("--soft"),
      colorTextPlaceholder: token("--soft"),
      colorDanger: token("--ribbon"),
      fontFamily: token("--sans"),
      borderRadius: token("--radius"),
    },
    rules: {
      ".Input": { borderColor: token("--edge"), boxShadow: "none" },
      ".Label": { fontWeight: "600" },
    },
  };
}

/** Stripe's script is loaded from here, so that a slow or blocked one is noticed. */
function load() {
  const slow = setTimeout(cardFormMissing, SLOW);
  const script = document.createElement("script");
  script.src = stripeScript;
  script.addEventListener("load", () => mount(slow));
  script.addEventListener("error", cardFormMissing);
  document.head.append(script);
}

function mount(slow) {
  const stripe = window.Stripe(settings.publishableKey);
  const elements = stripe.elements({ clientSecret: settings.clientSecret, appearance: appearance() });
  const element = elements.create("payment", { layout: "accordion" });
  element.on("ready", () => {
    clearTimeout(slow);
    cardFormReady();
  });
  element.on("loaderror", cardFormMissing);
  element.mount(holder);
  form.addEventListener("submit", (event) => pay(event, stripe, elements));
  dark.addEventListener("change", () => elements.update({ appearance: appearance() }));
}

function cardFormReady() {
  loading.hidden = true;
  missing.hidden = true;
  holder.removeAttribute("aria-busy");
  button.disabled = false;
}

function cardFormMissing() {
  loading.hidden = true;
  tell(missing);
  holder.removeAttribute("aria-busy");
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
    // A payment that went through has left for the return address: only trouble gets here.
    react(error);
  } catch {
    findOut();
  }
}

function react(error) {
  if (error.type === "validation_error") {
    setBusy(false); // the card form points at its fields itself
  } else if (isDecline(error)) {
    problem.querySelector("[data-message]").textContent = explain(error);
    tell(problem);
    setBusy(false);
  } else {
    findOut();
  }
}

function isDecline({ type, code }) {
  return type === "card_error" || code === "payment_intent_authentication_failure";
}

/** What went wrong, in the shop's own words where the bank's reason has some. */
function explain({ code, decline_code: declineCode }) {
  return settings.declines[declineCode] || settings.declines[code] || settings.generalDecline;
}

/** No answer, or one that tells nothing, or news of another tab: the shop asks Stripe and shows what is true. */
function findOut() {
  const address = new URL(settings.returnUrl);
  address.searchParams.set("payment_intent", settings.clientSecret.split("_secret_")[0]);
  window.location.assign(address);
}

form.hidden = false;
loading.hidden = false;
if (!problem.hidden) problem.focus();
load();
