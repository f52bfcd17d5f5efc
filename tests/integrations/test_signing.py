"""Signatures against published and recomputed examples of the platform, not against our own sandbox."""

from __future__ import annotations

import pytest

from integrations.platforms.taobao.signing import canonical, sign

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
COMMON = {
    "app_key": "23456789",
    "format": "json",
    "session": "6100e23a06fasession",
    "timestamp": "2026-03-01 10:00:00",
    "v": "2.0",
}
INCREMENT = COMMON | {
    "method": "taobao.trades.sold.increment.get",
    "fields": "tid,status,payment,orders",
    "start_modified": "2026-03-01 09:30:00",
    "end_modified": "2026-03-01 10:00:00",
    "page_no": "1",
    "page_size": "100",
    "use_has_next": "true",
}
MEMO = COMMON | {"method": "taobao.trade.memo.update", "tid": "2231958349921234", "memo": "加急发货", "flag": "1"}


@pytest.mark.parametrize(
    ("parameters", "secret", "method", "signature"),
    [
        (PUBLISHED, "helloworld", "md5", "66987CB115214E59E6EC978214934FB8"),
        (PUBLISHED, "helloworld", "hmac", "D56D7858309C31B6251083A874D48273"),
        (PUBLISHED, "helloworld", "hmac-sha256", "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8"),
        (INCREMENT, "demo_top_secret", "hmac", "95D4B57E81C1B3016734B073035A8B89"),
        (MEMO, "demo_top_secret", "md5", "AD80C9C98F639E5003C37836E6EEE364"),
    ],
)
def test_the_examples_come_out(parameters: dict[str, str], secret: str, method: str, signature: str) -> None:
    assert sign(parameters | {"sign_method": method}, secret) == signature


def test_the_text_leaves_out_the_signature_and_what_is_empty() -> None:
    assert canonical({"b": "2", "a": "1", "sign": "x", "empty": "", "": "nameless"}) == "a1b2"


def test_names_are_sorted_by_bytes() -> None:
    assert canonical({"a_b": "3", "aB": "2", "a1": "1", "ab": "4"}) == "a11aB2a_b3ab4"


def test_another_method_is_refused() -> None:
    with pytest.raises(KeyError):
        sign({"sign_method": "sha1"}, "secret")
