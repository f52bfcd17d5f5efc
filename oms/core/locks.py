"""The row locks of the core that belong to no lifecycle and no lease."""

from __future__ import annotations

from django.db import models

from oms.core.models import RuleVersion


def lock_rule(model: type[models.Model], rule_id: int) -> models.Model | None:
    """Lock one rule; None when there is none. Versions of a rule are written by whoever holds it."""
    return model._default_manager.select_for_update(of=("self",)).filter(pk=rule_id).first()


def lock_version(version_id: int) -> RuleVersion | None:
    """Lock one version or draft; None when there is none."""
    return RuleVersion.objects.select_for_update().filter(pk=version_id).first()
