"""The form of a scheme: everything as it is typed, and the scheme's content made of it.

What is wrong is said at its field; what was typed is shown again whatever it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Product, Shop, Sku
from oms.core.rule_kinds import Problem
from promotions import typed
from promotions.models import Campaign, Scheme
from promotions.web.forms import moment_box
from promotions.web.steps import StepRow, content_of, read_steps, steps_of
from promotions.words import say

Finder = Callable[[Sequence[str]], typed.Found[Any]]

_UNKNOWN_CODES = _("These merchant codes do not exist: %(codes)s.")
_UNKNOWN_REGIONS = _("Not known, or several of the name: %(codes)s. Write the province before it.")

SCOPE: tuple[tuple[str, Finder, Callable[[str], list[str]], Any], ...] = (
    ("skus", typed.find_skus, typed.codes_in, _UNKNOWN_CODES),
    ("products", typed.find_products, typed.codes_in, _("These product codes do not exist: %(codes)s.")),
    ("categories", typed.find_categories, typed.names_in, _("No product is in these categories: %(codes)s.")),
    ("brands", typed.find_brands, typed.names_in, _("No product is of these brands: %(codes)s.")),
    ("without_skus", typed.find_skus, typed.codes_in, _UNKNOWN_CODES),
)
PLACES = {"scope": "skus", "total": "total_limit", "per_day": "day_limit", "per_buyer": "buyer_limit"}
"""Where a problem stands whose field the form calls otherwise."""

STEP = 10
"""The distance between the ranks of schemes."""

PLAIN = (
    "name", "kind", "mode", "enabled", "group", "alone", "skip_discounted", "skip_presale", "prefer_stock", "no_stock",
    "total_limit", "total_unit", "day_limit", "day_unit", "buyer_limit", "buyer_unit", "give_back_on_cancel",
    "give_back_on_refund",
)  # fmt: skip
"""Fields that the content holds as the form does."""


def _lines(rows: int, placeholder: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "placeholder": placeholder, "spellcheck": "false"})


def _limit(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=100_000_000)


_BASES = (("1", _("By the moment of payment")), ("0", _("By the moment of the order")))
_CODES = _("Codes, with blanks, commas or line ends between")
_NAMES = _("Names, with commas or line ends between")


class SchemeForm(forms.Form):
    """A scheme as operations see it. ``version`` is that of the scheme which the person looked at."""

    name = forms.CharField(label=_("Name of the scheme"), max_length=100)
    enabled = forms.BooleanField(label=_("In use"), required=False, initial=True)
    kind = forms.ChoiceField(label=_("What is rewarded"), choices=Scheme.Kind.choices, widget=forms.RadioSelect)
    mode = forms.ChoiceField(label=_("How steps add up"), choices=Scheme.Mode.choices)
    skus = forms.CharField(label=_("Merchant codes"), required=False, widget=_lines(3, _CODES))
    products = forms.CharField(label=_("Product codes"), required=False, widget=_lines(3, _CODES))
    categories = forms.CharField(label=_("Categories"), required=False, widget=_lines(2, _NAMES))
    brands = forms.CharField(label=_("Brands"), required=False, widget=_lines(2, _NAMES))
    without_skus = forms.CharField(label=_("All but these merchant codes"), required=False, widget=_lines(2, _CODES))
    skip_discounted = forms.BooleanField(label=_("Goods that are discounted already do not count"), required=False)
    skip_presale = forms.BooleanField(label=_("Pre-sale goods do not count"), required=False)
    shops = forms.MultipleChoiceField(label=_("Shops"), required=False, widget=forms.CheckboxSelectMultiple)
    regions = forms.CharField(
        label=_("Regions"), required=False, widget=_lines(2, _("Such as: Zhejiang, or province city district"))
    )
    member_levels = forms.CharField(label=_("Member levels"), required=False, max_length=500)
    member_tags = forms.CharField(label=_("Member tags"), required=False, max_length=500)
    by_payment = forms.ChoiceField(label=_("What counts"), choices=_BASES, initial="1")
    starts_at = forms.DateTimeField(label=_("Begins"), required=False, widget=moment_box())
    ends_at = forms.DateTimeField(label=_("Ends"), required=False, widget=moment_box())
    total_limit = _limit(_("In all at most"))
    total_unit = forms.ChoiceField(label=_("Counted in"), choices=Scheme.Unit.choices)
    day_limit = _limit(_("A day at most"))
    day_unit = forms.ChoiceField(label=_("Counted in"), choices=Scheme.Unit.choices)
    buyer_limit = _limit(_("Each buyer at most"))
    buyer_unit = forms.ChoiceField(label=_("Counted in"), choices=Scheme.Unit.choices)
    prefer_stock = forms.BooleanField(label=_("Of several gifts, those in stock first"), required=False, initial=True)
    no_stock = forms.ChoiceField(label=_("What happens then"), choices=Scheme.NoStock.choices)
    substitutes = forms.CharField(label=_("Substitutes"), required=False, widget=_lines(2, _CODES))
    group = forms.CharField(
        label=_("Group"),
        required=False,
        max_length=32,
        help_text=_("Goods count only once among schemes of one group, in their order."),
    )
    alone = forms.BooleanField(
        label=_("Stands alone: with it an order gets nothing from other schemes"), required=False
    )
    give_back_on_cancel = forms.BooleanField(
        label=_("A cancelled order gives its share of the limits back"), required=False, initial=True
    )
    give_back_on_refund = forms.BooleanField(
        label=_("A refunded order gives its share of the limits back"), required=False, initial=True
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        campaign: Campaign,
        content: Mapping[str, Any],
        scheme_id: int | None,
        version: int | None,
        staff: Staff,
    ) -> None:
        """``content`` is what the scheme says now; it is empty, and the others None, for a scheme that is to be made."""
        self.campaign, self.before, self.scheme_id = campaign, content, scheme_id
        super().__init__(data, initial={**_initial(content), "version": version})
        self.steps = self._steps(data)
        self.step_errors: list[str] = []
        shops = self.fields["shops"]
        if isinstance(shops, forms.MultipleChoiceField):
            shops.choices = _shops(staff, content.get("shops", ()))

    def _steps(self, data: QueryDict | None) -> list[StepRow]:
        if data is not None:
            return read_steps(data)
        tiers = self.before.get("tiers", ())
        skus = {int(sku) for tier in tiers for sku, _units in tier["gifts"]}
        return steps_of(tiers, _codes(skus)) or [StepRow("s0")]

    def clean_name(self) -> str:
        """A campaign has one scheme of a name."""
        name: str = self.cleaned_data["name"]
        same = self.campaign.schemes.filter(name=name)
        if same.exclude(pk=self.scheme_id or 0).exists():
            raise forms.ValidationError(_("The campaign has a scheme of this name already. Choose another name."))
        return name

    def clean(self) -> dict[str, Any]:
        """The end is later than the start."""
        cleaned: dict[str, Any] = self.cleaned_data
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and starts_at >= ends_at:
            self.add_error("ends_at", say("window_reversed"))
        return cleaned

    def _priority(self) -> int:
        """The rank it has, or the last one for a new scheme."""
        if "priority" in self.before:
            return int(self.before["priority"])
        last = self.campaign.schemes.order_by("-priority").values_list("priority", flat=True).first()
        return (last or 0) + STEP

    def told_live(self) -> list[tuple[str, list[str]]]:
        """The sentences at every field while somebody types: what is still empty is no mistake yet."""
        found = self.errors.as_data()
        return [
            (name, [str(text) for error in found.get(name, ()) if error.code != "required" for text in error.messages])
            for name, field in self.fields.items()
            if not isinstance(field, forms.BooleanField) and not name.endswith("_unit") and name != "version"
        ]

    def missing(self) -> list[str]:
        """What is still empty and must not stay so."""
        found = self.errors.as_data()
        lacking = [
            str(field.label)
            for name, field in self.fields.items()
            if any(error.code == "required" for error in found.get(name, ()))
        ]
        return lacking if any(not step.is_blank for step in self.steps) else [*lacking, str(_("Steps and gifts"))]

    def content(self) -> dict[str, Any]:
        """The scheme's content, of whatever could be read; what could not is told at its field. Eight queries at most."""
        clean = self.cleaned_data
        gifts = typed.find_skus([gift.code for step in self.steps for gift in step.filled])
        codes = [gift.code for step in self.steps for gift in step.filled if gift.code not in gifts.unknown]
        known = dict(zip(dict.fromkeys(codes), gifts.values, strict=True))
        kind = clean.get("kind", "")
        tiers = content_of(
            self.steps,
            known,
            by_amount=kind == Scheme.Kind.AMOUNT_REACHED,
            same=kind == Scheme.Kind.BUY_A_GET_A,
        )
        plain = {name: clean[name] for name in PLAIN if name in clean}
        return {
            **plain,
            "campaign": self.campaign.pk,
            "priority": self._priority(),
            "by_payment": clean.get("by_payment", "1") == "1",
            "starts_at": _iso(clean.get("starts_at")),
            "ends_at": _iso(clean.get("ends_at")),
            "shops": [int(shop) for shop in clean.get("shops", ())],
            "regions": self._found("regions", typed.find_regions, typed.names_in, _UNKNOWN_REGIONS),
            "member_levels": typed.names_in(clean.get("member_levels", "")),
            "member_tags": typed.names_in(clean.get("member_tags", "")),
            "scope": {name: found for name, finder, split, said in SCOPE if (found := self._found(name, finder, split, said))},
            "substitutes": self._found("substitutes", typed.find_skus, typed.codes_in, _UNKNOWN_CODES),
            "tiers": tiers,
        }  # fmt: skip

    def _found(self, name: str, finder: Finder, split: Callable[[str], list[str]], said: Any) -> list[Any]:
        texts = split(self.cleaned_data.get(name, ""))
        if not texts:
            return []
        found = finder(texts)
        if found.unknown:
            self.add_error(name, str(said) % {"codes": ", ".join(found.unknown)})
        return list(found.values)

    @property
    def wrong(self) -> bool:
        """Whether anything typed could not be read."""
        return bool(self.errors) or any(step.errors for step in self.steps)

    def tell(self, problems: Iterable[Problem]) -> None:
        """Put the problems at their fields, each sentence once."""
        for problem in problems:
            name = PLACES.get(problem.field, problem.field)
            if name == "tiers":
                if problem.sentence not in self.step_errors:
                    self.step_errors.append(problem.sentence)
            elif problem.sentence not in self.errors.get(name or "__all__", ()):
                self.add_error(name if name in self.fields else None, problem.sentence)


def _shops(staff: Staff, chosen: Iterable[int]) -> list[tuple[int, str]]:
    """The shops that the person may see, and those of the scheme, which must not be lost by saving it."""
    seen = dict(scoped(Shop.objects.order_by("code"), staff).values_list("id", "name"))
    others = Shop.objects.filter(id__in=[shop for shop in chosen if shop not in seen])
    return [*seen.items(), *others.order_by("code").values_list("id", "name")]


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _codes(sku_ids: Iterable[int]) -> dict[int, str]:
    ids = set(sku_ids)
    return dict(Sku.objects.filter(id__in=ids).values_list("id", "code")) if ids else {}


def _initial(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a stored content looks like when it is typed."""
    if not content:
        return {}
    scope = content["scope"]
    skus = _codes([*scope.get("skus", ()), *scope.get("without_skus", ()), *content["substitutes"]])
    products = dict(Product.objects.filter(id__in=scope.get("products", ())).values_list("id", "code"))
    moments = {name: dt.datetime.fromisoformat(content[name]) for name in ("starts_at", "ends_at") if content[name]}
    return {
        **{name: content[name] for name in PLAIN},
        **moments,
        "by_payment": "1" if content["by_payment"] else "0",
        "skus": "\n".join(skus.get(sku, str(sku)) for sku in scope.get("skus", ())),
        "without_skus": "\n".join(skus.get(sku, str(sku)) for sku in scope.get("without_skus", ())),
        "products": "\n".join(products.get(product, str(product)) for product in scope.get("products", ())),
        "categories": "\n".join(scope.get("categories", ())),
        "brands": "\n".join(scope.get("brands", ())),
        "shops": [str(shop) for shop in content["shops"]],
        "regions": "\n".join(typed.region_paths(content["regions"])),
        "member_levels": ", ".join(content["member_levels"]),
        "member_tags": ", ".join(content["member_tags"]),
        "substitutes": "\n".join(skus.get(sku, str(sku)) for sku in content["substitutes"]),
    }
