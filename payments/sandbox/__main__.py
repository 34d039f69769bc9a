"""`python -m payments.sandbox`: the sandbox as a process of its own."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path

import uvicorn

from . import webhook_endpoints
from .api import Api, Keys
from .app import Sandbox
from .dispatcher import Dispatcher
from .engine import Engine
from .errors import ApiError
from .protocol import CuttableProtocol


def main(arguments: list[str] | None = None) -> int:
    """Runs until SIGINT or SIGTERM. Returns the exit status."""
    options = _options(arguments)
    listener = _listen(options.host, options.port)
    if listener is None:
        print(
            f"sandbox: port {options.port} is in use; choose another with SANDBOX_PORT or --port",
            file=sys.stderr,
        )
        return 1
    try:
        engine = _engine(options)
    except (ApiError, OSError) as problem:
        print(f"sandbox: {problem}", file=sys.stderr)
        return 1
    keys = Keys(os.environ.get("STRIPE_SECRET_KEY") or None, os.environ.get("STRIPE_PUBLISHABLE_KEY") or None)
    _serve(engine, Sandbox(engine, Api(engine, keys)), listener)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    env = os.environ
    parser = argparse.ArgumentParser(prog="python -m payments.sandbox", description="An offline Stripe.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=int(env.get("SANDBOX_PORT") or 12111))
    parser.add_argument(
        "--webhook-url", default=env.get("SANDBOX_WEBHOOK_URL") or None, help="where events are sent"
    )
    parser.add_argument(
        "--webhook-secret", default=env.get("STRIPE_WEBHOOK_SECRET") or None, help="whsec_..."
    )
    parser.add_argument(
        "--database", default=env.get("SANDBOX_DATABASE") or None, help="SQLite file; without it, memory"
    )
    parser.add_argument("--seed", type=int, default=None, help="repeat the same ids and faults")
    options = parser.parse_args(arguments)
    if options.webhook_url and not options.webhook_secret:
        parser.error("--webhook-url needs --webhook-secret (or STRIPE_WEBHOOK_SECRET)")
    return options


def _listen(host: str, port: int) -> socket.socket | None:
    try:
        return socket.create_server((host, port))
    except OSError:
        return None


def _engine(options: argparse.Namespace) -> Engine:
    if options.database:
        Path(options.database).parent.mkdir(parents=True, exist_ok=True)
    engine = Engine(seed=options.seed, database=options.database)
    engine.base_url = f"http://{options.host}:{options.port}"
    with engine.transaction():
        if options.webhook_url:
            webhook_endpoints.configure(engine, options.webhook_url, options.webhook_secret)
        else:
            webhook_endpoints.disable_configured(engine)
    return engine


def _serve(engine: Engine, sandbox: Sandbox, listener: socket.socket) -> None:
    dispatcher = Dispatcher(engine)
    dispatcher.start()
    config = uvicorn.Config(
        sandbox.app,
        http=CuttableProtocol,
        proxy_headers=False,
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config, sandbox)
    print(f"sandbox: {engine.base_url}", flush=True)
    try:
        server.run([listener])
    finally:
        dispatcher.stop()
        engine.close()


class _Server(uvicorn.Server):
    """Lets go of requests that a fault is holding as soon as it is told to stop; a second Ctrl-C stops at once."""

    def __init__(self, config: uvicorn.Config, sandbox: Sandbox) -> None:
        super().__init__(config)
        self._sandbox = sandbox

    def handle_exit(self, sig: int, frame: object) -> None:
        # Not the parent's: it raises the signal again after the shutdown, and a clean stop would look like a crash.
        self._sandbox.stopping.set()
        self.force_exit = self.should_exit
        self.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
