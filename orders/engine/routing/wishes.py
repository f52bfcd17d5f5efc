"""What buyer and seller wish of the carrier, read from message and memo by a declared list of words.

A text is read clause by clause (up to punctuation). A carrier's word is a wish, unless it is refused:

    refused before    不要 别 勿 不发 拒 除了 … directly before the word, filler such as 发 用 走 寄 给我 between: 不要发中通
    refused after     不要 别发 不到 以外 … directly after the word, when no other carrier follows: 圆通不到
    twice refused     非顺丰不收, 不是顺丰不要: a wish
    passed on         what joins words with 和 或 跟 、 has the answer of the word before: 不要圆通和中通
    conditional       如果 没有 … before the word: it says nothing

Longer words are tried first. The last mention of a carrier counts. The memo outranks the message: a memo that says anything about
carriers is the only source.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orders.engine.values import RuleHead

MEMO, MESSAGE = "memo", "message"

_CLAUSES = re.compile(r"[,，。;；.!！?？\n\r~…|/()()【】\[\]]+")
_QUESTIONS = re.compile(r"能不能|可不可以|要不要|是不是|行不行|好不好")
_FILLER = r"(?:给我|帮我|再|安排|选择|选|发货|发|用|走|寄|送|派|使用|任何|快递|物流|的|是)*"
_REFUSED = (
    r"(?:请勿|切勿|千万别|千万不要|不要|不想要|不能|不可以|不可|不准|不许|不用|不发|不寄|不走|拒绝|拒收|拒|禁止|禁|别|勿|莫"
    r"|除了|除|排除)"
)
_REFUSED_BEFORE = re.compile(_REFUSED + _FILLER + "$")
_NOT_ONE_OF = re.compile(r"(?:非|不是)$")
_REFUSED_AFTER = re.compile(
    r"^(?:快递|物流)*(?:一律|都|也|是)*(?:不要|别|勿|不发|不到|不能|不可|不行|不收|不用|不送|拒收|拒|送不到|到不了|以外|之外|除外)"
)
# Before another carrier only what cannot be the lead of that one refuses what stands before it.
_ALL_REFUSED_AFTER = re.compile(
    r"^(?:快递|物流)*(?:(?:一律|都|也)+(?:不要|别|勿|不发|不能|不行|不收|不用|不送|拒收)|都?(?:不到|送不到|到不了|以外|之外|除外))"
)
_JOINED = re.compile(r"^(?:和|或者|或|跟|与|及|以及|还有|、|\+|&|\s|快递|物流|都|也)*$")
_CONDITION = re.compile(r"(?:如果|要是|假如|没有|没|若|万一)" + _FILLER + "$")


@dataclass(frozen=True, slots=True)
class WishWord:
    """A word that stands for a carrier. ``source`` memo, message or both."""

    head: RuleHead
    word: str
    carrier_id: int
    source: str = "both"


@dataclass(frozen=True, slots=True)
class Wish:
    """Carriers that are wanted, the first mentioned first, and carriers that are not; by which word each was understood."""

    wanted: tuple[WishWord, ...] = ()
    unwanted: tuple[WishWord, ...] = ()
    source: str = ""

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted)

    def refuses(self, carrier_id: int) -> bool:
        """Whether the carrier must not drive."""
        return bool(self.unwanted) and any(word.carrier_id == carrier_id for word in self.unwanted)


NO_WISH = Wish()


def plain(text: str) -> str:
    """The text as words are compared: NFKC, lower case, without blanks, so that 不要 发圆通 is read as one."""
    return unicodedata.normalize("NFKC", text).lower().replace(" ", "")


class Wishes:
    """The declared words; reads each distinct text once."""

    def __init__(self, words: Iterable[WishWord] = ()) -> None:
        self._words = sorted(words, key=lambda word: (-len(word.word), word.head.id))
        found = sorted({plain(word.word) for word in self._words}, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(map(re.escape, found))) if found else None
        self._read = lru_cache(maxsize=4096)(self._read_text)

    def of(self, shop_id: int, memo: str, message: str) -> Wish:
        """The wish of an order of the shop."""
        if self._pattern is None or not (memo or message):
            return NO_WISH
        if memo and (wish := self._read(shop_id, memo, MEMO)):
            return wish
        return self._read(shop_id, message, MESSAGE) if message else NO_WISH

    def _read_text(self, shop_id: int, text: str, source: str) -> Wish:
        if self._pattern is None:
            return NO_WISH
        by_text = {
            plain(word.word): word
            for word in reversed(self._words)
            if word.source in {"both", source} and (not word.head.shops or shop_id in word.head.shops)
        }
        said: dict[int, tuple[WishWord, bool]] = {}
        for clause in _CLAUSES.split(_QUESTIONS.sub("", plain(text))):
            for found, wanted in _mentions(clause, self._pattern):
                if (word := by_text.get(found)) is not None:
                    said.pop(word.carrier_id, None)
                    said[word.carrier_id] = (word, wanted)
        return Wish(
            tuple(word for word, wanted in said.values() if wanted),
            tuple(word for word, wanted in said.values() if not wanted),
            source if said else "",
        )


def _mentions(clause: str, pattern: re.Pattern[str]) -> Iterable[tuple[str, bool]]:
    """The carriers' words of a clause, each with whether it is wanted; what says nothing is left out."""
    lead = ""
    for chain, before, after, last in _chains(clause, pattern):
        lead = lead or before
        refused = (_REFUSED_AFTER if last else _ALL_REFUSED_AFTER).match(after)
        wanted = _polarity(lead, refused_after=refused is not None)
        # What refuses this chain is not the lead of the next one.
        lead = after[refused.end() :] or "," if refused else after
        if wanted is not None:
            yield from ((word, wanted) for word in chain)


def _chains(clause: str, pattern: re.Pattern[str]) -> Iterable[tuple[list[str], str, str, bool]]:
    """Words that are joined, with the text before the first and after the last, and whether they are the clause's last."""
    matches = list(pattern.finditer(clause))
    start = 0
    while start < len(matches):
        end = start
        while end + 1 < len(matches) and _JOINED.match(clause[matches[end].end() : matches[end + 1].start()]):
            end += 1
        last = end + 1 == len(matches)
        after = clause[matches[end].end() : len(clause) if last else matches[end + 1].start()]
        before = clause[: matches[start].start()] if start == 0 else ""
        yield [match.group() for match in matches[start : end + 1]], before, after, last
        start = end + 1


def _polarity(lead: str, *, refused_after: bool) -> bool | None:
    """True for wanted, False for refused, None for what says nothing."""
    if refused_after and _NOT_ONE_OF.search(lead):
        return True
    if refused_after or _REFUSED_BEFORE.search(lead):
        return False
    return None if _CONDITION.search(lead) else True
