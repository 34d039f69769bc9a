"""What the API need not remember is forgotten by `manage.py tend`."""

import pytest
import time_machine
from django.core.management import call_command
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from bookstore.accounts.factories import UserFactory
from bookstore.api.models import IdempotentRequest

pytestmark = pytest.mark.django_db


def test_outdated_keys_and_expired_tokens_are_forgotten_others_stay(capsys):
    ada = UserFactory()
    with time_machine.travel("2026-11-01T12:00:00Z", tick=False):
        RefreshToken.for_user(ada).blacklist()
        IdempotentRequest.objects.create(user=ada, key="old")
    with time_machine.travel("2026-11-22T12:00:01Z", tick=False):
        RefreshToken.for_user(ada).blacklist()
        IdempotentRequest.objects.create(user=ada, key="new")

    with time_machine.travel("2026-11-23T12:00:00Z", tick=False):
        call_command("tend")

    assert [request.key for request in IdempotentRequest.objects.all()] == ["new"]
    assert (OutstandingToken.objects.count(), BlacklistedToken.objects.count()) == (1, 1)
    assert "2 outdated keys and tokens forgotten" in capsys.readouterr().out


def test_with_nothing_outdated_nothing_is_said(capsys):
    call_command("tend")

    assert capsys.readouterr().out.splitlines()[-1] == "Nothing was due."
