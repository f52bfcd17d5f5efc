from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_
from django.utils.translation import pgettext_lazy

from oms.core.fields import EncryptedTextField
from orders.models.tag import OrderTag
from warehouse.in_transit import Coming
from warehouse.models import StockBalance

EMAIL_PURPOSE = "order.invoice_email"
_CLOSED = Q(state__in=["shipped", "completed", "cancelled"])
_OPEN = Q(state__in=["exception", "presale", "cs_review", "finance_review", "approved"])


class Order(models.Model):
    """What this system works on. Amounts in yuan: goods − discount + postage = paid.

    ``version`` grows with every change, so that two clerks cannot overwrite each other. ``reprocess_at`` makes an order due for the
    pipeline again. ``attention`` lists codes of things that a person must see although the order goes on. ``merge_key`` is what orders
    that may travel together have in common (``orders.engine.merge``); ``left_alone`` names the stages that must not touch the order
    again since a person undid them. ``tags`` are ids of ``OrderTag``.
    """

    SCOPE_FIELDS = {"shop": "shop_id", "warehouse": "warehouse_id", "category": "lines__sku"}
    SCOPE_NULLABLE = frozenset({"warehouse"})

    class State(models.TextChoices):
        EXCEPTION = "exception", _("Exception")
        PRESALE = "presale", _("Pre-sale")
        CS_REVIEW = "cs_review", _("To be audited")
        FINANCE_REVIEW = "finance_review", _("To be audited by finance")
        APPROVED = "approved", _("To be shipped")
        SHIPPED = "shipped", _("Shipped")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        SUPERSEDED = "superseded", _("Split or merged")

    class PaymentKind(models.TextChoices):
        ONLINE = "online", _("Paid online")
        COD = "cod", _("Cash on delivery")

    class InvoiceKind(models.TextChoices):
        NONE = "", _("No invoice")
        PERSONAL = "personal", _("Ordinary invoice, personal")
        COMPANY = "company", _("Ordinary invoice, company")
        SPECIAL = "special", _("Special VAT invoice")

    class Origin(models.TextChoices):
        OWN = "own", _("Its trade")
        MERGE = "merge", _("Merge")
        HAND = "hand", _("Split by hand")
        PRODUCT = "product", _("Split by product")
        BOX = "box", _("Split by box")
        WEIGHT = "weight", _("Split by weight")
        SHORTAGE = "shortage", _("Split by shortage")
        WAREHOUSE = "warehouse", _("Split by warehouse")
        PRESALE = "presale", _("Split by pre-sale")
        PHONE = "phone", _("Phone order")
        RESEND = "resend", _("Replacement")
        PRESENT = "present", _("Present")
        IMPORT = "import", _("Imported")

    ENTERED = (Origin.PHONE, Origin.RESEND, Origin.PRESENT, Origin.IMPORT)
    """How orders come about that no platform knows; ``trade_no`` is their external number then, if they have one."""

    no = models.CharField(_("number"), max_length=24, unique=True)
    shop = models.ForeignKey("catalog.Shop", on_delete=models.PROTECT, db_index=False)
    origin_trade = models.OneToOneField(
        "orders.Trade", null=True, blank=True, on_delete=models.PROTECT, related_name="born_order"
    )
    trade_no = models.CharField(_("trade number"), max_length=64, default="", blank=True)
    trade_version = models.IntegerField(default=0)
    state = models.CharField(_("state"), max_length=16, choices=State.choices)
    exceptions = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    attention = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    buyer_nick = models.CharField(_("buyer"), max_length=128, default="", blank=True)
    buyer_id = models.CharField(max_length=128, default="", blank=True)
    receiver = models.ForeignKey("catalog.Receiver", on_delete=models.PROTECT, db_index=False)
    region = models.ForeignKey("catalog.Region", null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    region_name = models.CharField(_("region"), max_length=128, default="", blank=True)
    warehouse = models.ForeignKey(
        "warehouse.Warehouse", null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    carrier = models.ForeignKey("warehouse.Carrier", null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    payment_kind = models.CharField(_("payment"), max_length=8, choices=PaymentKind.choices, default=PaymentKind.ONLINE)
    goods_amount = models.DecimalField(pgettext_lazy("amount", "goods"), max_digits=12, decimal_places=2, default=0)
    discount_amount = models.DecimalField(_("discount"), max_digits=12, decimal_places=2, default=0)
    post_fee = models.DecimalField(_("postage"), max_digits=12, decimal_places=2, default=0)
    paid_amount = models.DecimalField(_("paid"), max_digits=12, decimal_places=2, default=0)
    deposit = models.DecimalField(_("deposit"), max_digits=12, decimal_places=2, null=True, blank=True)
    """What was paid while the final payment is missing; None once all is paid, and for ordinary trades."""
    quantity = models.IntegerField(_("units"), default=0)
    line_count = models.IntegerField(_("lines"), default=0)
    weight_g = models.IntegerField(_("estimated weight (g)"), default=0)
    freight_estimate = models.DecimalField(
        _("estimated freight"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    margin_estimate = models.DecimalField(_("expected margin"), max_digits=12, decimal_places=2, null=True, blank=True)
    department = models.ForeignKey(
        "orders.Department", null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    salesperson = models.ForeignKey(
        "accounts.Staff", null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    business_type = models.CharField(_("business type"), max_length=16, default="", blank=True)
    summary = models.CharField(_("goods in short"), max_length=200, default="", blank=True)
    buyer_message = models.TextField(_("buyer's message"), default="", blank=True)
    seller_memo = models.TextField(_("seller's memo"), default="", blank=True)
    flag = models.PositiveSmallIntegerField(_("flag"), default=0)
    held = models.BooleanField(_("held"), default=False)
    hold_reason = models.CharField(max_length=200, default="", blank=True)
    intercepted = models.BooleanField(_("intercepted"), default=False)
    intercept_reason = models.CharField(max_length=200, default="", blank=True)
    urgent = models.BooleanField(_("urgent"), default=False)
    posted = models.BooleanField(_("posted"), default=False)
    placed_at = models.DateTimeField(_("placed"))
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    ship_by = models.DateTimeField(_("ship by"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    origin = models.CharField(_("made by"), max_length=12, choices=Origin.choices, default=Origin.OWN)
    invoice_title = models.CharField(_("invoice title"), max_length=200, default="", blank=True)
    tags = ArrayField(models.BigIntegerField(), default=list, blank=True)
    internal_note = models.CharField(_("internal note"), max_length=500, default="", blank=True)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)
    reminded_at = models.DateTimeField(_("reminded last"), null=True, blank=True)
    invoice_kind = models.CharField(
        _("invoice kind"), max_length=10, choices=InvoiceKind.choices, default="", blank=True
    )
    invoice_tax_no = models.CharField(_("tax number"), max_length=20, default="", blank=True)
    invoice_email = EncryptedTextField(purpose=EMAIL_PURPOSE)
    invoice_confirmed_by = models.ForeignKey(
        "accounts.Staff", null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    invoice_confirmed_at = models.DateTimeField(_("invoice confirmed"), null=True, blank=True)
    wished_warehouse = models.ForeignKey(
        "warehouse.Warehouse", null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    wished_carrier = models.ForeignKey(
        "warehouse.Carrier", null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    merge_key = models.BinaryField(max_length=16, null=True, blank=True)
    left_alone = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    presale_until = models.DateTimeField(_("pre-sale until"), null=True, blank=True)
    reprocess_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    shown_tags: list[OrderTag] | None = None
    """The order's tags, where a read puts them (``orders.tags.show_tags``)."""

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_order", N_("See orders")),
            ("audit_order", N_("Audit orders")),
            ("finance_audit_order", N_("Pass the finance audit")),
            ("unaudit_order", N_("Un-audit orders")),
            ("hold_order", N_("Hold and release orders")),
            ("mark_order", N_("Tag orders, mark them urgent, note and remind")),
            ("edit_order", N_("Edit orders that wait for the audit")),
            ("enter_order", N_("Enter orders by hand and import them")),
            ("cancel_order", N_("Cancel orders")),
            ("split_order", N_("Split and merge orders")),
            ("view_receiver", N_("See receivers in clear")),
        ]
        verbose_name = _("order")
        constraints = [
            models.CheckConstraint(
                condition=Q(paid_amount=models.F("goods_amount") - models.F("discount_amount") + models.F("post_fee")),
                name="order_amounts_add_up",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["finance_review", "approved", "shipped", "completed"])
                | (Q(warehouse__isnull=False) & Q(carrier__isnull=False)),
                name="order_audited_is_routed",
            ),
            models.CheckConstraint(
                condition=Q(deposit__isnull=True)
                | ~Q(state__in=["finance_review", "approved", "shipped", "completed"]),
                name="order_audited_is_paid",
            ),
            models.UniqueConstraint(
                fields=["shop", "trade_no"],
                name="order_external_once",
                condition=Q(origin__in=["phone", "resend", "present", "import"]) & ~Q(trade_no=""),
            ),
        ]
        indexes = [
            # The lists of open work in their own order: of all, of a stage, of a shop. The scope of a stage comes with the entry.
            models.Index(fields=["-urgent", "ship_by", "id"], name="order_work", condition=_OPEN),
            models.Index(
                fields=["state", "-urgent", "ship_by", "id"],
                include=["shop", "warehouse"],
                name="order_stage",
                condition=_OPEN,
            ),
            models.Index(
                fields=["shop", "state", "-urgent", "ship_by", "id"], name="order_open_of_shop", condition=_OPEN
            ),
            # The figures of the stages within a scope. It is a tenth of the others: equal entries are stored once.
            models.Index(fields=["state", "shop", "warehouse"], name="order_counts", condition=_OPEN),
            # The archive, newest first: of a state, and of a shop; what it is narrowed by most often comes with the entry.
            models.Index(
                fields=["state", "-created_at", "-id"],
                include=["shop", "warehouse", "carrier", "paid_amount"],
                name="order_closed",
                condition=_CLOSED,
            ),
            models.Index(
                fields=["shop", "state", "-created_at", "-id"],
                include=["warehouse", "carrier", "paid_amount"],
                name="order_closed_of_shop",
                condition=_CLOSED,
            ),
            # The list of the open work sorted by a column.
            models.Index(fields=["ship_by", "id"], name="order_due", condition=_OPEN),
            models.Index(fields=["paid_amount", "id"], name="order_paid_amount", condition=_OPEN),
            models.Index(
                models.F("paid_at").desc(nulls_last=True), models.F("id").desc(), name="order_paid_at", condition=_OPEN
            ),
            # What the list is narrowed by: of few orders, so that a hundred thousand open ones need not be read.
            models.Index(fields=["region", "id"], name="order_region", condition=_OPEN),
            models.Index(
                fields=["id"],
                name="order_marked",
                condition=_OPEN & (Q(held=True) | Q(urgent=True) | Q(intercepted=True)),
            ),
            models.Index(fields=["id"], name="order_message", condition=_OPEN & ~Q(buyer_message="")),
            models.Index(fields=["id"], name="order_memo", condition=_OPEN & ~Q(seller_memo="")),
            models.Index(fields=["id"], name="order_reasons", condition=~Q(attention=[]) | ~Q(exceptions=[])),
            models.Index(
                fields=["reprocess_at", "id"], name="order_reprocess", condition=Q(reprocess_at__isnull=False)
            ),
            models.Index(
                fields=["merge_key", "id"],
                name="order_mergeable",
                condition=Q(merge_key__isnull=False, state__in=["cs_review", "finance_review", "approved"]),
            ),
            # For spans of time alone: a list sorted by it would read past all the open orders, which are the newest.
            BrinIndex(fields=["created_at"], name="order_made", autosummarize=True),
            # These serve whole values and their beginnings.
            models.Index(fields=["trade_no"], name="order_trade_text", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["buyer_nick"], name="order_buyer_text", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["receiver"], name="order_receiver"),
            models.Index(fields=["buyer_id"], name="order_buyer_id", condition=~Q(buyer_id="")),
            # Most orders have no tag and stay out of it: ask by ``orders.tags.tagged``.
            GinIndex(fields=["tags"], name="order_tags", condition=~Q(tags=[])),
        ]

    def __str__(self) -> str:
        return self.no

    @property
    def final_payment(self) -> Decimal:
        """Yuan that the buyer still has to pay; nothing unless only the deposit is paid."""
        return self.paid_amount - self.deposit if self.deposit is not None else Decimal("0.00")


class OrderLine(models.Model):
    """Units of one SKU in an order: ``amount`` is the buyer's payment for them, price × quantity − discount, in yuan.

    A component of an expanded bundle keeps the bundle's SKU, how many bundles the line had, units in each, and the bundle's price.
    """

    SCOPE_FIELDS = {"shop": "order__shop_id", "warehouse": "order__warehouse_id", "category": "order__lines__sku"}
    SCOPE_NULLABLE = frozenset({"warehouse"})

    class Refund(models.TextChoices):
        NONE = "none", _("No refund")
        REQUESTED = "requested", _("Refund requested")
        AGREED = "agreed", _("Refund agreed")
        REFUNDED = "refunded", _("Refunded")
        REJECTED = "rejected", _("Refund refused")
        CLOSED = "closed", _("Refund withdrawn")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    trade = models.ForeignKey("orders.Trade", null=True, blank=True, on_delete=models.PROTECT)
    oid = models.CharField(max_length=64, default="", blank=True)
    item_id = models.CharField(max_length=64, default="", blank=True)
    platform_sku_id = models.CharField(max_length=64, default="", blank=True)
    item_code = models.CharField(max_length=128, default="", blank=True)
    sku_code = models.CharField(max_length=128, default="", blank=True)
    sku = models.ForeignKey("catalog.Sku", null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    title = models.CharField(_("title"), max_length=300, default="", blank=True)
    spec = models.CharField(_("specification"), max_length=300, default="", blank=True)
    quantity = models.IntegerField(_("quantity"))
    price = models.DecimalField(pgettext_lazy("of a unit", "price"), max_digits=12, decimal_places=2)
    discount = models.DecimalField(_("discount"), max_digits=12, decimal_places=2, default=0)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    is_gift = models.BooleanField(_("gift"), default=False)
    gift_scheme_id = models.BigIntegerField(null=True, blank=True)
    bundle_sku = models.ForeignKey(
        "catalog.Sku", null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    bundle_quantity = models.IntegerField(null=True, blank=True)
    bundle_each = models.IntegerField(null=True, blank=True)
    bundle_price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    refund = models.CharField(_("refund"), max_length=10, choices=Refund.choices, default=Refund.NONE)

    balance: StockBalance | None = None
    """The stock of the SKU at the order's warehouse, where a read puts it (``orders.queries.lines_with_stock``)."""
    coming: Coming | None = None
    """What is in transit to that warehouse, where the stock is too little."""

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_quantity_positive"),
            models.CheckConstraint(
                condition=Q(bundle_sku__isnull=True)
                | Q(bundle_quantity__gt=0, bundle_each__gt=0, bundle_price__isnull=False),
                name="order_line_bundle_whole",
            ),
            models.CheckConstraint(
                condition=Q(amount=models.F("price") * models.F("quantity") - models.F("discount")),
                name="order_line_amount_adds_up",
            ),
        ]
        indexes = [
            models.Index(fields=["sku", "order"], name="order_line_sku"),
            # Whether an order holds goods of somebody's categories is answered by the index alone.
            models.Index(fields=["order", "sku"], name="order_line_order"),
            models.Index(
                fields=["bundle_sku", "order"], name="order_line_bundle", condition=Q(bundle_sku__isnull=False)
            ),
            models.Index(fields=["order"], name="order_line_gift", condition=Q(is_gift=True)),
        ]

    def __str__(self) -> str:
        return f"{self.title} x {self.quantity}"
