"""Tables from outside: encodings, what spreadsheets write, and files made to do harm."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter

from oms.core.errors import UnableTo
from oms.core.tables import Limits, Line, read_table, write_csv, write_xlsx

WORKBOOK = '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'


def _rows(data: bytes, limits: Limits | None = None) -> list[list[str]]:
    lines = read_table(io.BytesIO(data), limits) if limits else read_table(io.BytesIO(data))
    return [list(line.cells) for line in lines]


def _xlsx(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str) and value.startswith("="):
                sheet.write_formula(number, column, value, None, "42")
            elif isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write(number, column, value)
    book.close()
    return out.getvalue()


def _package(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", WORKBOOK)
        for name, text in parts.items():
            package.writestr(f"xl/worksheets/{name}.xml", text)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_usual_encoding(encoding: str, delimiter: str) -> None:
    text = f"编码{delimiter}名称\r\nA-1{delimiter}柠檬茶，大\r\n"
    assert _rows(text.encode(encoding)) == [["编码", "名称"], ["A-1", "柠檬茶，大"]]


def test_csv_cells_with_breaks_quotes_and_blank_lines_keep_their_row_numbers() -> None:
    data = '编码,名称\n\nA,"多\n行"\n,,\nB,"他说""好"""\n'.encode()
    assert list(read_table(io.BytesIO(data))) == [
        Line(1, ("编码", "名称")),
        Line(3, ("A", "多\n行")),
        Line(5, ("B", '他说"好"')),
    ]


def test_formula_looking_cells_of_csv_stay_text_and_nul_is_dropped() -> None:
    assert _rows(b"a,b\n=1+1,@SUM(A1)\nx\x00y,+86 1\n")[1:] == [["=1+1", "@SUM(A1)"], ["xy", "+86 1"]]


def test_xlsx_numbers_read_as_typed() -> None:
    rows = _rows(
        _xlsx([["编码", "价格"], [6901234567892, 19.9], ["00123", 0.1 + 0.2], [True, "=SUM(A1:A2)"], [-3, 1e-7]])
    )
    assert rows == [
        ["编码", "价格"],
        ["6901234567892", "19.9"],
        ["00123", "0.3"],
        ["1", "42"],
        ["-3", "0.0000001"],
    ]


def test_xlsx_rows_are_numbered_as_the_spreadsheet_shows_them() -> None:
    data = _xlsx([[None], [None, "编码"], [None], [None, "A"]])
    assert [(line.number, line.cells[-1]) for line in read_table(io.BytesIO(data))] == [(2, "编码"), (4, "A")]


def test_what_is_written_comes_back_as_it_was() -> None:
    rows: list[list[object]] = [["=1+1", "-5", "'x", "普通", 7, Decimal("1.50")]]
    csv_data = b"".join(write_csv(["甲", "乙", "丙", "丁", "戊", "己"], rows))
    assert b"'=1+1,'-5," in csv_data  # no cell that a spreadsheet would calculate
    assert _rows(csv_data)[1] == ["=1+1", "-5", "'x", "普通", "7", "1.50"]
    out = io.BytesIO()
    assert write_xlsx(out, "表", ["甲", "乙", "丙", "丁", "戊", "己"], rows) == 1
    assert _rows(out.getvalue())[1] == ["=1+1", "-5", "'x", "普通", "7", "1.5"]


def test_a_long_number_is_written_as_text() -> None:
    out = io.BytesIO()
    write_xlsx(out, "表", ["号"], [[1234567890123456789]])
    assert _rows(out.getvalue())[1] == ["1234567890123456789"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_kind"),
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff", "file_kind"),
        (b"PK\x03\x04nonsense", "file_unreadable"),
        (b'a,b\n"never closed,1\n2,3\n', "file_unreadable"),
        (b"a\n" + b'"' + b"x" * 200_000 + b'"', "file_unreadable"),
        (_package()[:-40], "file_unreadable"),
        (_package(sheet1="<worksheet><c r='A1'>"), "file_unreadable"),
        (_package(sheet1="<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet/>"), "file_unreadable"),
        (_package(sheet1="<worksheet><row r='1'><c r='XFD1'/></row></worksheet>"), "too_many_columns"),
        (_package(sheet1="<x:worksheet xmlns:x='u'><x:row><x:c r='A1048576'/></x:row></x:worksheet>"), "too_many_rows"),
        (_package(sheet1="<worksheet><row r='99999999999999999999'/></worksheet>"), "too_many_rows"),
        (b"a," * 300 + b"a\n", "too_many_columns"),
    ],
)
def test_harmful_and_broken_files_are_refused_with_a_sentence(data: bytes, code: str) -> None:
    with pytest.raises(UnableTo) as caught:
        _rows(data)
    assert caught.value.code == code
    assert str(caught.value)


def test_a_zip_bomb_is_stopped_while_it_unpacks() -> None:
    bomb = _package(sheet1="<worksheet>" + "<a/>" * 2_000_000 + "</worksheet>")
    assert len(bomb) < 100_000
    with pytest.raises(UnableTo) as caught:
        _rows(bomb, Limits(unpacked_bytes=1_000_000))
    assert caught.value.code == "file_too_large"


def test_sizes_are_limited() -> None:
    with pytest.raises(UnableTo) as caught:
        _rows(b"a\n" * 20, Limits(file_bytes=10))
    assert caught.value.code == "file_too_large"
    with pytest.raises(UnableTo) as caught:
        _rows(b"a\n" * 20, Limits(rows=10))
    assert caught.value.code == "too_many_rows"
