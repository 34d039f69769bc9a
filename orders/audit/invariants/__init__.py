"""The invariants, by what they are about; docs/operations.md explains each."""

from ..registry import Invariant
from . import constraints, history, inbox, mails, money, orders, stock

ALL: tuple[Invariant, ...] = (
    money.payments_fit_their_orders,
    orders.totals_are_sums,
    money.intents_belong_to_one_payment,
    money.no_more_goes_back_than_came,
    stock.copies_add_up,
    stock.holds_are_of_live_orders,
    money.canceled_orders_keep_no_money,
    money.ledgers_balance,
    history.steps_are_legal,
    inbox.events_are_dealt_with,
    inbox.unknown_payments_are_shown,
    mails.mails_are_owed_once,
    inbox.charges_without_payment_are_shown,
    inbox.mode_is_one,
    constraints.database_holds_what_code_declares,
)
"""In the order of their numbers."""
