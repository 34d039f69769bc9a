"""Where shoppers find a person."""

from email.utils import parseaddr

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def help_address() -> str:
    """The e-mail address that the shop's mails come from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
