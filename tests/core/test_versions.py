"""Rule versions: one door for every change, drafts beside the live version, nothing lost."""

from __future__ import annotations

import pytest
from django.db import transaction

from oms.core import events, versions
from oms.core.models import RuleVersion
from warehouse.models import Carrier, FreightTable

pytestmark = pytest.mark.django_db


def content(carrier: Carrier, name: str = "YTO", price: str = "6.00") -> dict[str, object]:
    return {"name": name, "carrier": carrier.id, "rates": [{"prefix": "", "first_price": price}]}


@pytest.fixture
def carrier() -> Carrier:
    return Carrier.objects.create(code="YTO", name="圆通")


def saved(carrier: Carrier) -> RuleVersion:
    return versions.save_rule("freight", content(carrier), author_id=3, note="first")


def live_name(rule_id: int | None) -> tuple[str, int]:
    table = FreightTable.objects.get(id=rule_id or 0)
    return table.name, table.version


def test_every_change_is_a_version_with_author_and_note(carrier: Carrier) -> None:
    first = saved(carrier)
    assert first.rule_id is not None
    versions.change_rule("freight", first.rule_id, {"name": "YTO 2"}, author_id=4, note="renamed")
    found = versions.versions_of("freight", first.rule_id).values_list("version", "state", "author_id", "note")
    assert list(found) == [(2, "live", 4, "renamed"), (1, "past", 3, "first")]
    assert live_name(first.rule_id) == ("YTO 2", 2)


def test_draft_leaves_the_live_version_until_it_is_put_live(carrier: Carrier) -> None:
    first = saved(carrier)
    draft = versions.draft("freight", content(carrier, "Draft"), author_id=4, rule_id=first.rule_id)
    assert live_name(first.rule_id) == ("YTO", 1)
    live = versions.put_live(draft.id, author_id=5)
    assert (live.version, live.state) == (2, "live")
    assert live_name(first.rule_id) == ("Draft", 2)
    assert list(versions.drafts_of("freight")) == []


def test_draft_of_a_rule_that_is_not_there_yet(carrier: Carrier) -> None:
    draft = versions.draft("freight", content(carrier), author_id=4)
    assert FreightTable.objects.count() == 0
    live = versions.put_live(draft.id, author_id=4)
    assert live_name(live.rule_id) == ("YTO", 1)


def test_draft_of_an_overtaken_version_is_refused(carrier: Carrier) -> None:
    first = saved(carrier)
    draft = versions.draft("freight", content(carrier, "Draft"), author_id=4, rule_id=first.rule_id)
    versions.save_rule("freight", content(carrier, "Meanwhile"), author_id=5, rule_id=first.rule_id)
    with pytest.raises(versions.UnableToSaveRule) as refused:
        versions.put_live(draft.id, author_id=4)
    assert [problem.code for problem in refused.value.problems] == ["changed_meanwhile"]
    assert live_name(first.rule_id) == ("Meanwhile", 2)


def test_earlier_version_comes_back_as_a_new_one(carrier: Carrier) -> None:
    first = saved(carrier)
    versions.save_rule("freight", content(carrier, "Second", "9.00"), author_id=5, rule_id=first.rule_id)
    back = versions.put_live(first.id, author_id=6)
    assert (back.version, back.content) == (3, first.content)
    assert live_name(first.rule_id) == ("YTO", 3)


def test_dropped_draft_cannot_go_live(carrier: Carrier) -> None:
    draft = versions.draft("freight", content(carrier), author_id=4)
    assert versions.drop_draft(draft.id)
    assert not versions.drop_draft(draft.id)
    with pytest.raises(versions.UnableToSaveRule):
        versions.put_live(draft.id, author_id=4)


def test_author_who_saw_an_older_version_is_refused(carrier: Carrier) -> None:
    first = saved(carrier)
    versions.save_rule("freight", content(carrier, "Second"), author_id=5, rule_id=first.rule_id)
    with pytest.raises(versions.UnableToSaveRule):
        versions.save_rule("freight", content(carrier), author_id=6, rule_id=first.rule_id, expected_version=1)


def test_rule_from_before_versions_keeps_what_it_said(carrier: Carrier) -> None:
    table = FreightTable.objects.create(name="Old", carrier=carrier)
    table.rates.create(first_price=4)
    versions.save_rule("freight", content(carrier, "New"), author_id=5, rule_id=table.id)
    old = versions.versions_of("freight", table.id).get(version=1)
    assert (old.content["name"], old.content["rates"][0]["first_price"]) == ("Old", "4.00")


def test_refused_change_leaves_no_trace(carrier: Carrier) -> None:
    first = saved(carrier)
    with pytest.raises(versions.UnableToSaveRule):
        versions.save_rule("freight", {**content(carrier, "Second"), "rates": []}, author_id=5, rule_id=first.rule_id)
    assert live_name(first.rule_id) == ("YTO", 1)
    assert RuleVersion.objects.count() == 1


def test_news_is_told_in_the_same_transaction(carrier: Carrier) -> None:
    heard: list[versions.RuleWentLive] = []
    events.subscribe(versions.RuleWentLive, heard.append)
    try:
        with transaction.atomic():
            first = saved(carrier)
    finally:
        events._subscribers[versions.RuleWentLive].remove(heard.append)
    assert heard == [versions.RuleWentLive("freight", first.rule_id or 0, 1)]
