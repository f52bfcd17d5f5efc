"""What history keeps as codes is told in words, on the pages of orders and of shipments."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import orders
from oms.core.lifecycle import Lifecycle
from oms.core.web.timeline import WORDS, reason_in_words
from orders.engine.reasons import Attention, ExceptionReason
from orders.states import ORDER
from orders.web.parts import KINDS
from orders.words.history import SPLIT
from warehouse.states import SHIPMENT


@pytest.mark.parametrize("lifecycle", [ORDER, SHIPMENT], ids=lambda one: one.kind)
def test_every_transition_has_a_word(lifecycle: Lifecycle) -> None:
    assert [name for name in lifecycle.transitions if (lifecycle.kind, name) not in WORDS] == []


def test_every_code_of_a_reason_has_a_sentence() -> None:
    codes = [*ExceptionReason, *Attention]
    assert [code for code in codes if reason_in_words(code.value) == code.value] == []
    assert dict(KINDS).keys() == SPLIT.keys()


def test_several_codes_become_several_sentences() -> None:
    told = reason_in_words("no_carrier,zero_weight")
    assert "no_carrier" not in told
    assert told.count("。") + told.count(".") >= 2


@pytest.mark.parametrize("text", ["买家不要了", "no_carrier,by hand", ""])
def test_what_a_person_wrote_stays(text: str) -> None:
    assert reason_in_words(text) == text


def test_every_reason_spelt_in_the_code_has_a_sentence() -> None:
    """``apply_plan(…, reason="merge")`` and its like: what the code spells as a reason of history is told in words."""
    spelt = {
        str(keyword.value.value)
        for path in Path(orders.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"apply_plan", "Verdict", "undo_groups"}
        for keyword in node.keywords
        if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant)
    }
    assert spelt >= {"merge", "closed_by_platform"}
    assert [code for code in spelt if code and reason_in_words(code) == code] == []
