"""What a demo remembers from one start to the next: its keys and its ports. Kept below ``.local``, readable by its owner alone."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from oms.config import KEY_BYTES, LOCAL

HOME = LOCAL / "demo"
ENV_FILE = LOCAL / "env"
"""Read by `oms.config`: while the demo runs, ``manage.py`` called by hand works on its data."""

USUAL_PORT = 8000


class AlreadyRunning(Exception):
    """Another process runs the demo of this folder; the text is its address, if it has told it."""


def private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(path.suffix + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)


def take_port(wanted: int) -> socket.socket:
    """A socket that listens on this port of the loopback address, or on another one when somebody has it.

    It must listen: the kernel gives a port that is only bound to others as well. Whoever calls before the server is there waits for it.
    """
    for port in (wanted, 0):
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", port))
            taken.listen()
        except OSError:
            taken.close()
        else:
            return taken
    raise OSError("no port is free")


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


@dataclass
class Memory:
    """Made once, then read again. The keys seal the data that lies beside them."""

    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(64))
    field_keys: str = field(default_factory=lambda: f"demo:{_key()}")
    blind_index_key: str = field(default_factory=_key)
    web_port: int = USUAL_PORT
    sandbox_port: int = 0

    @classmethod
    def load(cls, home: Path) -> Memory:
        """The memory of a home."""
        path = home / "memory.json"
        memory = cls(**json.loads(path.read_text())) if path.exists() else cls()
        memory._keep(home)
        return memory

    def take_ports(self, home: Path) -> tuple[socket.socket, socket.socket]:
        """Sockets for the web server and the sandbox, which inherit them: from here on nobody else can take their ports."""
        web, sandbox = take_port(self.web_port), take_port(self.sandbox_port)
        self.web_port, self.sandbox_port = web.getsockname()[1], sandbox.getsockname()[1]
        self._keep(home)
        return web, sandbox

    def _keep(self, home: Path) -> None:
        private(home / "memory.json", json.dumps(asdict(self), indent=1))

    def environment(self, database_url: str, redis_url: str) -> dict[str, str]:
        """The settings of every process of the demo."""
        return {
            "OMS_MODE": "development",
            "OMS_HTTPS": "false",
            "OMS_GATEWAY_ALLOW_PRIVATE": "true",
            "OMS_SECRET_KEY": self.secret_key,
            "OMS_FIELD_KEYS": self.field_keys,
            "OMS_BLIND_INDEX_KEY": self.blind_index_key,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
        }


def lock(home: Path) -> IO[str]:
    """Keep the home for this process until the file is closed. Raises AlreadyRunning."""
    home.mkdir(parents=True, exist_ok=True)
    file = (home / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        told = file.read().strip()
        file.close()
        raise AlreadyRunning(told) from None
    file.truncate(0)
    return file
