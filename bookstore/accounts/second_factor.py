"""A second factor for staff: codes from an app on a phone (TOTP), and recovery codes for when it is lost.

Devices are django-otp's. Wrong codes make the next try wait for 1, 2, 4, 8 … seconds, counted in the database for each
person. A code works once. Of recovery codes only a keyed hash is kept.
"""

import logging
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from .models import User

logger = logging.getLogger(__name__)

OFF, OPTIONAL, REQUIRED = "off", "optional", "required"
MODES = (OFF, OPTIONAL, REQUIRED)

CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
CODE_LENGTH = 10
SET_UP_WITHIN = timedelta(hours=1)


class Wait(Exception):
    """There were wrong codes; until then none is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until}")
        self.seconds = max(1, -(-(until - timezone.now()) // timedelta(seconds=1)))


def is_on(user: User) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


@transaction.atomic
def begin(user: User) -> TOTPDevice:
    """A new secret to be put into a phone. The phone of before stays in use until the new one is confirmed."""
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    return TOTPDevice.objects.create(user=user, name="Phone", confirmed=False)


def begun(user: User) -> TOTPDevice | None:
    """What `begin` made, while it can still be confirmed."""
    recent = timezone.now() - SET_UP_WITHIN
    return TOTPDevice.objects.filter(user=user, confirmed=False, created_at__gt=recent).last()


@transaction.atomic
def confirm(user: User, code: str) -> tuple[TOTPDevice, list[str]] | None:
    """Switch on with a code from the new phone. Returns the phone and new recovery codes; None: the code is wrong."""
    device = begun(user)
    if device is None or not _accepts(TOTPDevice.objects.select_for_update().get(pk=device.pk), code):
        return None
    TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
    TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True, name="Phone")
    device.refresh_from_db()
    logger.info("second factor switched on by user %s", user.pk)
    return device, new_recovery_codes(user)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """The only time that they can be read. Those of before are worth nothing."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Recovery codes")
    codes = ["".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    for code in codes:
        device.token_set.create(token=_kept(code))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_codes_left(user: User) -> int:
    return sum(device.token_set.count() for device in StaticDevice.objects.filter(user=user))


@transaction.atomic
def verify(user: User, typed: str) -> Device | None:
    """The device whose code this is: six digits of the phone, or a recovery code, which is then used up."""
    code = "".join(typed.split()).replace("-", "").lower()
    is_phones = code.isascii() and code.isdigit()
    kind = TOTPDevice if is_phones else StaticDevice
    device = kind.objects.select_for_update().filter(user=user, confirmed=True).first()
    if device is None:
        return None
    return device if _accepts(device, code if is_phones else _kept(code)) else None


@transaction.atomic
def switch_off(user: User) -> bool:
    """False: it was not on."""
    was_on = is_on(user)
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    if was_on:
        logger.info("second factor switched off for user %s", user.pk)
    return was_on


def mode() -> str:
    """Whatever is no known word asks for more rather than less."""
    return settings.STAFF_SECOND_FACTOR if settings.STAFF_SECOND_FACTOR in MODES else REQUIRED


def _accepts(device: Device, code: str) -> bool:
    """Notes a wrong code too. Raises Wait when there were too many."""
    is_allowed, why = device.verify_is_allowed()
    if not is_allowed:
        raise Wait(why["locked_until"])
    return bool(device.verify_token(code))


def _kept(code: str) -> str:
    return salted_hmac("accounts.recovery_code", code, algorithm="sha256").hexdigest()[:16]
