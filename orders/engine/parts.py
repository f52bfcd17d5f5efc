"""How an order may be divided: each function gives the parts (line index → units) or nothing when there is no need.

Gifts and refunded lines are *riders*: they never make a parcel of their own and ride with the first part, unless a rule names them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping, Sequence

from orders.engine.values import OrderPlan, PlannedLine, SkuFacts, StockKey

Part = dict[int, int]
"""Line index of the order → units."""

MOST_PARTS = 100
"""More parts than this are a mistake in a rule or in a box quantity, not a wish."""


def is_rider(line: PlannedLine) -> bool:
    """Whether the line makes no parcel of its own: a gift, or goods that do not ship."""
    return line.draft.is_gift or not line.ships


def left_by_sku(stock: Mapping[StockKey, int]) -> dict[int, int]:
    """What is left of each SKU in all warehouses together; a balance below its safety stock gives nothing."""
    left: dict[int, int] = {}
    for (_warehouse, sku), units in stock.items():
        left[sku] = left.get(sku, 0) + max(units, 0)
    return left


def _joined(lines: Sequence[PlannedLine], parts: list[Part], riders: Collection[int]) -> list[Part]:
    """The parts that hold something, the riders with the first; nothing when that is one part or none."""
    filled = [part for part in parts if part]
    if len(filled) < 2:
        return []
    for index in riders:
        filled[0][index] = filled[0].get(index, 0) + lines[index].quantity
    return filled


def _riders(lines: Sequence[PlannedLine]) -> list[int]:
    return [index for index, line in enumerate(lines) if is_rider(line)]


def by_product(order: OrderPlan, skus: Collection[int]) -> list[Part]:
    """The lines of these SKUs, and the others."""
    named: Part = {}
    others: Part = {}
    riders: list[int] = []
    for index, line in enumerate(order.lines):
        if line.ships and line.sku_id in skus:
            named[index] = line.quantity
        elif is_rider(line):
            riders.append(index)
        else:
            others[index] = line.quantity
    return _joined(order.lines, [others, named], riders)


def by_box(order: OrderPlan, skus: Mapping[int, SkuFacts]) -> list[Part]:
    """What fills no box, and a part for each full box."""
    loose: Part = {}
    boxes: list[Part] = []
    for index, line in enumerate(order.lines):
        if is_rider(line):
            continue
        box = skus[line.sku_id].box_quantity if line.sku_id is not None else 0
        full, rest = divmod(line.quantity, box) if box else (0, line.quantity)
        boxes.extend({index: box} for _ in range(full))
        if rest:
            loose[index] = rest
    return _joined(order.lines, [loose, *boxes], _riders(order.lines))


def by_weight(order: OrderPlan, limit_g: int) -> list[Part]:
    """Parts of at most ``limit_g`` grams: the heaviest units first, each where there is room first; a unit over the limit is alone."""
    if order.weight_g <= limit_g:
        return []
    lines = order.lines
    parts: list[Part] = []
    room: list[int] = []
    solid = [index for index, line in enumerate(lines) if not is_rider(line)]
    for index in sorted(solid, key=lambda i: (-lines[i].weight_g, i)):
        weight, left = lines[index].weight_g, lines[index].quantity
        for position, free in enumerate(room):
            fits = left if weight == 0 else min(left, max(free, 0) // weight)
            if fits:
                parts[position][index] = fits
                room[position] -= fits * weight
                left -= fits
            if not left:
                break
        while left:
            fits = left if weight == 0 else min(left, max(limit_g // weight, 1))
            parts.append({index: fits})
            room.append(limit_g - fits * weight)
            left -= fits
    return _joined(lines, parts, _riders(lines))


def by_shortage(order: OrderPlan, left: MutableMapping[int, int]) -> list[Part]:
    """What is in stock, and what is not. Takes what the order will use from ``left``."""
    there: Part = {}
    short: Part = {}
    for index, line in enumerate(order.lines):
        if is_rider(line) or line.sku_id is None:
            continue
        units = min(line.quantity, max(left.get(line.sku_id, 0), 0))
        left[line.sku_id] = left.get(line.sku_id, 0) - units
        if units:
            there[index] = units
        if units < line.quantity:
            short[index] = line.quantity - units
    return _joined(order.lines, [there, short], _riders(order.lines))


def by_warehouse(order: OrderPlan, free: MutableMapping[StockKey, int]) -> list[Part]:
    """A part for each warehouse that is needed: first the one that has most of what is left to place, and so on; what no warehouse has
    is a part of its own. Takes what the order will use from ``free``."""
    left = {
        index: line.quantity for index, line in enumerate(order.lines) if not is_rider(line) and line.sku_id is not None
    }
    warehouses = sorted({warehouse for warehouse, _sku in free})
    parts: list[Part] = []
    while left and warehouses:
        offers = {warehouse: _offer(order, left, free, warehouse) for warehouse in warehouses}
        best = min(warehouses, key=lambda warehouse: (-sum(offers[warehouse].values()), warehouse))
        part = offers[best]
        if not part:
            break
        for index, units in part.items():
            left[index] -= units
            free[best, order.lines[index].sku_id or 0] -= units
        left = {index: units for index, units in left.items() if units}
        warehouses.remove(best)
        parts.append(part)
    return _joined(order.lines, [*parts, dict(left)], _riders(order.lines))


def _offer(order: OrderPlan, left: Mapping[int, int], free: Mapping[StockKey, int], warehouse: int) -> Part:
    """What the warehouse has of what is left to place; lines of one SKU share its stock in their order."""
    stock: dict[int, int] = {}
    part: Part = {}
    for index, wanted in left.items():
        sku = order.lines[index].sku_id or 0
        units = min(wanted, stock.setdefault(sku, max(free.get((warehouse, sku), 0), 0)))
        if units:
            part[index] = units
            stock[sku] -= units
    return part
