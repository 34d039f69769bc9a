"""How often somebody may try: to sign in, to have a password mailed.

Three counts, in the shared cache, each for a quarter of an hour or what SIGN_IN_WINDOW_MINUTES says:

- of an account from one address: few. Whoever mistypes a password waits; nobody else does.
- of an address: more, since many people may share one.
- of an account from anywhere: many, for guesses that come from many addresses at once. Those addresses from which the
  account was signed in to lately are exempt, so that nobody is locked out of an account by others who guess.

A try is counted before it is judged, so that tries at the same moment cannot slip through, and is taken back when it
was right. Addresses of nobody's account are counted like all others: the answer does not tell who has an account.
"""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from rest_framework.throttling import BaseThrottle

logger = logging.getLogger(__name__)

KNOWN_FOR = 60 * 60 * 24 * 30
WHAT_IS_ONE_HOUSEHOLD = 64
"""Bits: whoever has an IPv6 address has all those that begin alike."""


class TooMany(Exception):
    """`seconds`: when another try is counted anew."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} s")
        self.seconds = seconds


class Guesses:
    """Tries of one kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def count(self, request: HttpRequest, account: str) -> None:
        """One more try, with what was typed as the account's e-mail address. Raises TooMany."""
        address, person = address_of(request), _mark(account)
        self._count("pair", f"{person}.{address}", settings.SIGN_IN_TRIES)
        self._count("address", address, settings.SIGN_IN_TRIES_PER_ADDRESS)
        if not cache.get(self._known(person, address)):
            self._count("account", person, settings.SIGN_IN_TRIES_PER_ACCOUNT)

    def was_right(self, request: HttpRequest, account: str) -> None:
        """The try was no guess: it is taken back, and the address is known to be the account's."""
        address, person = address_of(request), _mark(account)
        cache.delete(self._key("pair", f"{person}.{address}"))
        self._take_back("address", address)
        if not cache.get(self._known(person, address)):
            self._take_back("account", person)
        cache.set(self._known(person, address), 1, KNOWN_FOR)

    def _count(self, what: str, whose: str, most: int) -> None:
        key, seconds = self._key(what, whose), window()
        cache.add(key, 0, seconds)
        try:
            tries = cache.incr(key)
        except ValueError:  # the window ended in between
            return
        if tries > most:
            logger.warning("too many tries: %s, for one %s", self.kind, what)
            raise TooMany(seconds - int(time.time()) % seconds)

    def _take_back(self, what: str, whose: str) -> None:
        try:
            cache.decr(self._key(what, whose))
        except ValueError:
            return

    def _key(self, what: str, whose: str) -> str:
        return f"guesses.{self.kind}.{what}.{whose}.{int(time.time()) // window()}"

    def _known(self, person: str, address: str) -> str:
        return f"guesses.{self.kind}.known.{person}.{address}"


sign_ins = Guesses("sign-in")
forgotten_passwords = Guesses("forgotten-password")


def window() -> int:
    """Seconds."""
    return 60 * int(settings.SIGN_IN_WINDOW_MINUTES)


def address_of(request: HttpRequest) -> str:
    """As the REST API counts them (TRUSTED_PROXIES), except that an IPv6 network counts as one."""
    text = str(BaseThrottle().get_ident(request) or "")  # type: ignore[arg-type]  # reads request.META only
    try:
        address = ip_address(text)
    except ValueError:
        return _mark(text)
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return f"{int(address) >> (128 - WHAT_IS_ONE_HOUSEHOLD):x}"
    return str(getattr(address, "ipv4_mapped", None) or address)


def guarded(
    guesses: Guesses, request: HttpRequest, account: str, judge: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """What `judge` answers, unless there were too many tries. It redirects when the form was right."""
    try:
        guesses.count(request, account)
    except TooMany as refusal:
        return too_many_page(request, refusal)
    answer = judge()
    if answer.status_code == HTTPStatus.FOUND:
        guesses.was_right(request, account)
    return answer


def too_many_page(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    minutes = -(-refusal.seconds // 60)
    response = render(request, "429.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(refusal.seconds)
    response["Cache-Control"] = "no-store"
    return response


def _mark(text: str) -> str:
    """What stands for it in the cache, which shall not be a list of people."""
    return salted_hmac("guesses", text.strip().lower()).hexdigest()[:32]
