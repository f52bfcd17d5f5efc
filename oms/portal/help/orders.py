"""Help: the pages of orders, of what is told the platforms, and of what could not be read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.portal.help.base import Help

PAGES: dict[tuple[str, ...], Help] = {
    ("orders:workbench",): Help(
        _("Order workbench"),
        _("All orders by stage: here you audit, hold, split, merge and change them, one or thousands at a time."),
        _(
            "Begin at the top of “to audit”, where the deadline is nearest: look at the panel on the right, press A "
            "to pass and go on to the next. When the list is long, narrow it with N and keep the conditions as a "
            "view."
        ),
        _(
            "A red deadline is under two hours or past, an amber one under four. The hints say why an order stopped "
            "(red) or what to look at (amber)."
        ),
        ("客服", "2. 客审"),
        see=(
            "orders:enter",
            "orders:uploads",
            "orders:tags",
            "rules:start",
        ),
    ),
    ("orders:order",): Help(
        _("Order"),
        _(
            "Everything about one order: where it stands, goods, amounts, receiver, parcels, uploads, vouchers, and "
            "who did what."
        ),
        _(
            "Read “Why” on the right when the order has stopped: it names the rule and what is missing. Before the "
            "audit press I to edit it in place."
        ),
        _("The buttons are those that this state allows. The receiver is masked until you ask; that is recorded."),
        ("客服", "4. 打开一张订单"),
        see=("orders:workbench",),
    ),
    ("orders:trade",): Help(
        _("Trade"),
        _("What the platform sent, unchanged, with every version that was received and the orders made of it."),
        _(
            "Compare it with the order when a buyer says that something differs. What is wrong here is put right on "
            "the platform."
        ),
        _(
            "Green: the orders agree with it. Blue: about to be processed. Red: it could not be understood, with the "
            "reason above."
        ),
        ("客服", "7. 无法识别的交易"),
        see=("orders:rejected",),
    ),
    ("orders:enter",): Help(
        _("New order"),
        _("Enter an order that no platform sent: by phone, a resend, a present. It goes the same way as every other."),
        _(
            "Paste the receiver as a whole and press “Read it apart”, choose the goods by code or name, then Ctrl "
            "Enter. Many orders at once come by file: “Import orders”."
        ),
        _(
            "What you typed stays in this window when you leave. An external number counts once a shop, so nothing is"
            " entered twice."
        ),
        ("客服", "手工录单、复制、导入"),
        see=(
            "orders:import",
            "orders:workbench",
        ),
    ),
    ("orders:import",): Help(
        _("Import orders"),
        _("Bring many orders from an Excel or CSV file; lines with the same external number are one order."),
        _("Choose the file, say what each column means (it is remembered), and only check it first."),
        _("Mistakes are told by line and the others are entered. The same file again enters nothing twice."),
        ("客服", "手工录单、复制、导入"),
        see=(
            "orders:enter",
            "portal:jobs",
        ),
    ),
    ("orders:uploads",): Help(
        _("Waybill uploads"),
        _("What the platforms are told of shipped parcels, and what they answered."),
        _(
            "Look at those that need a person: red is the platform's own reason. Put the cause right and press R to "
            "upload again, or O when you did it on the platform yourself."
        ),
        _("Blue was sent, green was accepted. What waits is tried again by itself."),
        ("客服", "6. 物流上传"),
        see=(
            "orders:memos",
            "integrations:shops",
        ),
    ),
    ("orders:memos",): Help(
        _("Memos for the platforms"),
        _("Memos and flags that were changed here and are written back to the platforms."),
        _("Look at the red ones, which the platform refused: R writes again, O says that you did it there."),
        _("Until a memo is written, an older one of the platform does not replace it."),
        ("客服", "就地编辑（I）"),
        see=("orders:uploads",),
    ),
    ("orders:rejected",): Help(
        _("Unreadable trades"),
        _(
            "Trades of the platforms with missing fields or amounts that contradict each other. They are kept as they"
            " came and hold up no other."
        ),
        _(
            "Open one to read what is wrong. Put it right on the platform, or ask the platform; a newer version takes"
            " its place by itself."
        ),
        _("What stays here for days should be told to operations."),
        ("客服", "7. 无法识别的交易"),
    ),
    ("orders:tags",): Help(
        _("Order tags"),
        _("The tags that people put on orders to find them again."),
        _("Add one above. On the workbench B puts it on many orders, and N finds them by it."),
        _("A tag that is not in use any more can no longer be put on, but stays on the orders that have it."),
        ("客服", "批改：一个字段改很多单"),
        see=("orders:workbench",),
    ),
    ("orders:batch_page",): Help(
        _("Batch of orders"),
        _("How far a batch over many orders is, and what it did with each."),
        _(
            "Look at the refused ones when it is done: each says why. Open them as a list, put the cause right, try "
            "again."
        ),
        _("Stopping keeps what is done. An edit can be taken back where nobody has changed the order since."),
        ("客服", "一次处理很多单"),
        see=(
            "orders:workbench",
            "portal:jobs",
        ),
    ),
}
