"""`make run`: all of it starts, says where it is, and stops without a trace."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import closing
from pathlib import Path

import environ
import psutil
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model

from bookstore import launch

PATIENCE = 120  # seconds until the shop answers, on a busy machine
STOPPING = 60  # seconds until it has stopped, likewise


@pytest.fixture
def demo(settings, monkeypatch):
    settings.DEBUG = True
    settings.STRIPE_SANDBOX = True
    monkeypatch.setattr(launch, "is_the_demos", lambda database: True)


def test_free_ports_are_no_trouble():
    assert launch.trouble_with_ports({"PORT": free_port(), "SANDBOX_PORT": free_port()}) == ""


def test_a_taken_port_is_told_in_one_line():
    with closing(socket.create_server((launch.HOST, 0))) as other:
        port = other.getsockname()[1]

        trouble = launch.trouble_with_ports({"PORT": free_port(), "SANDBOX_PORT": port})

    assert trouble == f"Port {port} is taken. Choose another one, like: make run SANDBOX_PORT={port + 1}"


def test_shop_and_sandbox_cannot_share_a_port():
    assert "are the same" in launch.trouble_with_ports({"PORT": 8000, "SANDBOX_PORT": 8000})


@pytest.mark.django_db
def test_the_demo_admin_can_sign_in_and_is_named(demo):
    launch.prepare_demo_admin()

    admin = get_user_model().objects.get(email=launch.ADMIN_EMAIL)
    assert admin.is_superuser
    assert admin.check_password(launch.ADMIN_PASSWORD)
    assert f"{launch.ADMIN_EMAIL} / {launch.ADMIN_PASSWORD}" in launch.welcome()


@pytest.mark.django_db
def test_an_admin_who_chose_another_password_keeps_it(demo):
    get_user_model().objects.create_superuser(launch.ADMIN_EMAIL, "my own choice")

    launch.prepare_demo_admin()

    assert get_user_model().objects.get(email=launch.ADMIN_EMAIL).check_password("my own choice")
    assert f"{launch.ADMIN_EMAIL} / (your own password)" in launch.welcome()


@pytest.mark.django_db
def test_the_demo_has_somebody_for_each_role(demo):
    for _ in range(2):
        launch.prepare_demo_admin()

    people = get_user_model().objects.exclude(email=launch.ADMIN_EMAIL).order_by("pk")
    assert [(p.email, p.is_staff, p.is_superuser, p.groups.get().name) for p in people] == [
        ("packer@bookstore.example", True, False, "Packer"),
        ("manager@bookstore.example", True, False, "Manager"),
        ("owner@bookstore.example", True, False, "Owner"),
    ]
    assert f"{', '.join(launch.STAFF)} / {launch.ADMIN_PASSWORD}" in launch.welcome()


@pytest.mark.django_db
def test_one_of_staff_who_chose_another_password_is_not_named(demo):
    launch.prepare_demo_admin()
    packer = get_user_model().objects.get(email="packer@bookstore.example")
    packer.set_password("my own choice")
    packer.save()

    assert (
        f"  manager@bookstore.example, owner@bookstore.example / {launch.ADMIN_PASSWORD}" in launch.welcome()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("debug", "sandbox"), [(False, True), (True, False), (False, False)])
def test_there_is_no_demo_admin_in_a_real_shop(demo, settings, debug, sandbox):
    settings.DEBUG, settings.STRIPE_SANDBOX = debug, sandbox

    launch.prepare_demo_admin()

    assert not get_user_model().objects.exists()


@pytest.mark.django_db
def test_there_is_no_demo_admin_in_a_database_that_was_named(demo, monkeypatch):
    monkeypatch.setattr(launch, "is_the_demos", lambda database: False)

    launch.prepare_demo_admin()

    assert not get_user_model().objects.exists()


@pytest.mark.parametrize(
    ("url", "is_its_own"),
    [
        (f"sqlite:///{settings.VAR_DIR}/bookstore.sqlite3", True),
        ("sqlite:////srv/shop/bookstore.sqlite3", False),
        (f"sqlite:///{settings.VAR_DIR}/other.sqlite3", False),
        ("sqlite://:memory:", False),
        ("postgres://shop@localhost/bookstore", False),
        (f"postgres://shop@localhost/{settings.VAR_DIR}/bookstore.sqlite3", False),
    ],
)
def test_only_the_file_beside_its_mails_is_the_demos_database(url, is_its_own):
    assert launch.is_the_demos(environ.Env.db_url_config(url)) is is_its_own


@pytest.mark.django_db
def test_with_real_stripe_no_sandbox_is_started_nor_named(settings):
    settings.STRIPE_SANDBOX = False

    assert [program.name for program in launch.programs()] == ["web", "worker", "tend"]
    assert "4242" not in launch.welcome()


def test_the_sandbox_is_told_where_the_shop_listens(settings):
    settings.PORT = 9000

    assert launch.sandbox().environment["SANDBOX_WEBHOOK_URL"] == "http://127.0.0.1:9000/orders/webhook"


def test_the_sandbox_is_where_it_listens(settings):
    """Not at localhost, which some machines take for ::1."""
    assert f"http://{launch.HOST}:{settings.SANDBOX_PORT}" == settings.SANDBOX_URL


@pytest.fixture
def place(tmp_path) -> dict[str, str]:
    """A demo of its own: free ports and an empty folder."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "bookstore.settings",
        "ENV_FILE": str(settings.BASE_DIR / ".env.example"),
        "SECRET_KEY": "only-for-this-test",
        "DEBUG": "true",
        "SECURE_SSL_REDIRECT": "false",
        "SITE_URL": "",
        "EMAIL_URL": "",
        "DATABASE_URL": "",
        "VAR_DIR": str(tmp_path / "var"),
        "PORT": str(free_port()),
        "SANDBOX_PORT": str(free_port()),
    }


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_whole_shop_starts_and_stops_without_a_trace(place, number):
    process = start_shop(place)
    output = read_until(process, "Ctrl-C")
    crew = psutil.Process(process.pid).children(recursive=True)
    answers = [status_of(place["PORT"]), status_of(place["SANDBOX_PORT"])]
    written = [Path(place["VAR_DIR"], name) for name in ("", "bookstore.sqlite3", "sandbox.sqlite3")]
    for_others = [path.name for path in written if path.stat().st_mode & 0o077]

    process.send_signal(number)
    output += process.communicate(timeout=STOPPING)[0]

    assert process.returncode == 0, output
    assert answers == [200, 200], output
    assert "bookstore-demo" in output
    assert for_others == []
    assert len(crew) >= 4
    assert [child for child in crew if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
    assert "Traceback" not in output
    assert "4242 4242 4242 4242" in output
    assert f"http://localhost:{place['PORT']}/" in output
    assert str(Path(place["VAR_DIR"]) / "mail") in output


@pytest.mark.slow
def test_nothing_starts_on_a_taken_port(place):
    with closing(socket.create_server((launch.HOST, int(place["PORT"])))):
        run = subprocess.run(
            [sys.executable, "-m", "bookstore.launch"],
            cwd=settings.BASE_DIR,
            env=place,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert run.returncode == 1
    assert re.fullmatch(r"Port \d+ is taken\. .*\n", run.stdout + run.stderr)
    assert not Path(place["VAR_DIR"]).exists()


def start_shop(place: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "bookstore.launch"],
        cwd=settings.BASE_DIR,
        env=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process: "subprocess.Popen[str]", words: str) -> str:
    """What it says, up to the line with these words. A shop that never says them is ended."""
    output = ""
    give_up = threading.Timer(PATIENCE, process.terminate)
    give_up.start()
    for line in process.stdout or ():
        output += line
        if words in line:
            give_up.cancel()
            return output
    give_up.cancel()
    raise AssertionError(f"never said {words!r}:\n{output}")


def status_of(port: str) -> int | str:
    """Of the page at `/`; an error comes back as its words, so that the shop is stopped all the same."""
    try:
        with urllib.request.urlopen(f"http://{launch.HOST}:{port}/", timeout=10) as response:
            return response.status
    except OSError as error:
        return repr(error)


def free_port() -> int:
    with closing(socket.create_server((launch.HOST, 0))) as probe:
        return probe.getsockname()[1]
