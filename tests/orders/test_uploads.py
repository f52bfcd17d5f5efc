"""Waybill uploads from the parcel's leaving to the platform's word or a person's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from oms.core.errors import UnableTo
from oms.core.models import HistoryEntry, OutboxMessage
from orders import uploads
from orders.models import Order, WaybillUpload
from tests.factories import Company, make_company, make_order
from tests.holding import assert_invariants_hold
from warehouse.models import Shipment
from warehouse.shipping import ship

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company()
    assert_invariants_hold()


def shipped(company: Company) -> WaybillUpload:
    order = make_order(company)
    ship([Shipment.objects.get(order_id=order.id).id], actor_id=1)
    return WaybillUpload.objects.get(order=order)


def actions(order_id: int) -> list[str]:
    rows = HistoryEntry.objects.filter(kind="order", subject_id=order_id).order_by("at", "id")
    return [row.action for row in rows if row.action.startswith("upload")]


def refuse(upload: WaybillUpload) -> None:
    """The platform refuses for good: as delivery writes it down."""
    uploads.record_failed(upload.id, code="isv.invalid", reason="运单号不合规则", will_retry=False)
    OutboxMessage.objects.filter(topic=uploads.TOPIC, key=str(upload.id)).update(state="dead")


def test_the_request_names_the_platforms_own_carrier_code(company: Company) -> None:
    company.carrier.platform_codes = {"taobao": "YTO-TB"}
    company.carrier.save()
    upload = shipped(company)
    request = uploads.load_request(upload.id)
    assert request == uploads.UploadRequest(
        upload.id, company.shop.id, upload.trade.trade_no, None, "YTO-TB", upload.waybill_no
    )


def test_accepted_once_is_accepted(company: Company) -> None:
    upload = shipped(company)
    uploads.record_accepted(upload.id, already_shipped=True)
    uploads.record_accepted(upload.id, already_shipped=False)
    upload.refresh_from_db()
    assert (upload.state, upload.already_shipped) == ("accepted", True)
    assert upload.finished_at is not None
    assert uploads.load_request(upload.id) is None
    assert actions(upload.order_id) == ["upload_accepted"]


def test_the_same_failure_is_told_once_and_another_again(company: Company) -> None:
    upload = shipped(company)
    for _ in range(3):
        uploads.record_failed(upload.id, code="isp.timeout", reason="超时", will_retry=True)
    refuse(upload)
    upload.refresh_from_db()
    assert (upload.state, upload.reason, upload.will_retry) == ("failed", "运单号不合规则", False)
    assert actions(upload.order_id) == ["upload_failed", "upload_failed"]


def test_retry_revives_the_dead_message_and_refuses_what_is_finished(company: Company) -> None:
    failed, accepted = shipped(company), shipped(company)
    refuse(failed)
    uploads.record_accepted(accepted.id, already_shipped=False)
    result = uploads.retry([failed.id, accepted.id, 0], actor_id=3)
    assert result.done == (failed.id,)
    assert {id_: refusal.code for id_, refusal in result.refused.items()} == {accepted.id: "finished", 0: "not_found"}
    failed.refresh_from_db()
    assert (failed.state, failed.reason) == ("due", "")
    message = OutboxMessage.objects.get(topic=uploads.TOPIC, key=str(failed.id))
    assert (message.state, message.attempt) == ("due", 0)


def test_hand_over_takes_failed_ones_alone_and_wants_a_reason(company: Company) -> None:
    failed, due = shipped(company), shipped(company)
    refuse(failed)
    with pytest.raises(UnableTo):
        uploads.hand_over([failed.id], actor_id=3, reason="  ")
    result = uploads.hand_over([failed.id, due.id], actor_id=3, reason="已在后台发货")
    assert (result.done, result.refused[due.id].code) == ((failed.id,), "not_failed")
    assert uploads.load_request(failed.id) is None
    assert actions(failed.order_id) == ["upload_failed", "upload_handled"]
    assert OutboxMessage.objects.get(key=str(failed.id)).state == "done"
    # An answer that comes late does not undo the person's word.
    uploads.record_accepted(failed.id, already_shipped=False)
    failed.refresh_from_db()
    assert failed.state == "handled"


def test_nothing_is_uploaded_for_an_order_that_never_shipped(company: Company) -> None:
    order = make_order(company)
    assert Order.objects.get(id=order.id).state == "approved"
    assert not WaybillUpload.objects.exists()
