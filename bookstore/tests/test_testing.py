"""The tools of the test suite do what the suite relies on."""

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from bookstore.testing import chromium, network
from bookstore.testing.__main__ import Outcome, Stage, main

NO_TESTS = Stage("Nothing", "browser and not browser", on_postgres=False)


@pytest.mark.parametrize("host", ["192.0.2.1", "8.8.8.8", "api.stripe.com", "2001:db8::1", b"example.com"])
def test_tests_cannot_reach_other_machines(host):
    with pytest.raises(network.NetworkBlocked, match="wanted to reach"):
        socket.create_connection((host, 443), timeout=0.1)


def test_an_address_in_figures_is_refused_before_anything_is_sent():
    with socket.socket() as plain, pytest.raises(network.NetworkBlocked):
        plain.connect(("192.0.2.1", 443))
    with socket.socket() as plain, pytest.raises(network.NetworkBlocked):
        plain.connect_ex(("192.0.2.1", 443))


def test_a_blocked_request_does_not_look_like_a_dead_network():
    with pytest.raises(network.NetworkBlocked):
        urllib.request.urlopen("https://api.stripe.com/", timeout=0.1)


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()


def test_a_chromium_named_in_the_environment_comes_first(monkeypatch, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("#!/bin/sh\necho Chromium 1\n")
    mine.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(mine))

    assert next(chromium._candidates()) == str(mine)
    assert chromium._starts(str(mine))


def test_a_program_that_only_has_chromiums_name_is_passed_over(tmp_path):
    stub = tmp_path / "chromium-browser"
    stub.write_text("#!/bin/sh\nexit 10\n")
    stub.chmod(0o755)

    assert not chromium._starts(str(stub))
    assert not chromium._starts(str(tmp_path / "missing"))


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_without_a_chromium_the_run_says_so_and_fails_only_in_ci(monkeypatch, capsys, ci, code):
    monkeypatch.setattr(chromium, "find_or_install", lambda: None)
    monkeypatch.setenv("CI", ci)

    assert main(["browser"]) == code

    assert "NOT RUN. No Chromium was found" in capsys.readouterr().out


def test_a_stage_without_tests_does_not_pass_silently(monkeypatch, capfd):
    monkeypatch.setattr("bookstore.testing.__main__.STAGES", {"nothing": NO_TESTS})
    monkeypatch.setenv("PYTEST_ADDOPTS", "")

    assert main(["nothing"]) == 1

    assert "FAIL  Nothing" in capfd.readouterr().out


def test_a_test_that_uses_the_database_is_known_by_its_marker(request, db):
    assert "database" in request.node.keywords


def test_a_test_that_uses_none_has_no_such_marker(request):
    assert "database" not in request.node.keywords


def test_an_outcome_is_one_line():
    assert (
        str(Outcome("SQLite", "3 passed", passed=True, seconds=12.3))
        == "  ok    SQLite                 3 passed  (12 s)"
    )


@pytest.mark.slow
def test_a_private_postgresql_lives_as_long_as_its_command():
    program = "import os, sys; print(os.environ['DATABASE_URL']); sys.exit(7)"

    run = subprocess.run(
        [sys.executable, "-m", "bookstore.testing.postgres", sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 7, run.stderr
    assert run.stdout.startswith("postgres:////")
    assert not Path(os.path.dirname(run.stdout.strip().removeprefix("postgres:///"))).exists()
