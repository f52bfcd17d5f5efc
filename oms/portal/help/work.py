"""Help: the pages of the warehouse and of finance."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.portal.help.base import Help

PAGES: dict[tuple[str, ...], Help] = {
    ("warehouse:shipments",): Help(
        _("Shipments"),
        _("The parcels of your warehouses, the most urgent first."),
        _(
            "Select parcels with Space or Shift ↓, type or scan waybill numbers where you have them, press S. Those "
            "without a number take the next of their carrier."
        ),
        _("Red “intercepted”: put the parcel aside and ask customer service. Cancelled ones go back to their place."),
        ("仓储", "1. 发货"),
        see=("warehouse:stock",),
    ),
    ("warehouse:shipment",): Help(
        _("Shipment"),
        _("One parcel: goods, receiver (masked), waybill and what happened to it."),
        _("Check the goods, type or scan the waybill number and press S."),
        _(
            "A red note says why the parcel must not leave. Shipping takes the stock out, tells the platform and "
            "posts the order, all or nothing."
        ),
        ("仓储", "会被拒绝的情况"),
        see=("warehouse:shipments",),
    ),
    ("warehouse:stock",): Help(
        _("Stock"),
        _("How much of each SKU lies in each warehouse, and how much of it is free."),
        _("Type a code, barcode or name, or show only what has nothing free."),
        _(
            "Free is on hand less reserved less safety stock. Red: nothing free; amber: not more than the safety "
            "stock. Reserved units belong to orders that passed the audit."
        ),
        ("仓储", "3. 库存"),
        see=("catalog:products",),
    ),
    ("finance:vouchers",): Help(
        _("Vouchers"),
        _("What was posted: for each shipped order once a sales order, a delivery note and an outbound note."),
        _(
            "Choose a kind at the top to see its total; Enter opens a voucher and leads to its order. Posting goes on"
            " by itself."
        ),
        _(
            "The three kinds tell of the same goods, so their amounts are not added up. A red button counts orders "
            "that could not be posted."
        ),
        ("财务", "2. 凭证"),
        see=("finance:set_aside",),
    ),
    ("finance:voucher",): Help(
        _("Voucher"),
        _("One voucher: its lines, the orders it comes from and the other vouchers of the same order."),
        _("Follow the order's number to see what was sold and paid; the order's page lists its vouchers too."),
        _("What is posted is never edited."),
        ("财务", "2. 凭证"),
        see=("finance:vouchers",),
    ),
    ("finance:set_aside",): Help(
        _("Set aside"),
        _("Shipped orders that could not be posted, each with its reason."),
        _("Do what the reason says and press “Post again”."),
        _("What is set aside holds up no other order."),
        ("财务", "3. 无法过账的订单"),
        see=("finance:vouchers",),
    ),
}
