"""The goods of a whole window: each listing and SKU is read once, when a batch first asks for it."""

from __future__ import annotations

from collections.abc import Iterable

from orders.engine.values import BundleFacts, Draft, ListingKey
from orders.processing.goods import Goods, goods_asked, load_listed


class GoodsBook:
    """What was read so far. It grows with the goods that were sold, not with the window."""

    def __init__(self) -> None:
        self._listings: set[ListingKey] = set()
        self._read: set[int] = set()
        self._all = Goods({}, {}, {})

    def of(self, drafts: Iterable[Draft], gifts: Iterable[int]) -> Goods:
        """As ``load_goods``; two queries when something is asked for the first time."""
        keys, known = goods_asked(drafts, gifts)
        self._read_new(keys - self._listings, known - self._read)
        bindings = {key: binding for key in keys if (binding := self._all.bindings.get(key)) is not None}
        asked = known.union([binding.sku_id for binding in bindings.values()])
        bundles: dict[int, BundleFacts] = {}
        # The components of a bundle, and of a bundle in it, which cannot be and is then told.
        open_ones = asked
        for _depth in range(2):
            found = {sku_id: bundle for sku_id in open_ones if (bundle := self._all.bundles.get(sku_id)) is not None}
            bundles |= found
            open_ones = {sku_id for bundle in found.values() for sku_id, _units in bundle.components}
            asked = asked | open_ones
        skus = {sku_id: sku for sku_id in asked if (sku := self._all.skus.get(sku_id)) is not None}
        return Goods(bindings, skus, bundles)

    def _read_new(self, keys: set[ListingKey], known: set[int]) -> None:
        if not keys and not known:
            return
        fresh = load_listed(keys, known)
        self._listings |= keys
        self._read |= known
        self._all.bindings.update(fresh.bindings)
        self._all.skus.update(fresh.skus)
        self._all.bundles.update(fresh.bundles)
