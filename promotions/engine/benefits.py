"""Which gifts a reached step gives, by its choice and by what is in stock. One class for each choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from typing import NamedTuple, Protocol

from promotions.engine.values import Choice, Gift, NoStock, SchemeFacts, Tier


class Picked(NamedTuple):
    """Gifts in stock, and gifts that are not."""

    gifts: tuple[Gift, ...]
    missing: tuple[Gift, ...] = ()


class Picker(Protocol):
    """Turns a step given a number of times into gifts."""

    def pick(self, tier: Tier, times: int, scheme: SchemeFacts, stock: Mapping[int, int]) -> tuple[Gift, ...]:
        """The gifts that are wanted, whether in stock or not."""


class AllOfList:
    """Every gift of the list, each time."""

    def pick(self, tier: Tier, times: int, scheme: SchemeFacts, stock: Mapping[int, int]) -> tuple[Gift, ...]:
        if times == 1:
            return tier.gifts
        return tuple([Gift(gift.sku_id, gift.quantity * times) for gift in tier.gifts])


class OneOfList:
    """One gift of the list: the first that is in stock for all times, or the first of all."""

    def pick(self, tier: Tier, times: int, scheme: SchemeFacts, stock: Mapping[int, int]) -> tuple[Gift, ...]:
        chosen = tier.gifts[0]
        if scheme.prefer_stock:
            for gift in tier.gifts:
                if stock.get(gift.sku_id, 0) >= gift.quantity * times:
                    chosen = gift
                    break
        return (chosen if times == 1 else Gift(chosen.sku_id, chosen.quantity * times),)


class AnyOfList:
    """``pick`` units each time, in the order of the list (the fullest shelf first where the scheme prefers stock)."""

    def pick(self, tier: Tier, times: int, scheme: SchemeFacts, stock: Mapping[int, int]) -> tuple[Gift, ...]:
        wanted = tier.pick * times
        ranked = list(enumerate(tier.gifts))
        if scheme.prefer_stock:
            ranked.sort(key=lambda item: (-stock.get(item[1].sku_id, 0), item[0]))
        found: Counter[int] = Counter()
        for _position, gift in ranked:
            taken = min(wanted, max(stock.get(gift.sku_id, 0), 0))
            if taken:
                found[gift.sku_id] += taken
                wanted -= taken
        if wanted:
            # What no shelf holds is owed of the first gift of the list, where the scheme's word on missing gifts finds it.
            found[tier.gifts[0].sku_id] += wanted
        return tuple(Gift(sku_id, quantity) for sku_id, quantity in sorted(found.items()))


PICKERS: Mapping[Choice, Picker] = {
    Choice.ALL: AllOfList(),
    Choice.ONE_OF: OneOfList(),
    Choice.ANY_OF: AnyOfList(),
}


def take(scheme: SchemeFacts, wanted: Sequence[Gift], stock: MutableMapping[int, int]) -> Picked:
    """Take the wanted gifts out of the stock; what is missing is substituted, waited for or dropped as the scheme says."""
    if len(wanted) == 1 and stock.get(wanted[0].sku_id, 0) >= wanted[0].quantity:
        # The common case by the shortest way: one gift, and it is there.
        stock[wanted[0].sku_id] -= wanted[0].quantity
        return Picked((wanted[0],))
    summed: Counter[int] = Counter()
    for gift in wanted:
        summed[gift.sku_id] += gift.quantity
    given: Counter[int] = Counter()
    missing: Counter[int] = Counter()
    for sku_id, quantity in sorted(summed.items()):
        short = quantity - _grab(sku_id, quantity, given, stock)
        if short and scheme.no_stock is NoStock.SUBSTITUTE:
            for other in scheme.substitutes:
                short -= _grab(other, short, given, stock)
        if short:
            missing[sku_id] += short
    return Picked(_gifts(given), _gifts(missing))


def _grab(sku_id: int, quantity: int, given: Counter[int], stock: MutableMapping[int, int]) -> int:
    taken = min(quantity, max(stock.get(sku_id, 0), 0))
    if taken:
        given[sku_id] += taken
        stock[sku_id] -= taken
    return taken


def _gifts(units: Counter[int]) -> tuple[Gift, ...]:
    return tuple(Gift(sku_id, quantity) for sku_id, quantity in sorted(units.items()))
