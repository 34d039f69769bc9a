"""What gunicorn loads: it runs no checks, so the shop itself refuses to start where money would be at risk."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "bookstore.settings",
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "only-for-this-test",
    "DEBUG": "false",
    "SITE_URL": "https://shop.example",
    "STRIPE_SANDBOX": "false",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_" + "0" * 24,
    "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
    "STRIPE_WEBHOOK_SECRET": "whsec_" + "0" * 24,
}


def started(**changes: str) -> subprocess.CompletedProcess[str]:
    """A process that loads what gunicorn loads."""
    return subprocess.run(
        [sys.executable, "-c", "from bookstore.wsgi import application; print(type(application).__name__)"],
        cwd=settings.BASE_DIR,
        env=os.environ | PRODUCTION | changes,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_shop_in_order_starts():
    assert started().stdout == "Application\n"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"STRIPE_SANDBOX": "true"}, "payments.E001"),
        ({"STRIPE_WEBHOOK_SECRET": "whsec_sandbox0000000000000000000000"}, "payments.E004"),
        ({"SITE_URL": ""}, "bookstore.E001"),
    ],
)
def test_a_shop_that_would_put_money_at_risk_does_not(wrong, said):
    refused = started(**wrong)

    assert refused.returncode != 0
    assert refused.stdout == ""
    assert "ImproperlyConfigured: The shop does not start like this" in refused.stderr
    assert said in refused.stderr


def test_a_demo_starts_with_the_sandbox():
    assert started(DEBUG="true", STRIPE_SANDBOX="true", SITE_URL="").returncode == 0
