"""Columns of an imported table by the names people give them, and cells turned into values with a sentence for each mistake."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from oms.core.errors import UnableTo
from oms.core.tables import Line

YES = frozenset({"1", "是", "启用", "y", "yes", "true", "在用"})
NO = frozenset({"0", "否", "停用", "n", "no", "false", "禁用"})
_MAX_INTEGER = 2**31 - 1
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,10})?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the first of its names is shown in sentences; any of them may stand in the file."""

    key: str
    names: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with one cell, or (without a column) with a line."""

    line: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Header:
    """Where each known column stands, and the headings that are not known with their positions."""

    positions: dict[str, int]
    others: dict[str, int]


def plain(name: str) -> str:
    """A heading as it is compared: without blanks, small letters, and halfwidth brackets and colons."""
    return "".join(name.split()).lower().replace("（", "(").replace("）", ")").replace("：", ":").removesuffix("*")


def find_columns(header: Line, columns: Sequence[Column]) -> Header:
    """Find the columns by their names. Raises UnableTo when a needed one is missing or one stands there twice."""
    known = {plain(name): column.key for column in columns for name in column.names}
    positions: dict[str, int] = {}
    others: dict[str, int] = {}
    for position, name in enumerate(header.cells):
        key = known.get(plain(name))
        if key is None:
            if name:
                others.setdefault(name, position)
        elif key in positions:
            raise UnableTo(
                _("The column “%(name)s” stands in the table twice. Remove one.") % {"name": name}, code="column_twice"
            )
        else:
            positions[key] = position
    missing = [column.names[0] for column in columns if column.required and column.key not in positions]
    if missing:
        raise UnableTo(
            _("The first row must name the columns; missing: %(names)s.") % {"names": ", ".join(missing)},
            code="column_missing",
        )
    return Header(positions, others)


class Cells:
    """One line read by column keys. An empty or absent cell is None; mistakes are gathered in ``errors``."""

    def __init__(self, line: Line, header: Header, columns: Sequence[Column]) -> None:
        self.line = line
        self.errors: list[LineError] = []
        self._header = header
        self._names = {column.key: column.names[0] for column in columns}

    def wrong(self, key: str, sentence: str) -> None:
        """Note a mistake of the column (or of the line, for an empty key)."""
        self.errors.append(LineError(self.line.number, self._names.get(key, key), sentence))

    def raw(self, key: str) -> str:
        position = self._header.positions.get(key)
        return self.line.cells[position] if position is not None and position < len(self.line.cells) else ""

    def text(self, key: str, longest: int) -> str | None:
        """Text of at most ``longest`` characters."""
        found = self.raw(key)
        if len(found) > longest:
            self.wrong(key, _("At most %(count)s characters.") % {"count": longest})
            return None
        return found or None

    def money(self, key: str, highest: Decimal = Decimal("9999999999.99")) -> Decimal | None:
        """Yuan, not negative, with at most two decimals."""
        found = self._number(key, self.raw(key).replace("¥", "").replace("￥", ""))
        if found is None:
            return None
        if found < 0:
            self.wrong(key, _("Must not be negative."))
        elif found != found.quantize(Decimal("0.01")):
            self.wrong(key, _("At most two decimals."))
        elif found > highest:
            self.wrong(key, _("Must not be more than %(limit)s.") % {"limit": highest})
        else:
            return found.quantize(Decimal("0.01"))
        return None

    def whole(self, key: str) -> int | None:
        """A whole number that is not negative."""
        found = self._number(key, self.raw(key))
        if found is None:
            return None
        if found < 0:
            self.wrong(key, _("Must not be negative."))
        elif found != found.to_integral_value():
            self.wrong(key, _("Must be a whole number."))
        elif found > _MAX_INTEGER:
            self.wrong(key, _("Must not be more than %(limit)s.") % {"limit": _MAX_INTEGER})
        else:
            return int(found)
        return None

    def flag(self, key: str) -> bool | None:
        """Yes or no."""
        found = self.raw(key).lower()
        if not found:
            return None
        if found in YES:
            return True
        if found in NO:
            return False
        self.wrong(key, _("Write yes or no (是 or 否)."))
        return None

    def _number(self, key: str, text: str) -> Decimal | None:
        text = text.replace(",", "").replace("，", "").strip()
        if not text:
            return None
        if _NUMBER.fullmatch(text):
            return Decimal(text)
        self.wrong(key, _("“%(text)s” is not a number.") % {"text": text[:40]})
        return None
