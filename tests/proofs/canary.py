"""The canary of P7, and every place where it could have been left."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import redis
from django.contrib.sessions.models import Session
from django.core.files.storage import Storage
from django.db import connection

from orders.trades.document import TradeReceiver

NAME, PHONE, STREET = "金丝雀甲乙丙", "13977700417", "金丝雀路 77417 号"
CANARY = (NAME, PHONE, STREET, "金丝雀乙丙", "77417")
RECEIVER = TradeReceiver(NAME, PHONE, STREET, "浙江省", "杭州市", "西湖区")

BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


def leaks(text: str) -> list[str]:
    """Which canaries a text holds: in clear, escaped for JSON, as the hexadecimal form of bytes, or within base64."""
    low = "\n".join([text, *_unpacked(text)]).lower()
    forms = {one: (one, one.encode("unicode_escape").decode(), one.encode().hex()) for one in CANARY}
    return [one for one, written in forms.items() if any(form.lower() in low for form in written)]


def _unpacked(text: str) -> Iterator[str]:
    for found in BASE64.findall(text):
        try:
            yield base64.b64decode(found + "=" * (-len(found) % 4)).decode(errors="replace")
        except binascii.Error:
            continue


def dump() -> Iterator[tuple[str, str]]:
    """Every row of every table as text, bytes as hexadecimal; and what sessions hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            for (text,) in cursor.fetchall():
                yield table, text
    for session in Session.objects.all():
        yield "sessions", json.dumps(session.get_decoded(), ensure_ascii=False)


def dump_redis(client: redis.Redis) -> Iterator[tuple[str, str]]:
    """Every key with everything that it holds: bells and their payloads, cached values, counters."""
    readers: dict[str, Any] = {
        "string": client.get,
        "list": lambda key: client.lrange(key, 0, -1),
        "hash": client.hgetall,
        "set": client.smembers,
        "zset": lambda key: client.zrange(key, 0, -1),
    }
    for key in client.scan_iter("*"):
        kind = client.type(key)
        yield (
            key.decode(errors="replace"),
            "\n".join(_texts(readers[kind.decode() if isinstance(kind, bytes) else kind](key))),
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(name)
            yield from _texts(item)
    else:
        for item in value:
            yield from _texts(item)


def dump_files(storage: Storage, folder: str = "") -> Iterator[tuple[str, str]]:
    """Every file that was made or uploaded; tables of Excel unpacked."""
    folders, names = storage.listdir(folder)
    for name in names:
        path = f"{folder}/{name}".lstrip("/")
        with storage.open(path, "rb") as file:
            yield path, unpacked(file.read())
    for inner in folders:
        yield from dump_files(storage, f"{folder}/{inner}".lstrip("/"))


def unpacked(data: bytes) -> str:
    """The text of a file, and of every file in it."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
