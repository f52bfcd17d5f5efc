"""The rows of freight tables and delivery regions as people type or import them: cells in, content rows and mistakes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.core.columns import Cells, Column, Header, LineError, find_columns
from oms.core.tables import Limits, Line, read_table
from promotions.typed import find_regions, region_paths

MOST_ROWS = 10_000
LIMITS = Limits(rows=MOST_ROWS + 1, columns=50)


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of a row: its column in files (the first name is written), its label on the page, and how it is read."""

    name: str
    columns: tuple[str, ...]
    label: Any
    read: str
    default: Any = None


REGION = Cell("prefix", ("区域", "地区", "region", "prefix"), gettext_lazy("Region"), "region", "")
CELLS: dict[str, tuple[Cell, ...]] = {
    "rates": (
        REGION,
        Cell(
            "first_weight_g", ("首重(克)", "首重", "first weight (g)"), gettext_lazy("First weight (g)"), "whole", 1000
        ),
        Cell("first_price", ("首重价", "首重价格", "first price"), gettext_lazy("First price"), "money", "0.00"),
        Cell("added_weight_g", ("续重(克)", "续重", "added weight (g)"), gettext_lazy("Added step (g)"), "whole", 1000),
        Cell("added_price", ("续重价", "续重价格", "added price"), gettext_lazy("Price of a step"), "money", "0.00"),
        Cell("distance_km", ("距离(km)", "距离", "distance (km)"), gettext_lazy("Distance (km)"), "whole", 0),
        Cell("price_per_km", ("每公里价", "price per km"), gettext_lazy("Price per km"), "rate", "0.0000"),
        Cell("fixed", ("固定费用", "fixed"), gettext_lazy("Fixed part"), "money", "0.00"),
        Cell("surcharge", ("附加费", "surcharge"), gettext_lazy("Surcharge"), "money", "0.00"),
    ),
    "rows": (
        REGION,
        Cell("excluded", ("不配送", "excluded"), gettext_lazy("Not delivered"), "flag", False),
        Cell("valid_from", ("生效日期", "from"), gettext_lazy("From"), "day"),
        Cell("valid_until", ("失效日期", "before"), gettext_lazy("Before"), "day"),
    ),
}
"""Children of a kind of rule → the fields of one row. The region stands first."""


@dataclass(frozen=True, slots=True)
class ReadRows:
    """Rows as the content holds them, and what is wrong, by the number of the line."""

    rows: tuple[dict[str, Any], ...]
    errors: tuple[LineError, ...]


def columns_of(children: str) -> tuple[Column, ...]:
    """The columns of a file of such rows."""
    return tuple(
        Column(cell.name, cell.columns, required=cell.name in {"prefix", "first_price"}) for cell in CELLS[children]
    )


def read_file(children: str, file: IO[bytes]) -> ReadRows:
    """The rows of a CSV or XLSX file; an empty region stands for everywhere. Raises UnableTo for a file that is no such table."""
    lines = read_table(file, LIMITS)
    columns = columns_of(children)
    first = next(lines, None)
    header = find_columns(first or Line(1, ()), columns)
    return _read(children, lines, header, columns)


def read_typed(children: str, rows: Iterable[Sequence[str]]) -> ReadRows:
    """Rows as they were typed on the page, the cells in the order of ``CELLS``; empty rows are left out. Line 1 is the first."""
    columns = columns_of(children)
    header = Header({column.key: place for place, column in enumerate(columns)}, {})
    lines = [Line(number, tuple(row)) for number, row in enumerate(rows, 1)]
    return _read(children, lines, header, columns)


def _read(children: str, lines: Iterable[Line], header: Header, columns: Sequence[Column]) -> ReadRows:
    found = [Cells(line, header, columns) for line in lines]
    regions = _regions([cells.raw("prefix") for cells in found])
    rows: list[dict[str, Any]] = []
    seen: dict[tuple[Any, ...], int] = {}
    errors: list[LineError] = []
    for cells in found:
        row = {cell.name: _value(cells, cell, regions) for cell in CELLS[children]}
        key = (row["prefix"], row.get("valid_from"))
        if not cells.errors and key in seen:
            cells.wrong("prefix", _("The region stands in line %(line)s already.") % {"line": seen[key]})
        seen.setdefault(key, cells.line.number)
        errors.extend(cells.errors)
        rows.append(row)
    return ReadRows(tuple(rows), tuple(errors))


EVERYWHERE = frozenset({"", "*", "全国", "所有", "everywhere"})


def _regions(texts: Sequence[str]) -> dict[str, str]:
    """Code prefixes by what was written; those that are not known are absent. Two queries."""
    wanted = list(dict.fromkeys(texts))
    codes = {text: _prefix(text) for text in wanted if text.isascii() and text.isdigit() and len(text) in {2, 4, 6}}
    named = [text for text in wanted if text not in codes and text.lower() not in EVERYWHERE]
    unknown = set(find_regions(named).unknown)
    known = [text for text in named if text not in unknown]
    by_name = {text: find_regions([text]).values[0] for text in known}
    return {**codes, **by_name, **{text: "" for text in wanted if text.lower() in EVERYWHERE}}


def _prefix(code: str) -> str:
    return code.removesuffix("00").removesuffix("00") if len(code) == 6 else code


def _value(cells: Cells, cell: Cell, regions: Mapping[str, str]) -> Any:
    if cell.read == "region":
        text = cells.raw(cell.name)
        if text not in regions:
            cells.wrong(
                cell.name,
                _("Not known, or several of the name: %(codes)s. Write the province before it.") % {"codes": text},
            )
        return regions.get(text, "")
    if cell.read == "day":
        return _day(cells, cell.name)
    value: Any
    if cell.read == "money":
        value = cells.money(cell.name, Decimal("9999999.99"))
    elif cell.read == "rate":
        value = _rate(cells, cell.name)
    elif cell.read == "flag":
        value = cells.flag(cell.name)
    else:
        value = cells.whole(cell.name)
    if value is None:
        return cell.default
    return str(value) if isinstance(value, Decimal) else value


def _day(cells: Cells, key: str) -> str | None:
    text = cells.raw(key).replace("/", "-")
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        cells.wrong(key, _("Write the day as 2026-11-24."))
        return None


def _rate(cells: Cells, key: str) -> Decimal | None:
    text = cells.raw(key)
    if not text:
        return None
    parts = text.replace(".", "", 1)
    if not (parts.isascii() and parts.isdigit() and len(text) < 12):
        cells.wrong(key, _("“%(text)s” is not a number.") % {"text": text[:40]})
        return None
    return Decimal(text).quantize(Decimal("0.0001"))


def show_rows(children: str, rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Content rows as they are typed again. One query."""
    prefixes = [str(row.get("prefix") or "") for row in rows]
    paths = dict(zip(prefixes, region_paths(prefixes), strict=True))
    return [[_shown(cell, row.get(cell.name, cell.default), paths) for cell in CELLS[children]] for row in rows]


def _shown(cell: Cell, value: Any, paths: Mapping[str, str]) -> str:
    if cell.read == "region":
        return paths.get(str(value or ""), "") or str(value or "") or "*"
    if cell.read == "flag":
        return _("yes") if value else ""
    return "" if value is None else str(value)


def file_header(children: str) -> list[str]:
    """The headings under which rows are written into a file."""
    return [cell.columns[0] for cell in CELLS[children]]


def file_rows(children: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    """The rows as they stand in a file that can be imported again."""
    for shown, row in zip(show_rows(children, rows), rows, strict=True):
        yield [
            "是" if cell.read == "flag" and row.get(cell.name) else text
            for cell, text in zip(CELLS[children], shown, strict=True)
        ]
