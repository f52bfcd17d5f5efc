"""From a shop to its connector, and what the platform's answers say about the shop's authorisation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.platforms.base import (
    Connector,
    Misconfigured,
    NeedsAuthorisation,
    Platform,
    ShopAccess,
    Throttled,
    Unreachable,
    platform_of,
    platforms,
)
from oms.catalog.models import Shop
from oms.core.errors import UnableTo
from oms.core.history import HistoryRow, write_history
from oms.core.outbox import DeliveryFailure, InternalFailure

EXPIRES_SOON = dt.timedelta(days=7)


def is_connected(shop: Shop) -> bool:
    """Whether a connector exists for the shop and everything that it needs is entered."""
    known = {platform.code for platform in platforms()}
    return bool(shop.platform in known and shop.gateway_url and shop.app_key and shop.app_secret and shop.session)


_kept: ContextVar[dict[int, tuple[ShopAccess, Connector]] | None] = ContextVar("kept connectors", default=None)


@contextmanager
def kept_connected() -> Iterator[None]:
    """Within the block each shop's connector stays open from one call to the next, and with it the pace of its calls."""
    kept: dict[int, tuple[ShopAccess, Connector]] = {}
    token = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(token)
        for _access, connector in kept.values():
            connector.close()


@contextmanager
def connected(shop: Shop) -> Iterator[Connector]:
    """The shop's connector; its connections end with the block, or with the one of ``kept_connected`` round it.

    Raises UnableTo when something is not entered yet.
    """
    platform = platform_of(shop.platform)
    if not is_connected(shop):
        raise UnableTo(
            _("%(shop)s has no gateway address, keys or session yet. Enter them first.") % {"shop": shop.name},
            code="not_connected",
        )
    access = ShopAccess(shop.code, shop.gateway_url, shop.app_key, shop.app_secret, shop.session, shop.options)
    kept = _kept.get()
    if kept is not None:
        yield _keep(kept, shop.pk, platform, access)
        return
    connector = platform.connect(access)
    try:
        yield connector
    finally:
        connector.close()


def _keep(
    kept: dict[int, tuple[ShopAccess, Connector]], shop_id: int, platform: Platform, access: ShopAccess
) -> Connector:
    """The connector that is open for the shop; another one when its keys or options were changed meanwhile."""
    if shop_id in kept:
        known, connector = kept[shop_id]
        if known == access:
            return connector
        connector.close()
    connector = platform.connect(access)
    kept[shop_id] = (access, connector)
    return connector


def sentence_of(failure: DeliveryFailure) -> str:
    """What a person is told about a failed call: what is wrong, and whether they have to do something."""
    if isinstance(failure, InternalFailure):
        return str(failure)
    reason = {"reason": str(failure)}
    if isinstance(failure, Throttled):
        return _("The platform limits the calls (%(reason)s). It goes on by itself after a pause.") % reason
    if isinstance(failure, NeedsAuthorisation):
        return (
            _(
                "The platform no longer accepts the session (%(reason)s). Authorise the shop again and enter its session key."
            )
            % reason
        )
    if isinstance(failure, Misconfigured):
        return (
            _("The platform refuses the shop's keys or permissions (%(reason)s). Check the keys and settings.") % reason
        )
    if isinstance(failure, Unreachable):
        return _("%(reason)s It is tried again by itself.") % reason
    return _("The platform answers: %(reason)s") % reason


def note_answer(shop: Shop, failure: DeliveryFailure | None, *, staff_id: int | None = None) -> None:
    """Keep what an answer says about the authorisation; a failure that says nothing about it changes nothing."""
    if failure is None:
        state, note = Shop.Authorisation.VALID, _expiry_note(shop)
    elif isinstance(failure, NeedsAuthorisation):
        state, note = Shop.Authorisation.EXPIRED, sentence_of(failure)
    elif isinstance(failure, Misconfigured):
        state, note = Shop.Authorisation.REFUSED, sentence_of(failure)
    else:
        return
    if (shop.authorisation, shop.authorisation_note) == (state, note):
        return
    with transaction.atomic():
        # The answer is about the keys that the call was made with: others may have been entered meanwhile.
        told = Shop.objects.filter(id=shop.id, app_key=shop.app_key, session_index=shop.session_index)
        changed = told.exclude(authorisation=state).update(authorisation=state, authorisation_note=note)
        if changed:
            why = note or str(state.label)
            row = HistoryRow("shop", shop.id, "authorise", shop.authorisation, state, reason=why, actor_id=staff_id)
            write_history([row])
        else:
            told.update(authorisation_note=note)
    shop.authorisation, shop.authorisation_note = state, note


def _expiry_note(shop: Shop) -> str:
    expires = shop.session_expires_at
    if expires is None or expires - timezone.now() > EXPIRES_SOON:
        return ""
    moment = timezone.localtime(expires).strftime("%Y-%m-%d %H:%M")
    return _("The session ends at %(moment)s. Authorise the shop again before that.") % {"moment": moment}


def check_authorisation(shop: Shop, *, staff_id: int | None = None) -> None:
    """Ask the platform, outside of any transaction, and keep what it says. Raises UnableTo when it refuses or does not answer."""
    try:
        with connected(shop) as connector:
            connector.check()
    except DeliveryFailure as failure:
        note_answer(shop, failure, staff_id=staff_id)
        raise UnableTo(sentence_of(failure), code=failure.code or "delivery") from failure
    note_answer(shop, None, staff_id=staff_id)
