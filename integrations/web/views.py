"""Shops: their authorisation, their keys, their download."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.access import check_authorisation, is_connected
from integrations.download_jobs import latest_jobs, start_download
from integrations.platforms.base import MANUAL
from integrations.queries import card_of, missed_trades, shop_cards, shops
from integrations.shops import UnableToSaveShop, add_shop, change_shop
from integrations.web.forms import DownloadForm, NewShopForm, ShopForm
from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.catalog.models import Shop
from oms.core.errors import UnableTo
from oms.core.history import history_of
from oms.core.web.replies import refuse
from oms.core.web.timeline import told

HISTORY_SHOWN = 30
MISSED_SHOWN = 50


def _shop(request: HttpRequest, code: str) -> Shop:
    return get_object_or_404(shops(signed_in(request)), code=code)


@require_safe
@needs("catalog.view_shop")
def shop_list(request: HttpRequest) -> HttpResponse:
    """The shops that the person may see."""
    return render(request, "integrations/shops.html", {"cards": shop_cards(signed_in(request))})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalog.view_shop", "catalog.manage_shop")
def new_shop(request: HttpRequest) -> HttpResponse:
    """Enter a shop; whoever enters it sees it."""
    form = NewShopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            shop = add_shop(form.cleaned_data["code"], form.entry(), staff_id=signed_in(request).pk)
        except UnableToSaveShop as error:
            _put_at_field(form, error)
        else:
            said = (
                _("%(shop)s is entered. Orders can be entered for it now.")
                if shop.platform == MANUAL
                else _("%(shop)s is entered. Check the authorisation next.")
            )
            messages.success(request, said % {"shop": shop.name})
            return redirect("integrations:shop", shop.code)
    return render(request, "integrations/shop_form.html", {"form": form})


@require_safe
@needs("catalog.view_shop")
def shop_page(request: HttpRequest, code: str) -> HttpResponse:
    """One shop."""
    shop = _shop(request, code)
    return _show_shop(request, shop, ShopForm(shop=shop))


@require_POST
@needs("catalog.view_shop", "catalog.manage_shop")
def save_shop(request: HttpRequest, code: str) -> HttpResponse:
    """Keep what was entered, or show the page again with what was typed and a sentence at the field."""
    shop = _shop(request, code)
    form = ShopForm(request.POST, shop=shop)
    if form.is_valid():
        try:
            change_shop(shop.id, form.entry(), staff_id=signed_in(request).pk)
        except UnableToSaveShop as error:
            _put_at_field(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("integrations:shop", code)
    return _show_shop(request, shop, form)


@require_POST
@needs("catalog.view_shop", "catalog.manage_shop")
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the platform whether it accepts the keys."""
    shop = _shop(request, code)
    try:
        check_authorisation(shop, staff_id=signed_in(request).pk)
    except UnableTo as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The platform accepts the keys of %(shop)s.") % {"shop": shop.name})
    return redirect("integrations:shop", code)


@require_POST
@needs("catalog.view_shop", "catalog.download_shop")
def download(request: HttpRequest, code: str) -> HttpResponse:
    """Start a download and show its progress in its place."""
    shop = _shop(request, code)
    try:
        form = DownloadForm(request.POST)
        if not form.is_valid():
            raise UnableTo(_sentences(form), code="bad_span")
        if not shop.enabled or not is_connected(shop):
            raise UnableTo(
                _("%(shop)s is not in use, or its keys are not entered yet.") % {"shop": shop.name},
                code="not_connected",
            )
    except UnableTo as error:
        return refuse(request, error, reverse("integrations:shop", args=[code]))
    job = start_download(shop, staff_id=signed_in(request).pk, **form.cleaned_data)
    return render(request, "integrations/_progress.html", {"shop": shop, "job": job})


@require_safe
@needs("catalog.view_shop")
def progress(request: HttpRequest, code: str) -> HttpResponse:
    """How far the last download is that somebody asked for."""
    shop = _shop(request, code)
    return render(request, "integrations/_progress.html", {"shop": shop, "job": latest_jobs([shop.id]).get(shop.id)})


def _show_shop(request: HttpRequest, shop: Shop, form: ShopForm) -> HttpResponse:
    card = card_of(shop, latest_jobs([shop.id]).get(shop.id))
    context: dict[str, Any] = {
        "shop": shop,
        "position": card.position,
        "job": card.job,
        "connected": card.connected,
        "manual": card.manual,
        "platform": card.platform,
        "form": form,
        "missed": missed_trades(signed_in(request), shop)[:MISSED_SHOWN],
        "history": told("shop", history_of("shop", shop.id)[:HISTORY_SHOWN]),
    }
    return render(request, "integrations/shop.html", context)


def _put_at_field(form: ShopForm, error: UnableToSaveShop) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error))


def _sentences(form: DownloadForm) -> str:
    """Everything that is wrong with a form that has no place to say it at a field."""
    return " ".join(str(error["message"]) for errors in form.errors.get_json_data().values() for error in errors)
