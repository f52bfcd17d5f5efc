"""What every scenario ends with."""

from __future__ import annotations

from oms.core.invariants import check_all


def assert_invariants_hold(*, but: str = "") -> None:
    """Everything that must always be true is; ``but`` names the one that the test broke on purpose."""
    broken = [(one.code, one.examples) for one in check_all() if one.code != but]
    assert broken == []
