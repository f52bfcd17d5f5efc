"""A broker that outlives its clients: messages are lines of a file, taken once, and gone only when they were worked off."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Broker:
    """Messages below a directory."""

    path: Path

    def publish(self, name: str, args: list[Any]) -> None:
        """Hand over one message; from here on it survives its sender."""
        line = json.dumps([name, args]).encode() + b"\n"
        handle = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)

    def waiting(self) -> list[tuple[str, list[Any]]]:
        """The messages that nobody has worked off, oldest first."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [(name, args) for name, args in map(json.loads, lines)]

    def acknowledge(self, count: int) -> None:
        """The oldest so many are worked off."""
        lines = self.path.read_text().splitlines(keepends=True)
        beside = self.path.with_suffix(".new")
        beside.write_text("".join(lines[count:]))
        beside.replace(self.path)

    def empty(self) -> None:
        """As a new one, or as one that lost everything."""
        self.path.unlink(missing_ok=True)
