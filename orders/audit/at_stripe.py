"""The shop's books against Stripe's, both ways: no charge without an order, no paid order without a charge.

Stripe is asked first, outside of any transaction, then our rows are read in one snapshot. What came in between is in
our rows and not yet in Stripe's lists: such payments are asked for singly.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TypeVar

from django.utils import timezone

from payments import gateway, refunds
from payments.models import Installation
from payments.money import from_minor
from payments.stripe_objects import Charge, RefundNews

from .booked import Booked, Paid, read
from .moment import snapshot
from .registry import Finding

GRACE = timedelta(minutes=10)
"""What is so young may still be on its way to us."""

MARGIN = timedelta(days=1)
"""Stripe is asked for so much more than is compared: a payment is noted here after it was made there."""

MOST_ASKED = 100
"""So many payments that are not in Stripe's lists are asked for singly. A sound shop has hardly any."""

Listed = TypeVar("Listed", Charge, RefundNews)
Days = dict[tuple[str, str], Counter[str]]
"""What came and went back by day (UTC) and currency, in minor units."""


@dataclass(frozen=True)
class Comparison:
    """What Stripe lists of our intents, and what our rows say of them."""

    charges: Mapping[str, list[Charge]]
    returns: Mapping[str, list[RefundNews]]
    booked: Booked
    young_after: datetime

    def charges_without_order(self) -> Iterator[str]:
        for intent, found in self.charges.items():
            if len(found) > 1:
                yield f"intent {intent} was charged {len(found)} times"
            for charge in found:
                yield from self._wrong_with(charge)

    def _wrong_with(self, charge: Charge) -> Iterator[str]:
        paid = self.booked.payments.get(charge.payment_intent)
        came = _words(charge.amount, charge.currency)
        if paid is None:
            if not (self._is_known(charge) or charge.created_at > self.young_after):
                number = charge.metadata.get("order_number", "?")
                yield f"charge {charge.id} over {came} for order {number} pays for nothing ({charge.payment_intent})"
        elif (paid.amount, paid.currency) != (charge.amount, charge.currency):
            yield f"order {paid.order}: paid with {_words(paid.amount, paid.currency)}, at Stripe with {came}"

    def _is_known(self, charge: Charge) -> bool:
        """Not an order's, and still accounted for: it went back, or goes back, or a person was told."""
        intent = charge.payment_intent
        at_stripe = sum(news.amount for news in self.returns.get(intent, ()))
        here = sum(refund.amount for refund in self.booked.refunds.get(intent, ()))
        told = intent in self.booked.orphans or intent in self.booked.cases
        return told or max(at_stripe, here) >= charge.amount

    def orders_without_charge(self) -> Iterator[str]:
        unlisted = 0
        for intent, paid in self.booked.payments.items():
            if intent in self.charges:
                yield from self._wrong_with_returns(intent, paid)
            else:
                unlisted += 1
                yield from _asked_singly(intent, paid) if unlisted <= MOST_ASKED else _not_there(intent, paid)

    def _wrong_with_returns(self, intent: str, paid: Paid) -> Iterator[str]:
        there = sum(news.amount for news in self.returns.get(intent, ()))
        if there != paid.returned and not self._has_young_return(intent):
            here, there_ = _words(paid.returned, paid.currency), _words(there, paid.currency)
            yield f"order {paid.order}: {here} went back, at Stripe {there_} (intent {intent})"

    def _has_young_return(self, intent: str) -> bool:
        there = (news.created_at for news in self.returns.get(intent, ()))
        here = (refund.created_at for refund in self.booked.refunds.get(intent, ()))
        return any(_is_younger(at, self.young_after) for at in (*there, *here))

    @cached_property
    def days(self) -> tuple[Days, Days]:
        """By the day on which it happened at Stripe: what Stripe lists, and what our rows say of the same."""
        at_stripe: Days = defaultdict(Counter)
        here: Days = defaultdict(Counter)
        for charge in _old(self.charges, self.young_after):
            at_stripe[_day(charge)]["came"] += charge.amount
            here[_day(charge)]["came"] += self._booked_as(charge)
        for news in _old(self.returns, self.young_after):
            at_stripe[_day(news)]["went back"] += news.amount
            here[_day(news)]["went back"] += self._booked_return(news)
        return at_stripe, here

    def _booked_as(self, charge: Charge) -> int:
        intent, booked = charge.payment_intent, self.booked
        if intent in booked.payments:
            return booked.payments[intent].amount
        if intent in booked.orphans:
            return booked.orphans[intent]
        # Money that was no order's, and of which we know no more than that it went back, or waits for a person.
        return charge.amount if self._is_known(charge) else 0

    def _booked_return(self, news: RefundNews) -> int:
        if news.payment_intent not in self.booked.payments and news.payment_intent not in self.booked.refunds:
            return news.amount  # of an orphan
        ours = self.booked.refunds.get(news.payment_intent, ())
        return sum(refund.amount for refund in ours if refund.refund_id == news.id)

    def days_that_differ(self) -> Iterator[str]:
        at_stripe, here = self.days
        for day, currency in sorted(at_stripe):
            there, ours = at_stripe[day, currency], here[day, currency]
            for what in ("came", "went back"):
                if there[what] != ours[what]:
                    sums = _words(there[what], currency), _words(ours[what], currency)
                    yield f"{day}: {sums[0]} {what} at Stripe, {sums[1]} by our books"


def compare(*, days: int, grace: timedelta = GRACE) -> list[Finding]:
    """What differs between Stripe's last days and ours. Raises payments.gateway.GatewayError."""
    now = timezone.now()
    since = now - timedelta(days=days)
    came = _by_intent(
        each for each in gateway.list_charges(since=since - MARGIN) if each.status == "succeeded"
    )
    went = _by_intent(each for each in gateway.list_refunds(since=since - MARGIN) if _stands(each))
    shop = Installation.ours()
    with snapshot():
        booked = read(since, came.keys() | went.keys())
    ours = {intent for intent, found in came.items() if found[0].metadata.get("shop") == shop}
    ours |= booked.payments.keys() | booked.refunds.keys()
    return _findings(Comparison(_only(came, ours), _only(went, ours), booked, now - grace))


def _findings(seen: Comparison) -> list[Finding]:
    lines = (
        (
            "Each charge at Stripe pays an order, or went back, or a person knows of it",
            len(seen.charges),
            "charges",
            seen.charges_without_order(),
        ),
        (
            "Each paid order is paid at Stripe, and as much of it went back there",
            len(seen.booked.payments),
            "paid orders",
            seen.orders_without_charge(),
        ),
        (
            "Day by day, as much came to Stripe and went back as our books say",
            len(seen.days[0]),
            "days",
            seen.days_that_differ(),
        ),
    )
    return [Finding(13, sentence, count, unit, tuple(wrong)) for sentence, count, unit, wrong in lines]


def _asked_singly(intent: str, paid: Paid) -> Iterator[str]:
    try:
        found = gateway.retrieve_intent(intent)
    except gateway.StripeRefused:
        yield from _not_there(intent, paid)
        return
    there = (found.status, found.amount_received, found.currency)
    if there != ("succeeded", paid.amount, paid.currency):
        came = _words(found.amount_received, found.currency)
        yield f"order {paid.order} is paid, but intent {intent} is {found.status} with {came} at Stripe"


def _not_there(intent: str, paid: Paid) -> Iterator[str]:
    yield f"order {paid.order} is paid by {intent}, which Stripe does not have"


def _stands(news: RefundNews) -> bool:
    return refunds.STATUS.get(news.status) not in refunds.ENDED


def _by_intent(listed: Iterable[Listed]) -> dict[str, list[Listed]]:
    found: dict[str, list[Listed]] = defaultdict(list)
    for each in listed:
        found[each.payment_intent].append(each)
    return found


def _only(found: Mapping[str, list[Listed]], intents: set[str]) -> dict[str, list[Listed]]:
    return {intent: each for intent, each in found.items() if intent in intents}


def _old(found: Mapping[str, list[Listed]], young_after: datetime) -> Iterator[Listed]:
    for several in found.values():
        yield from (each for each in several if not _is_younger(each.created_at, young_after))


def _is_younger(at: datetime | None, young_after: datetime) -> bool:
    return at is None or at > young_after


def _day(listed: Charge | RefundNews) -> tuple[str, str]:
    at: datetime | None = listed.created_at
    return (at.astimezone(UTC).date().isoformat() if at else "", listed.currency)


def _words(minor: int, currency: str) -> str:
    return f"{from_minor(minor, currency)} {currency}"
