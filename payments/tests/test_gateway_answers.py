"""What else may answer where Stripe should: a proxy that is being repaired, a page for signing in to a network."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from payments import gateway
from payments.gateway import StripeUnavailable

from .test_gateway import CALLS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

ANSWERS = [
    b"",
    b"<html>Sign in</html>",
    b"[]",
    b"null",
    b'"ok"',
    b"7",
    b"{}",
    b'{"data": 5}',
    b'{"id": null}',
]


@pytest.fixture
def stranger(settings) -> Iterator[type]:
    """A server that answers everything in the same words."""

    class Stranger(BaseHTTPRequestHandler):
        words = b""

        def do_GET(self):
            self.do_POST()

        def do_POST(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.words)))
            self.end_headers()
            self.wfile.write(self.words)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{server.server_port}"
        yield Stranger
        server.shutdown()
        gateway._client_for.cache_clear()  # closes the line, so that the server can stop


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("words", ANSWERS)
def test_an_answer_that_is_not_stripes_is_none(payment, stranger, call, words):
    """Whether Stripe acted is unknown then, as with no answer at all: nothing but asking again may follow."""
    stranger.words = words

    with pytest.raises(StripeUnavailable):
        CALLS[call](payment)
