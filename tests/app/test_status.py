"""The first page in Streamlit: before a build, with a tiny one, in both languages; a stranger sees no enterprise."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from tests.public_tables import BUILD_ID, city_file, published

APP = Path(__file__).resolve().parents[2] / "app.py"


def opened(monkeypatch: pytest.MonkeyPatch, folder: Path, **query: str) -> AppTest:
    monkeypatch.setenv("CREDIT_RISK_DATA", str(folder))
    app = AppTest.from_file(str(APP), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    """All HTML of the page as one string."""
    return "\n".join(e.proto.body for e in app.get("html"))


def charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def test_before_the_first_build_it_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = opened(monkeypatch, city_file(tmp_path / "city"))
    assert not app.exception
    assert "还没有发布任何批次" in words(app)
    assert f"python cli.py build --data {tmp_path / 'city'}" in words(app)
    assert not charts(app)


def test_a_tiny_build_in_chinese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = opened(monkeypatch, published(tmp_path / "city"))
    page = words(app)
    assert not app.exception
    for word in (
        "数据与分级概况",
        "数据是否到齐，企业分在哪一级？",
        "演示数据",
        "仅供内部监管参考",
        "<b>2020-10-15</b>",
        BUILD_ID[:8],
        "应报 2 类信息到齐 1 类",
        "✓ 相等",
        "等级规则 2020-07",
    ):
        assert word in page, word
    assert charts(app) == 4
    assert len(app.dataframe) == 1
    assert "缺少必需列" in page
    assert "▲ 1/2" in app.dataframe[0].value["到齐"].tolist()


def test_the_address_keeps_the_language(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = opened(monkeypatch, published(tmp_path / "city"), lang="en")
    assert not app.exception
    assert "Data and grades at a glance" in words(app) and "Demo data" in words(app)
    assert "1 of 2 expected feeds are complete" in words(app)
    assert "In time" in app.dataframe[0].value.columns


def test_an_unknown_language_is_chinese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "数据与分级概况" in words(opened(monkeypatch, published(tmp_path / "city"), lang="xx"))


def test_the_switch_changes_every_word_and_the_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = opened(monkeypatch, published(tmp_path / "city"))
    app.segmented_control(key="lang").set_value("en").run()
    assert not app.exception
    assert "Are the data complete" in words(app)
    assert app.query_params["lang"] in ("en", ["en"])


def test_an_empty_build_without_expected_feeds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = opened(monkeypatch, published(tmp_path / "city", filled=False, expected=False))
    assert not app.exception
    assert "本部署未设应报清单" in words(app)
    assert "尚无分级结果" in words(app)
    assert not charts(app) and not app.dataframe


def test_values_are_escaped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = published(tmp_path / "city")
    toml = folder / "city.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("西县局", "<i>西县局"), encoding="utf-8")
    app = opened(monkeypatch, folder)
    assert "&lt;i&gt;西县局" in words(app) and "<i>西县局" not in words(app)


def test_a_faulty_deployment_says_which_command_tells_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text("name = 1\n")
    app = opened(monkeypatch, tmp_path)
    assert not app.exception
    assert "python cli.py check --data" in words(app) and "timezone" not in words(app)


def test_a_page_that_breaks_tells_a_reference_and_no_cause(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = published(tmp_path / "city")

    def broken(*_: object) -> None:
        raise RuntimeError("secret cause")

    monkeypatch.setattr("pages.status.views.status", broken)
    app = opened(monkeypatch, folder)
    assert not app.exception
    assert "页面出错了" in words(app) and "secret cause" not in words(app)


def test_a_build_of_another_version_asks_for_a_new_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = published(tmp_path / "city")
    file = folder / "var" / "warehouse" / f"warehouse-{BUILD_ID}.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("DROP TABLE mart.coverage")
    app = opened(monkeypatch, folder)
    assert not app.exception
    assert "需要重新生成" in words(app) and "python cli.py build" in words(app)


def test_a_pointer_to_nothing_is_no_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = published(tmp_path / "city")
    (folder / "var" / "warehouse" / "CURRENT").write_text("feedfeedfeedfeed\n")
    assert "还没有发布任何批次" in words(opened(monkeypatch, folder))


def test_a_new_build_is_opened_without_a_restart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = city_file(tmp_path / "city")
    assert "还没有发布任何批次" in words(opened(monkeypatch, folder))
    app = opened(monkeypatch, published(folder))
    assert BUILD_ID[:8] in words(app)
