"""What the buyer's message or the seller's memo says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import BadCondition, Condition, choice_of, words_of
from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


ABSENT, PRESENT, CONTAINS, LACKS = "absent", "present", "contains", "lacks"


@dataclass(frozen=True, slots=True)
class _Text(Condition):
    """The text is ``absent`` or ``present``, ``contains`` one of the words, or ``lacks`` all of them."""

    FIELDS: ClassVar[tuple[str, ...]] = ("mode", "words")
    RANK: ClassVar[int] = 0

    mode: str
    words: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        mode, words = choice_of(data, "mode", (ABSENT, PRESENT, CONTAINS, LACKS)), words_of(data, "words")
        if mode in {CONTAINS, LACKS} and not words:
            raise BadCondition(Sentence(N_("Give a word to look for."), {}))
        return cls(mode, words if mode in {CONTAINS, LACKS} else ())

    def _failure(self, text: str) -> str | None:
        if self.mode == ABSENT:
            return "has" if text else None
        if self.mode == PRESENT:
            return None if text else "lacks"
        found = any(word in text for word in self.words)
        if self.mode == CONTAINS:
            return None if found else "without_word"
        return "with_word" if found else None

    def clash(self, other: Condition) -> Sentence | None:
        if type(other) is not type(self) or not isinstance(other, _Text):
            return None
        if self.mode == ABSENT and other.mode in {PRESENT, CONTAINS}:
            return Sentence(N_("The same text must be there and must not be."), {})
        if self.mode == LACKS and other.mode == CONTAINS:
            # Whatever holds a word to be found holds a word that must not be there.
            barred = [word for word in other.words if any(bad in word for bad in self.words)]
            if len(barred) == len(other.words):
                words = {"words": "、".join(barred)}
                return Sentence(N_("The same word must be in the text and must not be: %(words)s."), words)
        return None


@dataclass(frozen=True, slots=True)
class Message(_Text):
    """The buyer's message."""

    KIND: ClassVar[str] = "message"
    LABEL: ClassVar[str] = N_("Buyer's message")
    CODES: ClassVar[Mapping[str, str]] = {
        "has_message": N_("the buyer left a message"),
        "lacks_message": N_("the buyer left no message"),
        "with_word_message": N_("the message has a word that it must not have"),
        "without_word_message": N_("the message lacks the asked words"),
    }

    def failure(self, applicant: Applicant) -> str | None:
        code = self._failure(applicant.draft.buyer_message)
        return None if code is None else f"{code}_message"

    def sentence(self) -> Sentence:
        words = {"words": "、".join(self.words)}
        if self.mode == ABSENT:
            return Sentence(N_("the buyer left no message"), {})
        if self.mode == PRESENT:
            return Sentence(N_("the buyer left a message"), {})
        if self.mode == CONTAINS:
            return Sentence(N_("the message contains one of: %(words)s"), words)
        return Sentence(N_("the message contains none of: %(words)s"), words)


@dataclass(frozen=True, slots=True)
class Memo(_Text):
    """The seller's memo."""

    KIND: ClassVar[str] = "memo"
    LABEL: ClassVar[str] = N_("Seller's memo")
    CODES: ClassVar[Mapping[str, str]] = {
        "has_memo": N_("there is a seller's memo"),
        "lacks_memo": N_("there is no seller's memo"),
        "with_word_memo": N_("the memo has a word that it must not have"),
        "without_word_memo": N_("the memo lacks the asked words"),
    }

    def failure(self, applicant: Applicant) -> str | None:
        code = self._failure(applicant.draft.seller_memo)
        return None if code is None else f"{code}_memo"

    def sentence(self) -> Sentence:
        words = {"words": "、".join(self.words)}
        if self.mode == ABSENT:
            return Sentence(N_("there is no seller's memo"), {})
        if self.mode == PRESENT:
            return Sentence(N_("there is a seller's memo"), {})
        if self.mode == CONTAINS:
            return Sentence(N_("the memo contains one of: %(words)s"), words)
        return Sentence(N_("the memo contains none of: %(words)s"), words)
