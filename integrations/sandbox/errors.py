"""Error answers: the platform's codes and the business errors of its methods.

Codes below 100 and their texts come from the platform's error documentation; business failures are code 15 with a
`sub_code`. `sub_code`s of the shipping method are those that published client programs handle; the ones marked "guess"
have no source.
"""

from typing import Any

TEXTS = {
    3: "Upload Fail",
    4: "User Call Limited",
    5: "Session Call Limited",
    6: "Partner Call Limited",
    7: "App Call Limited",
    8: "App Call Exceeds Frequency",
    9: "HTTP Action Not Allowed",
    10: "Service Currently Unavailable",
    11: "Insufficient ISV Permissions",
    12: "Insufficient User Permissions",
    13: "Insufficient Partner Permissions",
    15: "Remote service error",
    21: "Missing Method",
    22: "Invalid Method",
    23: "Invalid Format",
    24: "Missing Signature",
    25: "Invalid Signature",
    26: "Missing Session",
    27: "Invalid Session",
    28: "Missing App Key",
    29: "Invalid App Key",
    30: "Missing Timestamp",
    31: "Invalid Timestamp",
    32: "Missing Version",
    33: "Invalid Version",
    34: "Unsupported Version",
    40: "Missing Required Arguments",
    41: "Invalid Arguments",
    42: "Forbidden Request",
    43: "Parameter Error",
    50: "Remote service error",
    53: "Insufficient security level",
}

SHIPPING = "isv.logistics-offline-service-error"
# What the shipping methods refuse, by the code behind the colon. B04 is also said of closed trades by the real gateway.
SHIPPING_REFUSALS = {
    "B01": "订单不存在",
    "B02": "订单状态不对",
    "B04": "订单状态不对该物流订单已经发货或者已关闭，不能重复发货",
    "B27": "订单存在退款，不能发货",  # guess: the code is known for orders that must not be shipped, its text is not
    "B57": "该物流公司不支持自己联系",
    "B60": "运单号不符合规则或已经被使用",
    "CD24": "子订单列表不在对应的物流订单中，请传入对应的子订单列表",
    "CD25": "拆单标记和子订单列表两者必须都填或者都不填",
    "CD26": "拆分的子订单没有传子订单号",
    "CD19": "订单未发货，请先发货后再修改",
    "P07": "未作修改",
}


class TopError(Exception):
    """A call the platform refuses; becomes `error_response` with HTTP status 200."""

    def __init__(self, code: int, sub_code: str = "", sub_msg: str = "", msg: str = "") -> None:
        super().__init__(f"{code} {sub_code}")
        self.code, self.sub_code, self.sub_msg = code, sub_code, sub_msg
        self.msg = msg or TEXTS.get(code, "Remote service error")

    def body(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"code": self.code, "msg": self.msg}
        if self.sub_code:
            answer["sub_code"] = self.sub_code
        if self.sub_msg:
            answer["sub_msg"] = self.sub_msg
        return answer


def missing(name: str) -> TopError:
    return TopError(40, "isv.missing-parameter", f"{name} is required", f"Missing required arguments:{name}")


def invalid(name: str, why: str) -> TopError:
    return TopError(41, "isv.invalid-parameter", f"{name}: {why}", f"Invalid arguments:{name}")


def no_such_trade() -> TopError:
    return TopError(15, "isv.trade-not-exist", "交易不存在")


def refused_shipping(reason: str, group: str = SHIPPING) -> TopError:
    return TopError(15, f"{group}:{reason}", SHIPPING_REFUSALS[reason])


def limited(seconds: int) -> TopError:
    """Code 7; the caller reads the pause from `sub_msg`."""
    text = f"This ban will last for {seconds} more seconds"
    return TopError(7, "accesscontrol.limited-by-api-access-count", text)
