"""Start and stop the sandbox as a process of its own, for tests and the demo."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from .control_client import ControlClient

ROOT = Path(__file__).resolve().parents[2]


class SandboxDidNotStart(Exception):
    """The process ended or was silent; the text is what it wrote to standard error."""


class SandboxProcess:
    """A running sandbox: `url`, `gateway`, `control` (a ControlClient); use as a context manager or call `stop`.

    It leads a process group of its own, so that `kill` takes the server and its worker at the same moment.
    """

    def __init__(self, state: Path, *, port: int = 0, seed: int = 1, patience: float = 30) -> None:
        command = [sys.executable, "-m", "integrations.sandbox", "--port", str(port), "--state", str(state)]
        state.mkdir(parents=True, exist_ok=True)
        self._log = state / "sandbox.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [*command, "--seed", str(seed)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        ready = json.loads(self._first_line(time.monotonic() + patience))
        self.url: str = ready["url"]
        self.gateway: str = ready["gateway"]
        self.port = int(self.url.rpartition(":")[2])
        self.control = ControlClient(self.url)

    def _first_line(self, deadline: float) -> bytes:
        if self.process.stdout is None:
            raise RuntimeError("the process was started without a pipe")
        while time.monotonic() < deadline and self.process.poll() is None:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                if line := self.process.stdout.readline():
                    return line
                break
        self.kill()
        raise SandboxDidNotStart(self._log.read_text(errors="replace")[-4000:])

    def stop(self, patience: float = 10) -> int:
        """Ask it to stop and wait; the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self._close()
        return status

    def kill(self) -> None:
        """End it without a word, as a crash would."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._close()

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> "SandboxProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
