"""What must always be true of the core's own tables."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.core.invariants import register

register(
    "outbox.no_internal_error",
    _("No message to another system or to ourselves waits because of an error of ours."),
    """
    SELECT id, topic, key, attempt, error FROM core_outboxmessage WHERE state = 'due' AND error_code = 'internal_error'
    UNION ALL
    SELECT id, topic, key, attempt, error FROM core_outboxmessage WHERE state = 'dead' AND error_code = 'internal_error'
    """,
)
