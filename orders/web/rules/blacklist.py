"""The blacklist: entries, adding one, taking one off."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.who import signed_in
from oms.catalog.models import Shop
from oms.catalog.platforms import platform_name
from oms.core.errors import UnableTo
from oms.core.web.paging import asked_page, load_page
from orders.blacklist import NewEntry, add_entry, end_entry
from orders.models import BlacklistEntry
from orders.web.rules.views import frame


class EntryForm(forms.Form):
    """A buyer of a platform, a phone or an address."""

    platform = forms.ChoiceField(label=gettext_lazy("Platform"), required=False)
    buyer_id = forms.CharField(label=gettext_lazy("Buyer"), max_length=128, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=32, required=False)
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Street and number, without the region."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
    stops = forms.BooleanField(
        label=gettext_lazy("Orders become an exception"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Else they only wait where a policy asks for the blacklist."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        platforms = Shop.objects.order_by("platform").values_list("platform", flat=True).distinct()
        self.fields["platform"].choices = [("", "—"), *((one, platform_name(one)) for one in platforms)]  # type: ignore[attr-defined]


def entries_of(text: str) -> QuerySet[BlacklistEntry]:
    """The entries in use, those of buyers whose id begins with the text."""
    text = text.replace("\x00", "").strip()[:100]
    found = BlacklistEntry.objects.filter(enabled=True).order_by("-id")
    return found.filter(buyer_id__startswith=text) if text else found


@require_http_methods(["GET", "HEAD", "POST"])
@needs("orders.view_blacklist")
def blacklist(request: HttpRequest) -> HttpResponse:
    """Who is on it; who may, adds an entry."""
    staff: Staff = signed_in(request)
    may_add = staff.has_perm("orders.manage_blacklist")
    form = EntryForm(request.POST if request.method == "POST" and may_add else None)
    if form.is_bound and form.is_valid():
        try:
            add_entry(NewEntry(**form.cleaned_data), actor_id=staff.pk)
        except UnableTo as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Entered. Orders that come from now on are checked against it."))
            return redirect("rules:blacklist")
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context = {
        **frame(staff, None, "blacklist"),
        "form": form,
        "may_add": may_add,
        "text": text,
        "page_of_entries": load_page(entries_of(text), asked_page(request)),
    }
    return render(request, "orders/rules/blacklist.html", context)


@require_POST
@needs("orders.view_blacklist", "orders.manage_blacklist")
def end(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Take an entry off the list."""
    if not BlacklistEntry.objects.filter(pk=entry_id).exists():
        raise Http404
    end_entry(entry_id, actor_id=signed_in(request).pk)
    messages.success(request, _("Taken off the list; orders that it stopped go on by themselves."))
    return redirect("rules:blacklist")
