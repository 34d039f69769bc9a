"""A phone that shows one-time codes."""

import time

from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from bookstore.accounts import second_factor
from bookstore.accounts.models import User


def code_of(device: TOTPDevice, *, ahead: int = 0) -> str:
    """What the phone shows now, or some steps of 30 seconds later."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + ahead * device.step
    return f"{totp.token():06d}"


def wrong_code(device: TOTPDevice) -> str:
    near = {code_of(device, ahead=steps) for steps in range(-3, 4)}
    return next(code for number in range(100) if (code := f"{number:06d}") not in near)


def with_second_factor(user: User) -> User:
    """The codes of these 30 seconds are not used up."""
    second_factor.begin(user)
    second_factor.confirm(user, code_of(user.totpdevice_set.get()))
    TOTPDevice.objects.filter(user=user).update(last_t=-1)
    return user
