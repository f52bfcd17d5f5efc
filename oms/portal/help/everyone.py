"""Help: the pages that everybody has."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.portal.help.base import Help

PAGES: dict[tuple[str, ...], Help] = {
    ("portal:home",): Help(
        _("Home"),
        _("Your day at a glance: what waits for you, how far today's orders are, and what falls due when."),
        _(
            "Begin with the card whose badge is red or amber: a click opens its list. Then look at the amber step of "
            "the flow: before it most orders wait."
        ),
        _("Only your shops and warehouses are counted; the figures are renewed every 15 seconds."),
        ("通用", "首页"),
        see=(
            "portal:announcements",
            "portal:jobs",
        ),
    ),
    ("portal:announcements",): Help(
        _("Announcements"),
        _("What was announced to you; pinned ones stand first."),
        _("Read what is marked as unread and press “I have read it”: whoever wrote it sees who has."),
        _("The number at the bell is what you have not read; what is over stays below and can be read again."),
        ("通用", "公告"),
    ),
    ("portal:search",): Help(
        _("Search"),
        _("One box finds orders, trades, parcels, vouchers and goods by number, buyer, phone, name or code."),
        _("Type numbers, phones and names whole; of goods the beginning of the code or a part of the name is enough."),
        _("A single hit opens by itself. What is outside your shops and warehouses is not found."),
        ("通用", "查找"),
    ),
    ("portal:jobs",): Help(
        _("Jobs"),
        _(
            "Imports, exports, downloads, batches and trials that run in the background; they go on when you leave "
            "the page."
        ),
        _(
            "Take the file from the line of a job that is done. Stop one that should not go on: what it has done "
            "stays done."
        ),
        _("Blue runs, green is done, red has failed and says why beside it. Only who started a job gets its file."),
        ("通用", "首页"),
    ),
    ("accounts:password",): Help(
        _("Password"),
        _("Your own password is changed here, against the old one."),
        _("Change the one that the administrator gave you at your first sign-in."),
        _("All your other sessions end. After five wrong entries the name waits for 15 minutes, like at the sign-in."),
        ("通用", "密码"),
    ),
    (
        "accounts:second_factor",
        "accounts:renew_recovery_codes",
        "accounts:turn_off_second_factor",
    ): Help(
        _("Second factor"),
        _("Besides the password, the sign-in asks for a code of your phone, so that a stolen password is not enough."),
        _(
            "Scan the picture with an authenticator app and type its six digits. Then write the recovery codes down: "
            "they are shown once."
        ),
        _(
            "Each recovery code works once in the place of the phone. When phone and codes are lost, ask the "
            "administrator."
        ),
        ("通用", "二次验证"),
    ),
}
