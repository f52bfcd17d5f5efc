"""Waybills told to the platforms: delivers the outbox's messages about shipped parcels.

The answer that says "already shipped" counts as accepted (the connector has looked whether it means that); after a time-out the
call is simply made again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.utils.translation import gettext as _

from integrations.access import connected, kept_connected, note_answer, sentence_of
from integrations.platforms.base import SHOP_WIDE, Misconfigured, UploadAnswer, Waybill
from oms.catalog.models import Shop
from oms.core import outbox
from oms.core.errors import UnableTo
from oms.core.outbox import DeliveryFailure, Message, PermanentFailure
from orders.uploads import TOPIC, load_request, record_accepted, record_failed


class ShopRefused(outbox.TemporaryFailure):
    """The platform refuses the shop as a whole. That says nothing about this parcel: it goes through once the keys are mended."""


@dataclass(frozen=True, slots=True)
class Told:
    """The shop in whose name the platform was told, and its answer."""

    shop: Shop
    answer: UploadAnswer


@outbox.handles(TOPIC)
class UploadHandler:
    """Tells the platform of one parcel."""

    def round(self) -> AbstractContextManager[None]:
        """The parcels of a shop go over one connection and at the shop's pace."""
        return kept_connected()

    def call(self, message: Message) -> Told | None:
        """Tell it, unless that is done or handled by now. Raises DeliveryFailure."""
        request = load_request(message.payload["upload"])
        if request is None:
            return None
        shop = Shop.objects.get(id=request.shop_id)
        parts = request.part_oids or ()
        try:
            with connected(shop) as connector:
                if parts and not connector.capabilities.partial_upload:
                    raise PermanentFailure(
                        _("The platform cannot be told of a part of a trade. Report the parcel there by hand."),
                        code="no_partial_upload",
                    )
                waybill = Waybill(request.trade_no, request.carrier_code, request.waybill_no, parts)
                return Told(shop, connector.upload_waybill(waybill))
        except UnableTo as error:
            raise PermanentFailure(str(error), code=error.code) from error
        except Misconfigured as failure:
            note_answer(shop, failure)
            raise ShopRefused(sentence_of(failure), code=failure.code) from failure
        except SHOP_WIDE as failure:
            note_answer(shop, failure)
            raise

    def record(self, message: Message, answer: Told | None) -> None:
        """The platform knows."""
        if answer is not None:
            record_accepted(message.payload["upload"], already_shipped=answer.answer.already_shipped)
            note_answer(answer.shop, None)

    def failed(self, message: Message, failure: DeliveryFailure, *, final: bool) -> None:
        """The platform's reason stands at the upload; who looks at the list sees whether it is tried again."""
        record_failed(message.payload["upload"], code=failure.code, reason=str(failure), will_retry=not final)
