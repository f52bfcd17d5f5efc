"""Runs the demo's processes: starts them in order, restarts those that crash, stops them in the opposite order.

Each child leads a session of its own. A Ctrl-C in the terminal therefore reaches this process alone, which then asks its children to
finish: first all that work, then the servers they work with. What is left of a child's group afterwards is killed. Children are
written down, so that the next start ends those that a killed supervisor left behind. docs/decisions/own-supervisor.md says why this
is no package.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import psutil

from oms.config import ROOT

PATIENCE = 15.0
"""Seconds that children have to finish by themselves. Celery needs up to four to end its pool even when it does nothing. Nothing is lost
by a kill; a download may take longer than anybody wants to wait."""

HURRY = 0.5
"""Seconds that they have when the person asks once more."""

LONGEST_PAUSE = 30.0
"""Seconds between two starts of a child that crashes again and again."""

GRACE = 60.0
"""Seconds that a child has for its first sign of life."""

HOPELESS = 3
"""Crashes in a row after which nobody waits for a child to get ready."""

Tell = Callable[[str], None]


class Stopped(Exception):
    """Somebody asked the demo to stop."""


class Failed(Exception):
    """A step could not be done; the text says which, and where to read more."""


@dataclass
class Child:
    """A process that is to run until the demo stops."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    inherits: int | None = None
    """The number of a socket that it is given."""
    serves: bool = False
    """Others work with it: it is asked to finish when they have."""
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    crashes: int = 0
    restart_at: float = 0.0


@dataclass
class Supervisor:
    """``stop`` is set by whoever wants an end; every wait here looks at it."""

    home: Path
    tell: Tell
    stop: Event = field(default_factory=Event)
    hurry: Event = field(default_factory=Event)
    children: list[Child] = field(default_factory=list)
    step: tuple[str, int] | None = None
    """Name and id of the step that is being run."""

    # -- starting ----------------------------------------------------------------------------------------------------

    def end_leftovers(self) -> None:
        """End the children of an earlier demo that was killed."""
        for path in sorted((self.home / "run").glob("*.json")):
            told = json.loads(path.read_text() or "{}")
            if psutil.pid_exists(told.get("pid", -1)):
                process = psutil.Process(told["pid"])
                if process.create_time() == told["created"]:
                    self.tell(f"Ending {path.stem}, left over from an earlier demo")
                    _kill_group(process.pid)
            path.unlink()

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        inherits: int | None = None,
        serves: bool = False,
    ) -> Child:
        """Start a child that is kept running."""
        child = Child(name, command, environment, self.home / "log" / f"{name}.log", inherits, serves)
        self._spawn(child)
        self.children.append(child)
        return child

    def _spawn(self, child: Child) -> None:
        child.log.parent.mkdir(parents=True, exist_ok=True)
        with child.log.open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603 - our own programs
                child.command,
                cwd=ROOT,
                env={**os.environ, **child.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=() if child.inherits is None else (child.inherits,),
            )
        child.started = time.monotonic()
        record = self.home / "run" / f"{child.name}.json"
        record.parent.mkdir(exist_ok=True)
        created = psutil.Process(child.process.pid).create_time()
        record.write_text(json.dumps({"pid": child.process.pid, "created": created}))

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str], *, show: bool = False) -> None:
        """Run a step to its end; with ``show`` what it prints is told. Raises Failed, Stopped."""
        log = self.home / "log" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            process = subprocess.Popen(  # noqa: S603 - our own programs
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=None if show else file,
                stderr=file,
                start_new_session=True,
            )
        self.step = (name, process.pid)
        try:
            while (status := process.poll()) is None:
                self.pause(0.1)
        except BaseException:
            _end(process, 5.0)
            raise
        finally:
            self.step = None
        if status:
            raise Failed(f"{name} ended with status {status}. The end of {log}:\n{_tail(log)}")

    # -- keeping -----------------------------------------------------------------------------------------------------

    def pause(self, seconds: float) -> None:
        """Wait a little, and look after the children. Raises Stopped."""
        self.look_after()
        if self.stop.wait(seconds):
            raise Stopped

    def look_after(self) -> None:
        """Start again what has crashed, after a pause that grows."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and (status := child.process.poll()) is not None:
                _kill_group(child.process.pid)
                child.process = None
                child.crashes = child.crashes + 1 if now - child.started < 60 else 1
                child.restart_at = now + min(2.0 ** (child.crashes - 1), LONGEST_PAUSE)
                self.tell(f"{child.name} ended with status {status} (see {child.log}); it is started again")
            elif child.process is None and now >= child.restart_at:
                self._spawn(child)

    def processes(self) -> dict[str, int]:
        """The ids of the children and of the step that run now, by name."""
        running = {child.name: child.process.pid for child in list(self.children) if child.process is not None}
        return running | (dict([self.step]) if self.step else {})

    def end_stuck(self, pids: Collection[int]) -> None:
        """Kill children that hang; they are started again like those that crashed. One that was just started may be silent."""
        for child in self.children:
            young = time.monotonic() - child.started < GRACE
            if child.process is not None and child.process.pid in pids and not young:
                self.tell(f"{child.name} gives no sign of life; it is killed")
                _kill_group(child.process.pid)

    def wait_for(self, what: str, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until something is ready. Raises Failed, Stopped."""
        began = time.monotonic()
        awaited = [child for child in self.children if child.name == what]
        while not ready():
            silent = time.monotonic() - began
            if silent > seconds or any(child.crashes >= HOPELESS for child in awaited):
                logs = "\n".join(f"The end of {child.log}:\n{_tail(child.log)}" for child in awaited)
                raise Failed(f"{what} was not ready after {silent:.0f} seconds. {logs}")
            self.pause(0.1)

    # -- stopping ----------------------------------------------------------------------------------------------------

    def stop_all(self) -> None:
        """Stop the children that work, then the servers they work with; those of a kind at the same time."""
        for serves in (False, True):
            asked = [child for child in self.children if child.serves is serves]
            for child in asked:
                if child.process is not None and child.process.poll() is None:
                    child.process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + PATIENCE
            for child in asked:
                if child.process is not None and not self._wait(child.process, deadline):
                    self.tell(f"{child.name} did not finish in time and was killed")
                child.process = None
                (self.home / "run" / f"{child.name}.json").unlink(missing_ok=True)
        self.children.clear()

    def _wait(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        """Whether the process ends by itself; a second wish for an end shortens the wait. What is left of its group is killed."""
        try:
            hurried = False
            while process.poll() is None:
                if self.hurry.is_set() and not hurried:
                    deadline, hurried = min(deadline, time.monotonic() + HURRY), True
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.02)
            return True
        finally:
            _kill_group(process.pid)
            process.wait()


def _end(process: subprocess.Popen[bytes], patience: float) -> bool:
    """Ask a process to finish, then end what is left of its group; whether it finished by itself."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        _kill_group(process.pid)
        process.wait()


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""
