"""The row locks of the integrations."""

from __future__ import annotations

from oms.catalog.models import Shop


def lock_shop(shop_id: int) -> Shop:
    """Lock one shop. Raises Shop.DoesNotExist."""
    return Shop.objects.select_for_update(of=("self",)).get(pk=shop_id)
