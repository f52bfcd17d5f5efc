"""Reads for screens and commands, limited to what the caller may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from integrations.access import is_connected
from integrations.download_jobs import latest_jobs
from integrations.models import DownloadPosition, MissedTrade
from integrations.platforms.base import MANUAL
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Shop
from oms.catalog.platforms import platform_name
from oms.core.models import Job


@dataclass(frozen=True, slots=True)
class ShopCard:
    """A shop with how far its download is; ``connected`` when everything for calls is entered."""

    shop: Shop
    position: DownloadPosition | None
    job: Job | None
    connected: bool
    platform: str

    @property
    def manual(self) -> bool:
        """Whether the shop has no platform to be authorised at."""
        return self.shop.platform == MANUAL


def shops(staff: Staff) -> QuerySet[Shop]:
    """The shops that the staff member may see, those in use first."""
    return scoped(Shop.objects.select_related("download_position"), staff).order_by("-enabled", "code")


def shop_cards(staff: Staff) -> list[ShopCard]:
    """A card for each shop; two queries."""
    rows = list(shops(staff))
    jobs = latest_jobs([shop.id for shop in rows])
    return [card_of(shop, jobs.get(shop.id)) for shop in rows]


def card_of(shop: Shop, job: Job | None) -> ShopCard:
    """The card of a shop that was read by ``shops``."""
    return ShopCard(
        shop, getattr(shop, "download_position", None), job, is_connected(shop), platform_name(shop.platform)
    )


def missed_trades(staff: Staff, shop: Shop) -> QuerySet[MissedTrade]:
    """The trades of the shop that could not be fetched, longest missing first."""
    return scoped(MissedTrade.objects.filter(shop=shop), staff).order_by("created_at", "id")
