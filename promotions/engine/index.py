"""Finds the schemes that a basket could earn without asking each: one bit for a scheme, one mask for each thing that is asked.

The masks are built once from what the schemes name, so that neither many schemes nor many goods make a batch dear: two hundred live
schemes cost a basket a few ORs and ANDs of integers; only what survives them is looked at closely.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Generic, TypeVar

from promotions.engine.values import Basket, GoodsFacts, PromotionSnapshot, SchemeFacts

K = TypeVar("K", bound=Hashable)


class _Masks(Generic[K]):
    """Which schemes name a thing, and which (naming none) take any."""

    def __init__(self, named: Iterable[Iterable[K]]) -> None:
        self.any = 0
        self.of: dict[K, int] = {}
        for position, names in enumerate(named):
            bit = 1 << position
            empty = True
            for name in names:
                self.of[name] = self.of.get(name, 0) | bit
                empty = False
            if empty:
                self.any |= bit


class SchemeIndex:
    """The schemes of a snapshot in rank order, and the masks of which of them fit a SKU, a shop, a region, a member."""

    def __init__(self, snapshot: PromotionSnapshot) -> None:
        self.schemes = snapshot.schemes
        self._goods = snapshot.goods
        scopes = [scheme.scope for scheme in self.schemes]
        self._skus = _Masks(scope.skus for scope in scopes)
        self._products = _Masks(scope.products for scope in scopes)
        self._categories = _Masks(scope.categories for scope in scopes)
        self._brands = _Masks(scope.brands for scope in scopes)
        self._without = _Masks(scope.without_skus for scope in scopes)
        self._all_goods = self._skus.any & self._products.any & self._categories.any & self._brands.any
        self._shops = _Masks(scheme.shops for scheme in self.schemes)
        self._regions = _Masks(scheme.regions for scheme in self.schemes)
        self._levels = _Masks(scheme.member_levels for scheme in self.schemes)
        self._tags = _Masks(scheme.member_tags for scheme in self.schemes)
        self._by_sku: dict[int, int] = {}
        self._by_region: dict[str, int] = {}

    def of_sku(self, sku_id: int) -> int:
        """The schemes whose scope holds the SKU."""
        mask = self._by_sku.get(sku_id)
        if mask is None:
            goods = self._goods.get(sku_id) or GoodsFacts(sku_id, 0)
            mask = self._all_goods | self._skus.of.get(sku_id, 0) | self._products.of.get(goods.product_id, 0)
            mask |= self._brands.of.get(goods.brand, 0)
            for category in goods.categories:
                mask |= self._categories.of.get(category, 0)
            mask &= ~self._without.of.get(sku_id, 0)
            self._by_sku[sku_id] = mask
        return mask

    def _of_region(self, region: str) -> int:
        mask = self._by_region.get(region)
        if mask is None:
            mask = self._regions.any
            for length in self._prefixes:
                mask |= self._regions.of.get(region[:length], 0)
            self._by_region[region] = mask
        return mask

    @cached_property
    def _prefixes(self) -> list[int]:
        """How many digits the schemes' regions have."""
        return sorted({len(region) for region in self._regions.of})

    @cached_property
    def _anybody(self) -> int:
        """The schemes that ask nothing of the member."""
        return self._levels.any & self._tags.any

    def _of_member(self, level: str, tags: frozenset[str]) -> int:
        if not level and not tags:
            return self._anybody
        by_tags = self._tags.any
        for tag in tags:
            by_tags |= self._tags.of.get(tag, 0)
        return by_tags & (self._levels.any | self._levels.of.get(level, 0))

    def candidates(self, basket: Basket, goods: Sequence[int]) -> Iterator[tuple[SchemeFacts, int]]:
        """The schemes for this shop, place, member and these goods (``of_sku`` of each line), in rank order, each with its bit."""
        mask = 0
        for of_line in goods:
            mask |= of_line
        mask &= self._shops.any | self._shops.of.get(basket.shop_id, 0)
        if mask:
            mask &= self._of_region(basket.region)
            mask &= self._of_member(basket.member_level, basket.member_tags)
        while mask:
            bit = mask & -mask
            mask ^= bit
            yield self.schemes[bit.bit_length() - 1], bit
