"""The row locks of the core that belong to no lifecycle and no lease."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import connection, models

from oms.core.models import RuleVersion


def lock_rule(model: type[models.Model], rule_id: int) -> models.Model | None:
    """Lock one rule; None when there is none. Versions of a rule are written by whoever holds it."""
    return model._default_manager.select_for_update(of=("self",)).filter(pk=rule_id).first()


def lock_version(version_id: int) -> RuleVersion | None:
    """Lock one version or draft; None when there is none."""
    return RuleVersion.objects.select_for_update().filter(pk=version_id).first()


def wait_to_be_the_only(name: str) -> None:
    """Wait until nobody else on this database does what bears the name; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


@contextlib.contextmanager
def try_to_be_the_only(name: str) -> Iterator[bool]:
    """Whether this process alone does what bears the name, of all on this database; over several transactions, never waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
        alone: bool = cursor.fetchone()[0]
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])
