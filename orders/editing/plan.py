"""Decides what an edit makes of an order's lines and amounts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orders.editing.values import EditWish, LineWish, is_editable, line_keys
from orders.engine.amounts import Amounts, LineAsk, UnableToAdd, compute
from orders.engine.texts import N_
from orders.engine.values import ZERO, DraftLine


@dataclass(frozen=True, slots=True)
class SkuChoice:
    """A SKU that a line may be given, with the words that a new line gets."""

    id: int
    code: str
    title: str
    spec: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Header:
    """What of an order bears on its amounts. ``fixed_paid``: the buyer's payment on a platform, None for orders made by hand."""

    fixed_paid: Decimal | None
    gifts_left_alone: bool


@dataclass(frozen=True, slots=True)
class EditPlan:
    """The lines as they are to be, in order, their amounts; new lines have no ``line_id``.

    ``gone`` are the ids of lines that are taken out, ``removed`` says that lines of a trade are among them, ``gifts_anew`` that the
    campaigns decide again.
    """

    lines: tuple[DraftLine, ...]
    amounts: Amounts
    gone: tuple[int, ...]
    removed: bool
    gifts_anew: bool


def plan_edit(lines: Sequence[DraftLine], wish: EditWish, header: Header, skus: Mapping[str, SkuChoice]) -> EditPlan:
    """The lines and amounts of the wish. Raises UnableToAdd with the position of the line in ``wish.lines``."""
    asked = wish.lines or ()
    there = dict(zip(line_keys(lines), lines, strict=True))
    wanted = {line.key: (position, line) for position, line in enumerate(asked)}
    touched = _touched_bundles(there, asked, skus)
    result: list[DraftLine] = []
    asks: list[LineAsk] = []
    places: list[int | None] = []
    gone: list[DraftLine] = []
    for key, line in there.items():
        if not is_editable(line):
            if line.gift_scheme_id is not None and not header.gifts_left_alone:
                gone.append(line)
            else:
                result.append(line)
                asks.append(LineAsk(line.quantity, line.price, line.discount, takes_share=False))
                places.append(None)
        elif key not in wanted:
            gone.append(line)
        else:
            position, ask = wanted[key]
            result.append(_changed(line, ask, skus, position, loose=_bundle_key(line) in touched))
            asks.append(LineAsk(ask.quantity, ask.price, ask.discount, takes_share=not line.is_gift))
            places.append(position)
    for position, ask in enumerate(asked):
        if ask.key not in there:
            result.append(_new(ask, skus, position))
            asks.append(LineAsk(ask.quantity, ask.price, ask.discount))
            places.append(position)
    _check_trades(there.values(), result)
    try:
        amounts = compute(asks, wish.post_fee, adjustment=wish.adjustment, paid=header.fixed_paid)
    except UnableToAdd as error:
        raise UnableToAdd(error.text, None if error.line is None else places[error.line]) from None
    final = tuple(
        replace(line, position=at, discount=money.discount, amount=money.amount)
        for at, (line, money) in enumerate(zip(result, amounts.lines, strict=True), start=1)
    )
    return EditPlan(
        final,
        amounts,
        tuple(line.line_id or 0 for line in gone),
        any(line.trade_id is not None for line in gone),
        any(line.gift_scheme_id is not None for line in gone) or not header.gifts_left_alone,
    )


def _bundle_key(line: DraftLine) -> tuple[object, ...] | None:
    return None if line.bundle is None else (line.trade_id, line.oid, line.bundle.sku_id)


def _touched_bundles(
    there: Mapping[str, DraftLine], asked: Sequence[LineWish], skus: Mapping[str, SkuChoice]
) -> set[tuple[object, ...] | None]:
    """The bundles of which a component is changed or taken out: they are no bundles any more."""
    wanted = {line.key: line for line in asked}
    touched: set[tuple[object, ...] | None] = set()
    for key, line in there.items():
        ask = wanted.get(key)
        sku = skus.get(ask.sku_code) if ask is not None else None
        if line.bundle is not None and (
            ask is None or ask.quantity != line.quantity or sku is None or sku.id != line.sku_id
        ):
            touched.add(_bundle_key(line))
    return touched


def _sku(ask: LineWish, skus: Mapping[str, SkuChoice], position: int) -> SkuChoice:
    found = skus.get(ask.sku_code)
    if found is None:
        raise UnableToAdd(N_("There is no SKU with this merchant code."), position)
    return found


def _changed(line: DraftLine, ask: LineWish, skus: Mapping[str, SkuChoice], position: int, *, loose: bool) -> DraftLine:
    sku_id, title, spec, code = line.sku_id, line.title, line.spec, line.sku_code
    if ask.sku_code or line.sku_id is not None:
        sku = _sku(ask, skus, position)
        if sku.id != line.sku_id:
            _check_enabled(sku, position)
            sku_id = sku.id
            if line.trade_id is None:
                title, spec, code = sku.title, sku.spec, sku.code
    return replace(
        line,
        sku_id=sku_id,
        sku_code=code,
        title=title,
        spec=spec,
        quantity=ask.quantity,
        price=ask.price,
        bundle=None if loose else line.bundle,
    )


def _new(ask: LineWish, skus: Mapping[str, SkuChoice], position: int) -> DraftLine:
    sku = _sku(ask, skus, position)
    _check_enabled(sku, position)
    return DraftLine(
        position=0,
        oid="",
        item_id="",
        platform_sku_id="",
        item_code="",
        sku_code=sku.code,
        title=sku.title,
        spec=sku.spec,
        quantity=ask.quantity,
        price=ask.price,
        discount=ZERO,
        amount=ZERO,
        is_gift=False,
        refund="none",
        sku_id=sku.id,
    )


def _check_enabled(sku: SkuChoice, position: int) -> None:
    if not sku.enabled:
        raise UnableToAdd(N_("The SKU is not in use."), position)


def _check_trades(before: Iterable[DraftLine], after: Sequence[DraftLine]) -> None:
    left = {line.trade_id for line in after}
    if any(line.trade_id not in left for line in before if line.trade_id is not None):
        raise UnableToAdd(N_("A line of the trade must stay: its waybill is uploaded by it. Cancel the order instead."))
