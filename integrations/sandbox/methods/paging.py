"""Paging as the platform does it: by page number over a moving set, newest first.

`total_results` is given only without `use_has_next`, `has_next` only with it, and an empty list is left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.protocol import Call
from integrations.sandbox.store import Values


@dataclass(frozen=True)
class Window:
    """A list's rows before paging: `table` rows where `condition` holds, in `order`."""

    table: str
    columns: str
    condition: str
    values: tuple[Any, ...]
    order: str

    def rows(self, call: Call, limit: int, offset: int = 0) -> list[Values]:
        return call.store.rows(
            f"SELECT {self.columns} FROM {self.table} WHERE {self.condition} ORDER BY {self.order} LIMIT ? OFFSET ?",
            (*self.values, limit, offset),
        )

    def keys(self, call: Call, column: str, also: str = "TRUE") -> list[int]:
        """The numbers of all rows, without their documents; of those alone for which a condition holds too."""
        found = call.store.rows(
            f"SELECT {column} FROM {self.table} WHERE {self.condition} AND {also} ORDER BY {self.order}", self.values
        )
        return [int(key) for (key,) in found]

    def total(self, call: Call) -> int:
        found = call.store.row(f"SELECT count(*) FROM {self.table} WHERE {self.condition}", self.values)
        return int(found[0]) if found else 0


def one_of(name: str, values: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """`name IN (?, ?)` with its values."""
    listed = tuple(values)
    return f"{name} IN ({', '.join('?' * len(listed))})", listed


def answer_page(
    call: Call, window: Window, names: tuple[str, str], show: Callable[[list[Values], int], list[dict[str, Any]]]
) -> dict[str, Any]:
    """One page. `names` are those of the list and its elements; `show` turns rows and their offset into documents."""
    size = call.integer("page_size", 40, 1, 100)
    offset = (call.integer("page_no", 1, 1, 10**6) - 1) * size
    answer: dict[str, Any] = {}
    if call.flag("use_has_next"):
        rows = window.rows(call, size + 1, offset)
        answer["has_next"] = len(rows) > size
        rows = rows[:size]
    else:
        answer["total_results"] = window.total(call)
        rows = window.rows(call, size, offset)
    documents = show(rows, offset)
    if documents:
        answer[names[0]] = {names[1]: documents}
    return answer
