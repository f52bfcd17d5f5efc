"""Help: the pages of shops, goods, listings and campaigns."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.portal.help.base import Help

PAGES: dict[tuple[str, ...], Help] = {
    ("integrations:shops",): Help(
        _("Shops and authorisation"),
        _("Every shop with its authorisation and how far its trades are downloaded."),
        _(
            "Look for cards that are not green: open them and do what the platform says. Downloads go on by "
            "themselves; “Download now” is for the impatient."
        ),
        _("Green: authorised. Amber: must be authorised again. Red: the platform refuses the keys."),
        ("运营", "店铺与授权"),
        see=(
            "catalog:listings",
            "orders:rejected",
        ),
    ),
    ("integrations:add_shop",): Help(
        _("Add a shop"),
        _("Enter a shop with the keys of its platform."),
        _(
            "The code is short and for ever; take the keys from the platform's page for developers. Check the "
            "authorisation next."
        ),
        _("Keys are stored sealed and never shown again."),
        ("运营", "店铺与授权"),
        see=("integrations:shops",),
    ),
    (
        "integrations:shop",
        "integrations:save_shop",
    ): Help(
        _("Shop"),
        _("Keys and settings of a shop, its download, and what was done to it."),
        _(
            "After a change of keys press “Check the authorisation”. A single trade, or a span of time, can be "
            "fetched by hand."
        ),
        _(
            "An empty key leaves the stored one. What the platform names but does not hand out is listed and tried "
            "again by itself."
        ),
        ("运营", "店铺与授权"),
        see=("integrations:shops",),
    ),
    ("catalog:products",): Help(
        _("Products"),
        _("The one list of goods: a line a SKU, with code, barcodes, price, cost and weight."),
        _(
            "Import changes by file with I, only checking first. An export of this list can be changed and imported "
            "again."
        ),
        _(
            "Empty cells change nothing. New codes match waiting listings at once, and their orders go on by "
            "themselves."
        ),
        ("运营", "商品"),
        see=(
            "catalog:listings",
            "warehouse:stock",
        ),
    ),
    ("catalog:categories",): Help(
        _("Categories"),
        _("The categories of products as a tree: people are limited by it, and orders are found by it."),
        _("Choose for each line what it lies under and save; files make categories too, as 女装/连衣裙."),
        _("A number counts the products of the category itself. Names stay, because rules and campaigns hold them."),
        ("运营", "商品"),
        see=("catalog:products",),
    ),
    (
        "catalog:listings",
        "catalog:import_listings",
    ): Help(
        _("Listings"),
        _("Which of our SKUs each listing of a shop is. Orders of unmatched listings wait."),
        _(
            "In “unmatched” type a merchant code in the line and press Enter. Many at once: export, fill in the "
            "codes, import with I."
        ),
        _("Green was matched by code, blue by hand and is never changed by itself, red is not matched yet."),
        ("运营", "商品对照"),
        see=("catalog:products",),
    ),
    ("promotions:campaigns",): Help(
        _("Campaigns"),
        _("Campaigns that add gifts to orders by themselves: running, coming, drafts, over."),
        _(
            "Plan one with N: it is a draft and gives nothing until you put it live. The calendar (C) shows which "
            "overlap."
        ),
        _("Green runs, blue is coming, grey is a draft or over, red was stopped."),
        ("促销活动", "一次活动怎么做"),
        see=("promotions:calendar",),
    ),
    ("promotions:calendar",): Help(
        _("Calendar of campaigns"),
        _("The campaigns by day; bars below each other overlap in time."),
        _("Press ← and → to turn the months, T for today; a click on a bar opens the campaign."),
        _("Green runs, blue is coming, grey is a draft or over, red was stopped."),
        ("促销活动", "看效果"),
        see=("promotions:campaigns",),
    ),
    (
        "promotions:add",
        "promotions:change",
    ): Help(
        _("Name and time"),
        _("Name, time and rank of a campaign."),
        _(
            "Of two campaigns the one with the lower priority number is asked first. Schemes and gifts come on the "
            "campaign's page."
        ),
        _("A campaign that was just planned is a draft: nothing is given before it is put live."),
        ("促销活动", "一次活动怎么做"),
        see=("promotions:campaigns",),
    ),
    ("promotions:campaign",): Help(
        _("Campaign"),
        _("One campaign: its schemes, what it gave and brought, and every version."),
        _(
            "Add a scheme with N, try a basket with T and past orders with W, then put it live with G. X stops it at "
            "once."
        ),
        _(
            "Schemes are asked from top to bottom. What was given stays on its orders when you stop. A warning of "
            "conflicts names two schemes that both give for the same goods."
        ),
        ("促销活动", "方案的内容"),
        see=("promotions:campaigns",),
    ),
    (
        "promotions:add_scheme",
        "promotions:scheme",
        "promotions:draft",
    ): Help(
        _("Scheme"),
        _("What is given for what: kind, steps and gifts, goods, shops, regions, times and limits."),
        _(
            "Fill it from top to bottom and read the sentence on the right while you type. Save with S, or keep it as"
            " a draft."
        ),
        _(
            "Empty means no limit. While the campaign is live, saving counts at once and a draft does not; what is "
            "wrong is said at its field."
        ),
        ("促销活动", "保存时会拒绝什么"),
        see=("promotions:campaigns",),
    ),
    ("campaign_orders:try",): Help(
        _("Try a basket"),
        _("What would be given for some goods or for an order, and why other schemes give nothing."),
        _("Type goods or an order's number and press T. Nothing is written."),
        _("Green schemes give; grey ones say why not. The campaign is counted in, live or not."),
        ("促销活动", "一次活动怎么做"),
        see=("promotions:campaigns",),
    ),
    (
        "campaign_orders:what_if",
        "campaign_orders:what_if_result",
    ): Help(
        _("Try on past orders"),
        _("The orders of past days decided without and with the campaign, as if it had run all these days."),
        _(
            "Choose days and shops and press S. Look at the cost of gifts and the margin first, then at what each "
            "limit used up."
        ),
        _(
            "Nothing is changed. Red is worse than without the campaign, green better; “used up” is a limit that was "
            "reached."
        ),
        ("促销活动", "一次活动怎么做"),
        see=(
            "promotions:campaigns",
            "portal:jobs",
        ),
    ),
}
