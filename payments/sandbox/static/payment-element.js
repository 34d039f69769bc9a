/* The Payment Element inside its frame. It talks to the page through the port that the page hands over. */
"use strict";

const fields = {
  number: document.getElementById("number"),
  expiry: document.getElementById("expiry"),
  cvc: document.getElementById("cvc"),
};
let port = null;
let billing = {};

const send = (event, value) => port?.postMessage({ event, value });

const problemOf = (name) => {
  const { number, expiry, cvc } = fields;
  if (name === "number") return CardFields.numberProblem(number.value);
  if (name === "expiry") return CardFields.expiryProblem(expiry.value);
  return CardFields.cvcProblem(cvc.value, number.value);
};

const show = (name, problem) => {
  const field = fields[name];
  const text = document.getElementById(`${name}-error`);
  if (problem) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  text.textContent = problem?.message ?? "";
  text.hidden = !problem;
  tellHeight();
};

const tellHeight = () => send("height", Math.ceil(document.body.getBoundingClientRect().height));

const tellChange = () => {
  const names = Object.keys(fields);
  send("change", {
    empty: names.every((name) => !fields[name].value),
    complete: names.every((name) => !problemOf(name)),
    collapsed: false,
    value: { type: "card" },
  });
};

/* All problems shown, the first one focused; resolves to the first as Stripe.js reports it. */
const validate = () => {
  let first = null;
  for (const name of Object.keys(fields)) {
    const problem = problemOf(name);
    show(name, problem);
    if (problem && !first) {
      first = problem;
      fields[name].focus();
    }
  }
  return first && { error: { type: "validation_error", ...first } };
};

const FIELD_OF_PARAM = { number: "number", exp_month: "expiry", exp_year: "expiry", cvc: "cvc" };

const confirm = async ({ key, id, params }) => {
  const invalid = validate();
  if (invalid) return invalid;
  const card = CardFields.asParams(fields.number.value, fields.expiry.value, fields.cvc.value);
  enable(false);
  try {
    const response = await fetch(`/v1/payment_intents/${encodeURIComponent(id)}/confirm`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}` },
      body: new URLSearchParams({ ...params, ...card, ...billing }),
    });
    return pointOut(await response.json());
  } catch {
    const message = "We could not reach the payment service. Check your connection and try again.";
    return { error: { type: "api_connection_error", message } };
  } finally {
    enable(true);
  }
};

/* A decline that names a field is shown at that field too. */
const pointOut = (answer) => {
  const name = FIELD_OF_PARAM[answer.error?.param];
  if (name) show(name, { message: answer.error.message });
  return answer;
};

const enable = (enabled) => {
  for (const field of Object.values(fields)) field.disabled = !enabled;
};

const style = ({ theme, variables = {} } = {}) => {
  const root = document.documentElement;
  const night = theme === "night" ? { colorBackground: "#30313d", colorText: "#ffffff", colorDanger: "#fe87a1", colorPrimary: "#85d996" } : {};
  for (const [name, value] of Object.entries({ ...night, ...variables })) {
    if (/^[a-zA-Z]+$/.test(name)) root.style.setProperty(`--${name}`, String(value));
  }
  tellHeight();
};

const take = ({ defaultValues, readOnly } = {}) => {
  enable(!readOnly);
  billing = {};
  const { name, email } = defaultValues?.billingDetails ?? {};
  if (name) billing["payment_method_data[billing_details][name]"] = name;
  if (email) billing["payment_method_data[billing_details][email]"] = email;
};

const clear = () => {
  for (const name of Object.keys(fields)) {
    fields[name].value = "";
    show(name, null);
  }
  tellChange();
};

const actions = {
  validate: () => validate() ?? { selectedPaymentMethod: "card" },
  confirm,
  clear,
  appearance: style,
  options: take,
  focus: () => fields.number.focus(),
  blur: () => document.activeElement?.blur(),
};

const receive = async ({ data: { action, value, request } }) => {
  if (!Object.hasOwn(actions, action)) return;
  const answer = await actions[action](value);
  if (request) port.postMessage({ answer: request, value: answer });
};

addEventListener("message", ({ data, ports, source }) => {
  if (source !== parent || data?.sandbox !== "init" || port) return;
  [port] = ports;
  port.onmessage = receive;
  style(data.appearance);
  take(data.options);
  new ResizeObserver(tellHeight).observe(document.body);
  send("ready");
});

/* Keeps the caret where it was, counted in digits, when typing happens in the middle. */
const format = (field, formatted) => {
  const atEnd = field.selectionStart === field.value.length;
  const digitsBefore = field.value.slice(0, field.selectionStart).replace(/\D/g, "").length;
  if (field.value === formatted) return;
  field.value = formatted;
  if (atEnd) return;
  let place = 0;
  for (let seen = 0; seen < digitsBefore && place < formatted.length; place += 1) {
    if (/\d/.test(formatted[place])) seen += 1;
  }
  field.setSelectionRange(place, place);
};

const formatted = (name, deleting) => {
  const { value } = fields[name];
  if (name === "number") return CardFields.formatNumber(value);
  if (name === "expiry") return CardFields.formatExpiry(value, deleting);
  return CardFields.formatCvc(value, fields.number.value);
};

for (const [name, field] of Object.entries(fields)) {
  field.addEventListener("input", (event) => {
    format(field, formatted(name, event.inputType?.startsWith("delete")));
    if (field.hasAttribute("aria-invalid")) show(name, problemOf(name));
    tellChange();
  });
  field.addEventListener("blur", ({ relatedTarget }) => {
    // Not when the whole frame is left: it would grow, and move the page's button from under a finger that presses it.
    if (field.value && relatedTarget) show(name, problemOf(name));
    send("blur");
  });
  field.addEventListener("focus", () => send("focus"));
}
document.getElementById("card").addEventListener("submit", (event) => event.preventDefault());
