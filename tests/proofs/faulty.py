"""Servers that misbehave on a port of the loopback address, whatever protocol is spoken to them."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

Deed = Callable[[socket.socket], None]


def _reset(caller: socket.socket) -> None:
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _garbage(caller: socket.socket) -> None:
    caller.recv(64)
    caller.sendall(b"\x00\xff<html>nobody here</html>\r\n" * 4)


def says_to_postgres(code: str, text: str) -> Deed:
    """Declines TLS and ends the start-up with an error of PostgreSQL's protocol."""

    def deed(caller: socket.socket) -> None:
        if caller.recv(8)[4:] == b"\x04\xd2\x16\x2f":  # SSLRequest
            caller.sendall(b"N")
            caller.recv(1024)
        body = b"SFATAL\0VFATAL\0C" + code.encode() + b"\0M" + text.encode() + b"\0\0"
        caller.sendall(b"E" + struct.pack("!I", len(body) + 4) + body)

    return deed


def says_to_redis(error: str) -> Deed:
    """Answers every command with an error of Redis's protocol."""

    def deed(caller: socket.socket) -> None:
        while received := caller.recv(4096):
            commands = max(received.count(b"*"), 1)
            caller.sendall(f"-{error}\r\n".encode() * commands)

    return deed


DEEDS: dict[str, Deed] = {"reset": _reset, "garbage": _garbage}


@contextlib.contextmanager
def faulty(kind: str, deed: Deed | None = None) -> Iterator[int]:
    """A port that behaves so: ``refused`` (nobody listens), ``black hole`` (nobody answers), ``reset``, ``garbage``, or by the deed."""
    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    if kind == "refused":
        listener.close()
        yield port
        return
    callers: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                caller, _address = listener.accept()
            except OSError:
                return
            callers.append(caller)
            if kind != "black hole":
                threading.Thread(target=_do, args=(deed or DEEDS[kind], caller), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)
        for caller in callers:
            caller.close()


def _do(deed: Deed, caller: socket.socket) -> None:
    with contextlib.suppress(OSError), caller:
        deed(caller)
