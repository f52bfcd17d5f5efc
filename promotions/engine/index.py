"""Finds the schemes that a basket could earn without asking each: one bit for a scheme, one mask for each thing that is asked.

Two hundred live schemes cost a basket a few ANDs of integers; only what survives them is looked at closely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from promotions.engine.values import Basket, GoodsFacts, PromotionSnapshot, SchemeFacts


class SchemeIndex:
    """The schemes of a snapshot in rank order, and the masks of which of them fit a SKU, a shop, a region, a member."""

    def __init__(self, snapshot: PromotionSnapshot) -> None:
        self.schemes = snapshot.schemes
        self._goods = snapshot.goods
        self._by_sku: dict[int, int] = {}
        self._by_shop: dict[int, int] = {}
        self._by_region: dict[str, int] = {}
        self._by_level: dict[str, int] = {}
        self._by_tags: dict[frozenset[str], int] = {}

    def _mask(self, fits: Callable[[SchemeFacts], bool]) -> int:
        return sum(1 << position for position, scheme in enumerate(self.schemes) if fits(scheme))

    def of_sku(self, sku_id: int) -> int:
        """The schemes whose scope holds the SKU."""
        mask = self._by_sku.get(sku_id)
        if mask is None:
            goods = self._goods.get(sku_id) or GoodsFacts(sku_id, 0)
            mask = self._by_sku[sku_id] = self._mask(lambda scheme: scheme.scope.holds(goods))
        return mask

    def _of_shop(self, shop_id: int) -> int:
        mask = self._by_shop.get(shop_id)
        if mask is None:
            mask = self._mask(lambda scheme: not scheme.shops or shop_id in scheme.shops)
            self._by_shop[shop_id] = mask
        return mask

    def _of_region(self, region: str) -> int:
        mask = self._by_region.get(region)
        if mask is None:
            mask = self._mask(lambda scheme: not scheme.regions or region.startswith(scheme.regions))
            self._by_region[region] = mask
        return mask

    @cached_property
    def _anybody(self) -> int:
        """The schemes that ask nothing of the member."""
        return self._mask(lambda scheme: not scheme.member_levels and not scheme.member_tags)

    def _of_member(self, level: str, tags: frozenset[str]) -> int:
        if not level and not tags:
            return self._anybody
        by_level = self._by_level.get(level)
        if by_level is None:
            by_level = self._mask(lambda scheme: not scheme.member_levels or level in scheme.member_levels)
            self._by_level[level] = by_level
        by_tags = self._by_tags.get(tags)
        if by_tags is None:
            by_tags = self._mask(lambda scheme: not scheme.member_tags or bool(scheme.member_tags & tags))
            self._by_tags[tags] = by_tags
        return by_level & by_tags

    def candidates(self, basket: Basket) -> Iterator[tuple[SchemeFacts, int]]:
        """The schemes for this shop, place, member and these goods, in rank order, each with its bit."""
        mask = 0
        for line in basket.lines:
            mask |= self.of_sku(line.sku_id)
        mask &= self._of_shop(basket.shop_id)
        if mask:
            mask &= self._of_region(basket.region)
            mask &= self._of_member(basket.member_level, basket.member_tags)
        while mask:
            bit = mask & -mask
            mask ^= bit
            yield self.schemes[bit.bit_length() - 1], bit
