"""What a demo remembers from one start to the next: its keys and its ports. Kept below ``.local``, readable by its owner alone."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from oms.config import KEY_BYTES, LOCAL
from oms.embedded.redis import free_port, is_free

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
        """The memory of a home, with ports that are free now."""
        path = home / "memory.json"
        memory = cls(**json.loads(path.read_text())) if path.exists() else cls()
        if not is_free(memory.web_port):
            memory.web_port = free_port()
        if not memory.sandbox_port or not is_free(memory.sandbox_port):
            memory.sandbox_port = free_port()
        private(path, json.dumps(asdict(memory), indent=1))
        return memory

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
