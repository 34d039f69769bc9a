"""A shop's pay page, as small as can be, under the Content-Security-Policy that the real one has."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta name="color-scheme" content="light dark">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pay</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/pay.css">
<script src="{js_url}"></script>
<script src="/pay.js" defer></script>
</head>
<body data-key="{key}" data-redirect="{redirect}" data-theme="{theme}">
<main>
<h1>Pay</h1>
<div id="payment-element"></div>
<p id="message" role="alert"></p>
<button id="pay" type="button">Pay £19.99</button>
</main>
</body>
</html>
"""

SCRIPT = """
const {key, redirect, theme} = document.body.dataset;
const clientSecret = location.hash.slice(1);
const stripe = window.stripe = Stripe(key);
const dark = {colorBackground: "#1b222b", colorText: "#e8edf2", colorTextSecondary: "#a9b4c0", colorDanger: "#ff9aa8",
  colorPrimary: "#93c2f5"};
const variables = {borderRadius: "6px", ...(theme === "dark" ? dark : {})};
const elements = window.elements = stripe.elements({clientSecret, appearance: {variables}});
const element = window.element = elements.create("payment");
const message = document.getElementById("message");
window.seen = [];
element.on("change", ({complete}) => { document.body.dataset.complete = complete; });
for (const name of ["ready", "change", "focus", "blur"]) element.on(name, (event) => window.seen.push([name, event]));
element.mount("#payment-element");
document.getElementById("pay").addEventListener("click", async () => {
  message.textContent = "";
  const confirmParams = {return_url: location.origin + "/return?order=7"};
  const result = await stripe.confirmPayment({elements, confirmParams, redirect});
  window.result = result;
  message.textContent = result.error ? result.error.message : "Status: " + result.paymentIntent.status;
});
"""

STYLE = """
body { margin: 0; padding: 16px; font: 16px/1.5 system-ui, sans-serif; background: #fff; color: #1b2530; }
body[data-theme="dark"] { color-scheme: dark; background: #12171d; color: #e8edf2; }
main { max-width: 30rem; margin: 0 auto; }
button { min-height: 48px; width: 100%; font: inherit; }
"""


class ShopPage:
    """Serves the page on a free port; `url(secret)` is where to point the browser."""

    def __init__(self, sandbox) -> None:
        self.sandbox = sandbox
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page.answer(self)

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, secret: str, redirect: str = "if_required", theme: str = "light") -> str:
        return f"{self.origin}/pay?redirect={redirect}&theme={theme}#{secret}"

    def policy(self) -> str:
        origin = self.sandbox.url
        return (
            f"default-src 'self'; script-src 'self' {origin}; frame-src {origin}; connect-src 'self' {origin};"
            " style-src 'self'; img-src 'self' data:; base-uri 'none'; object-src 'none'"
        )

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        bodies = {
            "/pay": ("text/html", self._page(query)),
            "/pay.js": ("text/javascript", SCRIPT),
            "/pay.css": ("text/css", STYLE),
            "/return": ("text/html", "<!doctype html><title>Back</title><h1>Back in the shop</h1>"),
        }
        kind, body = bodies.get(parts.path, ("text/plain", ""))
        request.send_response(200)
        request.send_header("Content-Type", f"{kind}; charset=utf-8")
        request.send_header("Content-Security-Policy", self.policy())
        request.end_headers()
        request.wfile.write(body.encode())

    def _page(self, query: dict[str, str]) -> str:
        return PAGE.format(
            js_url=self.sandbox.js_url,
            key=self.sandbox.publishable_key,
            redirect=query.get("redirect", "if_required"),
            theme=query.get("theme", "light"),
        )

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
