"""What a product file says: its columns, and its lines as values or as sentences about what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from oms.catalog.categories import LONGEST_NAME, MOST_LEVELS, SEPARATOR
from oms.catalog.models import Sku
from oms.core.columns import Cells, Column, LineError, find_columns
from oms.core.errors import UnableTo
from oms.core.tables import Line

COLUMNS = (
    Column("sku_code", ("商家编码", "规格编码", "sku code", "merchant code", "sku"), required=True),
    Column("product_code", ("商品编码", "货号", "product code")),
    Column("name", ("商品名称", "名称", "product name", "name")),
    Column("spec", ("规格", "规格名称", "specification", "spec")),
    Column("category", ("分类", "类目", "category")),
    Column("brand", ("品牌", "brand")),
    Column("barcodes", ("条码", "条形码", "barcode", "barcodes")),
    Column("price", ("价格", "售价", "price")),
    Column("cost", ("成本", "成本价", "cost")),
    Column("weight_g", ("重量(克)", "重量(g)", "重量", "weight (g)", "weight")),
    Column("volume_cm3", ("体积", "体积(cm³)", "体积(cm3)", "体积(立方厘米)", "volume (cm³)", "volume")),
    Column("box_quantity", ("箱规", "每箱数量", "units in a box", "box quantity")),
    Column("restrictions", ("限制", "运输限制", "restrictions")),
    Column("enabled", ("启用", "在用", "enabled", "in use")),
)
PRODUCT_FIELDS = ("name", "category", "brand")
SKU_FIELDS = ("spec", "price", "cost", "weight_g", "volume_cm3", "box_quantity", "restrictions", "enabled")
STOCK_PREFIXES = ("期初库存:", "opening stock:")
"""Headings that ``warehouse.imports`` reads from the same file."""

NO_RESTRICTIONS = ("无", "none", "-")

_SEPARATORS = re.compile(r"[;；、\n]+")
_CODE = re.compile(r"[^\s\x00-\x1f]+(?: [^\s\x00-\x1f]+)*")


@dataclass(frozen=True, slots=True)
class SkuRow:
    """One good line. None means that the file says nothing and what is stored stays."""

    line: int
    sku_code: str
    product_code: str | None
    spec: str | None
    price: Decimal | None
    cost: Decimal | None
    weight_g: int | None
    volume_cm3: int | None
    box_quantity: int | None
    restrictions: list[str] | None
    enabled: bool | None
    barcodes: tuple[str, ...] | None
    product: tuple[tuple[str, str], ...] = ()
    """Name, category and brand of the product, those that the line gives."""
    category_path: tuple[str, ...] = ()
    """Its category with those above it."""


@dataclass(slots=True)
class ProductFile:
    """A file as read: its good lines, its mistakes, the headings nobody knows, and how many lines it has."""

    rows: list[SkuRow] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    ignored: tuple[str, ...] = ()
    lines: int = 0


def read_products(lines: Iterator[Line]) -> ProductFile:
    """Read and check the lines, each by itself and against the lines before it. Raises UnableTo for a file without columns."""
    header_line = next(lines, None)
    if header_line is None:
        raise UnableTo(_("The file is empty."), code="file_empty")
    header = find_columns(header_line, COLUMNS)
    found = ProductFile(ignored=tuple(header.others))
    memory = _Memory()
    for line in lines:
        found.lines += 1
        cells = Cells(line, header, COLUMNS)
        row = _read_line(cells)
        if row is not None and not cells.errors:
            memory.check(row, cells)
        if cells.errors or row is None:
            found.errors += cells.errors
        else:
            memory.keep(row)
            found.rows.append(row)
    return found


def _read_line(cells: Cells) -> SkuRow | None:
    sku_code = _code(cells, "sku_code")
    if sku_code is None:
        if not cells.errors:
            cells.wrong("sku_code", _("Is missing."))
        return None
    path = _category(cells)
    given = {
        "name": cells.text("name", 200),
        "category": None if path is None else path[-1] if path else "",
        "brand": cells.text("brand", 64),
    }
    return SkuRow(
        line=cells.line.number,
        sku_code=sku_code,
        product_code=_code(cells, "product_code"),
        spec=cells.text("spec", 200),
        price=cells.money("price"),
        cost=cells.money("cost"),
        weight_g=cells.whole("weight_g"),
        volume_cm3=cells.whole("volume_cm3"),
        box_quantity=cells.whole("box_quantity"),
        restrictions=_restrictions(cells),
        enabled=cells.flag("enabled"),
        barcodes=_barcodes(cells),
        product=tuple((key, text) for key, text in given.items() if text is not None),
        category_path=path or (),
    )


def _category(cells: Cells) -> tuple[str, ...] | None:
    """The category with those above it, as 女装/连衣裙; None when the line says nothing."""
    text = cells.text("category", 300)
    if text is None:
        return None
    path = tuple(filter(None, (name.strip() for name in text.split(SEPARATOR))))
    if len(path) > MOST_LEVELS or any(len(name) > LONGEST_NAME for name in path) or len(set(path)) < len(path):
        sentence = _("At most %(levels)s different categories parted by “/”, each of at most %(most)s characters.")
        cells.wrong("category", sentence % {"levels": MOST_LEVELS, "most": LONGEST_NAME})
        return None
    return path


def _code(cells: Cells, key: str) -> str | None:
    code = cells.text(key, 64)
    if code is not None and _CODE.fullmatch(code) is None:
        cells.wrong(key, _("Contains a character that no code may have, such as a line break."))
        return None
    return code


def _barcodes(cells: Cells) -> tuple[str, ...] | None:
    text = cells.raw("barcodes")
    codes = tuple(dict.fromkeys(code for part in _SEPARATORS.split(text) if (code := part.strip())))
    if any(len(code) > 64 or _CODE.fullmatch(code) is None for code in codes):
        cells.wrong("barcodes", _("A barcode has at most 64 characters; write ; between several."))
    return codes or None


def _restrictions(cells: Cells) -> list[str] | None:
    """Codes of restrictions from codes or labels; "none" takes them all away."""
    words = [word.strip() for word in _SEPARATORS.split(cells.raw("restrictions")) if word.strip()]
    if not words:
        return None
    if words[0].lower() in NO_RESTRICTIONS and len(words) == 1:
        return []
    known = {str(name).lower(): code for code, label in Sku.Restriction.choices for name in (code, label)}
    unknown = [word for word in words if word.lower() not in known]
    if unknown:
        cells.wrong(
            "restrictions",
            _("“%(text)s” is no restriction. There is: %(known)s.")
            % {"text": unknown[0][:40], "known": ", ".join(map(str, Sku.Restriction.labels))},
        )
        return None
    return sorted({known[word.lower()] for word in words})


class _Memory:
    """What the lines so far have claimed."""

    def __init__(self) -> None:
        self._skus: dict[str, int] = {}
        self._barcodes: dict[str, int] = {}
        self._products: dict[tuple[str, str], tuple[str, int]] = {}

    def check(self, row: SkuRow, cells: Cells) -> None:
        if (line := self._skus.get(row.sku_code)) is not None:
            cells.wrong(
                "sku_code", _("%(code)s stands in line %(line)s already.") % {"code": row.sku_code, "line": line}
            )
        for code in row.barcodes or ():
            if (line := self._barcodes.get(code)) is not None:
                cells.wrong("barcodes", _("%(code)s stands in line %(line)s already.") % {"code": code, "line": line})
        for key, text in row.product:
            said = self._products.get((row.product_code or row.sku_code, key))
            if said is not None and said[0] != text:
                cells.wrong(
                    key,
                    _("Line %(line)s says “%(text)s” for the same product.") % {"line": said[1], "text": said[0]},
                )

    def keep(self, row: SkuRow) -> None:
        self._skus[row.sku_code] = row.line
        self._barcodes.update(dict.fromkeys(row.barcodes or (), row.line))
        for key, text in row.product:
            self._products.setdefault((row.product_code or row.sku_code, key), (text, row.line))
