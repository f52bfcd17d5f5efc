"""What a stage decided about an order, by which rule, and what it passed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from oms.core.values import quick


class Outcome(StrEnum):
    """How a stage ended for an order. ``cannot_tell`` always becomes a named exception, never a silent no."""

    APPLIED = "applied"
    SKIPPED = "skipped"
    ABSTAINED = "abstained"
    CANNOT_TELL = "cannot_tell"
    REJECTED = "rejected"


@quick
@dataclass(frozen=True, slots=True)
class PassedOver:
    """A rule that was considered before the chosen one and did not decide, with the codes of why."""

    rule_id: int
    rule_version: int
    rule_name: str
    codes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"rule": self.rule_id, "version": self.rule_version, "name": self.rule_name, "codes": list(self.codes)}


@quick
@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: ``code`` names the sentence, ``facts`` are what the sentence is filled with.

    ``rule_kind`` names the kind of the rule (``oms.core.rule_kinds``), so that its version can be looked up.
    """

    stage: str
    outcome: Outcome
    code: str
    rule_id: int | None = None
    rule_version: int | None = None
    rule_name: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    passed_over: tuple[PassedOver, ...] = ()
    rule_kind: str = ""

    def to_json(self) -> dict[str, Any]:
        """The stored form; parts without a value are left out."""
        data: dict[str, Any] = {"stage": self.stage, "outcome": self.outcome.value, "code": self.code}
        if self.rule_id is not None:
            data["rule"] = self.rule_id
            data["version"] = self.rule_version
            data["name"] = self.rule_name
        if self.rule_kind:
            data["kind"] = self.rule_kind
        if self.facts:
            data["facts"] = dict(self.facts)
        if self.passed_over:
            data["passed_over"] = [item.to_json() for item in self.passed_over]
        return data
