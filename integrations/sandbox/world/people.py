"""Buyers: names, phones, nicks, what they and the clerks write, and how the platform masks it."""

import hashlib
import random
from dataclasses import dataclass

from integrations.sandbox.words import words

from .places import Place, draw_place

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
)
_DOUBLE_SURNAMES = ("欧阳", "司马", "上官", "诸葛")
_GIVEN = (
    "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰婷雪梅琳晨宇浩然子轩梓涵欣怡佳琪思远嘉豪雨桐诗琪俊博文天佑"
    "志国建红春燕海鹏飞龙雷蕾薇倩颖丹凤云莉君瑞安宁"
)
_PREFIXES = words(
    "133 135 136 137 138 139 150 151 152 155 157 158 159 166 173 176 177 178 180 182 185 186 187 188 189 199"
)
_NICK_PARTS = words("tb 小 快乐 一只 爱吃 夏天 north sun cat 阳光 星 lucky 老 阿 mm zhang li")
MESSAGES = (
    "请尽快发货，谢谢",
    "麻烦包装好一点，送人的",
    "周末不在家，请工作日送货",
    "不要发邮政",
    "发顺丰，运费可以补",
    "颜色不要发错了",
    "尺码偏大的话请换小一码",
    "请放快递柜，不要打电话",
    "要开发票，抬头：个人",
    "生日礼物，请附贺卡😊",
)
MEMOS = (
    "客户要求发顺丰",
    "已补运费差价5元",
    "老客户，送小样一份",
    "等客户确认颜色后再发",
    "加急，今天必须发出",
    "地址已与客户核对",
    "缺货，已沟通下周一发",
    "改地址，见聊天记录",
)


@dataclass(frozen=True)
class Buyer:
    nick: str
    open_uid: str
    name: str
    mobile: str
    phone: str
    place: Place


def draw_buyer(rng: random.Random, landline_share: float, county_share: float) -> Buyer:
    surname = rng.choice(_DOUBLE_SURNAMES) if rng.random() < 0.02 else rng.choice(_SURNAMES)
    name = surname + "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2, 2))))
    mobile, phone = rng.choice(_PREFIXES) + f"{rng.randrange(10**8):08d}", ""
    if rng.random() < landline_share:
        mobile, phone = "", f"0{rng.randint(311, 999)}-{rng.randint(20000000, 89999999)}"
    nick = rng.choice(_NICK_PARTS) + rng.choice(_NICK_PARTS) + str(rng.randrange(10 ** rng.randint(2, 6)))
    uid = "AAH" + hashlib.sha256(f"{nick}{rng.random()}".encode()).hexdigest()[:21]
    return Buyer(nick, uid, name, mobile, phone, draw_place(rng, county_share))


# -- masks, as the platform shows personal data to applications (their exact form is a guess) ------------------------


def mask_nick(nick: str) -> str:
    return f"{nick[:1]}**{nick[-1:]}"


def mask_name(name: str) -> str:
    return name[:1] + "*" * max(1, len(name) - 1)


def mask_mobile(mobile: str) -> str:
    return "*" * max(0, len(mobile) - 4) + mobile[-4:]


def mask_address(address: str) -> str:
    """`文三路18号…` → `文*路***`: the street can be guessed, the house cannot."""
    street = address[:3]
    return f"{street[:1]}*{street[2:]}***"


def oaid(shop: str, buyer: Buyer) -> str:
    """The id of a receiver; another one in every shop."""
    facts = f"{shop}/{buyer.name}/{buyer.mobile}{buyer.phone}/{buyer.place}"
    return "1" + hashlib.sha256(facts.encode()).hexdigest()[:31] + "Iz"
