"""A shared cache that is down: the shop goes on as with an empty one."""

import socket
import subprocess
import sys

import pytest
from django.core.cache import cache
from django.urls import reverse

from bookstore.accounts.factories import PASSWORD, StaffFactory, UserFactory
from bookstore.cache import ForgivingClient, ForgivingRedisCache
from bookstore.catalog.factories import BookFactory


@pytest.fixture(autouse=True)
def asked_at_once(monkeypatch):
    """No test waits for what another one has found."""
    monkeypatch.setattr(ForgivingClient, "silent_until", 0)


def at(port, **options):
    location = f"redis://127.0.0.1:{port}/0"
    return {
        "default": {
            "BACKEND": "bookstore.cache.ForgivingRedisCache",
            "LOCATION": location,
            "OPTIONS": options,
        }
    }


@pytest.fixture
def down(settings):
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings.CACHES = at(port)


@pytest.fixture
def silent(settings):
    """Somebody listens, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CACHES = at(server.getsockname()[1], socket_timeout=0.05)
        yield


class Redis(dict):
    """As much of one as the tests need; as a connection it is its own."""

    def set(self, key, value, **details):
        self[key] = value
        return True

    def exists(self, key):
        return key in self

    def incr(self, key, delta):
        self[key] += delta
        return self[key]


@pytest.fixture
def running(settings, monkeypatch):
    settings.CACHES = at(1)
    redis = Redis()
    monkeypatch.setattr(ForgivingClient, "get_client", lambda *args, **options: redis)


@pytest.mark.parametrize("outage", ["down", "silent"])
def test_a_cache_that_is_away_is_empty(outage, request, caplog):
    request.getfixturevalue(outage)

    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_or_set("a", lambda: 1) == 1
    assert cache.get_many(["a", "b"]) == {}
    assert not cache.add("a", 1)
    assert not cache.touch("a")
    assert not cache.delete("a")
    assert "a" not in cache
    assert not cache.clear()
    cache.set("a", 1)
    cache.set_many({"a": 1})
    cache.delete_many(["a"])
    with pytest.raises(ValueError, match="does not answer"):
        cache.incr("a")
    assert len([record for record in caplog.records if record.name == "bookstore.cache"]) == 1


def test_after_a_pause_it_is_asked_again(down, monkeypatch, caplog):
    for _ in range(2):
        cache.get("a")
    monkeypatch.setattr(ForgivingClient, "silent_until", 0)
    cache.get("a")

    assert len([record for record in caplog.records if record.name == "bookstore.cache"]) == 2


def test_a_cache_that_runs_keeps_what_it_is_told(running):
    assert cache.add("tries", 0)
    assert cache.incr("tries", 2) == 2
    assert cache.get("tries") == 2
    with pytest.raises(ValueError, match="not found"):
        cache.incr("others")


@pytest.mark.django_db
def test_people_buy_and_sign_in_without_it(down, client, api):
    book, ada, staff = BookFactory(), UserFactory(), StaffFactory()

    assert client.get("/books/").status_code == 200
    assert client.get(book.get_absolute_url()).status_code == 200
    assert client.post(reverse("cart:add", args=[book.pk]), {"quantity": 1}).status_code == 302
    assert api(ada).sign_in(ada)["access"]
    admin = {"username": staff.email, "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", admin).url == "/admin/"


def test_every_redis_is_a_forgiving_one():
    code = "from django.core.cache import caches; print(type(caches['default']).__name__)"
    env = {"CACHE_URL": "redis://127.0.0.1:1/0", "ENV_FILE": ".env.example", "SECRET_KEY": "x" * 60}
    script = f"import os; os.environ.update({env!r}); os.environ['DJANGO_SETTINGS_MODULE']='bookstore.settings'\n{code}"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == ForgivingRedisCache.__name__
