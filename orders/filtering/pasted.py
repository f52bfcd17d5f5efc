"""Values that are too many for an address: kept under a key, which stands in the address for them."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core.errors import UnableTo
from orders.models import PastedValues, SavedView

SHORT_ENOUGH = 600
"""Characters of one condition that stand in an address as they are: servers and proxies refuse addresses of more than 4,000."""
KEPT_FOR = dt.timedelta(days=90)
_KEY = re.compile(r"@([0-9a-f]{32})")


def pack(text: str, now: dt.datetime | None = None) -> str:
    """The text for an address: itself, or where it is long the key under which it is kept from now on."""
    if len(text) <= SHORT_ENOUGH:
        return text
    moment = now or timezone.now()
    key = hashlib.sha256(text.encode()).hexdigest()[:32]
    PastedValues.objects.update_or_create(key=key, defaults={"text": text, "used_at": moment})
    named = SavedView.objects.filter(query__contains=OuterRef("key"))
    PastedValues.objects.filter(~Exists(named), used_at__lt=moment - KEPT_FOR).delete()
    return f"@{key}"


def unpack(text: str) -> str:
    """The text that stands in an address for itself or for what is kept. Raises UnableTo when that is gone."""
    found = _KEY.fullmatch(text)
    if found is None:
        return text
    kept = PastedValues.objects.filter(key=found[1]).first()
    if kept is None:
        raise UnableTo(_("The list of values is not kept any more. Paste it again."), code="filter_gone")
    return kept.text
