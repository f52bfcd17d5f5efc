"""The form of a shop. What was typed stays, except keys: those are never put into a page again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.platforms.base import MANUAL, MANUAL_LABEL, platforms
from integrations.shops import ShopEntry
from oms.catalog.models import Shop

SECRETS = ("app_secret", "session")


def _secret() -> forms.PasswordInput:
    # Browsers offer to fill in the password of the person who is signed in, unless told that this is another one.
    return forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})


class ShopForm(forms.Form):
    """Everything that is entered of a shop, besides its code."""

    name = forms.CharField(label=_("Name of the shop"), max_length=64)
    platform = forms.ChoiceField(label=_("Platform"))
    gateway_url = forms.CharField(
        label=_("Gateway address"), max_length=300, required=False, widget=forms.URLInput(attrs={"class": "full"})
    )
    app_key = forms.CharField(label=_("App key"), max_length=128, required=False)
    app_secret = forms.CharField(label=_("App secret"), max_length=256, required=False, widget=_secret())
    session = forms.CharField(label=_("Session key"), max_length=512, required=False, widget=_secret())
    session_expires_at = forms.DateTimeField(
        label=_("Session ends"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    ship_within_hours = forms.IntegerField(
        label=_("Hours promised for shipping"), min_value=1, max_value=1440, initial=48
    )
    enabled = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, shop: Shop | None = None, **kwargs: Any) -> None:
        if shop is not None:
            kwargs["initial"] = {
                name: getattr(shop, name) for name in self.base_fields if name not in (*SECRETS, "code")
            }
        super().__init__(*args, **kwargs)
        choices = [(platform.code, platform.label) for platform in platforms()]
        choices.append((MANUAL, MANUAL_LABEL))
        if shop is not None and shop.platform not in dict(choices):
            choices.append((shop.platform, shop.platform))
        platform = self.fields["platform"]
        if isinstance(platform, forms.ChoiceField):
            platform.choices = choices
        if shop is None:
            self.fields["gateway_url"].initial = platforms()[0].gateway_url
        for name in SECRETS:
            self.fields[name].help_text = self._help(name, shop)

    def _help(self, name: str, shop: Shop | None) -> Any:
        if self.data.get(name):
            return _("For safety it is not shown again: enter it once more.")
        if shop is not None and getattr(shop, name):
            return _("Stored; leave empty to keep it.")
        return _("Not stored yet.")

    def entry(self) -> ShopEntry:
        """What was entered; empty keys leave those that are stored."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "code"}
        for name in SECRETS:
            values[name] = values[name].strip() or None
        return ShopEntry(**values)


class NewShopForm(ShopForm):
    """The same with the code under which the shop is known here."""

    code = forms.SlugField(label=_("Code"), max_length=32, help_text=_("Short and for ever, such as TB01."))
    field_order = ["code", "name", "platform"]

    def clean_code(self) -> str:
        """The code is a part of addresses."""
        code: str = self.cleaned_data["code"]
        if code.lower() == "add":
            raise forms.ValidationError(_("This code is used by the program itself. Take another one."))
        return code


class DownloadForm(forms.Form):
    """What to download: nothing given is everything up to now."""

    trade_no = forms.CharField(label=_("Trade number"), max_length=64, required=False)
    since = forms.DateTimeField(required=False)
    until = forms.DateTimeField(required=False)

    def clean(self) -> dict[str, Any]:
        """A span has both ends, in this order."""
        cleaned: dict[str, Any] = self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if (since is None) != (until is None) or (since and until and until <= since):
            raise forms.ValidationError(_("Give the beginning and the end of the span, the end after the beginning."))
        return cleaned
