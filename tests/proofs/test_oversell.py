"""P1: nothing is promised twice, and the proof of it sees every mistake that it is there for."""

from __future__ import annotations

import pytest

from tests.proofs.mutants import MUTANTS
from tests.proofs.oversell import make_world, storm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("processes", [2, 8])
def test_never_more_and_never_less_is_promised_than_there_is(processes: int) -> None:
    verdict = storm(make_world(), processes, steps=160 // processes)
    assert verdict.holds, verdict.line()
    assert verdict.granted > 100
    assert verdict.done["audit"]
    assert verdict.done["unaudit"]


SEEN_BY = {
    "read, then write": {"oversold", "wrong"},
    "rows locked in any order": {"deadlocks"},
    "locked rows skipped": {"wrong"},
    "no guard and no CHECK": {"oversold"},
    "duplicates not summed": {"wrong"},
    "released whatever the state": {"wrong"},
}


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mistake_is_seen(name: str) -> None:
    company = make_world()
    with MUTANTS[name]():
        verdict = storm(company, 4, steps=30)
    assert SEEN_BY[name] <= set(verdict.violated), verdict.line()
