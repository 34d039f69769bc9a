"""Mails about an order: owed in a row, sent by the worker."""

import logging
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import TimestampSigner
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from bookstore.accounts.models import User
from payments.models import Refund

from .models import Order, OrderEvent, OrderMail, Shipment

logger = logging.getLogger(__name__)

LINK_SALT = "orders.link"
LINK_LIFETIME = timedelta(days=90)

SUBJECTS = {
    OrderMail.Kind.CONFIRMATION: "Your order {number} is confirmed",
    OrderMail.Kind.REFUNDED_LATE: "Your payment for order {number} is on its way back",
    OrderMail.Kind.REFUNDED_DOUBLE: "Your second payment for order {number} is on its way back",
    OrderMail.Kind.SHIPPED: "Your order {number} is on its way",
    OrderMail.Kind.REFUNDED: "Your refund for order {number}",
    OrderMail.Kind.CANCELED_BY_SHOP: "Your order {number} is canceled",
}
TELLS_OF_EACH = {
    OrderMail.Kind.REFUNDED: Refund.Reason.REQUESTED_BY_CUSTOMER,
    OrderMail.Kind.REFUNDED_DOUBLE: Refund.Reason.DOUBLE_PAYMENT,
}
"""Mails about one refund each, once it has gone through. Of late money and of cancellations they tell at once."""


def owe(order: Order, kind: OrderMail.Kind, *, about: str = "") -> OrderMail:
    """Note that a mail is due, in the caller's transaction. Owing it twice sends it once."""
    from .tasks import send_order_mail

    mail, is_new = OrderMail.objects.get_or_create(order=order, kind=kind, about=about)
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


def resend(mail: OrderMail, *, key: UUID, actor: User) -> bool:
    """Have a mail that was sent go out once more. False: not sent yet, or asked for with this key before."""
    from .tasks import send_order_mail

    with transaction.atomic():
        if not mail.again(key):
            return False
        send_order_mail.enqueue(mail_id=mail.pk)
        mail.order.note(OrderEvent.Kind.MAIL, f"{mail.get_kind_display()}: sent again", actor=actor)
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
        "goes_on": mail.kind == OrderMail.Kind.CONFIRMATION and mail.about != "",
        "parcel": Shipment.objects.filter(pk=mail.about).first()
        if mail.kind == OrderMail.Kind.SHIPPED
        else None,
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
    """What goes back by the refund that the mail tells of; nothing where it tells of none."""
    match mail.kind:
        case OrderMail.Kind.REFUNDED | OrderMail.Kind.REFUNDED_DOUBLE:
            which: dict[str, object] = {"pk": mail.about}
        case OrderMail.Kind.CANCELED_BY_SHOP if mail.about:
            which = {"request_key": mail.about}
        case OrderMail.Kind.REFUNDED_LATE:
            which = {"reason": Refund.Reason.LATE_PAYMENT}
        case _:
            return Decimal(0)
    refund = Refund.objects.filter(payment__order=mail.order, **which).first()
    return refund.amount if refund else Decimal(0)


def _message_id(mail: OrderMail) -> str:
    """The same over all tries; a mail that staff send again is another mail."""
    parts = [mail.kind, mail.about, str(mail.order_id), str(mail.resends or "")]
    return f"<{'.'.join(filter(None, parts))}@{urlsplit(settings.SITE_URL).hostname}>"
