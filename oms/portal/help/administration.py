"""Help: the pages of the administrator."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.portal.help.base import Help

PAGES: dict[tuple[str, ...], Help] = {
    ("staff:members",): Help(
        _("Staff"),
        _("Who may sign in, as what, and whose shops and warehouses they see."),
        _("Add somebody with N, or open a line to change roles and scopes."),
        _(
            "Without a role nothing is shown, without a shop or warehouse the lists are empty. Whoever is switched "
            "off is signed out at once; what they did stays."
        ),
        ("管理员", "账号与权限"),
        see=(
            "staff:roles",
            "staff:audit",
        ),
    ),
    (
        "staff:add",
        "staff:member",
    ): Help(
        _("Account"),
        _("An account: name, password, roles, shops and warehouses, second factor, and where the person is signed in."),
        _("Tick the roles first, then shops and warehouses. Give a new password in person; its sign-ins end then."),
        _(
            "Several roles add up. You cannot switch yourself off, nor leave the product without anybody who manages "
            "staff."
        ),
        ("管理员", "账号与权限"),
        see=(
            "staff:members",
            "staff:roles",
        ),
    ),
    ("staff:roles",): Help(
        _("Roles and functions"),
        _("Which role may do what: a row a function, a column a role."),
        _("Tick and save; it counts from the person's next click, within their shops and warehouses."),
        _(
            "Two administrators at once do not overwrite each other. What would leave nobody to manage staff is "
            "refused."
        ),
        ("管理员", "账号与权限"),
        see=("staff:members",),
    ),
    ("staff:audit",): Help(
        _("Audit log"),
        _("Who did what, when and from which address: sign-ins, accounts, roles, receivers seen, exports."),
        _("Narrow it by person, action, subject or day."),
        _(
            "It holds no passwords and no receivers in clear, and cannot be changed. What happened to an order is "
            "told on its own page."
        ),
        ("管理员", "账号与权限"),
        see=("staff:members",),
    ),
    ("portal:manage_announcements",): Help(
        _("Write announcements"),
        _("All announcements, for whom they are, and how many have read them."),
        _("Write one with N, or open a line to change or end it."),
        _("Green is shown now; the others come later or are over."),
        ("管理员", "每天看一眼"),
        see=("portal:announcements",),
    ),
    (
        "portal:add_announcement",
        "portal:change_announcement",
    ): Help(
        _("Announcement"),
        _("What is announced, to which roles, and how long."),
        _("Say the important thing in the title. Without a ticked role it is for everybody."),
        _("After a change of title or text everybody is asked to read it again. Who has and who has not stands below."),
        ("管理员", "每天看一眼"),
        see=("portal:manage_announcements",),
    ),
    ("portal:checks",): Help(
        _("Checks"),
        _("What must always be true of the figures, compared every minute."),
        _(
            "When a line is red, look at its first rows and tell the developers. Never change balances in the "
            "database: correct the stock by an adjustment."
        ),
        _(
            "Green holds, red does not: what it touches is stopped, everything else goes on, and it goes on by itself"
            " once the figures agree."
        ),
        ("管理员", "每天看一眼"),
    ),
}
