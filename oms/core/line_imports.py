"""Small lists from a file, at once: lines in, what was done and what is wrong by line out.

    report = LineReport()
    for cells in read_lines(file, COLUMNS, report):
        …                                  # what is wrong with a line is noted in its cells
    with writing("blacklist", dry_run):    # one import of the name at a time; only to look, everything is taken back
        …

Lines with mistakes are reported under their number and the others go in. The same file again finds everything as it was.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from oms.core.columns import Cells, Column, LineError, find_columns
from oms.core.errors import UnableTo
from oms.core.locks import wait_to_be_the_only
from oms.core.tables import Limits, read_table


@dataclass(slots=True)
class LineReport:
    """What an import did with its lines; headings that are not known were not read."""

    lines: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    ignored: tuple[str, ...] = ()
    errors: list[LineError] = field(default_factory=list)

    def wrong(self, cells: Cells, key: str, sentence: str) -> None:
        """Note a mistake of a line that has been read."""
        cells.wrong(key, sentence)
        self.errors.append(cells.errors[-1])


def read_lines(file: IO[bytes], columns: Sequence[Column], report: LineReport, *, most: int) -> Iterator[Cells]:
    """The lines below the headings, each counted. Raises UnableTo for a file that is no such table."""
    lines = read_table(file, Limits(rows=most + 1, columns=50))
    head = next(lines, None)
    if head is None:
        raise UnableTo(_("The file is empty."), code="file_empty")
    header = find_columns(head, columns)
    report.ignored = tuple(header.others)
    for line in lines:
        report.lines += 1
        yield Cells(line, header, columns)


@contextlib.contextmanager
def writing(name: str, dry_run: bool) -> Iterator[None]:
    """A transaction in which nobody else imports the same list; with ``dry_run`` it leaves nothing behind."""
    with transaction.atomic():
        wait_to_be_the_only(name)
        yield
        if dry_run:
            transaction.set_rollback(True)
