"""Several programs run together and end together. Small scripts stand in for the shop's."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest
from django.conf import settings

from bookstore import supervisor

PATIENCE = 60  # seconds; much more than anything takes, for machines that are busy
SLEEPS = "import time; print('up'); time.sleep(300)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(300)"
LINES = 8000
TALKS = f"import sys, time; [sys.stdout.write(f'line {{n}}\\n') for n in range({LINES})]; time.sleep(300)"
ENDS = "import time; time.sleep(0.5); raise SystemExit(3)"
HAS_A_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(300)'])"


@pytest.fixture
def supervised():
    """Starts a supervisor over scripts; gives the process. `is_ready` becomes true at once."""
    started = []

    def start(stop_seconds: int = supervisor.STOP_SECONDS, **scripts: str) -> "subprocess.Popen[str]":
        program = f"""
            import sys
            from bookstore import supervisor
            from bookstore.supervisor import Program, Supervisor
            supervisor.STOP_SECONDS = {stop_seconds}
            programs = [Program(name, [sys.executable, "-c", code]) for name, code in {scripts!r}.items()]
            sys.exit(Supervisor(programs).run("everything is up", lambda: True))
        """
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)],
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_when_asked_to_stop_all_stop_and_that_is_no_failure(supervised, number):
    process = supervised(web=SLEEPS, worker=HAS_A_CHILD)
    wait_for_lines(process, "everything is up", "web    | up")
    crew = wait_for_children(process, 3)

    process.send_signal(number)
    output, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0
    assert not any(is_alive(child) for child in crew)
    assert "Traceback" not in output


def test_when_one_ends_all_end_and_its_name_is_told(supervised):
    process = supervised(web=ENDS, worker=SLEEPS)
    crew = wait_for_children(process, 2)

    output, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert "web has ended with exit code 3" in output
    assert not any(is_alive(child) for child in crew)


def test_whoever_asks_twice_does_not_wait_for_a_program_that_hangs(supervised):
    process = supervised(web=DEAF, stop_seconds=600)
    wait_for_lines(process, "everything is up", "web | up")
    [child] = wait_for_children(process, 1)

    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0
    assert not is_alive(child)
    assert "Traceback" not in output


def test_programs_that_speak_at_once_do_not_interrupt_each_other(supervised):
    process = supervised(one=TALKS, two=TALKS, three=TALKS)

    said = {process.stdout.readline() for _ in range(3 * LINES + 1)}

    whole = {f"{name:<5} | line {number}\n" for name in ("one", "two", "three") for number in range(LINES)}
    assert said == whole | {"everything is up\n"}


@pytest.mark.slow
def test_a_program_that_does_not_want_to_stop_is_ended(supervised):
    process = supervised(web=DEAF)
    wait_for_lines(process, "everything is up", "web | up")
    [child] = wait_for_children(process, 1)

    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=PATIENCE)

    assert process.returncode == 0
    assert not is_alive(child)


def wait_for_lines(process: "subprocess.Popen[str]", *wanted: str) -> None:
    missing = set(wanted)
    while missing:
        line = process.stdout.readline() if process.stdout else ""
        assert line, f"ended before saying {missing}"
        missing.discard(line.strip())


def wait_for_children(process: "subprocess.Popen[str]", count: int) -> list[psutil.Process]:
    crew = psutil.Process(process.pid)
    deadline = time.monotonic() + PATIENCE
    while len(children := crew.children(recursive=True)) < count:
        assert time.monotonic() < deadline, children
    return children


def is_alive(child: psutil.Process) -> bool:
    return child.is_running() and child.status() != psutil.STATUS_ZOMBIE
