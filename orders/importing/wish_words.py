"""Wish words from a file, and into one: a word, the carrier it stands for, and where it is read from.

A word that is there already (for all shops) is changed, one that is not is added; words that the file does not name stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from oms.core import versions
from oms.core.columns import Cells, Column
from oms.core.line_imports import LineReport, read_lines, writing
from orders.engine.routing.wishes import plain
from orders.models import WishWord
from orders.rules import WISH_WORD
from warehouse.models import Carrier

COLUMNS = (
    Column("word", ("指定词", "词", "word"), required=True),
    Column("carrier", ("快递", "快递公司", "carrier"), required=True),
    Column("source", ("读取范围", "来源", "read from")),
    Column("enabled", ("启用", "in use")),
)
MOST = 500
"""Lines of one file: each that changes something is a rule with a version of its own."""


def import_words(file: IO[bytes], *, staff_id: int | None, dry_run: bool = False) -> LineReport:
    """Add and change the words of the file. Raises UnableTo for a file that cannot be read."""
    report = LineReport()
    carriers = {
        name: carrier.pk for carrier in Carrier.objects.all() for name in (carrier.code.lower(), carrier.name.lower())
    }
    sources = _sources()
    with writing("orders.import_wish_words", dry_run):
        known: dict[str, WishWord] = {}
        for rule in WishWord.objects.filter(shops=[]).order_by("-id"):
            known[plain(rule.word)] = rule
        seen: dict[str, int] = {}
        for cells in read_lines(file, COLUMNS, report, most=MOST):
            content = _content(cells, carriers, sources)
            word = plain(str(content["word"]))
            if word and word in seen and not cells.errors:
                cells.wrong("word", _("The word stands in line %(line)s already.") % {"line": seen[word]})
            seen.setdefault(word, cells.line.number)
            report.errors += cells.errors
            if not cells.errors:
                _save(cells, content, known.get(word), report, staff_id)
    return report


def _save(
    cells: Cells, content: dict[str, Any], rule: WishWord | None, report: LineReport, staff_id: int | None
) -> None:
    before = WISH_WORD.content_of(rule) if rule is not None else {}
    after = {**before, **{name: value for name, value in content.items() if value is not None}}
    if rule is not None and after == before:
        report.same += 1
        return
    try:
        with transaction.atomic():
            versions.save_rule(
                WISH_WORD.name,
                {"name": after["word"], **after},
                author_id=staff_id,
                rule_id=rule.pk if rule is not None else None,
                note=_("Imported, line %(line)s") % {"line": cells.line.number},
            )
    except versions.UnableToSaveRule as error:
        report.wrong(cells, "", str(error))
        return
    if rule is None:
        report.added += 1
    else:
        report.changed += 1


def _sources() -> dict[str, str]:
    """Codes by themselves and by their names, in both languages."""
    found = {code: code for code in WishWord.Source.values}
    for language in ("zh-hans", "en"):
        with override(language):
            found |= {str(label).lower(): code for code, label in WishWord.Source.choices}
    return found


def _content(cells: Cells, carriers: dict[str, int], sources: dict[str, str]) -> dict[str, Any]:
    """What the line says, as a rule holds it; None is what it does not say."""
    word, carrier, source = cells.text("word", 32), cells.text("carrier", 64), cells.text("source", 32)
    if not (word and carrier) and not cells.errors:
        cells.wrong("", _("Word and carrier are needed."))
    if carrier and carrier.lower() not in carriers:
        cells.wrong("carrier", _("There is no carrier “%(name)s”.") % {"name": carrier})
    if source and source.lower() not in sources:
        cells.wrong("source", _("Write one of: %(known)s.") % {"known": ", ".join(map(str, WishWord.Source.labels))})
    return {
        "word": word,
        "carrier": carriers.get((carrier or "").lower()),
        "source": sources.get((source or "").lower()),
        "enabled": cells.flag("enabled"),
    }


HEADER = [column.names[0] for column in COLUMNS]


def word_rows() -> Iterator[list[str]]:
    """The words for all shops as they stand in a file that can be imported again."""
    for rule in WishWord.objects.filter(shops=[]).select_related("carrier"):
        yield [rule.word, rule.carrier.name, str(WishWord.Source(rule.source).label), "是" if rule.enabled else "否"]
