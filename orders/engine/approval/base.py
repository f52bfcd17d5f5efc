"""What every condition of an approval policy is: read from JSON, checked, asked, and read out as a sentence.

A new kind is one class in one file, and its line in ``kinds.py``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


class BadCondition(ValueError):
    """A condition's JSON cannot be read, or the condition can never hold. ``sentence`` says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.text)
        self.sentence = sentence


class Condition(ABC):
    """One condition. Subclasses are frozen dataclasses; ``RANK`` orders the cheap ones first."""

    __slots__ = ()

    KIND: ClassVar[str]
    LABEL: ClassVar[str]
    RANK: ClassVar[int] = 1
    FIELDS: ClassVar[tuple[str, ...]] = ()
    CODES: ClassVar[Mapping[str, str]] = {}

    @classmethod
    @abstractmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """The condition that the JSON describes. Raises BadCondition."""

    @abstractmethod
    def failure(self, applicant: Applicant) -> str | None:
        """The code of why the order does not meet the condition, None when it does."""

    @abstractmethod
    def sentence(self) -> Sentence:
        """The condition in words, to stand after "passes if"."""

    def flaw(self) -> Sentence | None:
        """Why the condition can never hold, None when it can."""
        return None

    def clash(self, _other: Condition) -> Sentence | None:
        """Why this condition and another one of the same policy can never hold together."""
        return None


def decimal_of(data: Mapping[str, Any], name: str) -> Decimal | None:
    """A decimal of the JSON, None when it is left out. Raises BadCondition."""
    value = data.get(name)
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise BadCondition(Sentence(N_("“%(value)s” is not a number."), {"value": value})) from error
    if not found.is_finite():
        raise BadCondition(Sentence(N_("“%(value)s” is not a number."), {"value": value}))
    return found


def int_of(data: Mapping[str, Any], name: str) -> int | None:
    """A whole number of the JSON, None when it is left out. Raises BadCondition."""
    value = data.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not str(value).lstrip("-").isdecimal():
        raise BadCondition(Sentence(N_("“%(value)s” is not a whole number."), {"value": value}))
    return int(value)


def words_of(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts of the JSON, each once, without blanks round them. Raises BadCondition."""
    value = data.get(name, ())
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise BadCondition(Sentence(N_("A list is expected for “%(name)s”."), {"name": name}))
    return tuple(dict.fromkeys(text for item in value if (text := str(item).strip())))


def ids_of(data: Mapping[str, Any], name: str) -> frozenset[int]:
    """A list of ids of the JSON. Raises BadCondition."""
    texts = words_of(data, name)
    wrong = [text for text in texts if not text.isdecimal()]
    if wrong:
        raise BadCondition(Sentence(N_("“%(value)s” is not a whole number."), {"value": wrong[0]}))
    return frozenset(map(int, texts))


def choice_of(data: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """One of the choices; the first when it is left out. Raises BadCondition."""
    value = str(data.get(name) or choices[0])
    if value not in choices:
        raise BadCondition(Sentence(N_("“%(value)s” is none of the choices."), {"value": value}))
    return value


def range_flaw(low: Any, high: Any) -> Sentence | None:
    """Why nothing lies from ``low`` to ``high``."""
    if low is not None and high is not None and low > high:
        return Sentence(N_("Nothing lies from %(low)s to %(high)s."), {"low": low, "high": high})
    return None


def range_clash(first: tuple[Any, Any], second: tuple[Any, Any]) -> Sentence | None:
    """Why nothing lies in both ranges (low, high)."""
    lows = [low for low in (first[0], second[0]) if low is not None]
    highs = [high for high in (first[1], second[1]) if high is not None]
    if lows and highs and max(lows) > min(highs):
        return Sentence(
            N_("Nothing is at least %(low)s and at most %(high)s at once."), {"low": max(lows), "high": min(highs)}
        )
    return None


def range_sentence(texts: tuple[str, str, str], low: Any, high: Any, show: Callable[[Any], str] = str) -> Sentence:
    """The sentence of a range: ``texts`` are "from … to …", "at least …" and "at most …"."""
    both, at_least, at_most = texts
    if low is not None and high is not None:
        return Sentence(both, {"low": show(low), "high": show(high)})
    if low is not None:
        return Sentence(at_least, {"low": show(low)})
    return Sentence(at_most, {"high": show(high)})


def need_a_bound(low: Any, high: Any) -> None:
    """Raises BadCondition when neither is given."""
    if low is None and high is None:
        raise BadCondition(Sentence(N_("Give a lower or an upper bound."), {}))
