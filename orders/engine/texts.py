"""Texts of the engine: marked for translation here, translated where they are shown, since the engine knows no language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def N_(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


@dataclass(frozen=True, slots=True)
class Ids:
    """Things of ours that a sentence names: ``kind`` sku, region, shop, warehouse, carrier, department or staff."""

    kind: str
    ids: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A marked text and what fills it: plain values, words, or ``Ids`` to be named."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
