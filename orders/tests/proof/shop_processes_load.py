"""Shoppers at a shop whose processes are being killed: they press again when a page does not come, or give up."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from random import Random

import requests
from django.db import connection
from django.utils import timezone

from bookstore.catalog.models import Book
from orders.factories import ADDRESS
from orders.models import DeliveryMethod, Order
from payments import refunds
from payments.models import Payment, Refund
from payments.sandbox.testing import SandboxServer

PATIENCE = 40
"""Seconds after which a shopper goes away."""

CSRF = "csrftoken"
TOTAL = re.compile(r'name="agreed_total" value="([\d.]+)"')
SECRET = re.compile(r"(pi_\w+)_secret_")
NUMBER = re.compile(r"/checkout/([\w-]+)/(?:pay|status)/")
DECLINED, ACCEPTED = "pm_card_visa_chargeDeclined", "pm_card_visa"


class GaveUp(Exception):
    """The shop did not answer for too long, or the book is gone."""


class Shopper:
    """One browser."""

    def __init__(self, url: str, answered: Callable[[], None]) -> None:
        self.url = url
        self._answered = answered
        self._browser = requests.Session()

    def __enter__(self) -> "Shopper":
        return self

    def __exit__(self, *error: object) -> None:
        self._browser.close()

    def get(self, path: str, **query: str) -> requests.Response:
        return self._asking("GET", path, params=query)

    def post(self, path: str, **form: object) -> requests.Response:
        return self._asking("POST", path, data=form)

    def _asking(self, method: str, path: str, **more: object) -> requests.Response:
        """Until an answer comes; a POST that may have been executed is sent again, as people do."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            headers = {"X-CSRFToken": self._browser.cookies.get(CSRF, "")}
            with suppress(requests.RequestException):
                answer = self._browser.request(method, self.url + path, headers=headers, timeout=10, **more)
                if answer.status_code < 500:
                    self._answered()
                    return answer
        raise GaveUp(path)

    def order(self, book: Book, delivery: DeliveryMethod) -> str:
        """From the book's page to the placed order; its number."""
        self.get(book.get_absolute_url())
        self.post(f"/cart/add/{book.pk}/", quantity=1)
        details = ADDRESS.__dict__ | {"email": "ada@example.com", "delivery_method": delivery.pk}
        self.post("/checkout/", **details)
        total = TOTAL.search(self.get("/checkout/review/").text)
        if total is None:
            raise GaveUp("sold out")
        placed = NUMBER.search(self.post("/checkout/review/", agreed_total=total[1]).url)
        if placed is None:
            raise GaveUp("somebody else was faster")
        return placed[1]

    def intent(self, number: str) -> str:
        """The PaymentIntent that the pay page shows, opened by its button where that failed before."""
        page = f"/checkout/{number}/pay/"
        shown = SECRET.search(self.get(page).text) or SECRET.search(self.post(page).text)
        if shown is None:
            raise GaveUp("nothing to pay")
        return shown[1]


class Load:
    """Shoppers one after the other on a few threads, until told to stop."""

    def __init__(
        self,
        url: str,
        sandbox: SandboxServer,
        books: list[Book],
        delivery: DeliveryMethod,
        *,
        seed: int,
        threads: int,
    ) -> None:
        self.url, self.sandbox, self.books, self.delivery = url, sandbox, books, delivery
        self.fates: Counter[str] = Counter()
        self._answers = 0
        self._news = threading.Condition()
        self._over = threading.Event()
        self._threads = ThreadPoolExecutor(threads)
        self._dice = [Random(f"{seed}:{number}") for number in range(threads)]
        self._running: list[Future[None]] = []

    def __enter__(self) -> "Load":
        self._running = [self._threads.submit(self._shop, dice) for dice in self._dice]
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._over.set()
        self._threads.shutdown()
        if kind is None:
            for each in self._running:
                each.result()

    def wait_for_answers(self, count: int, *, seconds: float) -> bool:
        """Until the shop has answered so many more requests. False: not in time."""
        with self._news:
            enough = self._answers + count
            return self._news.wait_for(lambda: self._answers >= enough, seconds)

    def comes_to_pay(self) -> str:
        """One more shopper, who has the pay page open now; the PaymentIntent."""
        with Shopper(self.url, self._answered) as shopper:
            return shopper.intent(shopper.order(self.books[0], self.delivery))

    def _answered(self) -> None:
        with self._news:
            self._answers += 1
            self._news.notify_all()

    def _shop(self, dice: Random) -> None:
        try:
            while not self._over.is_set():
                with Shopper(self.url, self._answered) as shopper:
                    fate = self._fate(shopper, dice)
                with self._news:
                    self.fates[fate] += 1
        finally:
            connection.close()

    def _fate(self, shopper: Shopper, dice: Random) -> str:
        fates = {
            self._pays: 6,
            self._is_declined_first: 2,
            self._cancels: 2,
            self._pays_and_cancels: 2,
            self._leaves: 2,
            self._wants_money_back: 2,
        }
        (fate,) = dice.choices(list(fates), list(fates.values()))
        try:
            number = shopper.order(dice.choice(self.books), self.delivery)
            fate(shopper, number)
        except GaveUp:
            return "gave up"
        return fate.__name__.strip("_").replace("_", " ")

    def _pays(self, shopper: Shopper, number: str) -> None:
        self.sandbox.pay(shopper.intent(number), ACCEPTED)
        shopper.get(f"/checkout/{number}/status/")

    def _is_declined_first(self, shopper: Shopper, number: str) -> None:
        intent = shopper.intent(number)
        self.sandbox.pay(intent, DECLINED)
        shopper.get(f"/checkout/{number}/pay/")
        self.sandbox.pay(intent, ACCEPTED)
        shopper.get(f"/checkout/{number}/status/", payment_intent=intent)

    def _cancels(self, shopper: Shopper, number: str) -> None:
        shopper.post(f"/checkout/{number}/cancel/")

    def _pays_and_cancels(self, shopper: Shopper, number: str) -> None:
        self.sandbox.pay(shopper.intent(number), ACCEPTED)
        self._cancels(shopper, number)

    def _leaves(self, shopper: Shopper, number: str) -> None:
        """And half an hour goes by."""
        Order.objects.filter(number=number, status="PENDING").update(hold_expires_at=timezone.now())

    def _wants_money_back(self, shopper: Shopper, number: str) -> None:
        """Staff give it back, as soon as we know that it came."""
        self._pays(shopper, number)
        payment = Payment.objects.get(order__number=number)
        with suppress(refunds.MoreThanLeft):
            refunds.request(payment, payment.amount, reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
