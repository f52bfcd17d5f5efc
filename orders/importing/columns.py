"""The columns of an order file, the guess of what a heading means, and the lines put together to orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.catalog.address_text import read_receiver
from oms.catalog.receivers import ReceiverData
from oms.core.columns import Cells, Column, Header, LineError, plain
from oms.core.errors import UnableTo
from oms.core.money import ZERO
from oms.core.tables import Line
from orders.editing.values import LineWish
from orders.entering import Entry
from orders.models import Order

COLUMNS = (
    Column("external_no", ("外部单号", "订单号", "订单编号", "单号", "原始单号", "order no"), required=True),
    Column("shop", ("店铺", "店铺编码", "店铺名称", "shop")),
    Column("name", ("收货人", "收件人", "姓名", "收货人姓名", "name"), required=True),
    Column("phone", ("手机", "电话", "手机号", "联系电话", "收货人手机", "收件人电话", "phone"), required=True),
    Column("province", ("省", "省份", "province")),
    Column("city", ("市", "城市", "city")),
    Column("district", ("区", "区县", "区/县", "district")),
    Column("address", ("地址", "收货地址", "详细地址", "收件地址", "address"), required=True),
    Column("sku", ("商家编码", "SKU", "规格编码", "商品编码", "货号", "sku code"), required=True),
    Column("quantity", ("数量", "件数", "quantity"), required=True),
    Column("price", ("单价", "价格", "售价", "price")),
    Column("discount", ("优惠", "优惠金额", "discount")),
    Column("post_fee", ("邮费", "运费", "postage")),
    Column("payment", ("付款方式", "支付方式", "payment")),
    Column("buyer", ("买家", "买家昵称", "会员名", "客户", "buyer")),
    Column("message", ("买家留言", "留言", "message")),
    Column("memo", ("备注", "卖家备注", "客服备注", "memo")),
)
LABELS: dict[str, Promise] = {
    "external_no": gettext_lazy("External number"),
    "shop": gettext_lazy("Shop"),
    "name": gettext_lazy("Recipient"),
    "phone": gettext_lazy("Phone"),
    "province": gettext_lazy("Province"),
    "city": gettext_lazy("City"),
    "district": gettext_lazy("District"),
    "address": gettext_lazy("Address"),
    "sku": gettext_lazy("Merchant code"),
    "quantity": gettext_lazy("Units"),
    "price": gettext_lazy("Price"),
    "discount": gettext_lazy("Discount of the line"),
    "post_fee": gettext_lazy("Postage"),
    "payment": gettext_lazy("Payment"),
    "buyer": gettext_lazy("Buyer"),
    "message": gettext_lazy("Message"),
    "memo": gettext_lazy("Memo"),
}
COD_WORDS = frozenset({"货到付款", "到付", "cod", "cash on delivery"})
OF_ORDER = ("shop", "name", "phone", "province", "city", "district", "address", "post_fee", "payment", "buyer", "message",
            "memo")  # fmt: skip


def guess(headings: Sequence[str], remembered: Mapping[str, str]) -> list[str]:
    """The key for each heading, "" for one that means nothing: what the clerk chose last, else by its name; each key once."""
    known = {plain(name): column.key for column in COLUMNS for name in column.names}
    keys = {column.key for column in COLUMNS}
    taken: set[str] = set()
    result: list[str] = []
    for heading in headings:
        key = remembered.get(plain(heading), known.get(plain(heading), ""))
        if key not in keys or key in taken:
            key = ""
        if key:
            taken.add(key)
        result.append(key)
    return result


def header_of(keys: Sequence[str]) -> Header:
    """The positions of the chosen columns. Raises UnableTo when a needed one is missing or one is chosen twice."""
    positions: dict[str, int] = {}
    for position, key in enumerate(keys):
        if key and key in positions:
            raise UnableTo(
                _("Two headings are said to mean “%(name)s”. Choose one.") % {"name": LABELS[key]}, code="column_twice"
            )
        if key:
            positions[key] = position
    missing = [str(LABELS[column.key]) for column in COLUMNS if column.required and column.key not in positions]
    if missing:
        raise UnableTo(_("Say which headings mean: %(names)s.") % {"names": ", ".join(missing)}, code="column_missing")
    return Header(positions, {})


@dataclass(slots=True)
class Draft:
    """The lines of one order as far as they could be read; ``errors`` keep it from being entered."""

    external_no: str
    line: int
    shop: str
    texts: dict[str, str]
    lines: list[LineWish] = field(default_factory=list)
    line_numbers: list[int] = field(default_factory=list)
    post_fee: Decimal = ZERO
    errors: list[LineError] = field(default_factory=list)

    def entry(self, shop_id: int) -> Entry:
        """The order to be entered."""
        cod = self.texts.get("payment", "").strip().lower() in COD_WORDS
        return Entry(
            shop_id=shop_id,
            lines=tuple(self.lines),
            receiver=self.receiver(),
            origin=Order.Origin.IMPORT,
            external_no=self.external_no,
            post_fee=self.post_fee,
            payment_kind=Order.PaymentKind.COD if cod else Order.PaymentKind.ONLINE,
            buyer_nick=self.texts.get("buyer", "")[:128],
            buyer_message=self.texts.get("message", "")[:500],
            seller_memo=self.texts.get("memo", "")[:500],
        )

    def receiver(self) -> ReceiverData:
        """The receiver; place names that have no column of their own are read from the address."""
        texts = self.texts
        place = {name: texts.get(name, "")[:32] for name in ("province", "city", "district")}
        address = texts.get("address", "")
        if not place["province"]:
            found = read_receiver(address)
            if found.province:
                place = {"province": found.province, "city": found.city, "district": found.district}
                address = found.address or address
        return ReceiverData(texts.get("name", "")[:64], texts.get("phone", "")[:40], address[:200], **place)


def put_together(lines: Iterable[Line], header: Header) -> list[Draft]:
    """The orders of a file: lines with the same external number (and shop) are one, wherever they stand."""
    drafts: dict[tuple[str, str], Draft] = {}
    for line in lines:
        cells = Cells(line, header, COLUMNS)
        external_no = cells.text("external_no", 64) or ""
        texts = {key: cells.raw(key) for key in OF_ORDER if cells.raw(key)}
        key = (texts.get("shop", ""), external_no or f"\x00{line.number}")
        draft = drafts.get(key)
        if draft is None:
            draft = drafts[key] = Draft(external_no, line.number, texts.get("shop", ""), texts)
            draft.post_fee = cells.money("post_fee") or ZERO
        else:
            _compare(draft, texts, cells)
        _read_line(draft, cells)
        draft.errors += cells.errors
    for draft in drafts.values():
        _check(draft)
    return list(drafts.values())


def _compare(draft: Draft, texts: Mapping[str, str], cells: Cells) -> None:
    for name, text in texts.items():
        if draft.texts.setdefault(name, text) != text:
            cells.wrong(name, _("Line %(line)s of the same order says something else.") % {"line": draft.line})


def _read_line(draft: Draft, cells: Cells) -> None:
    code = cells.text("sku", 64)
    quantity = cells.whole("quantity")
    price, discount = cells.money("price"), cells.money("discount")
    if code is None and not cells.raw("sku"):
        cells.wrong("sku", _("A line needs the merchant code of its goods."))
    if quantity is None and not cells.raw("quantity"):
        cells.wrong("quantity", _("Units must be a whole number from 1."))
    draft.lines.append(LineWish(f"new{len(draft.lines)}", code or "", quantity or 0, price or ZERO, discount or ZERO))
    draft.line_numbers.append(cells.line.number)


def _check(draft: Draft) -> None:
    def wrong(key: str, sentence: str) -> None:
        draft.errors.append(LineError(draft.line, str(LABELS[key]), sentence))

    if not draft.external_no:
        wrong("external_no", _("Without an external number a second upload would enter the order twice."))
    for name, sentence in (
        ("name", _("Who receives the parcel?")),
        ("phone", _("A phone number has 7 digits at least.")),
        ("address", _("Where is it to go?")),
    ):
        if not draft.texts.get(name):
            wrong(name, sentence)
    if draft.texts.get("address") and draft.receiver().region_code is None:
        wrong("address", _("The province cannot be told from the address."))
