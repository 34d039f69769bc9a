"""Finds a Chromium for the browser tests, or installs one where that is possible.

`python -m bookstore.testing.chromium` prints where it is; exit code 1 and plain words when there is none to be had.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = (
    "No Chromium was found and none could be installed. Install one (`apt-get install chromium`), "
    "or name one in the environment: CHROMIUM=/path/to/chromium"
)


@cache
def find() -> str | None:
    """Path of a Chromium or Chrome that starts."""
    return next((path for path in _candidates() if _starts(path)), None)


def find_or_install() -> str | None:
    """As find(), but tries to install one first if there is none: by apt as root, else playwright's own."""
    if find() is None:
        for command in _ways_to_install():
            print("No Chromium yet, trying:", " ".join(command), flush=True)
            installed = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0
            find.cache_clear()
            if installed and find() is not None:
                break
    return find()


def _candidates() -> Iterator[str]:
    if named := os.environ.get("CHROMIUM"):
        yield named
    yield from filter(None, map(shutil.which, NAMES))
    if playwrights_own := _playwrights_own():
        yield playwrights_own


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return shutil.which(playwright.chromium.executable_path)


def _starts(path: str) -> bool:
    """A file of that name is not enough: on Ubuntu it may be a stub that asks for a snap."""
    try:
        return (
            subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _ways_to_install() -> Iterator[list[str]]:
    is_root = os.geteuid() == 0
    if is_root and shutil.which("apt-get"):
        quietly = (
            "export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq chromium"
        )
        yield ["sh", "-c", quietly]
    with_libraries = ["--with-deps"] if is_root and shutil.which("apt-get") else []
    yield [sys.executable, "-m", "playwright", "install", *with_libraries, "chromium"]


if __name__ == "__main__":
    path = find_or_install()
    print(path or MISSING)
    sys.exit(path is None)
