/*
 * A stand-in for Stripe.js: the part of its interface that a shop with the Payment Element uses.
 * Card data stays in frames of the sandbox; the page only ever sees ids, client secrets and results.
 * Styles are set through element.style, which a Content-Security-Policy without 'unsafe-inline' allows.
 */
(() => {
  "use strict";

  const ORIGIN = new URL(document.currentScript.src).origin;
  const REDIRECTING = new Promise(() => {}); // never settles: the page is on its way elsewhere
  const LOADING_TIME = 6000; // milliseconds until a silent frame counts as broken
  let frames = 0;

  class IntegrationError extends Error {
    constructor(message) {
      super(message);
      this.name = "IntegrationError";
    }
  }

  const intentId = (clientSecret) => {
    if (!/^pi_[A-Za-z0-9]+_secret_[A-Za-z0-9]+$/.test(String(clientSecret))) {
      throw new IntegrationError("Invalid value for the client secret of a PaymentIntent.");
    }
    return clientSecret.split("_secret_")[0];
  };

  class Api {
    constructor(key) {
      this.key = key;
    }

    async call(method, path, params) {
      const form = new URLSearchParams(params);
      const query = method === "GET" ? `?${form}` : "";
      try {
        const response = await fetch(`${ORIGIN}/v1/${path}${query}`, {
          method,
          headers: { Authorization: `Bearer ${this.key}` },
          body: method === "GET" ? undefined : form,
        });
        return await response.json();
      } catch {
        return { error: connectionError() };
      }
    }

    async intent(clientSecret) {
      const id = intentId(clientSecret);
      return asResult(await this.call("GET", `payment_intents/${id}`, { client_secret: clientSecret }));
    }
  }

  const connectionError = () => ({
    type: "api_connection_error",
    message: "We could not reach the payment service. Check your connection and try again.",
  });

  const asResult = (answer) => (answer.error ? { error: answer.error } : { paymentIntent: answer });

  const style = (element, rules) => Object.assign(element.style, rules);

  const newFrame = (kind, path, title) => {
    const frame = document.createElement("iframe");
    frame.name = `__sandbox${kind}${++frames}`;
    frame.title = title;
    frame.src = ORIGIN + path;
    style(frame, { border: "0", display: "block", width: "100%" });
    return frame;
  };

  /* Listeners by event name, as on Stripe's elements. */
  class Emitter {
    #listeners = new Map();

    on(name, listener) {
      this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
      return this;
    }

    once(name, listener) {
      const wrapped = (value) => {
        this.off(name, wrapped);
        listener(value);
      };
      return this.on(name, wrapped);
    }

    off(name, listener) {
      const kept = (this.#listeners.get(name) ?? []).filter((known) => listener && known !== listener);
      this.#listeners.set(name, kept);
      return this;
    }

    emit(name, value) {
      for (const listener of this.#listeners.get(name) ?? []) listener(value);
    }
  }

  /* The Payment Element: a frame of the sandbox, spoken to through a private port. */
  class PaymentElement extends Emitter {
    #options;
    #elements;
    #frame = null;
    #port = null;
    #waiting = new Map();
    #requests = 0;

    constructor(elements, options = {}) {
      super();
      this.#elements = elements;
      this.#options = options;
    }

    mount(where) {
      const parent = typeof where === "string" ? document.querySelector(where) : where;
      if (!parent) throw new IntegrationError(`There is no element ${where} to mount into.`);
      if (this.#frame) return this;
      this.#frame = newFrame("PaymentElement", "/elements/payment", "Secure card payment");
      // The frame's document is a light one: said here too, it stays transparent on a dark page.
      // Wider than its place by the room for focus rings, as Stripe's is: the fields stand in line with the page.
      style(this.#frame, { colorScheme: "light", height: "0px", margin: "0 -4px", width: "calc(100% + 8px)" });
      this.#frame.addEventListener("load", () => this.#connect());
      parent.replaceChildren(this.#frame);
      this.emit("loaderstart", { elementType: "payment" });
      this.#failWhenSilent();
      return this;
    }

    #connect() {
      const channel = new MessageChannel();
      this.#port = channel.port1;
      this.#port.onmessage = ({ data }) => this.#receive(data);
      const setup = { sandbox: "init", appearance: this.#elements.appearance, options: this.#options };
      this.#frame.contentWindow.postMessage(setup, ORIGIN, [channel.port2]);
    }

    #failWhenSilent() {
      const frame = this.#frame;
      setTimeout(() => {
        if (frame === this.#frame && frame && !frame.dataset.ready) {
          const error = { type: "api_connection_error", message: "The payment form could not be loaded." };
          this.emit("loaderror", { elementType: "payment", error });
        }
      }, LOADING_TIME);
    }

    #receive({ event, value, answer }) {
      if (answer) {
        this.#waiting.get(answer)?.(value);
        this.#waiting.delete(answer);
      } else if (event === "height") {
        style(this.#frame, { height: `${value}px` });
      } else {
        if (event === "ready") this.#frame.dataset.ready = "true";
        this.emit(event, { elementType: "payment", ...value });
      }
    }

    /* Asks the frame to do something and resolves with what it answers. */
    ask(action, value) {
      if (!this.#port) throw new IntegrationError("The Payment Element is not mounted yet.");
      return new Promise((resolve) => {
        this.#waiting.set(++this.#requests, resolve);
        this.#port.postMessage({ action, value, request: this.#requests });
      });
    }

    #tell(action, value) {
      this.#port?.postMessage({ action, value });
    }

    restyle(appearance) {
      this.#tell("appearance", appearance);
    }

    update(options) {
      this.#options = { ...this.#options, ...options };
      this.#tell("options", this.#options);
      return this;
    }

    focus() {
      this.#frame?.focus();
      this.#tell("focus");
    }

    blur() {
      this.#tell("blur");
    }

    clear() {
      this.#tell("clear");
    }

    collapse() {
      return this;
    }

    unmount() {
      this.#frame?.remove();
      this.#port?.close();
      this.#frame = this.#port = null;
      for (const resolve of this.#waiting.values()) resolve({ error: connectionError() });
      this.#waiting.clear();
      return this;
    }

    destroy() {
      this.unmount();
      this.#elements.forget();
    }
  }

  class Elements {
    #options;
    #api;
    #element = null;
    #submitted = false;

    constructor(api, options = {}) {
      if (options.clientSecret) {
        intentId(options.clientSecret);
      } else if (!["payment", "setup", "subscription"].includes(options.mode)) {
        throw new IntegrationError("elements() needs a clientSecret, or a mode with amount and currency.");
      }
      this.#api = api;
      this.#options = options;
    }

    get appearance() {
      return this.#options.appearance ?? {};
    }

    get clientSecret() {
      return this.#options.clientSecret;
    }

    create(type, options) {
      if (type !== "payment") throw new IntegrationError(`The sandbox knows the payment element, not ${type}.`);
      if (this.#element) throw new IntegrationError("Can only create one Payment Element per Elements group.");
      this.#element = new PaymentElement(this, options);
      return this.#element;
    }

    getElement(type) {
      return type === "payment" ? this.#element : null;
    }

    forget() {
      this.#element = null;
    }

    update(options) {
      this.#options = { ...this.#options, ...options };
      if (options.appearance) this.#element?.restyle(options.appearance);
    }

    async fetchUpdates() {
      if (!this.clientSecret) throw new IntegrationError("fetchUpdates() needs a clientSecret.");
      const { error } = await this.#api.intent(this.clientSecret);
      return error ? { error } : {};
    }

    async submit() {
      const result = await this.required().ask("validate");
      this.#submitted = !result.error;
      return result;
    }

    /* Without a client secret of its own, the form must have been submitted before it can be confirmed. */
    get confirmable() {
      return Boolean(this.clientSecret) || this.#submitted;
    }

    required() {
      if (!this.#element) throw new IntegrationError("Create and mount a Payment Element first.");
      return this.#element;
    }
  }

  /* The bank's page in a modal dialog; resolves when the customer has answered. */
  const challenge = (url) =>
    new Promise((resolve) => {
      const dialog = document.createElement("dialog");
      dialog.setAttribute("aria-label", "3-D Secure authentication");
      style(dialog, {
        background: "rgb(0 0 0 / 55%)",
        border: "0",
        boxSizing: "border-box",
        height: "100dvh",
        margin: "0",
        maxHeight: "none",
        maxWidth: "none",
        padding: "5vh 16px",
        width: "100vw",
      });
      const frame = newFrame("Challenge", new URL(url).pathname, "3-D Secure authentication");
      style(frame, { borderRadius: "8px", height: "min(380px, 90vh)", margin: "0 auto", maxWidth: "420px" });
      const finish = ({ origin, source, data }) => {
        if (origin !== ORIGIN || source !== frame.contentWindow || data?.sandbox !== "authenticated") return;
        removeEventListener("message", finish);
        dialog.close();
        dialog.remove();
        resolve();
      };
      addEventListener("message", finish);
      dialog.addEventListener("cancel", (event) => event.preventDefault());
      dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.preventDefault());
      dialog.append(frame);
      document.body.append(dialog);
      dialog.showModal();
      frame.focus();
    });

  const returnAddress = (returnUrl, intent) => {
    const address = new URL(returnUrl, location.href);
    const going = ["succeeded", "processing", "requires_capture"].includes(intent.status);
    address.searchParams.set("payment_intent", intent.id);
    address.searchParams.set("payment_intent_client_secret", intent.client_secret);
    address.searchParams.set("redirect_status", going ? "succeeded" : "failed");
    return address.href;
  };

  class StripeStandIn {
    #api;

    constructor(key) {
      if (!/^pk_test_/.test(String(key))) throw new IntegrationError("The sandbox wants a publishable key: pk_test_...");
      this.#api = new Api(key);
    }

    elements(options) {
      return new Elements(this.#api, options);
    }

    async retrievePaymentIntent(clientSecret) {
      return this.#api.intent(clientSecret);
    }

    async handleNextAction({ clientSecret }) {
      const found = await this.#api.intent(clientSecret);
      return found.error ? found : this.#act(found.paymentIntent);
    }

    async confirmPayment({ elements, clientSecret, confirmParams = {}, redirect = "always" }) {
      const secret = clientSecret ?? elements?.clientSecret;
      const id = intentId(secret);
      if (redirect === "always" && !confirmParams.return_url) {
        throw new IntegrationError("confirmPayment() needs confirmParams.return_url, unless redirect is if_required.");
      }
      if (elements && !elements.confirmable) {
        throw new IntegrationError("elements.submit() must be called before confirmPayment().");
      }
      const answer = await this.#confirm(elements, id, secret, confirmParams);
      const result = answer.error ? { error: answer.error } : await this.#act(answer);
      if (result.error || redirect === "if_required") return result;
      location.assign(returnAddress(confirmParams.return_url, result.paymentIntent));
      return REDIRECTING;
    }

    #confirm(elements, id, secret, { return_url, payment_method, receipt_email }) {
      const params = { client_secret: secret, use_stripe_sdk: "true" };
      if (return_url) params.return_url = new URL(return_url, location.href).href;
      if (receipt_email) params.receipt_email = receipt_email;
      if (!elements) return this.#api.call("POST", `payment_intents/${id}/confirm`, { ...params, payment_method });
      // The frame adds the card and sends it to the sandbox itself: the number never comes to this page.
      return elements.required().ask("confirm", { key: this.#api.key, id, params });
    }

    async #act(intent) {
      if (intent.status !== "requires_action") return this.#outcome(intent);
      const { use_stripe_sdk: sdk, redirect_to_url: redirect } = intent.next_action;
      if (!sdk) {
        location.assign(redirect.url);
        return REDIRECTING;
      }
      await challenge(sdk.stripe_js);
      const { error, paymentIntent } = await this.#api.intent(intent.client_secret);
      return error ? { error } : this.#outcome(paymentIntent);
    }

    #outcome(intent) {
      const failed = intent.status === "requires_payment_method" && intent.last_payment_error;
      if (!failed) return { paymentIntent: intent };
      return { error: { ...intent.last_payment_error, payment_intent: intent } };
    }
  }

  window.Stripe = Object.assign((key) => new StripeStandIn(key), { version: "sandbox" });
})();
