"""What messages and memos wish of the carrier: the table of docs/algorithms/routing.md, and where the wish counts."""

from __future__ import annotations

import pytest

from orders.engine.routing.wishes import Wish, Wishes, WishWord
from orders.engine.values import RuleHead
from tests.doc_tables import worked_table

CARRIERS = {"顺丰": 1, "sf": 1, "圆通": 2, "中通": 3, "顺丰特惠": 4}
NAMES = {1: "顺丰", 2: "圆通", 3: "中通", 4: "顺丰特惠"}


def make_word(
    number: int, word: str, carrier: int, *, shops: frozenset[int] = frozenset(), source: str = "both"
) -> WishWord:
    return WishWord(RuleHead(number, 1, word, shops), word, carrier, source)


WISHES = Wishes(make_word(number, word, carrier) for number, (word, carrier) in enumerate(CARRIERS.items()))


def named(words: tuple[WishWord, ...]) -> str:
    return " ".join(NAMES[word.carrier_id] for word in words)


def cell(words: tuple[WishWord, ...]) -> str:
    return named(words) or "–"


@pytest.mark.parametrize("row", worked_table("routing", "wishes"), ids=lambda row: row["text"])
def test_worked_table(row: dict[str, str]) -> None:
    wish = WISHES.of(1, "", row["text"])
    assert (cell(wish.wanted), cell(wish.unwanted)) == (row["wanted"], row["not wanted"])


def test_memo_outranks_the_message() -> None:
    wish = WISHES.of(1, memo="发圆通", message="请发顺丰")
    assert (wish.source, named(wish.wanted), named(wish.unwanted)) == ("memo", "圆通", "")


def test_memo_that_names_no_carrier_leaves_the_message() -> None:
    wish = WISHES.of(1, memo="已核对地址", message="请发顺丰")
    assert (wish.source, named(wish.wanted)) == ("message", "顺丰")


def test_last_mention_of_a_carrier_counts() -> None:
    wish = WISHES.of(1, memo="不要圆通。买家改口：发圆通", message="")
    assert (named(wish.wanted), named(wish.unwanted)) == ("圆通", "")


def test_words_of_other_shops_and_sources_mean_nothing() -> None:
    wishes = Wishes([make_word(1, "顺丰", 1, shops=frozenset({2})), make_word(2, "圆通", 2, source="memo")])
    assert wishes.of(1, "", "发顺丰") == Wish()
    assert named(wishes.of(2, "", "发顺丰").wanted) == "顺丰"
    assert wishes.of(1, "", "发圆通") == Wish()
    assert named(wishes.of(1, "发圆通", "").wanted) == "圆通"


def test_without_words_nothing_is_read() -> None:
    assert not Wishes().of(1, "发顺丰", "发圆通")
