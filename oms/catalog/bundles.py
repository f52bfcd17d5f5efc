"""Bundles: the bill of materials of a SKU that is sold as one and shipped as its components.

A bundle never holds a bundle, so that no bill can run in a circle. The SKUs of a bill are locked in key order before they are checked:
two people who write two bills at once cannot make a nested one together.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from oms.catalog.events import BundlesChanged
from oms.catalog.locks import lock_skus
from oms.catalog.models import Bundle, BundleComponent, Sku
from oms.core.errors import UnableTo
from oms.core.events import publish
from oms.core.history import HistoryRow, write_history


def save_bundle(
    sku_id: int, components: Mapping[int, int], *, weigh_by: str = Bundle.WeighBy.PRICE, actor_id: int | None
) -> Bundle:
    """Make the SKU a bundle of these components (SKU id → units in one bundle), or change its bill. Raises UnableTo.

    Orders that wait because of the bill go on by themselves; orders that were expanded already keep what they have.
    """
    with transaction.atomic():
        skus = lock_skus({sku_id, *components})
        check_bill(sku_id, components, weigh_by, skus)
        bundle, _made = Bundle.objects.update_or_create(sku_id=sku_id, defaults={"weigh_by": weigh_by})
        before = dict(bundle.components.values_list("sku_id", "quantity"))
        bundle.components.all().delete()
        BundleComponent.objects.bulk_create(
            BundleComponent(bundle=bundle, sku_id=component, quantity=units) for component, units in components.items()
        )
        Bundle.objects.filter(id=bundle.id).update(version=bundle.version + 1)
        _note(bundle.sku_id, "bill", actor_id, {"before": _named(before), "after": _named(components)})
        publish(BundlesChanged((sku_id,)))
    return bundle


def remove_bundle(sku_id: int, *, actor_id: int | None) -> None:
    """Make the SKU an ordinary one again. Raises UnableTo when it is no bundle."""
    with transaction.atomic():
        lock_skus({sku_id})
        deleted, _models = Bundle.objects.filter(sku_id=sku_id).delete()
        if not deleted:
            raise UnableTo(_("This SKU is no bundle."), code="no_bundle")
        _note(sku_id, "bill_removed", actor_id, None)
        publish(BundlesChanged((sku_id,)))


def check_bill(sku_id: int, components: Mapping[int, int], weigh_by: str, skus: Mapping[int, Sku]) -> None:
    """Raises UnableTo with the sentence a person needs when the bill cannot be."""
    bundle = skus[sku_id]
    if not components:
        raise UnableTo(_("A bundle needs components. Name at least one SKU."), code="bundle_without_components")
    if sku_id in components:
        raise UnableTo(_("Bundle %(code)s cannot hold itself.") % {"code": bundle.code}, code="bundle_nested")
    if min(components.values()) < 1:
        raise UnableTo(_("Every component needs at least one unit."), code="bundle_units")
    nested = Bundle.objects.filter(sku_id__in=components).values_list("sku__code", flat=True).order_by("sku__code")
    if nested:
        raise UnableTo(
            _("%(codes)s are bundles themselves. Name their components instead: a bundle cannot hold a bundle.")
            % {"codes": ", ".join(nested)},
            code="bundle_nested",
        )
    holder = BundleComponent.objects.filter(sku_id=sku_id).values_list("bundle__sku__code", flat=True).first()
    if holder is not None:
        raise UnableTo(
            _("%(code)s is a component of bundle %(holder)s, so it cannot be a bundle itself.")
            % {"code": bundle.code, "holder": holder},
            code="bundle_nested",
        )
    worth = {"price": Sku.price.field.name, "cost": Sku.cost.field.name}.get(weigh_by)
    if worth is not None and not any(getattr(skus[component], worth) > Decimal(0) for component in components):
        raise UnableTo(
            _(
                "All components have the weight zero, so that nothing could be shared by it. Fill it in, or share equally."
            ),
            code="bundle_without_weights",
        )


def _named(components: Mapping[int, int]) -> dict[str, int]:
    return {str(sku): units for sku, units in sorted(components.items())}


def _note(sku_id: int, action: str, actor_id: int | None, changes: Mapping[str, object] | None) -> None:
    write_history([HistoryRow(kind="sku", subject_id=sku_id, action=action, actor_id=actor_id, changes=changes)])
