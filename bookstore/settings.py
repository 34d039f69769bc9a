"""Settings of the shop. Whatever differs between places comes from the environment or `.env` (see `.env.example`)."""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.crypto import salted_hmac

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))  # what the shop itself writes

# -- The place -------------------------------------------------------------------------------------------------------

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"] if DEBUG else [])
PORT = env.int("PORT", default=8000)
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many of our own proxies add to X-Forwarded-For
SITE_URL = env.str("SITE_URL", default="") or f"http://localhost:{PORT}"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "bookstore.urls"
WSGI_APPLICATION = "bookstore.wsgi.application"

# -- The shop --------------------------------------------------------------------------------------------------------

SHOP_NAME = env.str("SHOP_NAME", default="Endpapers")
SHOP_CURRENCY = env.str("SHOP_CURRENCY", default="gbp").lower()
ORDER_HOLD_MINUTES = env.int("ORDER_HOLD_MINUTES", default=30)
LOW_STOCK = env.int("LOW_STOCK", default=3)  # staff reorder a book that has this many copies left, or fewer
SHOP_COUNTRY = env.str("SHOP_COUNTRY", default="GB").upper()  # preselected at checkout
REFUND_LIMIT = Decimal(env.str("REFUND_LIMIT", default="100.00"))  # above it, not everybody may refund

# -- Applications ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "bookstore",
    "bookstore.api",
    "bookstore.accounts",
    "bookstore.catalog",
    "cart",
    "payments",
    "orders",
    "djstripe",
    "django_tasks",
    "django_tasks_db",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "csp",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "bookstore.accounts.staff.app.StaffAdmin",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "bookstore.accounts.idle.StaffIdle",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bookstore.context.shop",
                "cart.context.cart_summary",
            ],
            "builtins": ["bookstore.templatetags.money"],
        },
    }
]

# -- Data ------------------------------------------------------------------------------------------------------------

DATABASES = {
    "default": env.db_url_config(env.str("DATABASE_URL", "") or f"sqlite:///{VAR_DIR}/bookstore.sqlite3")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue instead of failing: the write lock is taken when a transaction begins, readers go on (WAL).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Nobody waits for a lock for ever, and a process that hangs in a transaction gives its locks back.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
        "options",
        f"-c lock_timeout={env.int('DATABASE_LOCK_TIMEOUT', default=10)}s -c idle_in_transaction_session_timeout=60s",
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache_url_config(env.str("CACHE_URL", "") or "locmemcache://")}
if CACHES["default"]["BACKEND"].endswith(".RedisCache"):
    CACHES["default"]["BACKEND"] = "bookstore.cache.ForgivingRedisCache"  # a shop goes on without its cache

# dj-stripe's own history of migrations takes most of a minute; this one migration leads to the same schema.
MIGRATION_MODULES = (
    {} if env.bool("DJSTRIPE_UPSTREAM_MIGRATIONS", False) else {"djstripe": "payments.djstripe_migrations"}
)

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# -- Accounts and sessions -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["bookstore.accounts.backends.People"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "accounts:account"
LOGOUT_REDIRECT_URL = "catalog:home"
SESSION_ENGINE = "bookstore.accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60  # a cart outlives a holiday
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"  # reading pages need no session

STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=30)  # without a request in the admin
STAFF_SECOND_FACTOR = env.str("STAFF_SECOND_FACTOR", default="optional")  # off, optional, required
OTP_TOTP_ISSUER = SHOP_NAME  # beside the codes, in the app on the phone

# Tries that fail, within so many minutes: for an account from one address, from an address, for an account.
SIGN_IN_WINDOW_MINUTES = env.int("SIGN_IN_WINDOW_MINUTES", default=15)
SIGN_IN_TRIES = env.int("SIGN_IN_TRIES", default=5)
SIGN_IN_TRIES_PER_ADDRESS = env.int("SIGN_IN_TRIES_PER_ADDRESS", default=50)
SIGN_IN_TRIES_PER_ACCOUNT = env.int("SIGN_IN_TRIES_PER_ACCOUNT", default=100)

# -- Language, money, time -------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "bookstore.formats"
TIME_ZONE = env.str("TIME_ZONE", default="Europe/London")
USE_I18N = True
USE_TZ = True

# -- Files -----------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_URL = "media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))  # covers that staff upload
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# -- Mail ------------------------------------------------------------------------------------------------------------

EMAIL_FILE_PATH = VAR_DIR / "mail"
vars().update(env.email_url_config(env.str("EMAIL_URL", "") or f"filemail:///{EMAIL_FILE_PATH}"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SHOP_NAME} <orders@bookstore.example>")

# -- Stripe ----------------------------------------------------------------------------------------------------------
# Only these values differ between the sandbox and real Stripe.

STRIPE_SANDBOX = env.bool("STRIPE_SANDBOX", default=False)
SANDBOX_PORT = env.int("SANDBOX_PORT", default=12111)
SANDBOX_URL = f"http://127.0.0.1:{SANDBOX_PORT}"  # where it listens; localhost may mean ::1 first
STRIPE_API_BASE = env.str("STRIPE_API_BASE", SANDBOX_URL if STRIPE_SANDBOX else "https://api.stripe.com")
STRIPE_JS_URL = env.str(
    "STRIPE_JS_URL",
    f"{SANDBOX_URL}/stripe.js" if STRIPE_SANDBOX else "https://js.stripe.com/dahlia/stripe.js",
)
STRIPE_PUBLISHABLE_KEY = env.str("STRIPE_PUBLISHABLE_KEY", default="")
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRET", default=[])
WEBHOOK_REFUSALS_PER_MINUTE = env.int("WEBHOOK_REFUSALS_PER_MINUTE", default=60)  # from one address
STRIPE_API_VERSION = "2026-08-26.dahlia"  # the release that the pinned SDK speaks
STRIPE_CONNECT_TIMEOUT = 3  # seconds
STRIPE_READ_TIMEOUT = 10  # seconds
STRIPE_LIVE_MODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))

# dj-stripe mirrors PaymentIntents for staff; it makes no call of its own (see payments/mirror.py).
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
STRIPE_LIVE_SECRET_KEY = STRIPE_SECRET_KEY if STRIPE_LIVE_MODE else ""
STRIPE_TEST_SECRET_KEY = "" if STRIPE_LIVE_MODE else STRIPE_SECRET_KEY

# -- REST API --------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["bookstore.api.rendering.ExactJSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["bookstore.api.throttles.PerUser", "bookstore.api.throttles.PerAddress"],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.str("API_RATE_USER", default="240/min"),
        "address": env.str("API_RATE_ADDRESS", default="600/min"),
        "payments_user": env.str("API_RATE_PAYMENTS_USER", default="10/min"),
        "payments_address": env.str("API_RATE_PAYMENTS_ADDRESS", default="30/min"),
        "sign_ins_address": env.str("API_RATE_SIGN_INS_ADDRESS", default="10/min"),
    },
    "EXCEPTION_HANDLER": "bookstore.api.errors.handle",
    "NUM_PROXIES": TRUSTED_PROXIES,
}
# A key of its own; without one it is derived, so that it never is the key that signs sessions and mailed links.
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", default="")
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY or salted_hmac("jwt", "", SECRET_KEY, algorithm="sha256").hexdigest(),
    "AUDIENCE": "bookstore-api",
    "ISSUER": "bookstore",
    "USER_ID_CLAIM": "sub",
    "CHECK_REVOKE_TOKEN": True,  # a changed password ends all tokens
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SHOP_NAME} API",
    "DESCRIPTION": "Books, carts, orders and payments for programs. How to buy a book with it: docs/api.md.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "PREPROCESSING_HOOKS": ["bookstore.api.schema.without_slash"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,  # the names of all countries help nobody
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "orders.models.Order.Status",
        "PaymentStatus": "payments.models.Payment.Status",
    },
}

# -- Security --------------------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # load balancers ask behind the TLS
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0 if DEBUG else 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = bool(SECURE_HSTS_SECONDS)
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_NAME = "session" if DEBUG else "__Host-session"
CSRF_COOKIE_NAME = "csrftoken" if DEBUG else "__Host-csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "bookstore.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
_stripe_hosts = [SANDBOX_URL] if STRIPE_SANDBOX else ["https://js.stripe.com", "https://*.js.stripe.com"]
# What the pay page alone may load besides (docs.stripe.com/security/guide).
PAY_PAGE_CONTENT_SECURITY_POLICY = {
    "script-src": _stripe_hosts,
    "frame-src": [*_stripe_hosts] if STRIPE_SANDBOX else [*_stripe_hosts, "https://hooks.stripe.com"],
    "connect-src": [SANDBOX_URL] if STRIPE_SANDBOX else ["https://api.stripe.com"],
}

# -- Logging ---------------------------------------------------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # without one there is no /metrics
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "bookstore.logs.DiscreetFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "filters": {"without_queries": {"()": "bookstore.logs.WithoutQueries"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        **{
            app: {"level": env.str("LOG_LEVEL", default="INFO")}
            for app in ("bookstore", "cart", "orders", "payments")
        },
        "django": {"level": "INFO"},  # once, by the handler above, not by Django's own as well
        "django.server": {"level": "INFO", "filters": ["without_queries"], "handlers": []},
        # The SDK writes request parameters at INFO; those are nobody's business.
        "stripe": {"level": "WARNING"},
    },
}
