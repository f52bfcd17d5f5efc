"""Help: the pages of the rules and of their trials."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.portal.help.base import Help

PAGES: dict[tuple[str, ...], Help] = {
    (
        "rules:start",
        "rules:list",
    ): Help(
        _("Rules"),
        _(
            "What orders are decided by: warehouse, carrier, freight, splits, merges, approval. Each rule reads as a "
            "sentence."
        ),
        _(
            "Choose the kind at the top. Before you change a rule, try an order on the right and see what the rules "
            "make of it today."
        ),
        _(
            "The upper rule is asked first and the first that decides counts; a default is asked last. One that is "
            "off counts for nothing, and a draft changes nothing until it is put live."
        ),
        ("运营", "处理规则"),
        see=("rules:blacklist",),
    ),
    (
        "rules:add",
        "rules:change",
        "rules:draft",
    ): Help(
        _("Change a rule"),
        _("Say for which orders the rule counts and what it decides."),
        _(
            "Fill the fields; none chosen means all. Press W first to see what it would have changed in past days, "
            "then S to put it live."
        ),
        _(
            "A rule that contradicts itself is refused with the reason at the field. Every version is kept below on "
            "the right and can be put live again."
        ),
        ("规则推演", "一句话怎么读"),
        see=("rules:start",),
    ),
    ("rules:what_if",): Help(
        _("What would it change?"),
        _("The orders of past days are decided once more with the draft in the rule's place. Nothing is changed."),
        _("Choose days and shops and press S. It runs in the background; earlier runs are below."),
        _("Take days with much of what the rule is about: a quiet day shows little."),
        ("规则推演", "影响推演"),
        see=(
            "rules:start",
            "portal:jobs",
        ),
    ),
    ("rules:result",): Help(
        _("What it would change"),
        _(
            "What the draft would have done: states, exceptions, moves, freight and margin, and every order that "
            "differs."
        ),
        _("Look at new exceptions first, then at freight. Open some orders before you put the draft live with L."),
        _("Red figures cost more than today, green ones less. Exports take all orders that differ."),
        ("规则推演", "影响推演"),
        see=("rules:start",),
    ),
    ("rules:import_blacklist", "rules:import_words"): Help(
        _("Import"),
        _("What a file does to the blacklist or to the wish words, line by line."),
        _("Only check it first; put the mistakes right in the file by their line numbers and bring it again."),
        _("Lines with mistakes are left out and the others go in. What is there already is not entered twice."),
        ("运营", "黑名单与指定词的导入"),
        see=("rules:blacklist",),
    ),
    ("rules:import_rows",): Help(
        _("Rows by file"),
        _("What a file of freight rows or delivery regions would change, line by line."),
        _(
            "Put the mistakes right in the file and bring it again; without mistakes its rows replace all that are "
            "there."
        ),
        _("“Only check” writes nothing. What was saved is a version of its own and can be taken back."),
        ("运营", "处理规则"),
        see=("rules:start",),
    ),
    ("rules:blacklist",): Help(
        _("Blacklist"),
        _("Buyers, phones and addresses to which nothing ships before a person has looked."),
        _(
            "Add an entry on the right with a reason that the next clerk understands. Take off what is no longer "
            "needed."
        ),
        _(
            "Red: its orders become exceptions; the others only wait where an approval policy asks for the blacklist."
            " Phones and addresses are stored so that nobody can read them, so they show masked."
        ),
        ("运营", "处理规则"),
        see=("rules:start",),
    ),
}
