"""Tables that people send and take away: CSV and XLSX read as rows of text, and written row by row.

What comes in is not trusted: its kind is told by its first bytes, sizes are limited before anything is unpacked, and a cell is never more
than text (of a formula in XLSX the stored result, in CSV its characters). What goes out begins no cell with a character that a
spreadsheet would take for a formula; the apostrophe put before it is taken away again when the table comes back.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any
from xml.parsers import expat

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from oms.core.errors import UnableTo

_BLOCK = 64 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SAFE_INTEGER = 10**15
"""A spreadsheet keeps 15 digits of a number: longer ones are written as text."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a table may be."""

    file_bytes: int = 20 * 1024 * 1024
    unpacked_bytes: int = 300 * 1024 * 1024
    rows: int = 100_000
    columns: int = 200
    cell_characters: int = 20_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table under the number that a spreadsheet shows for it, from 1."""

    number: int
    cells: tuple[str, ...]


def read_table(file: IO[bytes], limits: Limits = LIMITS) -> Iterator[Line]:
    """The rows that are not empty of a CSV file or of the first visible sheet of an XLSX file. Raises UnableTo."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > limits.file_bytes:
        raise UnableTo(
            _("The file is larger than %(limit)s MB. Split it.") % {"limit": limits.file_bytes // 2**20},
            code="file_too_large",
        )
    start = file.read(8)
    file.seek(0)
    if start.startswith(b"PK\x03\x04"):
        rows = _xlsx_rows(file, limits)
    elif start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnableTo(
            _("This is an old or a protected Excel file. Save it as .xlsx without a password, or as CSV."),
            code="file_kind",
        )
    else:
        rows = _csv_rows(file, limits)
    for number, cells in rows:
        if number > limits.rows:
            raise UnableTo(
                _("The table has more than %(limit)s rows. Split it.") % {"limit": limits.rows}, code="too_many_rows"
            )
        if len(cells) > limits.columns:
            raise UnableTo(
                _("Row %(row)s has more than %(limit)s columns.") % {"row": number, "limit": limits.columns},
                code="too_many_columns",
            )
        if any(cells):
            yield Line(number, tuple(cells))


def _clean(text: str) -> str:
    text = text.replace("\x00", "").strip()
    return text[1:] if text.startswith("'") and text[1:2] in _FORMULA else text


# CSV


def _csv_rows(file: IO[bytes], limits: Limits) -> Iterator[tuple[int, list[str]]]:
    encoding = _encoding(file)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        first = text.readline(limits.cell_characters)
        text.seek(0)
        delimiter = max(",\t;", key=first.count)
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise UnableTo(
                    _("Row %(row)s cannot be read: a quotation mark is left open, or a cell is far too long.")
                    % {"row": number},
                    code="file_unreadable",
                ) from None
            yield number, [_clean(cell) for cell in cells]
    finally:
        if not file.closed:  # the caller closes it
            text.detach()


def _encoding(file: IO[bytes]) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else GB18030; found by reading the whole file. Raises UnableTo."""
    start = file.read(3)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates: tuple[str, ...] = ("utf-16",)
    else:
        candidates = ("utf-8-sig", "gb18030")
    for encoding in candidates:
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        file.seek(0)
        return encoding
    raise UnableTo(_("The file is neither a CSV file in UTF-8 or GB18030 nor an Excel file (.xlsx)."), code="file_kind")


# XLSX


def _xlsx_rows(file: IO[bytes], limits: Limits) -> Iterator[tuple[int, list[str]]]:
    _check_package(file, limits)
    file.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(file)
        names = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        if not names:
            raise UnableTo(_("The file has no sheet that can be seen."), code="file_unreadable")
        sheet = book.get_sheet_by_name(names[0])
    except CalamineError:
        raise _broken() from None
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [_clean(_text(value)) for value in row]


def _broken() -> UnableTo:
    return UnableTo(_("The Excel file is damaged. Open it, save it again as .xlsx, and retry."), code="file_unreadable")


def _check_package(file: IO[bytes], limits: Limits) -> None:
    """Unpack every XML part once, block by block, and stop at whatever would fill the memory: size, rows, columns, entities.

    The reader makes a full matrix up to the last used cell, so that two cells far apart would do.
    """
    left = limits.unpacked_bytes
    try:
        with zipfile.ZipFile(file) as package:
            if "xl/workbook.xml" not in package.namelist():
                raise UnableTo(_("This is not an Excel file (.xlsx)."), code="file_kind")
            for part in package.infolist():
                with package.open(part) as stream:
                    extent = _Extent(limits) if part.filename.endswith(".xml") else None
                    while block := stream.read(_BLOCK):
                        left -= len(block)
                        if left < 0:
                            raise UnableTo(
                                _("The Excel file is too large when unpacked. Split it."), code="file_too_large"
                            )
                        if extent is not None:
                            extent.feed(block)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, expat.ExpatError):
        raise _broken() from None


class _Extent:
    """Follows the cells of a part and raises UnableTo where they reach out of the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._element
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, block: bytes) -> None:
        self._parser.Parse(block, False)

    def _doctype(self, *_declared: Any) -> None:
        raise _broken()

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag not in {"c", "row"} or not (place := attributes.get("r")):
            return
        letters = place.rstrip("0123456789")
        digits = place[len(letters) :]
        column = 0
        for letter in letters[:4]:
            column = column * 26 + ord(letter.upper()) - ord("A") + 1
        if column > self._limits.columns:
            raise UnableTo(
                _("The table has more than %(limit)s columns.") % {"limit": self._limits.columns},
                code="too_many_columns",
            )
        if len(digits) > 9 or int(digits or 0) > self._limits.rows:
            raise UnableTo(
                _("The table has more than %(limit)s rows. Split it.") % {"limit": self._limits.rows},
                code="too_many_rows",
            )


def _text(value: object) -> str:
    """A cell as a person would type it: whole numbers without a point, dates in ISO order."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        # A spreadsheet shows and keeps 15 digits of what is a binary number in the file.
        return format(Decimal(f"{value:.15g}"), "f")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds").removesuffix(" 00:00:00")
    return str(value)


# Writing


def safe_cell(value: object) -> object:
    """The value as a CSV cell: text that a spreadsheet could take for a formula gets an apostrophe; times become local."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (int, Decimal, dt.date)):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Echo:
    def write(self, text: str) -> str:
        return text


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The table as blocks of UTF-8 with the mark that Excel needs, for a streamed answer."""
    writer = csv.writer(_Echo())
    yield codecs.BOM_UTF8
    yield writer.writerow([safe_cell(cell) for cell in header]).encode()
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row]).encode()


def write_xlsx(file: IO[bytes], title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write one sheet row by row, in little memory whatever its length; returns how many rows. Text is never a formula."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet(title[:31])
    bold = book.add_format({"bold": True})
    for column, cell in enumerate(header):
        sheet.write_string(0, column, cell, bold)
    sheet.freeze_panes(1, 0)
    count = 0
    for count, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if type(value) in (int, Decimal) and abs(value) < _SAFE_INTEGER:  # type: ignore[arg-type]
                sheet.write_number(count, column, value)
            elif value is not None:
                text = safe_cell(value) if isinstance(value, dt.datetime) else value
                sheet.write_string(count, column, str(text))
    book.close()
    return count
