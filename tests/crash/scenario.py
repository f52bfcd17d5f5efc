"""A day on the main line, step by step: download → process → audit → the buyers change their minds → … → ship → upload → post.

Every step looks what there is to do, as workers and people look: played again from the start after a crash, it finishes what is
missing and repeats nothing.
"""

from __future__ import annotations

from django.db import connection

from finance.tasks import post_due
from integrations.download_jobs import start_download
from integrations.sandbox.control_client import ControlClient
from integrations.tasks import download_due_shops
from oms.catalog.models import Shop
from oms.celery import app
from oms.core.models import Job
from oms.core.tasks import deliver_outbox, run_jobs
from orders.audit import audit, finance_audit
from orders.models import Order
from orders.tasks import merge_due, process_due
from tests.crash.broker import Broker
from tests.crash.points import COUNTER, unseen
from tests.crash.world import ELSEWHERE, Day, Step, World
from tests.integrations.make import SELLER
from warehouse.models import Shipment
from warehouse.shipping import ship

TRADES: dict[str, list[tuple[str, int]]] = {
    "plain": [("A00", 1)],
    "dear": [("A05", 5), ("A06", 2)],
    "dearest": [("A10", 9)],
    "moving": [("A01", 2)],
    "regretted": [("A02", 1), ("A03", 1)],
}
"""What the buyers order: plain passes by itself, dear waits for finance, dearest for both audits, moving gets another address after it was
approved, regretted is refunded before it is shipped."""


def let_time_pass() -> None:
    """All pauses are over and all leases have run out; nobody has to wait for it."""
    with unseen(), connection.cursor() as cursor:
        for table, due in (
            ("integrations_downloadposition", "next_due_at"),
            ("integrations_missedtrade", "next_due_at"),
            ("core_outboxmessage", "due_at"),
            ("orders_order", "reprocess_at"),
        ):
            cursor.execute(f"UPDATE {table} SET {due} = now() WHERE {due} > now()")
        cursor.execute("UPDATE integrations_downloadposition SET second_due_at = now() WHERE second_due_at > now()")
        for table in ("integrations_downloadposition", "core_outboxmessage", "core_job"):
            cursor.execute(f"UPDATE {table} SET lease_until = now() - interval '1 second' WHERE lease_until > now()")


def answer_bells(broker: Broker) -> None:
    """Work off the messages that lie at the broker; one whose worker dies is delivered again."""
    with unseen():
        waiting = broker.waiting()
    for name, args in waiting:
        app.tasks[name](*args)
        with unseen():
            broker.acknowledge(1)


def play(day: Day, world: World, broker: Broker, *, begin: str = "") -> None:
    """The day, from a step on: those before it were done to their end."""
    first = [name for name, _step in day.steps].index(begin) if begin else 0
    for name, step in day.steps[first:]:
        let_time_pass()
        COUNTER.step = name
        COUNTER.quiet -= 1
        try:
            answer_bells(broker)
            step(world)
        finally:
            COUNTER.quiet += 1


def sweep(world: World) -> None:
    """What the beat asks for every few seconds, once each."""
    for task in (download_due_shops, process_due, merge_due, run_jobs, deliver_outbox, post_due):
        task()


def _download(_world: World) -> None:
    download_due_shops()


def _process(_world: World) -> None:
    process_due()


def audit_all(world: World) -> None:
    """The clerk audits whatever waits for an audit."""
    with unseen():
        clerk = world.clerk
        waiting = {
            state: list(Order.objects.filter(state=state, held=False).order_by("id").values_list("id", flat=True))
            for state in ("cs_review", "finance_review")
        }
    if waiting["cs_review"]:
        audit(waiting["cs_review"], actor_id=clerk)
    if waiting["finance_review"]:
        finance_audit(waiting["finance_review"], actor_id=clerk)


def _change_minds(world: World) -> None:
    """One buyer moves house, one wants the money back and gets it."""
    with unseen():
        control: ControlClient = world.sandbox
        moving = control.trade(SELLER, world.tids["moving"])
        if moving["receiver_city"] != ELSEWHERE["receiver_city"]:
            control.change(SELLER, world.tids["moving"], receiver=ELSEWHERE)
        regretted = control.trade(SELLER, world.tids["regretted"])
        if regretted["status"] == "WAIT_SELLER_SEND_GOODS":
            control.refund(SELLER, world.tids["regretted"], status="SUCCESS")


def _ask_for_one(world: World) -> None:
    """The clerk has one trade downloaded by its number."""
    with unseen():
        shop, asked = Shop.objects.get(), Job.objects.exists()
    if not asked:
        start_download(shop, staff_id=None, trade_no=world.tids["plain"])


def _run_jobs(_world: World) -> None:
    run_jobs()


def ship_all(world: World) -> None:
    """The warehouse ships what lies ready; on one parcel it types the number of a label that is already on it."""
    with unseen():
        clerk = world.clerk
        ready = list(Shipment.objects.filter(state="released").order_by("id").values_list("id", "order_id"))
        plain = Order.objects.filter(trade_no=world.tids.get("plain", "")).values_list("id", flat=True).first()
    typed = {shipment: "YT9000000000001" for shipment, order in ready if order == plain}
    if ready:
        ship([shipment for shipment, _order in ready], actor_id=clerk, waybills=typed)


def _deliver(_world: World) -> None:
    deliver_outbox()


def post(_world: World) -> None:
    post_due()


STEPS: tuple[Step, ...] = (
    ("download", _download),
    ("process", _process),
    ("audit", audit_all),
    ("buyers", _change_minds),
    ("download changes", _download),
    ("follow", _process),
    ("audit again", audit_all),
    ("ask", _ask_for_one),
    ("job", _run_jobs),
    ("ship", ship_all),
    ("upload", _deliver),
    ("upload again", _deliver),
    ("post", post),
)
