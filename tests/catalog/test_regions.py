"""Addresses as platforms write them, resolved over the real list of regions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from oms.catalog.models import Region
from oms.catalog.regions import region_index
from oms.catalog.regions_data import default_folder, load_regions, read_regions
from oms.config import ROOT
from oms.core.errors import UnableTo

pytestmark = pytest.mark.django_db

# province, city, district: the place that must be found
ADDRESSES = [
    ("北京市", "北京市", "朝阳区", "110105"),
    ("北京", "北京市", "朝阳区", "110105"),
    ("上海", "上海", "浦东新区", "310115"),
    ("重庆市", "重庆市", "城口县", "500229"),  # a county beside the city of the municipality
    ("重庆", "重庆市", "万州区", "500101"),
    ("河南省", "", "济源市", "419001"),
    ("河南省", "省直辖县级行政区划", "济源市", "419001"),
    ("湖北省", "仙桃市", "", "429004"),
    ("湖北省", "", "仙桃", "429004"),
    ("新疆维吾尔自治区", "", "石河子市", "659001"),
    ("新疆", "自治区直辖县级行政区划", "石河子市", "659001"),
    ("广东省", "东莞市", "", "441900"),
    ("广东省", "东莞市", "虎门镇", "441900"),  # a town, no district: the city is all that is fixed
    ("广东", "中山市", "", "442000"),
    ("新疆", "伊犁哈萨克自治州", "伊宁市", "654002"),
    ("新疆维吾尔自治区", "伊犁哈萨克自治州", "伊宁县", "654021"),
    ("新疆", "伊犁哈萨克自治州", "伊宁", "654000"),  # two places of that stem: neither is guessed
    ("广西", "南宁", "青秀区", "450103"),
    ("广西壮族自治区", "南宁市", "青秀区", "450103"),
    ("内蒙古", "呼和浩特市", "赛罕区", "150105"),
    ("吉林省", "吉林市", "", "220200"),
    ("吉林省", "长春市", "朝阳区", "220104"),
    ("江苏省", "苏州市", "昆山市", "320583"),
    ("浙江 省", "杭州 市", "西湖 区", "330106"),
    ("浙江省", "杭州市", "鼓楼区", "330100"),  # a district of another city
    ("香港特别行政区", "", "", "810000"),
    ("香港", "香港岛", "中西区", "810000"),
    ("澳门", "", "", "820000"),
    ("台湾", "台北市", "", "710000"),
]
NOWHERE = [("", "杭州市", "西湖区"), ("火星", "杭州市", "西湖区"), ("", "", "")]


@pytest.fixture
def regions() -> None:
    load_regions()


@pytest.mark.usefixtures("regions")
@pytest.mark.parametrize(("province", "city", "district", "code"), ADDRESSES)
def test_an_address_is_found(province: str, city: str, district: str, code: str) -> None:
    assert region_index().resolve(province, city, district) == code


@pytest.mark.usefixtures("regions")
@pytest.mark.parametrize(("province", "city", "district"), NOWHERE)
def test_nonsense_is_found_nowhere(province: str, city: str, district: str) -> None:
    assert region_index().resolve(province, city, district) is None


def _sandbox_places() -> list[list[str]]:
    """Every place that the sandbox writes, from a process of its own: the two share no code."""
    program = (
        "import json, random; from integrations.sandbox.world.places import draw_place; r = random.Random(1); "
        "print(json.dumps(sorted({(p.state, p.city, p.district) for p in (draw_place(r, 0.1) for _ in range(3000))})))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return [list(map(str, place)) for place in json.loads(done.stdout)]


@pytest.mark.usefixtures("regions")
def test_every_place_of_the_sandbox_is_found_down_to_its_smallest_name() -> None:
    places = _sandbox_places()
    assert len(places) > 60
    names = dict(Region.objects.values_list("code", "name"))
    for province, city, district in places:
        code = region_index().resolve(province, city, district)
        assert code is not None
        assert names[code] == (district or city), (province, city, district)


def test_loading_again_changes_nothing_and_keeps_what_a_new_edition_drops(tmp_path: Path) -> None:
    first = load_regions()
    assert (first.total, first.added, first.renamed) == (Region.objects.count(), first.total, 0)
    again = load_regions()
    assert (again.added, again.renamed) == (0, 0)
    for name in ("provinces.json", "cities.json", "areas.json"):
        entries = json.loads((default_folder() / name).read_text())
        if name == "areas.json":
            entries = [e for e in entries if e["code"] != "330106"]
            next(e for e in entries if e["code"] == "330110")["name"] = "新余杭区"
        (tmp_path / name).write_text(json.dumps(entries))
    newer = load_regions(tmp_path)
    assert (newer.total, newer.added, newer.renamed) == (first.total - 1, 0, 1)
    assert Region.objects.get(code="330110").name == "新余杭区"
    assert Region.objects.get(code="330106").name == "西湖区"


@pytest.mark.usefixtures("regions")
def test_parents_follow_from_the_codes() -> None:
    assert dict(Region.objects.values_list("level").distinct().values_list("level", "level")) == {1: 1, 2: 2, 3: 3}
    assert Region.objects.get(code="330106").parent_id == "330100"
    assert Region.objects.get(code="330100").parent_id == "330000"
    assert not Region.objects.filter(level__gt=1, parent__isnull=True).exists()
    assert Region.objects.filter(code__in=["710000", "810000", "820000"], level=1).count() == 3


def test_a_missing_package_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="make setup"):
        call_command("load_regions", folder=tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '[{"code": "1", "name": "x"}]', '[{"code": 110000, "name": "x"}]'])
def test_a_file_of_another_shape_is_refused_whole(tmp_path: Path, text: str) -> None:
    (tmp_path / "provinces.json").write_text(text)
    with pytest.raises(UnableTo):
        read_regions(tmp_path)
    assert not Region.objects.exists()
