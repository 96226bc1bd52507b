"""The guides of the engineer, followed in a copy of the repository: what they add is there, checked and in use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.guides import Copy, commands
from tests.small_city import DAYS, SmallCity

pytestmark = pytest.mark.slow
AS_OF = " ".join(f"--as-of {day}" for day in DAYS)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "repository")


def delivered(folder: Path) -> Settings:
    """A small city's deliveries, not built yet."""
    city = SmallCity(folder)
    city.deliver_all()
    return city.settings


def checked(copy: Copy, guide: str) -> str:
    """Run the guide's own checks; its documents are generated without looking after libraries."""
    return copy.run(
        commands(guide, ".venv/bin/python cli.py check").replace("make docs", ".venv/bin/python docs/generate.py")
    )


def built(copy: Copy, settings: Settings) -> Warehouse:
    copy.run(f".venv/bin/python cli.py build --data '{settings.data}' {AS_OF}")
    return Warehouse.read(build_file(settings, str(current_build(settings))))


def test_a_feed_is_declared_delivered_and_documented(copy: Copy, tmp_path: Path) -> None:
    copy.apply("add-a-feed")
    assert "passed" in checked(copy, "add-a-feed")
    tried = copy.run(commands("add-a-feed", ".venv/bin/python cli.py try"))
    assert "2 行 = 合格 1 + 排除 0 + 隔离 1" in tried
    settings = delivered(tmp_path / "city")
    target = settings.landing / "registry" / "2020-10-01" / "chattel_mortgage_演示数据.csv"
    target.parent.mkdir()
    target.write_bytes((copy.folder / "chattel_mortgage.csv").read_bytes())
    with built(copy, settings) as build:
        assert build.rows("SELECT mortgage_no, amount_wan FROM core.chattel_mortgage") == [("DC2020-0017", 120)]
        assert build.rows("SELECT rule, field FROM quarantine.chattel_mortgage") == [("kind", "registered_on")]
    assert "chattel_mortgage" in (copy.folder / "docs/reference/feeds.md").read_text(encoding="utf-8")


def test_an_indicator_computes_and_is_documented(copy: Copy, tmp_path: Path) -> None:
    copy.apply("add-an-indicator")
    assert "passed" in checked(copy, "add-an-indicator")
    with built(copy, delivered(tmp_path / "city")) as build:
        assert build.value("SELECT count(C4_warning_count_1y) FROM mart.indicator") > 0
    assert "C4_warning_count_1y" in (copy.folder / "docs/reference/indicators.md").read_text(encoding="utf-8")


def test_a_page_opens_for_its_roles_and_refuses_the_others(copy: Copy) -> None:
    copy.apply("add-a-page")
    copy.run(commands("add-a-page", ".venv/bin/ruff check"))


def test_a_warning_rule_raises_what_it_should(copy: Copy, tmp_path: Path) -> None:
    copy.apply("add-a-warning-rule")
    assert "passed" in checked(copy, "add-a-warning-rule")
    city = SmallCity(tmp_path / "city")
    city.deliver_all()
    city.deliver(
        "equipment/2020-09-01/special_equipment.csv",
        ("uscc", "equipment_code", "equipment_class", "in_use_from", "status", "next_due_on"),
        [("91220502000000019W", "E1", "3000", "2015-05-01", "in_use", "2020-09-20")],
    )
    with built(copy, city.settings) as build:
        found = build.rows("SELECT level, subject, detail FROM mart.warning WHERE rule = 'W10'")
    assert [(level, subject) for level, subject, _ in found] == [(2, "91220502000000019W")]
    assert json.loads(found[0][2])["late_days"] == 25
    assert "W10" in (copy.folder / "docs/reference/policies.md").read_text(encoding="utf-8")


def test_another_city_is_set_up_from_nothing(copy: Copy) -> None:
    copy.run(commands("another-city", "mkdir"))
    copy.apply("another-city")
    said = copy.run(commands("another-city", ".venv/bin/python cli.py check"))
    assert "声明无误" in said and "已发布构建" in said
    settings = Settings.load(copy.folder / "甲市")
    with Warehouse.read(build_file(settings, str(current_build(settings)))) as build:
        assert build.rows("SELECT unit, count(*) FROM mart.enterprise GROUP BY 1 ORDER BY 1") == [
            ("J-DONG", 1),
            ("J-XI", 1),
        ]
