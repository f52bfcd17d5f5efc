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
        _(
            "How much of each SKU lies in each warehouse, how much of it is free, and what is in transit with the first day."
        ),
        _("Type a code, barcode or name, or show only what has nothing free or is in transit."),
        _(
            "Free is on hand less reserved less safety stock. Red: nothing free; amber: not more than the safety "
            "stock. Reserved units belong to orders that passed the audit."
        ),
        ("仓储", "3. 库存"),
        see=("warehouse:purchases", "catalog:products"),
    ),
    ("warehouse:purchases",): Help(
        _("Purchase orders"),
        _("What suppliers are to bring to your warehouses, the first day first."),
        _(
            "N enters one, I imports a file; Enter opens one, and R there receives what came. What is ordered and has "
            "not arrived is in transit on the stock page."
        ),
        _("Amber “overdue”: the day has passed and something is still to come. Drafts are not in transit."),
        ("仓储", "4. 采购与到货"),
        see=("warehouse:new_purchase", "warehouse:stock"),
    ),
    ("warehouse:purchase",): Help(
        _("Purchase order"),
        _("One order to a supplier: what of each line has arrived, the delivery notes, and what happened to it."),
        _("O orders a draft, R receives, D says another day."),
        _("When the rest will not come, close it short with C and a reason. Nothing of it counts as in transit then."),
        ("仓储", "4. 采购与到货"),
        see=("warehouse:purchases", "warehouse:stock"),
    ),
    ("warehouse:new_purchase", "warehouse:edit_purchase"): Help(
        _("New purchase order"),
        _("A purchase order of one warehouse and one supplier, line by line."),
        _("Type a merchant code or a part of a name, then the units; N adds a line, Ctrl Enter saves a draft."),
        _("Drafts can be changed. “Save and order” puts the units in transit at once."),
        ("仓储", "录入与导入"),
        see=("warehouse:purchases",),
    ),
    ("warehouse:receive_purchase",): Help(
        _("Receive"),
        _("Count in what came with one delivery note; it is in stock at once, and orders that waited for it go on."),
        _("Write or scan the note's number, then scan each piece or type the units; A fills in all that is to come."),
        _(
            "A note counts once, however often it is sent. More than was ordered is refused until you tick that it is "
            "right."
        ),
        ("仓储", "收货"),
        see=("warehouse:purchases",),
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
