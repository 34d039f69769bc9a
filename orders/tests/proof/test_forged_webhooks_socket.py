"""What is not even HTTP, sent to gunicorn: it is turned away there or by the shop, and neither falls over."""

import os
import re
import socket
import subprocess
import sys
from collections import Counter
from contextlib import suppress

import psutil
import pytest

from bookstore.catalog.factories import BookFactory
from orders.factories import place_order
from payments import intents

from .webhook_forgeries_raw import KINDS, RawForger, request, signed

pytestmark = [pytest.mark.proof, pytest.mark.slow, pytest.mark.django_db]

SECRET = "whsec_of_a_shop_in_production"
PATIENCE = 30  # seconds
MEGABYTE = 2**20
BEFORE_THE_SHOP = {100, 501}
"""gunicorn's own words: go on with the body; a transfer coding that it does not know (RFC 9112, section 6.1)."""
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "bookstore.settings",
    "ENV_FILE": os.devnull,
    "DEBUG": "false",
    "SECRET_KEY": "only-for-this-test-" + "x" * 50,
    "ALLOWED_HOSTS": "127.0.0.1",
    "SITE_URL": "https://shop.example",
    "SECURE_SSL_REDIRECT": "false",
    "STRIPE_SANDBOX": "false",
    "STRIPE_SECRET_KEY": "sk_test_" + "1" * 24,
    "STRIPE_PUBLISHABLE_KEY": "pk_test_" + "1" * 24,
    "STRIPE_WEBHOOK_SECRET": SECRET,
    "WEBHOOK_REFUSALS_PER_MINUTE": "1000000",
}


class Gunicorn:
    """The shop as in production, but its database has no tables: whoever gets as far as that is answered 503."""

    def __init__(self, folder, listener):
        self.database, self.log = folder / "empty.sqlite3", folder / "log"
        self.address = listener.getsockname()
        place = {"DATABASE_URL": f"sqlite:///{self.database}", "VAR_DIR": str(folder), "CACHE_URL": ""}
        bind = ["--bind", f"fd://{listener.fileno()}", "--workers", "1"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "bookstore.wsgi", *bind],
                env=os.environ | PRODUCTION | place,
                pass_fds=[listener.fileno()],
                stdout=log,
                stderr=log,
            )

    def statuses(self, raw):
        """Send these bytes and no more; the status of each answer."""
        answer = b""
        with socket.create_connection(self.address, timeout=PATIENCE) as line, suppress(ConnectionError):
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            while piece := line.recv(65_536):
                answer += piece
        return [int(status) for status in STATUS.findall(answer)]

    def worker(self):
        (worker,) = psutil.Process(self.process.pid).children()
        return worker

    def close(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


@pytest.fixture
def gunicorn(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = Gunicorn(tmp_path, listener)
        yield running
        running.close()


@pytest.fixture
def forger(stripe, seed):
    order = place_order(BookFactory(stock=5))
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    return RawForger(stripe.events("payment_intent.succeeded"), SECRET, seed)


def test_whatever_comes_over_the_line_gunicorn_and_shop_stand(gunicorn, forger, scale, figure):
    many = scale(short=150, long=1_500)
    told, answers = Counter(), Counter()
    body = forger.body()
    genuine = request(signed(forger.right(body)), body=body)
    assert gunicorn.statuses(request(signed(forger.wrong(body)), body=body)) == [400]
    worker, memory = gunicorn.worker(), gunicorn.worker().memory_info().rss

    for _ in range(many):
        kind, raw = forger.raw()
        told[kind] += 1
        answers.update(gunicorn.statuses(raw))
    grown = (worker.memory_info().rss - memory) / MEGABYTE

    strange = {answer for answer in answers if answer not in BEFORE_THE_SHOP and not 400 <= answer < 500}
    assert strange == set()
    assert len(told) == len(KINDS)
    assert not gunicorn.database.exists(), "nothing got as far as the database"
    assert gunicorn.worker() == worker, "the same process still serves"
    assert grown < 30, "megabytes"
    assert gunicorn.log.stat().st_size < 500 * (many + 20)
    assert "Traceback" not in gunicorn.log.read_text()
    assert gunicorn.statuses(genuine) == [503], "the control: what Stripe signed reaches the database"
    figure(
        "Malformed requests to gunicorn",
        tried=f"{many} connections of {len(told)} kinds",
        lost=f"nothing: 0 accepted, 0 answers 5xx by the shop, {max(grown, 0):.0f} MB of memory",
    )
