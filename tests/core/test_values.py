"""Values that are made quickly are the frozen dataclasses that they look like."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from oms.core.values import quick, replace


@quick
@dataclass(frozen=True, slots=True)
class Parcel:
    number: int
    places: tuple[str, ...] = ()
    notes: dict[str, int] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True)
class Label:
    text: str


PARCEL = Parcel(7, ("A",), {"x": 1})


@pytest.mark.parametrize("changes", [{}, {"places": ("B", "C")}, {"number": 8, "notes": {}}])
def test_replace_equals_the_standard_one(changes: dict[str, object]) -> None:
    assert replace(PARCEL, **changes) == dataclasses.replace(PARCEL, **changes)  # type: ignore[arg-type]
    assert Parcel(7, ("A",), {"x": 1}) == PARCEL


def test_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError, match="Parcel has no field weight"):
        replace(PARCEL, weight=3)
    with pytest.raises(TypeError, match="weight"):
        Parcel(1, weight=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="number"):
        Parcel()  # type: ignore[call-arg]


def test_stays_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        PARCEL.number = 8  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del PARCEL.number
    with pytest.raises(AttributeError):
        object.__setattr__(PARCEL, "weight", 3)


def test_is_of_its_class_with_its_defaults() -> None:
    one, other = Parcel(1), Parcel(number=1)
    assert (type(one), one, repr(one)) == (Parcel, other, "Parcel(number=1, places=(), notes={})")
    assert one.notes is not other.notes
    assert Parcel(1) != Parcel(2)
    assert hash(Label("x")) == hash(Label("x"))


@pytest.mark.parametrize("value", [PARCEL, Label("x")])
def test_can_be_copied_and_sent(value: object) -> None:
    assert copy.copy(value) == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own bytes
    assert type(copy.copy(value)) is type(value)


def test_class_of_which_it_cannot_be_done_is_refused() -> None:
    with pytest.raises(TypeError, match="no plain frozen dataclass"):
        quick(dataclass(frozen=True)(type("Open", (), {"__annotations__": {"x": int}})))
