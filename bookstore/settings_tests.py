"""Settings of the test suite: the shop's own, with fixed values in place of a machine's `.env`."""

import os

os.environ |= {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "only-for-tests-" + "0" * 50,
    "DEBUG": "false",
    "SECURE_SSL_REDIRECT": "false",
    "SECURE_HSTS_SECONDS": "0",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "SITE_URL": "http://testserver",
    "CACHE_URL": "",
    "EMAIL_URL": "memorymail://",
    "SHOP_NAME": "Endpapers",
    "SHOP_CURRENCY": "gbp",
    "ORDER_HOLD_MINUTES": "30",
    "STRIPE_SANDBOX": "true",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_" + "0" * 24,
    "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
    "STRIPE_WEBHOOK_SECRET": "whsec_tests",
    "WEBHOOK_REFUSALS_PER_MINUTE": "1000000",
    "SIGN_IN_TRIES": "1000000",
    "SIGN_IN_TRIES_PER_ADDRESS": "1000000",
    "SIGN_IN_TRIES_PER_ACCOUNT": "1000000",
    "STAFF_IDLE_MINUTES": "30",
    "STAFF_SECOND_FACTOR": "optional",
}

from bookstore.settings import *  # noqa: F403
from bookstore.settings import DATABASES, STORAGES

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "session", "csrftoken"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True
DATABASES["default"].setdefault("TEST", {})
