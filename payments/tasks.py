"""What the worker does for payments. Each task may run more than once without harm; what fails is left to `tend`."""

import logging

from django_tasks import task

from .models import Refund, StripeEvent

logger = logging.getLogger(__name__)


@task()
def mirror_intent(event_id: str) -> None:
    """Show staff the PaymentIntent as this event tells of it."""
    from .mirror import mirror

    mirror(StripeEvent.objects.get(pk=event_id))


@task()
def submit_refund(refund_id: str) -> None:
    """Send a refund to Stripe. When Stripe does not answer, a later sweep tries again."""
    from . import gateway, refunds

    refund = Refund.objects.to_submit().filter(pk=refund_id).first()
    if refund is None:
        return
    try:
        refunds.submit(refund)
    except gateway.StripeUnavailable:
        logger.exception("Refund %s could not be sent, it will be retried", refund_id)
