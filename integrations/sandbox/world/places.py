"""Real places of delivery with plausible streets. Names are written as the platform writes them.

Of county-level cities directly under a province the platform leaves `receiver_city` empty; Dongguan and Zhongshan have
towns but no districts.
"""

import random
from dataclasses import dataclass

from integrations.sandbox.words import words

# state, city, district, postcode
_ORDINARY = """
北京|北京市|朝阳区|100020
北京|北京市|海淀区|100080
北京|北京市|通州区|101100
天津|天津市|南开区|300100
天津|天津市|武清区|301700
上海|上海市|浦东新区|200120
上海|上海市|闵行区|201100
上海|上海市|徐汇区|200030
重庆|重庆市|渝北区|401120
重庆|重庆市|万州区|404000
河北省|石家庄市|长安区|050000
河北省|保定市|竞秀区|071000
河北省|唐山市|路南区|063000
山西省|太原市|小店区|030000
山西省|大同市|平城区|037000
内蒙古自治区|呼和浩特市|赛罕区|010000
内蒙古自治区|包头市|昆都仑区|014000
辽宁省|沈阳市|和平区|110000
辽宁省|大连市|甘井子区|116000
吉林省|长春市|朝阳区|130000
黑龙江省|哈尔滨市|南岗区|150000
黑龙江省|大庆市|让胡路区|163000
江苏省|南京市|鼓楼区|210000
江苏省|苏州市|昆山市|215300
江苏省|无锡市|滨湖区|214000
江苏省|徐州市|沛县|221600
浙江省|杭州市|西湖区|310000
浙江省|杭州市|余杭区|311100
浙江省|宁波市|鄞州区|315100
浙江省|金华市|义乌市|322000
浙江省|温州市|鹿城区|325000
安徽省|合肥市|蜀山区|230000
安徽省|阜阳市|颍州区|236000
福建省|福州市|鼓楼区|350000
福建省|厦门市|思明区|361000
福建省|泉州市|晋江市|362200
江西省|南昌市|红谷滩区|330000
江西省|赣州市|章贡区|341000
山东省|济南市|历下区|250000
山东省|青岛市|市南区|266000
山东省|临沂市|兰山区|276000
河南省|郑州市|金水区|450000
河南省|洛阳市|涧西区|471000
河南省|南阳市|卧龙区|473000
湖北省|武汉市|洪山区|430070
湖北省|襄阳市|樊城区|441000
湖南省|长沙市|岳麓区|410000
湖南省|衡阳市|蒸湘区|421000
广东省|广州市|天河区|510630
广东省|广州市|番禺区|511400
广东省|深圳市|南山区|518000
广东省|深圳市|宝安区|518100
广东省|佛山市|顺德区|528300
广西壮族自治区|南宁市|青秀区|530000
广西壮族自治区|桂林市|七星区|541000
海南省|海口市|美兰区|570000
四川省|成都市|武侯区|610000
四川省|成都市|双流区|610200
四川省|绵阳市|涪城区|621000
贵州省|贵阳市|南明区|550000
云南省|昆明市|五华区|650000
云南省|大理白族自治州|大理市|671000
西藏自治区|拉萨市|城关区|850000
陕西省|西安市|雁塔区|710000
陕西省|榆林市|榆阳区|719000
甘肃省|兰州市|城关区|730000
青海省|西宁市|城西区|810000
宁夏回族自治区|银川市|金凤区|750000
新疆维吾尔自治区|乌鲁木齐市|天山区|830000
新疆维吾尔自治区|伊犁哈萨克自治州|伊宁市|835000
"""
_COUNTY_LEVEL = """
河南省||济源市|459000
湖北省||仙桃市|433000
湖北省||潜江市|433100
湖北省||天门市|431700
海南省||琼海市|571400
海南省||文昌市|571300
新疆维吾尔自治区||石河子市|832000
"""
_WITHOUT_DISTRICTS = """
广东省|东莞市|南城街道|523000
广东省|东莞市|虎门镇|523900
广东省|中山市|小榄镇|528400
"""
_STREETS = words(
    "中山路 人民路 解放路 建设路 文化路 和平路 新华路 长江路 黄河路 北京路 学院路 科技路 滨江路 迎宾大道 世纪大道 "
    "朝阳街 花园街 振兴街 青年路 胜利路 健康路 工业大道 友谊路 湖滨路 凤凰路 光明路 幸福路 延安路 团结路 民主路"
)
_ESTATES = words(
    "阳光花园 金色家园 翠苑小区 锦绣江南 万科城 碧桂园 绿地世纪城 中海国际 水岸名邸 东方明珠 恒大名都 保利花园 "
    "紫金苑 丽景湾 书香门第 龙湖天街 幸福里 香樟园 和谐家园 盛世豪庭"
)
_TOWERS = words("创业大厦 国际金融中心 科技园A座 软件园二期3号楼 万达广场写字楼 信息产业园 商务中心B座 大学城创客空间")
_VILLAGES = words("王家 李庄 新民 前进 东风 石桥 柳林 大湾 上河 南坪")


@dataclass(frozen=True)
class Place:
    state: str
    city: str
    district: str
    town: str
    zip: str
    address: str


def _read(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.split()]


def draw_place(rng: random.Random, county_share: float) -> Place:
    """A place; with the share given it is a county-level city whose `city` is empty."""
    if rng.random() < county_share:
        state, city, district, postcode = rng.choice(_read(_COUNTY_LEVEL))
        return Place(state, city, district, "", postcode, _draw_address(rng, rural=0.4))
    if rng.random() < 0.04:
        state, city, town, postcode = rng.choice(_read(_WITHOUT_DISTRICTS))
        return Place(state, city, "", town, postcode, _draw_address(rng, rural=0.1))
    state, city, district, postcode = rng.choice(_read(_ORDINARY))
    town = rng.choice(("", "", "城关镇", "中心街道", "新城街道"))
    return Place(state, city, district, town, postcode, _draw_address(rng, rural=0.05))


def _draw_address(rng: random.Random, rural: float) -> str:
    street, number = rng.choice(_STREETS), rng.randint(1, 999)
    if rng.random() < rural:
        return f"{rng.choice(_VILLAGES)}村{rng.randint(1, 12)}组{rng.randint(1, 80)}号"
    kind = rng.random()
    if kind < 0.6:
        block, unit, room = rng.randint(1, 36), rng.randint(1, 4), rng.randint(1, 33) * 100 + rng.randint(1, 6)
        return f"{street}{number}号{rng.choice(_ESTATES)}{block}栋{unit}单元{room}室"
    if kind < 0.85:
        return f"{street}{number}号{rng.choice(_TOWERS)}{rng.randint(1, 28)}楼{rng.randint(1, 20):02d}室"
    return f"{street}{number}号{rng.choice(_ESTATES)}菜鸟驿站"
