"""Mails about an order: owed in a row, sent by the worker."""

import logging
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import TimestampSigner
from django.template.loader import render_to_string
from django.urls import reverse

from payments.models import Refund

from .models import Order, OrderMail

logger = logging.getLogger(__name__)

LINK_SALT = "orders.link"
LINK_LIFETIME = timedelta(days=90)

SUBJECTS = {
    OrderMail.Kind.CONFIRMATION: "Your order {number} is confirmed",
    OrderMail.Kind.REFUNDED_LATE: "Your payment for order {number} is on its way back",
    OrderMail.Kind.REFUNDED_DOUBLE: "Your second payment for order {number} is on its way back",
}
TELLS_OF = {
    OrderMail.Kind.REFUNDED_LATE: Refund.Reason.LATE_PAYMENT,
    OrderMail.Kind.REFUNDED_DOUBLE: Refund.Reason.DOUBLE_PAYMENT,
}


def owe(order: Order, kind: OrderMail.Kind) -> OrderMail:
    """Note that a mail is due, in the caller's transaction. Owing it twice sends it once."""
    from .tasks import send_order_mail

    mail, is_new = OrderMail.objects.get_or_create(order=order, kind=kind)
    if is_new:
        send_order_mail.enqueue(mail_id=mail.pk)
    return mail


def send(mail: OrderMail) -> bool:
    """Send a mail that is due. False: it was or is being sent, or it could not be sent now and will be retried.

    The Message-ID stays the same over all tries, so that a mail which went out although the server's answer was lost
    is not shown twice.
    """
    if not mail.claim():
        return False
    try:
        _message(mail).send()
    except Exception as error:
        logger.exception(
            "Mail %s of order %s could not be sent, it will be retried", mail.kind, mail.order_id
        )
        mail.failed(error)
        return False
    mail.sent()
    logger.info("Mail %s of order %s sent", mail.kind, mail.order_id)
    return True


def send_left_behind() -> int:
    """Send the mails whose time to try again has come. Returns how many went out."""
    return sum(send(mail) for mail in OrderMail.objects.left_behind().select_related("order"))


def link_to(order: Order) -> str:
    """An address that opens the order for whoever got the mail, signed in or not, for as long as LINK_LIFETIME."""
    return settings.SITE_URL + reverse(
        "orders:open", args=[TimestampSigner(salt=LINK_SALT).sign(order.number)]
    )


def _message(mail: OrderMail) -> EmailMultiAlternatives:
    order = mail.order
    context = {
        "order": order,
        "lines": order.lines.all(),
        "link": link_to(order),
        "shop_name": settings.SHOP_NAME,
        "returned": _returned(mail),
    }
    template = f"orders/mail/{mail.kind}"
    message = EmailMultiAlternatives(
        subject=SUBJECTS[OrderMail.Kind(mail.kind)].format(number=order.number),
        body=render_to_string(f"{template}.txt", context),
        to=[order.email],
        headers={"Message-ID": _message_id(mail)},
    )
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return message


def _returned(mail: OrderMail) -> Decimal:
    """What goes back by the refund that the mail tells of."""
    told = Refund.objects.filter(
        payment__order=mail.order, reason=TELLS_OF.get(OrderMail.Kind(mail.kind), "")
    )
    refund = told.order_by("created_at").first()
    return refund.amount if refund else mail.order.total


def _message_id(mail: OrderMail) -> str:
    return f"<{mail.kind}.{mail.order_id}@{urlsplit(settings.SITE_URL).hostname}>"
