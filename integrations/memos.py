"""Memos and flags written back to the platforms: delivers the outbox's messages about them.

Writing is idempotent on the other side: after a time-out the call is simply made again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.utils.translation import gettext as _

from integrations.access import connected, kept_connected, note_answer, sentence_of
from integrations.platforms.base import SHOP_WIDE, Misconfigured
from integrations.uploads import ShopRefused
from oms.catalog.models import Shop
from oms.core import outbox
from oms.core.errors import UnableTo
from oms.core.outbox import DeliveryFailure, Message, PermanentFailure
from orders.memos import TOPIC, load_request, record_accepted, record_failed, record_handled


@dataclass(frozen=True, slots=True)
class Written:
    """The shop in whose name the memo was written; ``takes_memos`` is False for a platform that has none."""

    shop: Shop
    takes_memos: bool


@outbox.handles(TOPIC)
class MemoHandler:
    """Writes one trade's memo and flag."""

    def round(self) -> AbstractContextManager[None]:
        """The memos of a shop go over one connection and at the shop's pace."""
        return kept_connected()

    def call(self, message: Message) -> Written | None:
        """Write it, unless a newer one was written here or nothing is left to tell. Raises DeliveryFailure."""
        request = load_request(message.payload["memo"], message.payload["revision"])
        if request is None:
            return None
        shop = Shop.objects.get(id=request.shop_id)
        try:
            with connected(shop) as connector:
                can = connector.capabilities
                if not (can.write_memo or can.write_flag):
                    return Written(shop, takes_memos=False)
                connector.write_memo(
                    request.trade_no,
                    request.memo if can.write_memo else None,
                    request.flag if can.write_flag else None,
                )
                return Written(shop, takes_memos=True)
        except UnableTo as error:
            raise PermanentFailure(str(error), code=error.code) from error
        except Misconfigured as failure:
            note_answer(shop, failure)
            raise ShopRefused(sentence_of(failure), code=failure.code) from failure
        except SHOP_WIDE as failure:
            note_answer(shop, failure)
            raise

    def record(self, message: Message, answer: Written | None) -> None:
        """The platform has it."""
        if answer is None:
            return
        memo_id, revision = message.payload["memo"], message.payload["revision"]
        if answer.takes_memos:
            record_accepted(memo_id, revision, message.id)
            note_answer(answer.shop, None)
        else:
            record_handled(memo_id, revision, reason=_("The platform takes no memos; it is kept here."))

    def failed(self, message: Message, failure: DeliveryFailure, *, final: bool) -> None:
        """The platform's reason stands at the memo; who looks at it sees whether it is tried again."""
        record_failed(
            message.payload["memo"],
            message.payload["revision"],
            code=failure.code,
            reason=str(failure),
            will_retry=not final,
        )
