"""The rules of the house that no linter knows: who may import whom, how long a file may be, nothing inline in pages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
ROOMS = ("bookstore", "cart", "orders", "payments")
STRIPE = ("stripe", "djstripe")
MOST_LINES = 400

# What a module must not import, by where it lives; the longest name that fits decides. Tests may look
# around more, but leave Stripe to payments as well.
FORBIDDEN = {
    "bookstore": ("orders", *STRIPE),
    "bookstore.catalog": ("cart", "orders", "payments", *STRIPE),
    "bookstore.accounts": ("cart", "orders", "payments", *STRIPE),
    "cart": ("orders", "payments", *STRIPE),
    "orders": STRIPE,
    "payments": ("bookstore", "cart", "orders"),
    "payments.sandbox": ("bookstore", "cart", "orders", "django", *STRIPE),
}


def test_imports_point_down():
    offences = [
        offence for path in python_files() for offence in wrong_imports(module_of(path), path.read_text())
    ]

    assert offences == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bookstore.views", "import orders"),
        ("bookstore.catalog.models.book", "from cart.models import Cart"),
        ("bookstore.accounts.views", "def view():\n    from payments import gateway"),
        ("cart.views", "from orders.models import Order"),
        ("cart.views", "import payments.models as models"),
        ("orders.placing", "import stripe"),
        ("orders.tests.test_placing", "import stripe"),
        ("orders.admin", "from djstripe.models import PaymentIntent"),
        ("payments.settlement", "from orders.models import Order"),
        ("payments.settlement", "from bookstore.catalog import models"),
        ("payments.sandbox.store", "from django.db import models"),
        ("payments.sandbox.store", "from ..models import Payment"),
    ],
)
def test_an_import_that_points_up_is_seen(module, source):
    assert wrong_imports(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("orders.placing", "from cart.models import Cart\nfrom payments import gateway"),
        ("cart.models", "from bookstore.catalog.models import Book"),
        ("payments.gateway", "import stripe\nfrom .models import Payment\nfrom django.conf import settings"),
        ("payments.sandbox.store", "from . import ids\nfrom .events import Event"),
        ("bookstore.urls", "from django.urls import include\ninclude('orders.urls')"),
    ],
)
def test_an_import_that_points_down_is_fine(module, source):
    assert wrong_imports(module, source) == []


def test_no_file_is_too_long():
    files = [path for path in python_files() if not is_exempt_from_length(path)]

    assert [str(path.relative_to(ROOT)) for path in files if is_too_long(path.read_text())] == []


def test_a_file_that_is_too_long_is_seen():
    assert is_too_long("\n" * (MOST_LINES + 1))
    assert not is_too_long("\n" * MOST_LINES)


def test_templates_have_nothing_inline():
    pages = sorted((ROOT / "templates").rglob("*.html"))

    found = {
        str(page.relative_to(ROOT)): inline_parts(page.read_text()) for page in pages if not is_mail(page)
    }

    assert {page: parts for page, parts in found.items() if parts} == {}


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color: red">',
        "<p class=lead STYLE='color: red'>",
        '<button type="submit" onclick="pay()">',
        "<body\n  onload=start()>",
        "<script>pay()</script>",
        '<script type="module">pay()</script>',
        "<style>p { color: red }</style>",
        '<a href="javascript:pay()">',
    ],
)
def test_something_inline_is_seen(markup):
    assert inline_parts(markup)


@pytest.mark.parametrize(
    "markup",
    [
        "<script src=\"{% static 'js/pay.js' %}\" defer></script>",
        '<script type="application/ld+json">{"@type": "Book"}</script>',
        '<p class="style" data-style="x" data-on="y">one style=… one onclick=…</p>',
        '<a {% if a > b %}class="c"{% endif %} href="/books/?q=style">style</a>',
    ],
)
def test_what_only_looks_inline_is_fine(markup):
    assert inline_parts(markup) == []


def python_files() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def module_of(path: Path) -> str:
    """The dotted name; a package is named like a module in it, so that `.` means the same in both."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def wrong_imports(module: str, source: str) -> list[str]:
    forbidden = forbidden_for(module)
    return [
        f"{module} imports {name}"
        for name in imported(module, source)
        if any(is_within(name, other) for other in forbidden)
    ]


def forbidden_for(module: str) -> tuple[str, ...]:
    if is_test(module):
        return () if is_within(module, "payments") else STRIPE
    room = max((room for room in FORBIDDEN if is_within(module, room)), key=len)
    if room == "payments.sandbox":  # all of payments but the sandbox itself would bring Django along
        return (
            *FORBIDDEN[room],
            *(f"payments.{name}" for name in modules_of_payments() if name != "sandbox"),
        )
    return FORBIDDEN[room]


def modules_of_payments() -> Iterator[str]:
    return (path.stem for path in (ROOT / "payments").iterdir() if path.is_dir() or path.suffix == ".py")


def is_test(module: str) -> bool:
    return not {"tests", "testing", "conftest", "factories"}.isdisjoint(module.split("."))


def is_within(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


def imported(module: str, source: str) -> Iterator[str]:
    """Full names of what a module imports, at its top or inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*package, *filter(None, [node.module])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def is_exempt_from_length(path: Path) -> bool:
    return "migrations" in str(path.parent) or "data" in path.parts


def is_too_long(source: str) -> bool:
    return len(source.splitlines()) > MOST_LINES


def is_mail(page: Path) -> bool:
    """Mail programs know no stylesheets: there the styles have to be in the tags."""
    return page.name == "_mail.html" or "mail" in page.parts


def inline_parts(template: str) -> list[str]:
    """Tags that carry style or behaviour of their own, which the content security policy would refuse."""
    markup = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", template, flags=re.S)
    tags = re.findall(r"<[a-z][^<>]*>", markup, flags=re.S | re.I)
    return [tag for tag in tags if is_inline(re.sub(r"\s+", " ", tag))]


def is_inline(tag: str) -> bool:
    names = re.sub(r"\"[^\"]*\"|'[^']*'", '""', tag).lower()
    if names.startswith("<script") and " src=" not in names:
        return "application/ld+json" not in tag
    has_attribute = re.search(r" (style|on[a-z]+) ?=", names)
    return bool(
        names.startswith("<style") or has_attribute or re.search(r"=\s*[\"']?\s*javascript:", tag, re.I)
    )
