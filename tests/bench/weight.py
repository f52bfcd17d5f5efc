"""What the scripts and styles of a page weigh on the wire: those it names, and those that these import."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.contrib.staticfiles import finders

_NAMED = re.compile(r'<(?:script[^>]* src|link[^>]* rel="stylesheet"[^>]* href)="([^"]+)"')
_IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}/[^"']+)["']|@import\s+(?:url\()?["']([^"']+)["']""")
CHARTS = "vendor/echarts/"
"""The library of the pages with charts, which are no work pages."""


def loaded_by(html: str) -> set[str]:
    """The static files (below ``STATIC_URL``) of a page's scripts and styles, charts left out.

    A person's own widths of columns come by a page of their own, and are left out too: they are a few lines.
    """
    named = [address for address in _NAMED.findall(html) if address.startswith(settings.STATIC_URL)]
    waiting = [address.removeprefix(settings.STATIC_URL) for address in named]
    found: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in found or path.startswith(CHARTS):
            continue
        found.add(path)
        text = _content(path).decode(errors="replace")
        waiting += [_beside(path, one or other) for one, other in _IMPORTED.findall(text)]
    return found


def weigh(paths: Iterable[str]) -> int:
    """Bytes of the files, each compressed as the server sends it."""
    return sum(len(gzip.compress(_content(path), 9)) for path in paths)


def _content(path: str) -> bytes:
    found = finders.find(path)
    if not isinstance(found, str):
        raise FileNotFoundError(f"a page names {path}, which there is not")
    return Path(found).read_bytes()


def _beside(path: str, reference: str) -> str:
    """The path that a reference in the file means."""
    parts: list[str] = []
    for part in (PurePosixPath(path).parent / reference).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
