"""Signatures and the other common parameters, over real HTTP."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.sandbox.control_client import ControlClient

from .caller import Caller, Refused, china_time, sign
from .conftest import APP_KEY, SHOP, NewCaller

COMPANIES = "taobao.logistics.companies.get"
SOLD = "taobao.trades.sold.get"

# The vector published with the platform's documentation, and what was recomputed from it for the other methods.
PUBLISHED = {
    "app_key": "12345678",
    "fields": "num_iid,title,nick,price,num",
    "format": "json",
    "method": "taobao.item.seller.get",
    "num_iid": "11223344",
    "session": "test",
    "timestamp": "2016-01-01 12:00:00",
    "v": "2.0",
}
MEMO = {
    "app_key": "23456789",
    "flag": "1",
    "format": "json",
    "memo": "加急发货",
    "method": "taobao.trade.memo.update",
    "session": "6100e23a06fasession",
    "tid": "2231958349921234",
    "timestamp": "2026-03-01 10:00:00",
    "v": "2.0",
}
INCREMENT = {
    "app_key": "23456789",
    "end_modified": "2026-03-01 10:00:00",
    "fields": "tid,status,payment,orders",
    "format": "json",
    "method": "taobao.trades.sold.increment.get",
    "page_no": "1",
    "page_size": "100",
    "session": "6100e23a06fasession",
    "start_modified": "2026-03-01 09:30:00",
    "timestamp": "2026-03-01 10:00:00",
    "use_has_next": "true",
    "v": "2.0",
}


@pytest.mark.parametrize(
    ("parameters", "secret", "how", "expected"),
    [
        (PUBLISHED, "helloworld", "md5", "66987CB115214E59E6EC978214934FB8"),
        (PUBLISHED, "helloworld", "hmac", "D56D7858309C31B6251083A874D48273"),
        (
            PUBLISHED,
            "helloworld",
            "hmac-sha256",
            "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8",
        ),
        (MEMO, "demo_top_secret", "md5", "AD80C9C98F639E5003C37836E6EEE364"),
        (INCREMENT, "demo_top_secret", "hmac", "95D4B57E81C1B3016734B073035A8B89"),
    ],
)
def test_known_vectors(
    parameters: dict[str, str], secret: str, how: str, expected: str, sandbox: ControlClient, new_caller: NewCaller
) -> None:
    """The signature these tests make is the published one, and the gateway accepts what it signs with that secret."""
    signed = parameters | {"sign_method": how}
    assert sign(signed, secret) == expected
    sandbox.add_app(parameters["app_key"], secret)
    caller = new_caller(secret=secret)
    assert caller.call(COMPANIES, fields="code", app_key=parameters["app_key"], sign_method=how)["logistics_companies"]


@pytest.mark.parametrize("how", ["md5", "hmac", "hmac-sha256"])
def test_every_method_of_signing_is_accepted(sandbox: ControlClient, how: str, new_caller: NewCaller) -> None:
    caller = new_caller(sign_method=how)
    assert caller.call(SOLD, fields="tid")["total_results"] == 0
    (tid,) = sandbox.add_trades(SHOP, {"lines": [{"outer_sku_id": "A01-L"}]})
    caller.call("taobao.trade.memo.update", tid=tid, memo="加急 & 发货=+%😊", flag=3)
    assert sandbox.trade(SHOP, tid)["seller_memo"] == "加急 & 发货=+%😊"


@pytest.mark.parametrize("how", ["md5", "hmac", "hmac-sha256"])
def test_wrong_signatures_are_refused(how: str, new_caller: NewCaller) -> None:
    caller = new_caller(sign_method=how)
    good = caller.parameters(SOLD, fields="tid")
    right = sign(good, caller.secret)
    forged = [
        good | {"sign": right.lower()},
        good | {"sign": right, "fields": "tid,payment"},
        good | {"sign": right, "extra": "1"},
        good | {"sign": sign(good, "another secret")},
        good | {"sign": "错"},
    ]
    codes = [caller.post(parameters).json()["error_response"]["code"] for parameters in forged]
    assert codes == [25] * len(forged)


def test_signing_with_another_method_than_told_is_refused(caller: Caller) -> None:
    good = caller.parameters(SOLD, fields="tid")
    other = sign(good | {"sign_method": "hmac"}, caller.secret)
    assert caller.post(good | {"sign": other}).json()["error_response"]["code"] == 25
    assert caller.post(good | {"sign": other, "sign_method": "sha1"}).json()["error_response"]["code"] == 25


def test_empty_values_are_no_part_of_the_signature(caller: Caller) -> None:
    parameters = caller.parameters(SOLD, fields="tid")
    signature = sign(parameters, caller.secret)
    assert "trades_sold_get_response" in caller.post(parameters | {"status": "", "sign": signature}).json()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text("abcXYZ019_é中", min_size=1, max_size=8).filter(lambda name: name != "v"),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        max_size=5,
    ),
    st.sampled_from(["md5", "hmac", "hmac-sha256"]),
)
def test_any_parameters_are_signed_alike(caller: Caller, extra: dict[str, str], how: str) -> None:
    parameters = caller.parameters(COMPANIES, fields="code", **extra) | {"sign_method": how}
    assert "logistics_companies_get_response" in caller.post(parameters).json()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": None}, 21),
        ({"method": "taobao.nothing.get"}, 22),
        ({"format": "yaml"}, 23),
        ({"app_key": None}, 28),
        ({"app_key": "unknown"}, 29),
        ({"timestamp": None}, 30),
        ({"timestamp": "2026/03/01 10:00:00"}, 31),
        ({"timestamp": "1772330400"}, 31),
        ({"v": None}, 32),
        ({"v": "two"}, 33),
        ({"v": "1.0"}, 34),
        ({"sign": ""}, 24),
        ({"session": None}, 26),
        ({"session": "stolen"}, 27),
        ({"fields": None}, 40),
        ({"page_size": "101"}, 41),
        ({"page_no": "0"}, 41),
        ({"status": "SOMETHING"}, 41),
    ],
)
def test_each_wrong_parameter_has_its_code(caller: Caller, change: dict[str, str | None], code: int) -> None:
    parameters = caller.parameters(SOLD, **{"fields": "tid", **change})
    response = caller.post(parameters)
    assert response.status_code == 200
    if parameters.get("format") == "json":
        answer = response.json()["error_response"]
        assert answer["code"] == code
        assert answer["msg"]
        assert answer["request_id"]
    else:
        assert f"<code>{code}</code>" in response.text


@pytest.mark.parametrize(("minutes", "accepted"), [(-9.8, True), (9.8, True), (-10.2, False), (10.2, False)])
def test_the_clock_may_be_ten_minutes_off(caller: Caller, minutes: float, accepted: bool) -> None:
    answer = caller.post(caller.parameters(COMPANIES, fields="code", timestamp=china_time(minutes=minutes))).json()
    assert ("error_response" not in answer) is accepted


def test_a_timestamp_in_another_time_zone_is_refused(caller: Caller) -> None:
    with pytest.raises(Refused) as refused:
        caller.call(COMPANIES, fields="code", timestamp=china_time(hours=-8))
    assert refused.value.code == 31


def test_only_post_is_answered(caller: Caller) -> None:
    parameters = caller.parameters(SOLD, fields="tid")
    response = caller.client.get(caller.gateway, params=parameters | {"sign": sign(parameters, caller.secret)})
    assert response.json()["error_response"]["code"] == 9


def test_a_session_is_good_for_its_own_app_only(sandbox: ControlClient, new_caller: NewCaller) -> None:
    sandbox.add_app("other", "other secret")
    caller = new_caller(app_key="other", secret="other secret")
    with pytest.raises(Refused) as refused:
        caller.call(SOLD, fields="tid")
    assert (refused.value.code, refused.value.sub_code) == (27, "isv.invalid-session")


def test_a_renewed_session_replaces_the_old_one(sandbox: ControlClient, caller: Caller, new_caller: NewCaller) -> None:
    sandbox.add_shop(SHOP, session="new session", app_key=APP_KEY)
    with pytest.raises(Refused) as refused:
        caller.call(SOLD, fields="tid")
    assert refused.value.code == 27
    assert new_caller(session="new session").call(SOLD, fields="tid")["total_results"] == 0


def test_methods_can_be_denied(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.add_app(APP_KEY, caller.secret, denied_methods=[SOLD])
    with pytest.raises(Refused) as refused:
        caller.call(SOLD, fields="tid")
    assert refused.value.code == 11
