"""What the actions of people on many rows have in common: an outcome for every row, and chunks of one transaction each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was not done: a stable code, and a sentence that says what to do."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The rows that the action was done to, by id, and why it was not done to the others.

    ``changes`` are old and new value of each column that was changed, of the rows where an action that can be taken back changed any.
    """

    done: tuple[int, ...] = ()
    refused: Mapping[int, Refusal] = field(default_factory=dict)
    changes: Mapping[int, Mapping[str, tuple[Any, Any]]] = field(default_factory=dict)

    def __add__(self, other: ActionResult) -> ActionResult:
        return ActionResult(
            (*self.done, *other.done), {**self.refused, **other.refused}, {**self.changes, **other.changes}
        )


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids without repetition, in the given order, in chunks that are one transaction each."""
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]
