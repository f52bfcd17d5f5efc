"""Form fields that know how a rule's content keeps what they hold: ``show`` makes the typed form of it, ``keep`` the kept one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.catalog.models import Listing, Sku
from promotions import typed
from warehouse.engine.prefixes import is_prefix


def lines_box(rows: int, placeholder: Any) -> forms.Textarea:
    """The widget of a list that one types or pastes."""
    return forms.Textarea(attrs={"rows": rows, "placeholder": placeholder, "spellcheck": "false"})


class Kept:
    """What the fields below have in common; those that keep what they hold as it is need no more."""

    def show(self, value: Any) -> Any:
        """The kept value as it is typed."""
        return value

    def keep(self, value: Any) -> Any:
        """The cleaned value as the content holds it."""
        return value


class Text(Kept, forms.CharField):
    """A line of text."""


class Flag(Kept, forms.BooleanField):
    """Yes or no."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class Whole(Kept, forms.IntegerField):
    """A whole number that is not negative; empty is None, or 0 where the content wants a number (``empty``)."""

    def __init__(self, *, empty: int | None = None, most: int = 2**31 - 1, **kwargs: Any) -> None:
        self.empty = empty
        super().__init__(min_value=0, max_value=most, **kwargs)

    def keep(self, value: Any) -> Any:
        return self.empty if value is None else value


class Yuan(Kept, forms.DecimalField):
    """An amount of money."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_digits=12, decimal_places=2, **kwargs)

    def keep(self, value: Decimal | None) -> str | None:
        return None if value is None else str(value)


class Moment(Kept, forms.DateTimeField):
    """A moment, to the minute."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"), **kwargs
        )

    def show(self, value: str | None) -> dt.datetime | None:
        return None if not value else timezone.localtime(dt.datetime.fromisoformat(value))

    def keep(self, value: dt.datetime | None) -> str | None:
        return None if value is None else value.isoformat()


class Choice(Kept, forms.ChoiceField):
    """One of a few words."""


class Words(Kept, forms.MultipleChoiceField):
    """Some of a few words."""

    widget = forms.CheckboxSelectMultiple


class One(Kept, forms.ChoiceField):
    """One row of a model, or none."""

    def __init__(self, rows: QuerySet[Any], label_of: Callable[[Any], str] = str, **kwargs: Any) -> None:
        choices = [("", "—"), *((str(row.pk), label_of(row)) for row in rows)]
        super().__init__(choices=choices, **kwargs)

    def show(self, value: int | None) -> str:
        return "" if value is None else str(value)

    def keep(self, value: str) -> int | None:
        return int(value) if value else None


class Some(Kept, forms.MultipleChoiceField):
    """Some rows of a model; none means all of them."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, rows: QuerySet[Any], label_of: Callable[[Model], str] = str, **kwargs: Any) -> None:
        super().__init__(choices=[(str(row.pk), label_of(row)) for row in rows], required=False, **kwargs)

    def show(self, value: Sequence[int]) -> list[str]:
        return [str(one) for one in value]

    def keep(self, value: Sequence[str]) -> list[int]:
        return [int(one) for one in value]


class Regions(Kept, forms.CharField):
    """Regions by name ("浙江", "浙江 杭州") or by code; kept as code prefixes."""

    def __init__(self, **kwargs: Any) -> None:
        box = lines_box(2, gettext_lazy("Such as: Zhejiang, or province city district"))
        super().__init__(widget=box, required=kwargs.pop("required", False), max_length=20_000, **kwargs)

    def show(self, value: Sequence[str]) -> str:
        return "\n".join(typed.region_paths(list(value)))

    def clean(self, value: Any) -> list[str]:
        return read_regions(super().clean(value) or "")


def read_regions(text: str) -> list[str]:
    """The code prefixes of a list of regions. Raises ValidationError for those that are not known."""
    names = typed.names_in(text)
    found = typed.find_regions([name for name in names if not _is_code(name)])
    if found.unknown:
        raise ValidationError(
            _("Not known, or several of the name: %(codes)s. Write the province before it.")
            % {"codes": _(", ").join(found.unknown)}
        )
    codes = [prefix_of(name) for name in names if _is_code(name)]
    return list(dict.fromkeys([*codes, *found.values]))


def _is_code(name: str) -> bool:
    return name.isascii() and name.isdigit()


def prefix_of(code: str) -> str:
    """330000 as 33; other lengths are left to the check of the content."""
    return code.removesuffix("00").removesuffix("00") if len(code) == 6 and is_prefix(code) else code


class Skus(Kept, forms.CharField):
    """SKUs by merchant code."""

    def __init__(self, *, one: bool = False, **kwargs: Any) -> None:
        self.one = one
        box = (
            forms.TextInput() if one else lines_box(3, gettext_lazy("Codes, with blanks, commas or line ends between"))
        )
        super().__init__(widget=box, required=kwargs.pop("required", False), max_length=20_000, **kwargs)

    def show(self, value: Any) -> str:
        ids = ([value] if value is not None else []) if self.one else list(value)
        codes = dict(Sku.objects.filter(id__in=ids).values_list("id", "code"))
        return "\n".join(codes.get(int(one), str(one)) for one in ids)

    def clean(self, value: Any) -> Any:
        found = typed.find_skus(typed.codes_in(super().clean(value) or ""))
        if found.unknown:
            raise ValidationError(
                _("These merchant codes do not exist: %(codes)s.") % {"codes": _(", ").join(found.unknown)}
            )
        if not self.one:
            return list(found.values)
        if len(found.values) > 1:
            raise ValidationError(_("Name one SKU."))
        return found.values[0] if found.values else None


class OneListing(Kept, forms.CharField):
    """A listing by the platform's item id, with the SKU id after a slash where the item has several."""

    def __init__(self, listings: QuerySet[Listing], **kwargs: Any) -> None:
        self.listings = listings
        super().__init__(required=False, max_length=150, **kwargs)

    def show(self, value: int | None) -> str:
        listing = self.listings.filter(id=value).first() if value is not None else None
        if listing is None:
            return ""
        return f"{listing.item_id}/{listing.platform_sku_id}" if listing.platform_sku_id else listing.item_id

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        item, _slash, sku = text.partition("/")
        found = self.listings.filter(item_id=item.strip())
        if sku:
            found = found.filter(platform_sku_id=sku.strip())
        ids = list(found.values_list("id", flat=True)[:2])
        if not ids:
            raise ValidationError(_("No listing has this id. Download the shop first, or look under Listings."))
        if len(ids) > 1:
            raise ValidationError(_("Several listings have this id: write item id/SKU id."))
        return ids[0]


class Names(Kept, forms.CharField):
    """A list of texts, such as categories."""

    def __init__(self, **kwargs: Any) -> None:
        box = lines_box(2, gettext_lazy("Names, with commas or line ends between"))
        super().__init__(widget=box, required=kwargs.pop("required", False), max_length=20_000, **kwargs)

    def show(self, value: Sequence[str]) -> str:
        return "\n".join(value)

    def clean(self, value: Any) -> list[str]:
        return typed.names_in(super().clean(value) or "")
