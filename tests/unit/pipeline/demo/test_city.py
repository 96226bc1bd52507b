"""A city of 300 firms as files: what departments send, and what is true beside it."""

from __future__ import annotations

import hashlib
from datetime import date
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.demo.city import UNFINISHED, is_complete, make_city
from pipeline.demo.deliveries import LARGEST_WORKBOOK
from pipeline.demo.layouts import SHAPES, Rhythm
from pipeline.demo.writers import MARK
from pipeline.errors import BadDeclaration
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.mapping import Layout, Mappings, layout_of
from pipeline.feeds.raw import RawTable
from pipeline.feeds.read import read_delivery
from pipeline.settings import DEFAULT_DATA, Settings

SIZE = 300


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "city"
    make_city(folder, SIZE, seed=11)
    return folder


@pytest.fixture(scope="module")
def mappings() -> Mappings:
    return Mappings.load(DEFAULT_DATA / "mappings", BY_CODE)


def files_of(city: Path, supplier: str = "*") -> list[Path]:
    return sorted(p for p in (city / "landing").glob(f"{supplier}/*/*") if p.is_file())


def read(city: Path, path: Path, mappings: Mappings) -> tuple[RawTable, Layout]:
    supplier = path.relative_to(city / "landing").parts[0]
    mapping = mappings.of(supplier, path.name)
    sense = mappings.header_sense(supplier, path.name, BY_CODE.values())
    table = read_delivery(path, sense, encoding=mapping.encoding if mapping else None)[0]
    return table, layout_of(table.header, path.name, mapping, BY_CODE)


def column(table: RawTable, layout: Layout, name: str) -> pa.ChunkedArray:
    return table.table[f"c{layout.sources[name][0]}"]


def test_the_folder_is_a_synthetic_deployment(city: Path) -> None:
    settings = Settings.load(city)
    assert settings.city.synthetic
    assert settings.today() == date(2020, 10, 15)
    assert is_complete(city)
    assert not (city / UNFINISHED).exists()
    assert not list((city / "landing").rglob("truth*"))


def test_the_same_seed_gives_the_same_bytes(city: Path, tmp_path: Path) -> None:
    make_city(tmp_path / "again", SIZE, seed=11)

    def prints(folder: Path) -> dict[str, str]:
        found = sorted(p for p in folder.rglob("*") if p.is_file())
        return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}

    assert prints(city) == prints(tmp_path / "again")


def test_every_file_says_that_it_is_synthetic(city: Path) -> None:
    files = files_of(city)
    assert len(files) > 1000
    assert all(MARK in p.name for p in files)
    assert {p.suffix for p in files} == {".csv", ".xlsx", ".parquet", ".zip"}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"{s.supplier}-{s.name}")
def test_each_stream_is_recognised_and_owned_row_by_row(shape: object, city: Path, mappings: Mappings) -> None:
    assert isinstance(shape, type(SHAPES[0]))
    own = [
        p for p in files_of(city, shape.supplier) if f"_{shape.title}_" in p.name or f"历史存量_{shape.name}." in p.name
    ]
    assert any("历史存量" in p.name for p in own)
    owners = pq.read_table(city / "truth" / "owner.parquet").cast(
        pa.schema([("path", pa.string()), ("row_no", pa.int32()), ("feed", pa.string()), ("owner", pa.string())])
    )
    for path in (own[0], own[len(own) // 2], own[-1]):
        table, layout = read(city, path, mappings)
        assert layout.contract.code == shape.feed, path.name
        assert not layout.unknown, path.name
        mine = owners.filter(pc.equal(owners["path"], path.relative_to(city / "landing").as_posix()))
        assert mine["row_no"].to_pylist() == table.table["row_no"].to_pylist(), path.name
        assert set(mine["feed"].to_pylist()) <= {shape.feed}
        if table.rows:
            assert pc.all(pc.starts_with(column(table, layout, "supplier_org"), MARK)).as_py()
            assert table.rows <= LARGEST_WORKBOOK or path.suffix != ".xlsx"


def test_history_is_declared_by_a_mapping(city: Path, mappings: Mappings) -> None:
    for path in files_of(city):
        mapping = mappings.of(path.relative_to(city / "landing").parts[0], path.name)
        assert bool(mapping and mapping.history) == ("历史存量" in path.name), path.name


def test_deliveries_keep_the_rhythm_that_the_city_expects(city: Path) -> None:
    expected = {(e.feed, e.supplier): e.cadence_days for e in Settings.load(city).city.expected}
    assert {(s.feed, s.supplier) for s in SHAPES} == set(expected)
    for shape in SHAPES:
        days = sorted(
            date.fromisoformat(p.parent.name) for p in files_of(city, shape.supplier) if f"_{shape.title}_" in p.name
        )
        assert days[-1] == date(2020, 10, 15)
        gaps = [(b - a).days for a, b in pairwise(days)]
        allowed = 2 * expected[shape.feed, shape.supplier]
        if shape.rhythm is Rhythm.MONTHLY:
            allowed += 30  # late files and a missing month are there on purpose
        assert max(gaps) <= allowed or shape.part == "grade", shape


def test_the_graded_enterprises_stand_in_the_register(city: Path) -> None:
    traits = pq.read_table(city / "truth" / "traits.parquet").to_pandas()
    assert traits["is_graded"].sum() == SIZE
    assert traits["uscc"].is_unique
    assert ((traits["uscc"].str.len() == 18) | traits["uscc"].str.match(r"R\d{15}$")).all()


def test_probabilities_are_given_at_every_quarter(city: Path) -> None:
    truth = pq.read_table(city / "truth" / "probability.parquet").to_pandas()
    assert len(set(truth["as_of"])) == 28
    assert truth["probability"].between(0, 1).all()
    assert not truth.duplicated(["uscc", "as_of"]).any()


def test_natural_persons_have_no_owner(city: Path, mappings: Mappings) -> None:
    path = next(p for p in files_of(city, "zc") if "历史存量" in p.name)
    table, layout = read(city, path, mappings)
    kinds = column(table, layout, "cp_type").to_pylist()
    owners = pq.read_table(city / "truth" / "owner.parquet").to_pandas()
    mine = owners[owners["path"].astype(str) == path.relative_to(city / "landing").as_posix()]["owner"]
    assert [kind == "3" for kind in kinds] == mine.isna().tolist()
    assert "3" in kinds


DATE_FORMS = {
    "tax": r"^\d{8}$",
    "county-220503": r"^\d{4}\.\d\d\.\d\d$",
    "complaints": r"^\d{4}-\d\d-\d\d 09:",
    "county-220582": r"^\d{4}年\d+月\d+日$",
    "county-220523": r"^\d{8}$",
    "registry": r"^\d{4}-\d\d-\d\d$",
}


@pytest.mark.parametrize("supplier", DATE_FORMS)
def test_dates_come_as_each_supplier_writes_them(supplier: str, city: Path, mappings: Mappings) -> None:
    history = [read(city, p, mappings) for p in files_of(city, supplier) if "历史存量" in p.name]
    table, layout = max((found for found in history if found[1].contract.happened_on), key=lambda found: found[0].rows)
    event = column(table, layout, str(layout.contract.happened_on))
    assert table.rows > 3
    assert pc.sum(pc.match_substring_regex(event, DATE_FORMS[supplier])).as_py() >= 0.9 * table.rows


def test_money_comes_in_yuan_where_the_mapping_says_so(city: Path, mappings: Mappings) -> None:
    path = next(p for p in files_of(city, "court") if "历史存量_judicial_case" in p.name)
    table, layout = read(city, path, mappings)
    assert layout.mapping is not None and layout.mapping.units == {"amount_wan": "yuan"}
    amounts = pc.cast(column(table, layout, "amount_wan"), pa.float64())
    assert pc.approximate_median(amounts).as_py() > 10_000


def test_a_number_outside_the_bounds_is_refused(tmp_path: Path) -> None:
    for enterprises in (199, 150_001):
        with pytest.raises(BadDeclaration, match="expected 200 to 150000"):
            make_city(tmp_path / "none", enterprises)
    assert not (tmp_path / "none").exists()


def test_a_real_deployment_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text((DEFAULT_DATA / "city.toml").read_text(encoding="utf-8"), encoding="utf-8")
    delivered = tmp_path / "landing" / "registry" / "2020-01-02" / "ent_registration.csv"
    delivered.parent.mkdir(parents=True)
    delivered.write_text("主体名称\n", encoding="utf-8")
    with pytest.raises(BadDeclaration, match="real deployment"):
        make_city(tmp_path, SIZE)
    assert delivered.read_text(encoding="utf-8") == "主体名称\n"
    assert not Settings.load(tmp_path).city.synthetic


def test_deliveries_of_another_origin_are_left_alone_and_half_a_city_is_made_anew(tmp_path: Path) -> None:
    stray = tmp_path / "landing" / "registry" / "2020-01-02" / "x.csv"
    stray.parent.mkdir(parents=True)
    stray.write_text("x", encoding="utf-8")
    with pytest.raises(BadDeclaration, match="already holds deliveries"):
        make_city(tmp_path, 200)
    assert stray.exists()
    (tmp_path / UNFINISHED).touch()
    make_city(tmp_path, 200)
    assert not stray.exists()
    assert is_complete(tmp_path)
