"""What the worker does for orders. Each task may run more than once without harm; what fails is left to `tend`."""

from django_tasks import task

from .models import OrderMail


@task()
def send_order_mail(mail_id: int) -> None:
    from . import mails

    mails.send(OrderMail.objects.select_related("order").get(pk=mail_id))
