"""Campaigns in the database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from oms.catalog.models import Sku
from promotions.models import Campaign, Scheme, SchemeTier

from .make import NOON


def make_campaign(name: str = "双11返场", **values: Any) -> Campaign:
    """A live campaign of the week round noon of 11 November."""
    week = dt.timedelta(days=7)
    return Campaign.objects.create(
        **{"name": name, "state": Campaign.State.LIVE, "starts_at": NOON - week, "ends_at": NOON + week} | values
    )


def make_scheme(
    gift: Sku, *, threshold: str = "1", quantity: int = 1, campaign: Campaign | None = None, **values: Any
) -> Scheme:
    """A scheme with one step that gives units of one SKU."""
    owner = campaign or make_campaign()
    scheme = Scheme.objects.create(**{"campaign": owner, "name": "买就送", "kind": Scheme.Kind.BUY_AND_GET} | values)
    SchemeTier.objects.create(scheme=scheme, threshold=Decimal(threshold), gifts=[[gift.id, quantity]])
    return scheme
