"""The demo's supervisor, with real processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import sys
import time
from pathlib import Path
from threading import Timer

import psutil
import pytest

from oms.demo.memory import AlreadyRunning, Memory, lock, take_port
from oms.demo.supervisor import Failed, Stopped, Supervisor

# Starts a child of its own, tells its id, and ignores nothing.
FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(60)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(tmp_path, lambda _text: None)


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def wait_until(supervisor: Supervisor, path: Path) -> str:
    supervisor.wait_for("child", lambda: path.exists() and bool(path.read_text()), seconds=20)
    return path.read_text()


def gone(pid: int) -> bool:
    """Whether the process ends within five seconds: a kill is sent at once, and carried out when the kernel gets to it."""
    for _attempt in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_stopping_ends_children_of_children_too(supervisor: Supervisor, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    child = supervisor.start("family", python(FAMILY, str(told)), {})
    grandchild = int(wait_until(supervisor, told))
    assert child.process is not None
    supervisor.stop_all()
    time.sleep(0.1)
    assert (gone(child.process.pid) if child.process else True, gone(grandchild)) == (True, True)


def test_a_child_that_is_killed_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    child = supervisor.start("family", python(FAMILY, str(told)), {})
    first = int(wait_until(supervisor, told))
    told.unlink()
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    second = int(wait_until(supervisor, told))
    supervisor.stop_all()
    assert second != first
    assert gone(first)


def test_a_child_that_hangs_is_replaced_but_not_before_it_could_say_anything(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "pid"
    child = supervisor.start("family", python(FAMILY, str(told)), {})
    first = int(wait_until(supervisor, told))
    told.unlink()
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGSTOP)
    supervisor.end_stuck({child.process.pid})
    assert psutil.pid_exists(first)
    monkeypatch.setattr("oms.demo.supervisor.GRACE", 0.0)
    supervisor.end_stuck({child.process.pid})
    second = int(wait_until(supervisor, told))
    supervisor.stop_all()
    assert second != first
    assert gone(first)


def test_a_killed_supervisors_children_are_ended_by_the_next(supervisor: Supervisor, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    child = supervisor.start("family", python(FAMILY, str(told)), {})
    grandchild = int(wait_until(supervisor, told))
    Supervisor(tmp_path, lambda _text: None).end_leftovers()
    assert child.process is not None
    child.process.wait(5)
    assert gone(grandchild)


def test_a_step_that_fails_says_what_it_wrote(supervisor: Supervisor) -> None:
    with pytest.raises(Failed, match="no such table"):
        supervisor.run("migrate", python("raise SystemExit('no such table')"), {})


def test_a_step_is_left_when_the_stop_is_asked_for(supervisor: Supervisor, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    Timer(0.5, supervisor.stop.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        supervisor.run("long", python(FAMILY, str(told)), {})
    assert time.monotonic() - began < 10


def test_a_server_that_never_gets_ready_is_told_with_its_log(supervisor: Supervisor) -> None:
    supervisor.start("web", python("import time; print('cannot bind', flush=True); time.sleep(60)"), {})
    with pytest.raises(Failed, match="cannot bind"):
        supervisor.wait_for("web", lambda: False, seconds=1.5)
    supervisor.stop_all()


def test_keys_and_ports_are_remembered_and_private(tmp_path: Path) -> None:
    first = Memory.load(tmp_path)
    again = Memory.load(tmp_path)
    assert again == first
    assert stat.S_IMODE((tmp_path / "memory.json").stat().st_mode) == 0o600


def test_a_port_that_was_taken_stays_taken_until_its_server_listens(tmp_path: Path) -> None:
    with contextlib.closing(take_port(0)) as somebody:
        memory = Memory.load(tmp_path)
        memory.web_port = somebody.getsockname()[1]
        web, sandbox = memory.take_ports(tmp_path)
        with web, sandbox:
            told = json.loads((tmp_path / "memory.json").read_text())
            assert told["web_port"] == web.getsockname()[1] != somebody.getsockname()[1]
            with contextlib.closing(take_port(memory.web_port)) as late:
                assert late.getsockname()[1] != memory.web_port


SERVER = """
import socket, sys
server = socket.socket(fileno=int(sys.argv[1]))
server.listen()
while True:
    server.accept()[0].sendall(b"here")
"""


def test_a_server_is_handed_its_port_and_keeps_it_when_it_is_started_again(supervisor: Supervisor) -> None:
    with take_port(0) as held:
        child = supervisor.start("web", python(SERVER, str(held.fileno())), {}, inherits=held.fileno())

        def answers() -> bool:
            try:
                with socket.create_connection(held.getsockname(), timeout=20) as caller:
                    return caller.recv(4) == b"here"
            except ConnectionRefusedError:
                return False

        supervisor.wait_for("web", answers, seconds=20)
        assert child.process is not None
        child.process.kill()
        supervisor.wait_for("web", lambda: child.process is None, seconds=20)
        supervisor.wait_for("web", lambda: child.process is not None and answers(), seconds=20)
        supervisor.stop_all()


SLOW = """
import pathlib, signal, sys, time
def stop(*_):
    time.sleep(float(sys.argv[1]))
    pathlib.Path(sys.argv[2]).write_text(str(time.monotonic()))
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
pathlib.Path(sys.argv[3]).write_text("ready")
while True:
    time.sleep(1)
"""


def test_those_that_work_are_stopped_at_once_and_the_servers_they_work_with_after_them(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    for name, seconds, serves in (("server", 0.0, True), ("caller", 1.0, False), ("worker", 1.0, False)):
        supervisor.start(
            name,
            python(SLOW, str(seconds), *(str(tmp_path / f"{name}.{end}") for end in ("end", "on"))),
            {},
            serves=serves,
        )
    for name in ("server", "caller", "worker"):
        supervisor.wait_for(name, (tmp_path / f"{name}.on").exists, seconds=20)
    began = time.monotonic()
    supervisor.stop_all()
    assert time.monotonic() - began < 1.9
    ends = {name: float((tmp_path / f"{name}.end").read_text()) for name in ("server", "caller", "worker")}
    assert ends["server"] >= max(ends["caller"], ends["worker"])


def test_one_that_does_not_finish_is_killed_sooner_when_asked_twice(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor(tmp_path, told.append)
    supervisor.start("caller", python(SLOW, "60", str(tmp_path / "end"), str(tmp_path / "on")), {})
    supervisor.wait_for("caller", (tmp_path / "on").exists, seconds=20)
    Timer(0.2, supervisor.hurry.set).start()
    began = time.monotonic()
    supervisor.stop_all()
    assert time.monotonic() - began < 5
    assert told == ["caller did not finish in time and was killed"]


def test_one_home_is_run_once(tmp_path: Path) -> None:
    with lock(tmp_path) as held:
        held.write("http://127.0.0.1:8000/")
        held.flush()
        with pytest.raises(AlreadyRunning, match="8000"):
            lock(tmp_path)
    lock(tmp_path).close()
