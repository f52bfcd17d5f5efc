"""News of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListingsBound:
    """These listings now have a SKU: (shop id, item id, platform SKU id)."""

    keys: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class SkusEnabled:
    """These SKUs may be sold again."""

    sku_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BundlesChanged:
    """The bills of materials of these SKUs were written or removed."""

    sku_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SkusChanged:
    """Weight, volume or restrictions of these SKUs are other ones now."""

    sku_ids: tuple[int, ...]
