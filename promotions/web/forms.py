"""The form of a campaign's frame, and what the forms of this room have in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from oms.core.errors import UnableTo
from promotions.models import Campaign


def moment_box() -> forms.DateTimeInput:
    """The widget of a moment, to the minute."""
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class CampaignForm(forms.Form):
    """Name, window and rank of a campaign; ``version`` is that of the campaign which the person looked at."""

    name = forms.CharField(label=_("Name"), max_length=100)
    starts_at = forms.DateTimeField(label=_("Begins"), widget=moment_box())
    ends_at = forms.DateTimeField(label=_("Ends"), widget=moment_box())
    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=0,
        max_value=100_000,
        initial=100,
        help_text=_("Campaigns with a lower figure are asked first."),
    )
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    FIELD_OF = {"window_reversed": "ends_at", "name_taken": "name"}

    def __init__(self, *args: Any, campaign: Campaign | None = None, **kwargs: Any) -> None:
        if campaign is not None:
            kwargs["initial"] = {name: getattr(campaign, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)

    def refuse(self, error: UnableTo) -> None:
        """Put the sentence at the field it is about."""
        self.add_error(self.FIELD_OF.get(error.code), str(error))

    def values(self) -> dict[str, Any]:
        """What ``save_campaign`` takes."""
        values = dict(self.cleaned_data)
        values["expected_version"] = values.pop("version")
        return values
