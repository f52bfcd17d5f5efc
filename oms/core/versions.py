"""Rules and their versions: who changed what and when, drafts beside the live version, one door for every change.

    save_rule   check the content → lock the rule → write it → write its version → tell (RuleWentLive), in one transaction
    draft       keep a content beside the live version, to be tried by what-if
    put_live    make a draft, or an earlier version once more, what the rule says

A decision points at (rule id, version); the version's content never changes, so that it can be read years later. A rule that was
made before versions were kept gets its present content written down before the first change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from oms.core.errors import UnableTo
from oms.core.events import publish
from oms.core.locks import lock_rule, lock_version
from oms.core.models import RuleVersion
from oms.core.rule_kinds import Content, Problem, RuleKind, kind_of

STEP = 10
"""The distance between the priorities that ``reorder`` gives."""


class UnableToSaveRule(UnableTo):
    """The content contradicts itself, can never apply, or was changed by somebody else meanwhile."""

    code = "rule_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(problem.sentence for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class RuleWentLive:
    """News: from now on the rule says something else (or something at all)."""

    kind: str
    rule_id: int
    version: int


def find_problems(kind_name: str, content: Mapping[str, Any], rule_id: int | None = None) -> list[Problem]:
    """What is wrong with a content, warnings included; for forms, before anything is saved."""
    kind = kind_of(kind_name)
    full = kind.complete(content)
    try:
        rule = kind.instance(full, rule_id)
        rule.full_clean(exclude=["id", "version"])
        for children, rows in kind.child_instances(full, rule_id or 0):
            for row in rows:
                row.full_clean(exclude=["id", children.parent], validate_constraints=False)
    except ValidationError as error:
        return list(_problems_of(error))
    return list(kind.check(full, rule_id))


def _problems_of(error: ValidationError) -> Iterable[Problem]:
    if not hasattr(error, "error_dict"):
        yield from (Problem("", "invalid", message) for message in error.messages)
        return
    for name, errors in error.message_dict.items():
        yield from (Problem("" if name == "__all__" else name, "invalid", message) for message in errors)


def _refuse(problems: Iterable[Problem]) -> None:
    errors = [problem for problem in problems if not problem.warning]
    if errors:
        raise UnableToSaveRule(errors)


def save_rule(
    kind_name: str,
    content: Mapping[str, Any],
    *,
    author_id: int | None,
    rule_id: int | None = None,
    expected_version: int | None = None,
    note: str = "",
) -> RuleVersion:
    """Make the content what the rule says (a new rule without ``rule_id``) and return the version. Raises UnableToSaveRule.

    With ``expected_version`` the rule must still be at the version that the author looked at.
    """
    kind = kind_of(kind_name)
    full = kind.complete(content)
    with transaction.atomic():
        before = _locked(kind, rule_id, expected_version)
        _refuse(find_problems(kind_name, full, rule_id))
        return _write(kind, full, before, author_id=author_id, note=note)


def change_rule(
    kind_name: str, rule_id: int, changes: Mapping[str, Any], *, author_id: int | None, note: str = ""
) -> RuleVersion:
    """Change some fields of a rule (a switch, a rank) and leave the others as they are. Raises UnableToSaveRule."""
    kind = kind_of(kind_name)
    with transaction.atomic():
        before = _locked(kind, rule_id, None)
        if before is None:
            raise AssertionError("a rule with an id is there or refused")
        full = kind.complete({**kind.content_of(before), **changes})
        _refuse(find_problems(kind_name, full, rule_id))
        return _write(kind, full, before, author_id=author_id, note=note)


def reorder(kind_name: str, rule_ids: Sequence[int], *, author_id: int | None) -> list[RuleVersion]:
    """Rank the rules as listed; only those whose priority changes get a version."""
    kind = kind_of(kind_name)
    wanted = {rule_id: (place + 1) * STEP for place, rule_id in enumerate(rule_ids)}
    with transaction.atomic():
        made: list[RuleVersion] = []
        for rule_id in sorted(wanted):
            before = _locked(kind, rule_id, None)
            content = kind.content_of(before) if before is not None else {}
            if content.get("priority") != wanted[rule_id]:
                full = {**content, "priority": wanted[rule_id]}
                made.append(_write(kind, full, before, author_id=author_id, note=_("Order changed")))
        return made


def draft(
    kind_name: str,
    content: Mapping[str, Any],
    *,
    author_id: int | None,
    rule_id: int | None = None,
    note: str = "",
) -> RuleVersion:
    """Keep a content beside the live version, which stays as it is. Raises UnableToSaveRule."""
    kind = kind_of(kind_name)
    full = kind.complete(content)
    _refuse(find_problems(kind_name, full, rule_id))
    base = kind.model._default_manager.filter(pk=rule_id).values_list("version", flat=True).first()
    return RuleVersion.objects.create(
        kind=kind_name,
        rule_id=rule_id,
        base_version=base,
        state=RuleVersion.State.DRAFT,
        content=full,
        author_id=author_id,
        note=note,
    )


def put_live(version_id: int, *, author_id: int | None, note: str = "") -> RuleVersion:
    """Make a draft or an earlier version what the rule says. Raises UnableToSaveRule.

    A draft whose rule got another version meanwhile is refused: its author has not seen that version.
    """
    with transaction.atomic():
        chosen = lock_version(version_id)
        if chosen is None or chosen.state in {RuleVersion.State.LIVE, RuleVersion.State.DROPPED}:
            raise UnableToSaveRule([Problem("", "no_draft", _("This draft is live already or was dropped."))])
        kind = kind_of(chosen.kind)
        is_draft = chosen.state == RuleVersion.State.DRAFT
        before = _locked(kind, chosen.rule_id, chosen.base_version if is_draft else None)
        full = kind.complete(chosen.content)
        _refuse(find_problems(chosen.kind, full, chosen.rule_id))
        if is_draft:
            chosen.delete()
        return _write(kind, full, before, author_id=author_id, note=note or chosen.note)


def drop_draft(version_id: int) -> bool:
    """Drop a draft; False when it is none any more."""
    found = RuleVersion.objects.filter(id=version_id, state=RuleVersion.State.DRAFT)
    return bool(found.update(state=RuleVersion.State.DROPPED))


def versions_of(kind_name: str, rule_id: int) -> QuerySet[RuleVersion]:
    """The versions of a rule, newest first; drafts are not among them."""
    return RuleVersion.objects.filter(kind=kind_name, rule_id=rule_id, version__isnull=False).order_by("-version")


def drafts_of(kind_name: str) -> QuerySet[RuleVersion]:
    """The drafts of a kind, newest first."""
    return RuleVersion.objects.filter(kind=kind_name, state=RuleVersion.State.DRAFT).order_by("-at", "-id")


def _locked(kind: RuleKind, rule_id: int | None, expected_version: int | None) -> models.Model | None:
    if rule_id is None:
        return None
    rule = lock_rule(kind.model, rule_id)
    if rule is None:
        raise UnableToSaveRule([Problem("", "not_found", _("This rule does not exist any more."))])
    if expected_version is not None and _version(rule) != expected_version:
        sentence = _("Somebody changed the rule meanwhile. Look at it again, then repeat the change.")
        raise UnableToSaveRule([Problem("", "changed_meanwhile", sentence)])
    return rule


def _version(rule: models.Model) -> int:
    return int(rule.version)  # type: ignore[attr-defined]


def _write(
    kind: RuleKind, content: Content, before: models.Model | None, *, author_id: int | None, note: str
) -> RuleVersion:
    version = 1
    if before is not None:
        version = _version(before) + 1
        _keep_first(kind, before)
    rule = kind.instance(content, None if before is None else before.pk, version)
    if before is None:
        rule.save(force_insert=True)
    else:
        names = {kind.model._meta.get_field(name).name for name in (*kind.fields, "version")}
        rule.save(force_update=True, update_fields=names)
    for children, rows in kind.child_instances(content, rule.pk):
        children.model._default_manager.filter(**{children.parent: rule.pk}).delete()
        children.model._default_manager.bulk_create(rows)
    RuleVersion.objects.filter(kind=kind.name, rule_id=rule.pk, state=RuleVersion.State.LIVE).update(
        state=RuleVersion.State.PAST
    )
    written = RuleVersion.objects.create(
        kind=kind.name,
        rule_id=rule.pk,
        version=version,
        state=RuleVersion.State.LIVE,
        content=content,
        author_id=author_id,
        note=note[:300],
    )
    publish(RuleWentLive(kind.name, rule.pk, version))
    return written


def _keep_first(kind: RuleKind, rule: models.Model) -> None:
    """Write down what a rule says that was made before versions were kept."""
    known = RuleVersion.objects.filter(kind=kind.name, rule_id=rule.pk, version=_version(rule))
    if not known.exists():
        RuleVersion.objects.create(
            kind=kind.name,
            rule_id=rule.pk,
            version=_version(rule),
            state=RuleVersion.State.PAST,
            content=kind.content_of(rule),
            note=_("As it was before versions were kept"),
        )
