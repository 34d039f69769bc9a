"""Money goes back: all that is left, the price of some books, or an amount."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from bookstore.accounts.models import User
from bookstore.templatetags.money import money
from orders import refunding
from orders.admin.situation import Situation
from payments.models import Payment, Refund
from payments.money import Unpayable, to_minor
from payments.refunds import MoreThanLeft

from .base import Act, CopiesForm, Refused, copies_in_words, in_words

ALL, BOOKS, AMOUNT = "all", "books", "amount"


class RefundForm(CopiesForm):
    verb = "refund"
    first = ("what",)
    what = forms.ChoiceField(
        label="What goes back",
        choices=[
            (ALL, "All that is left"),
            (BOOKS, "The price of some books: say how many copies"),
            (AMOUNT, "An amount, for no book"),
        ],
        widget=forms.RadioSelect,
    )
    amount = forms.DecimalField(
        max_digits=10,
        decimal_places=2,
        required=False,
        min_value=Decimal("0.01"),
        help_text="For books it may stay empty; fill it in to give back more or less than their price.",
    )
    restock = forms.ChoiceField(
        label="Do the books go back to the shelf?",
        choices=[
            ("no", "No: they stay with the shopper or are not fit for sale"),
            ("yes", "Yes: sell them again"),
        ],
        widget=forms.RadioSelect,
        initial="no",
    )
    reason = forms.CharField(max_length=200, help_text="For colleagues; the shopper does not see it.")

    @property
    def left(self) -> dict[int, int]:
        return self.situation.to_refund

    def proposed(self, most: int) -> int:
        return 0

    def clean(self) -> None:
        """Sets `wish` when all that was typed makes sense together."""
        what = self.cleaned_data.get("what")
        if what == BOOKS and not self.copies() and not self.errors:
            self.add_error("what", "Say how many copies, or choose another of the three.")
        if what in (ALL, AMOUNT) and self.copies():
            self.add_error("what", "You have filled in copies: choose “the price of some books”.")
        if what == AMOUNT and "amount" not in self.errors and not self.cleaned_data.get("amount"):
            self.add_error("amount", "Enter the amount that shall go back.")
        if what == ALL and self.cleaned_data.get("amount"):
            self.add_error("what", "You have filled in an amount: choose “an amount” or “some books”.")
        if not self.errors:
            self.wish = self._wish(str(what))
            self._check(self.wish.amount)

    def _wish(self, what: str) -> refunding.Wish:
        copies = {ALL: self.left, BOOKS: self.copies()}.get(what, {})
        amount = self.cleaned_data["amount"] or (
            self.situation.money_left if what == ALL else self._price_of(copies)
        )
        return refunding.Wish(
            key=self.cleaned_data["key"],
            amount=amount,
            why=self.cleaned_data["reason"],
            copies={pk: n for pk, n in copies.items() if n},
            restock=self.cleaned_data["restock"] == "yes",
        )

    def _price_of(self, copies: dict[int, int]) -> Decimal:
        return sum((line.unit_price * copies.get(line.pk, 0) for line in self.situation.lines), Decimal(0))

    def _check(self, amount: Decimal) -> None:
        order, left = self.situation.order, self.situation.money_left
        if not amount:
            self.add_error("amount", "These books cost nothing.")
        elif amount > left:
            self.add_error("amount", f"Only {money(left, order.currency)} is left to go back.")
        try:
            to_minor(amount, order.currency)
        except Unpayable:
            self.add_error("amount", "This currency has fewer decimals.")


class RefundMoney(Act):
    name = "refund"
    label = "Refund"
    permission = "orders.refund_order"
    button = "Yes, send the money back"
    form = RefundForm
    asks_twice = True

    def is_possible(self, situation: Situation) -> bool:
        return situation.money_left > 0

    def was_done(self, situation: Situation, key: UUID) -> bool:
        return Refund.objects.filter(request_key=key).exists()

    def explain(self, situation: Situation) -> list[str]:
        currency = situation.order.currency
        left, total = money(situation.money_left, currency), money(situation.order.total, currency)
        words = [f"{left} of {total} is left to go back; {situation.order.delivery_name} delivery was "]
        words[0] += f"{money(situation.order.delivery_price, currency)}."
        if situation.can_be_shipped and not situation.has_parcels:
            words.append("Nothing was shipped. If the whole order shall not go out, cancel it instead.")
        return words

    def promise(self, form: RefundForm) -> list[str]:
        wish, situation = form.wish, form.situation
        currency = situation.order.currency
        rest = money(situation.money_left - wish.amount, currency)
        promised = [
            f"{money(wish.amount, currency)} goes back to the card it was paid with; {rest} stays with the shop.",
            *_books(form),
        ]
        return [*promised, f"A mail to {situation.order.email} tells when it has gone through."]

    def check(self, form: RefundForm, person: User) -> None:
        """What one order may cost without the owner counts together, so that a sum is not paid out in parts."""
        if person.has_perm("orders.refund_any_amount"):
            return
        currency = form.situation.order.currency
        before = _asked_before(form.situation.payment)
        if before + form.wish.amount > settings.REFUND_LIMIT:
            earlier = f", together with the {money(before, currency)} of before" if before else ""
            limit = money(settings.REFUND_LIMIT, currency)
            raise Refused(
                f"More than {limit} for one order{earlier} needs somebody who may refund any amount.",
                "amount",
            )

    def do(self, form: RefundForm, person: User) -> str:
        order = form.situation.order
        try:
            with in_words(order), transaction.atomic():
                Payment.objects.select_for_update(of=("self",)).filter(order=order).first()
                self.check(form, person)
                made = refunding.refund(order, form.wish, actor=person)
        except MoreThanLeft as refusal:
            raise Refused("Somebody was faster: less money is left to go back now.", "amount") from refusal
        except refunding.NotToRefund as refusal:
            raise Refused("Somebody was faster: fewer copies are left to refund now.", "what") from refusal
        return f"{money(made.amount, made.currency)} is on its way back."


def _books(form: RefundForm) -> list[str]:
    copies = form.wish.copies
    if not copies:
        return ["No book comes back."]
    titles = ", ".join(
        f"{copies[line.pk]} × {line.title}" for line in form.situation.lines if line.pk in copies
    )
    to_ship = form.situation.to_ship
    unshipped = sum(min(n, to_ship.get(pk, 0)) for pk, n in copies.items())
    place = "go back to the shelf" if form.wish.restock else "do not go back to the shelf"
    words = [f"Refunded: {titles}. These copies {place}."]
    if unshipped:
        words.append(f"{copies_in_words(unshipped)} of this had not been shipped yet, and will not be.")
    return words


def _asked_before(payment: Payment | None) -> Decimal:
    """By staff, here. What was canceled came back as books."""
    if payment is None:
        return Decimal(0)
    asked: Any = payment.refunds.standing().filter(reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
    total: Decimal | None = asked.aggregate(total=Sum("amount"))["total"]
    return total or Decimal(0)
