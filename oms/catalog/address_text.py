"""A receiver pasted as one text, as buyers and chats give it: name, phone, place and address in any order, labelled or not.

    张三，13812345678，浙江省杭州市西湖区文三路 478 号
    收货人: 张三 / 手机号码: 138-1234-5678 / 所在地区: 浙江省杭州市西湖区 / 详细地址: 文三路 478 号
    13812345678 杭州西湖文三路478号 张三收

Steps: take the phone out; take the labels off; find the part that names a place by the region table; of the other parts the one that
looks like a name is the name, the rest belongs to the address. What is not found stays empty, for the person to fill in.
"""

from __future__ import annotations

import re
import unicodedata

from oms.catalog.receivers import ReceiverData
from oms.catalog.regions import region_index

LONGEST = 500
_PHONE = re.compile(
    r"(?<!\d)(?:\+?86[-\s]?)?(1[3-9]\d[-\s]?\d{4}[-\s]?\d{4})((?:[-,转#]|\s转)\s?\d{1,6})?(?!\d)|(?<!\d)(0\d{2,3}-\d{7,8})(?!\d)"
)
_LABEL = re.compile(
    r"(?:收货人|收件人|联系人|姓名|名字|手机号码|手机号|手机|联系电话|电话号码|电话|所在地区|所在省市|地区|省市区|"
    r"详细地址|收货地址|收件地址|街道地址|地址|邮政编码|邮编)\s*[:：]\s*"
)
_PARTS = re.compile(r"[\n\r\t,，;；、|/]+|\s{1,}")
_ZIP = re.compile(r"^\d{6}$")
_NAME = re.compile(r"^(?:[\u4e00-\u9fff·]{2,6}|[A-Za-z][A-Za-z .·]{1,30})$")
_TAIL = re.compile(r"[（(]?收[)）]?$")


def read_receiver(text: str) -> ReceiverData:
    """The receiver as far as it can be told; pure but for the region table."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).replace("\0", "")
    phone, plain = _take_phone(plain)
    plain = _LABEL.sub("\n", plain)
    parts = [part.strip() for part in _PARTS.split(plain) if part.strip()]
    zip_code = next((part for part in parts if _ZIP.match(part)), "")
    parts = [part for part in parts if part != zip_code]
    name, parts = _take_name(parts)
    province, city, district, rest = region_index().read("".join(parts))
    if not province:
        rest = " ".join(parts)
    elif len(parts) > 1:
        rest = _spaced(rest, parts)
    return ReceiverData(name, phone, rest, province, city, district, zip_code=zip_code)


def _take_phone(text: str) -> tuple[str, str]:
    found = _PHONE.search(text)
    if found is None:
        return "", text
    number = found.group(3) or re.sub(r"\D", "", found.group(1))
    extension = re.sub(r"\D", "", found.group(2) or "")
    return f"{number}-{extension}" if extension else number, f"{text[: found.start()]}\n{text[found.end() :]}"


def _take_name(parts: list[str]) -> tuple[str, list[str]]:
    """The first or last part that looks like a name and is no place."""
    index = region_index()
    for position in dict.fromkeys([0, len(parts) - 1, *range(len(parts))]):
        if not parts:
            break
        word = _TAIL.sub("", parts[position])
        if _NAME.match(word) and not index.read(word)[0]:
            return word, [part for at, part in enumerate(parts) if at != position]
    return "", parts


def _spaced(rest: str, parts: list[str]) -> str:
    """The address with the blanks that it was given."""
    spaced = " ".join(parts)
    wanted = len(rest)
    for start in range(len(spaced)):
        if spaced[start] != " " and len(spaced[start:].replace(" ", "")) == wanted:
            return spaced[start:]
    return rest
