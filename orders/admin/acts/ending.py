"""Orders end, and canceled ones are taken up again."""

from uuid import UUID

from django import forms
from django.db import transaction

from bookstore.accounts.models import User
from bookstore.templatetags.money import money
from orders import acceptance, endings
from orders.admin.situation import Situation
from orders.models import Order
from payments.models import Refund

from .base import Act, ActForm, Refused, copies_in_words, in_words
from .writing import note_once


class ReasonForm(ActForm):
    reason = forms.CharField(max_length=200, help_text="For colleagues; the shopper does not see it.")


class Cancel(Act):
    """Before anything was shipped. There is no limit to the money that goes back: the books come back for it."""

    name = "cancel"
    label = "Cancel the order"
    permission = "orders.cancel_order"
    button = "Yes, cancel the order"
    form = ReasonForm
    asks_twice = True

    def is_possible(self, situation: Situation) -> bool:
        order = situation.order
        is_unshipped = order.status == Order.Status.CONFIRMED and not situation.has_parcels
        return order.is_pending or is_unshipped

    def was_done(self, situation: Situation, key: UUID) -> bool:
        return Refund.objects.filter(request_key=key).exists() or (
            situation.order.status == Order.Status.CANCELED
        )

    def promise(self, form: ReasonForm) -> list[str]:
        situation = form.situation
        copies = copies_in_words(sum(line.quantity for line in situation.lines))
        if situation.order.is_pending:
            return [
                f"The {copies} held for it go back to the shelf.",
                "Nobody has paid for it. Stripe is asked first: if the money has come meanwhile, the order stays.",
            ]
        promised = [f"What is left of its {copies} goes back to the shelf."]
        if situation.money_left:
            amount = money(situation.money_left, situation.order.currency)
            promised.append(f"{amount} goes back to the card it was paid with.")
        return [*promised, f"A mail to {situation.order.email} tells so."]

    def do(self, form: ReasonForm, person: User) -> str:
        order, reason = form.situation.order, form.cleaned_data["reason"]
        with in_words(order):
            if not order.is_pending:
                endings.take_back(order, key=form.cleaned_data["key"], reason=reason, actor=person)
                return "The order is canceled, its money is on its way back."
            _end_unpaid(order)
        note_once(order, f"Canceled: {reason}", person)
        return "The order is canceled."


def _end_unpaid(order: Order) -> None:
    endings.cancel(order, Order.CancelReason.BY_STAFF)
    if order.is_paid:
        raise Refused("The money has come meanwhile: the order is confirmed and stays.")
    if order.is_pending:
        raise Refused("The shopper's bank is working on the payment, so the order cannot be canceled now.")


class Revive(Act):
    name = "revive"
    label = "Take up again"
    permission = "orders.revive_order"
    button = "Yes, take it up again"
    form = ReasonForm

    def is_possible(self, situation: Situation) -> bool:
        return situation.can_be_revived

    def was_done(self, situation: Situation, key: UUID) -> bool:
        return situation.order.is_paid

    def explain(self, situation: Situation) -> list[str]:
        copies = copies_in_words(sum(line.quantity for line in situation.lines))
        return [
            "The order was canceled, but all of its money is with the shop.",
            f"Its {copies} are taken from the shelf again, and the order is confirmed, to be shipped.",
            "The shopper gets a mail that it goes on.",
        ]

    def do(self, form: ReasonForm, person: User) -> str:
        order = form.situation.order
        with in_words(order), transaction.atomic():
            if acceptance.take_up_again(order, actor=person):
                note_once(order, f"Taken up again: {form.cleaned_data['reason']}", person)
        return "The order is confirmed again."
