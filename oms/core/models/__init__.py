from oms.core.models.check import Check, Stop
from oms.core.models.heart import Heart
from oms.core.models.history import HistoryEntry
from oms.core.models.job import Job
from oms.core.models.outbox import OutboxMessage
from oms.core.models.rule_version import RuleVersion

__all__ = ["Check", "Heart", "HistoryEntry", "Job", "OutboxMessage", "RuleVersion", "Stop"]
