"""The demo's world, made against a real sandbox through the product's own functions."""

from __future__ import annotations

import json
import random
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from integrations.sandbox.process import SandboxProcess
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Barcode, Product, Shop, Sku
from oms.core.models import RuleVersion
from oms.demo.day import FRESH
from oms.demo.rules import resolve
from oms.demo.street import FAULTS, Street
from oms.demo.world import make_world
from oms.portal import announcements
from oms.portal.models import Announcement
from orders.models import ApprovalPolicy, RoutingRule
from promotions.models import Campaign, Scheme
from tests.holding import assert_invariants_hold
from warehouse.in_transit import open_lines
from warehouse.models import Carrier, PurchaseOrder, StockBalance, Warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path / "sandbox") as running:
        yield running


def counts() -> list[int]:
    return [
        model.objects.count()
        for model in (
            Product,
            Sku,
            Barcode,
            Warehouse,
            StockBalance,
            Shop,
            RoutingRule,
            ApprovalPolicy,
            Staff,
            Announcement,
        )
    ]


def test_the_world_is_whole_and_made_once(sandbox: SandboxProcess, tmp_path: Path) -> None:
    make_world(sandbox.control, tmp_path, lambda _text: None)
    first = counts()
    assert 0 not in first
    assert not Sku.objects.filter(price__lte=0).exists()
    assert not Sku.objects.filter(weight_g=0).exists()
    assert Sku.objects.filter(barcodes__isnull=True).count() == 0
    passwords = (tmp_path / "sign-ins.json").read_text()
    make_world(sandbox.control, tmp_path, lambda _text: None)
    assert counts() == first
    assert (tmp_path / "sign-ins.json").read_text() == passwords


def test_a_newcomer_sees_goods_on_their_way(sandbox: SandboxProcess, tmp_path: Path) -> None:
    for _twice in range(2):
        make_world(sandbox.control, tmp_path, lambda _text: None)
    states = sorted(PurchaseOrder.objects.values_list("state", flat=True))
    assert states == ["draft", "ordered", "ordered", "ordered", "partly_arrived"]
    units = {line.sku.code: line.to_come for line in open_lines().select_related("sku")}
    assert (units["UM01-1"], units["CO02-1"], units.get("CU01-1")) == (40, 40, None)
    assert_invariants_hold()


def test_everybody_can_sign_in_and_sees_their_part(sandbox: SandboxProcess, tmp_path: Path) -> None:
    make_world(sandbox.control, tmp_path, lambda _text: None)
    path = tmp_path / "sign-ins.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for one in json.loads(path.read_text()):
        staff = Staff.objects.get(username=one["username"])
        assert staff.check_password(one["password"]), one["username"]
    packer = Staff.objects.get(username="huangmei")
    assert [house.code for house in scoped(Warehouse.objects.all(), packer)] == ["GZ"]
    told = {name: announcements.for_staff(Staff.objects.get(username=name)).count() for name in ("huangmei", "linxiao")}
    assert told == {"huangmei": 2, "linxiao": 1}, "one thing is told everybody, one the packers"


def test_lost_passwords_are_made_anew(sandbox: SandboxProcess, tmp_path: Path) -> None:
    make_world(sandbox.control, tmp_path, lambda _text: None)
    (tmp_path / "sign-ins.json").unlink()
    make_world(sandbox.control, tmp_path, lambda _text: None)
    one = json.loads((tmp_path / "sign-ins.json").read_text())[0]
    assert Staff.objects.get(username=one["username"]).check_password(one["password"])


def test_a_sandbox_that_moved_or_forgot_is_told_again(sandbox: SandboxProcess, tmp_path: Path) -> None:
    make_world(sandbox.control, tmp_path, lambda _text: None)
    Shop.objects.update(gateway_url="http://127.0.0.1:9/router/rest")
    sandbox.control.reset()
    make_world(sandbox.control, tmp_path, lambda _text: None)
    assert set(Shop.objects.values_list("gateway_url", flat=True)) == {sandbox.control.gateway}
    for shop in Shop.objects.all():
        assert sandbox.control.generate(shop.name, 2)


def test_the_street_orders_pays_and_misbehaves(sandbox: SandboxProcess, tmp_path: Path) -> None:
    make_world(sandbox.control, tmp_path, lambda _text: None)
    sellers = tuple(Shop.objects.order_by("code").values_list("name", flat=True))
    street = Street(sandbox.control, sellers, random.Random(5))
    street.misbehave()
    assert len(sandbox.control.stats()["faults"]) == len(FAULTS)
    street.order(60, minutes=FRESH)
    before = dict(street_states(street))
    assert len(before) == 60
    for _ in range(4):
        street.live()
    after = dict(street_states(street))
    assert {tid for tid in before if before[tid] != after[tid]}
    street.calm_down()
    assert sandbox.control.stats()["faults"] == []


def street_states(street: Street) -> Iterator[tuple[str, str]]:
    for _seller, trade in street.trades():
        yield trade["tid"], trade["modified"]


@pytest.mark.parametrize("command", [["make_demo_world"], ["play_demo_day"]])
def test_nothing_of_the_demo_runs_in_production(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setattr("django.conf.settings.PRODUCTION", True)
    with pytest.raises(CommandError, match="production"):
        call_command(*command, "--sandbox", "http://127.0.0.1:9")


def test_every_scene_is_played_and_a_buyer_stays_the_same(sandbox: SandboxProcess, tmp_path: Path) -> None:
    make_world(sandbox.control, tmp_path, lambda _text: None)
    sellers = tuple(Shop.objects.order_by("code").values_list("name", flat=True))
    scenes = Street(sandbox.control, sellers, random.Random(5)).scenes
    assert scenes.open(2) == len(scenes.tids())
    assert {len(groups) for name, groups in scenes.made.items() if name != "waits"} == {2}
    assert scenes.join() == 2
    assert scenes.join() == 0
    for group in (*scenes.made["merge"], *scenes.made["join"]):
        trades = [sandbox.control.trade(seller, tid) for seller, tid in group]
        assert len(trades) > 1
        assert len({(trade["buyer_open_uid"], trade["oaid"]) for trade in trades}) == 1
    for group in scenes.made["two shops"]:
        assert len({seller for seller, _tid in group}) == 2
        assert len({sandbox.control.trade(*tid)["buyer_open_uid"] for tid in group}) == 1
    scenes.pay_finals()
    for ((seller, tid),) in scenes.made["presale"]:
        assert sandbox.control.trade(seller, tid)["step_trade_status"] == "FRONT_PAID_FINAL_PAID"


def test_rules_point_at_what_there_is(sandbox: SandboxProcess, tmp_path: Path) -> None:
    make_world(sandbox.control, tmp_path, lambda _text: None)
    fast = Carrier.objects.get(code="SF")
    assert RoutingRule.objects.get(name="西藏用顺丰").carrier == fast
    assert set(Campaign.objects.values_list("state", flat=True)) == {"live"}
    assert set(Scheme.objects.values_list("kind", flat=True)) == set(Scheme.Kind.values)
    live = RuleVersion.objects.filter(state="live", kind="routing", author_id__isnull=False)
    assert live.count() == RoutingRule.objects.count()
    with pytest.raises(Carrier.DoesNotExist):
        resolve(["@carrier:NOBODY"])
