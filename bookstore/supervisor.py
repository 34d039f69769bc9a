"""Runs several programs together: shows what they say, and stops them all when one ends or somebody asks."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

STOP_SECONDS = 6
LOOK_SECONDS = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Program:
    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


_speaking = threading.Lock()


def say(line: str) -> None:
    """One line, whole, whoever else speaks at this moment."""
    with _speaking:
        print(line, flush=True)


class Running:
    """A program in a session of its own: Ctrl-C reaches it, and all it started, through us only."""

    def __init__(self, program: Program, width: int) -> None:
        self.name = program.name
        self.process = subprocess.Popen(
            program.command,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        self._printer = threading.Thread(target=self._show, args=[f"{self.name:<{width}} | "], daemon=True)
        self._printer.start()

    @property
    def exit_code(self) -> int | None:
        return self.process.poll()

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):  # all of it has ended
            os.killpg(self.process.pid, number)

    def end(self) -> None:
        """The hard way, for it and for whatever it left behind."""
        self.signal(signal.SIGKILL)
        self.process.wait()
        self._printer.join(1)

    def _show(self, prefix: str) -> None:
        for line in self.process.stdout or ():
            if line.strip():
                say(prefix + line.rstrip("\n"))


class Supervisor:
    """Call run() once, from the main thread."""

    def __init__(self, programs: Iterable[Program]) -> None:
        self.programs = list(programs)
        self.running: list[Running] = []
        self._asked_to_stop = 0

    def run(self, when_ready: str, is_ready: Callable[[], bool]) -> int:
        """Print `when_ready` as soon as the programs are. Exit code 0: asked to stop; 1: a program ended by itself."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._ask_to_stop)
        width = max(len(program.name) for program in self.programs)
        try:
            for program in self.programs:
                self.running.append(Running(program, width))
            self._watch(when_ready, is_ready)
        finally:
            ended = [each for each in self.running if each.exit_code is not None]
            self._stop()
        if self._asked_to_stop:
            return 0
        for each in ended:
            print(
                f"{each.name} has ended with exit code {each.exit_code}; stopped the rest.", file=sys.stderr
            )
        return 1

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_stop += 1

    def _watch(self, when_ready: str, is_ready: Callable[[], bool]) -> None:
        announced = False
        while not self._asked_to_stop and all(each.exit_code is None for each in self.running):
            if not announced and is_ready():
                say(when_ready)
                announced = True
            time.sleep(LOOK_SECONDS)

    def _stop(self) -> None:
        for each in self.running:
            each.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        asked_before = self._asked_to_stop
        while (
            time.monotonic() < deadline and self._asked_to_stop == asked_before
        ):  # asked again: no more patience
            if all(each.exit_code is not None for each in self.running):
                break
            time.sleep(LOOK_SECONDS)
        for each in self.running:
            each.end()
