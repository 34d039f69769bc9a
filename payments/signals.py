"""What a payment announces. All of them are sent inside the transaction that moves the payment: a receiver that raises
undoes the move, and the news is tried again later.

Every signal carries `payment`; `payment_refunded` also `refund`, `payment_disputed` also `dispute`.
"""

from django.dispatch import Signal

payment_succeeded = Signal()
"""The money is with the shop. Sent once for a payment."""

payment_failed = Signal()
"""A try was declined. The payment stays open and can be tried again."""

payment_canceled = Signal()
"""The payment can no longer be made. Sent once for a payment."""

payment_refunded = Signal()
"""A refund has gone through, or one that had gone through has failed after all: see `refund.status`."""

payment_disputed = Signal()
"""The cardholder's bank took the money back for now, or a dispute has moved on: see `dispute.status`."""
