"""What the actions of people on many rows have in common: an outcome for every row, and chunks of one transaction each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was not done: a stable code, and a sentence that says what to do."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The rows that the action was done to, by id, and why it was not done to the others."""

    done: tuple[int, ...] = ()
    refused: Mapping[int, Refusal] = field(default_factory=dict)

    def __add__(self, other: ActionResult) -> ActionResult:
        return ActionResult((*self.done, *other.done), {**self.refused, **other.refused})


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids without repetition, in the given order, in chunks that are one transaction each."""
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]
