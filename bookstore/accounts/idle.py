"""Staff who leave their desk are signed out; shoppers stay signed in.

A session of staff ends STAFF_IDLE_MINUTES after its last request in the admin. All of it ends, the shop's pages
included: whoever sits down at the desk next is a stranger. The cart is not lost, it belongs to the account.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from .models import User

LAST_SEEN = "staff_seen_at"
ENDED = "staff_session_ended"
"""All that is left in a session that has ended, so that the page where people sign in can say why."""

WRITTEN_EVERY = 30
"""Seconds: not every click writes the session."""


@receiver(user_logged_in, dispatch_uid="accounts.staff_session_begins")
def begin(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    request.session.pop(ENDED, None)
    if user.is_staff:
        request.session[LAST_SEEN] = int(time.time())


def is_over(session: Mapping[str, Any]) -> bool:
    seen = session.get(LAST_SEEN)
    return seen is not None and time.time() - seen > settings.STAFF_IDLE_MINUTES * 60


class StaffIdle:
    """Middleware, after those of sessions and of users: notes each request in the admin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        # By its path: pages of other apps hang there, too.
        is_in_the_admin = request.path.startswith(reverse("admin:index"))
        if is_in_the_admin and request.user.is_authenticated and request.user.is_staff:
            _note(request)


def _note(request: HttpRequest) -> None:
    seen = request.session.get(LAST_SEEN)
    if seen is None:  # signed in before they were staff: nobody knows how long they have been away
        logout(request)
        request.session[ENDED] = True
    elif time.time() - seen > WRITTEN_EVERY:
        request.session[LAST_SEEN] = int(time.time())
