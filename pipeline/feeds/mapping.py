"""A supplier's own column names, codes and units, translated to a contract's."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pipeline.errors import BadDeclaration, BadDelivery
from pipeline.feeds.contract import FeedContract, Subject
from pipeline.feeds.raw import HeaderSense, normal_title

UNITS = {"yuan": 0.0001, "wan": 1.0}
"""Units in which a column that ends in _wan may be delivered, as factors to 万元."""
_REGISTER_SIGNS = {"status", "established_on"}
_KEYS = {"feed", "files", "history", "encoding", "sheet", "columns", "fixed", "codes", "units", "ignore"}


@dataclass(frozen=True)
class Mapping:
    """One foreign layout: which files of a supplier it fits and how their columns translate.

    `columns`: delivered title (normal form) -> contract column. `fixed`: column -> text that every row
    gets. `codes`: column -> delivered value -> code. `units`: column -> key of UNITS.
    """

    name: str
    feed: str
    files: tuple[str, ...]
    history: bool = False
    encoding: str | None = None
    sheet: str | None = None
    columns: dict[str, str] = field(default_factory=dict, hash=False)
    fixed: dict[str, str] = field(default_factory=dict, hash=False)
    codes: dict[str, dict[str, str]] = field(default_factory=dict, hash=False)
    units: dict[str, str] = field(default_factory=dict, hash=False)
    ignore: tuple[str, ...] = ()

    @cached_property
    def titles(self) -> frozenset[str]:
        """The delivered titles that it knows, in normal form."""
        return frozenset(self.columns) | {normal_title(t) for t in self.ignore}

    def fits(self, file_name: str) -> bool:
        """Whether one of the file-name patterns fits."""
        return any(fnmatchcase(file_name, pattern) for pattern in self.files)


@dataclass(frozen=True)
class Layout:
    """How one delivered table becomes rows of a feed.

    `sources`: contract column -> positions in the delivered header (the first filled one counts).
    `unknown`: delivered titles that lead nowhere; they are reported, not refused.
    """

    contract: FeedContract
    mapping: Mapping | None
    sources: dict[str, tuple[int, ...]] = field(hash=False)
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mappings:
    """All mappings of a deployment, by supplier folder."""

    by_supplier: dict[str, tuple[Mapping, ...]]

    @staticmethod
    def load(folder: Path, contracts: dict[str, FeedContract]) -> Mappings:
        """Read `folder`/<supplier>/*.toml; every fault of every file is reported at once."""
        faults: list[str] = []
        found: dict[str, tuple[Mapping, ...]] = {}
        for supplier in sorted(p for p in folder.glob("*") if p.is_dir()):
            mappings = []
            for path in sorted(supplier.glob("*.toml")):
                mapping, wrong = _read_mapping(path, contracts)
                faults += [f"{supplier.name}/{path.name}: {w}" for w in wrong]
                if mapping:
                    mappings.append(mapping)
            found[supplier.name] = tuple(mappings)
        if faults:
            raise BadDeclaration(str(folder), faults)
        return Mappings(found)

    def of(self, supplier: str, file_name: str) -> Mapping | None:
        """The mapping of a supplier's file, None where it delivers in the contract's own layout."""
        fitting = [m for m in self.by_supplier.get(supplier, ()) if m.fits(file_name)]
        if len(fitting) > 1:
            names = ", ".join(m.name for m in fitting)
            raise BadDelivery(
                f"{file_name}：有 {len(fitting)} 个映射同时匹配（{names}），请收窄 files（several mappings fit）"
            )
        return fitting[0] if fitting else None

    def header_sense(self, supplier: str, file_name: str, contracts: Iterable[FeedContract]) -> HeaderSense:
        """The titles by which the header row of a file is found."""
        mapping = self.of(supplier, file_name)
        titles = _titles_of(tuple(contracts))
        return HeaderSense(titles | mapping.titles if mapping else titles)


@cache
def _titles_of(contracts: tuple[FeedContract, ...]) -> frozenset[str]:
    return frozenset(title for c in contracts for title in own_titles(c))


@cache
def own_titles(contract: FeedContract) -> dict[str, str]:
    """Every header of a contract in normal form -> its column."""
    return {normal_title(title): f.name for title, f in contract.by_title.items()}


def layout_of(
    header: tuple[str, ...], file_name: str, mapping: Mapping | None, contracts: dict[str, FeedContract]
) -> Layout:
    """The layout of a delivered table: by mapping, else by feed code in the name, else by its header.

    Raises BadDelivery where no feed, or more than one, fits.
    """
    if mapping:
        return _layout(contracts[mapping.feed], header, mapping)
    stem = file_name.lower()
    named = [c for c in contracts.values() if stem.startswith(c.code) and not stem[len(c.code) :][:1].isalpha()]
    named = [c for c in named if not any(o is not c and o.code.startswith(c.code) for o in named)] or named
    if len(named) == 1:
        return _layout(named[0], header, None)
    fitting = [layout for c in contracts.values() if _lives(layout := _layout(c, header, None))]
    best = sorted(fitting, key=_recognised, reverse=True)
    if not best:
        raise BadDelivery(f"{file_name}：{_nearest_feed(header, contracts)}")
    if len(best) > 1 and _recognised(best[0]) == _recognised(best[1]):
        pair = f"{best[0].contract.title.zh}、{best[1].contract.title.zh}"
        raise BadDelivery(
            f"{file_name}：表头同时符合多个数据目录（{pair}），请为该文件增加映射或以目录代码命名（more than one feed fits）"
        )
    return best[0]


def _recognised(layout: Layout) -> int:
    return len(layout.sources)


def _lives(layout: Layout) -> bool:
    """Whether the header holds every column without which a record of the feed can't live.

    A list of names and codes is not yet a register: taken for one, it would overwrite what is known of its firms.
    """
    required = {f.name for f in layout.contract.fields if f.required}
    if layout.contract.subject is Subject.ROOT:
        required |= _REGISTER_SIGNS
    return required <= layout.sources.keys() and len(layout.sources) >= 2


def _layout(contract: FeedContract, header: tuple[str, ...], mapping: Mapping | None) -> Layout:
    own = own_titles(contract)
    ignored = {normal_title(t) for t in mapping.ignore} if mapping else set()
    sources: dict[str, tuple[int, ...]] = {}
    unknown = []
    for position, title in enumerate(header):
        normal = normal_title(title)
        column = (mapping.columns.get(normal) if mapping else None) or own.get(normal)
        if column and normal not in ignored:
            sources[column] = (*sources.get(column, ()), position)
        elif normal and normal not in ignored:
            unknown.append(title)
    return Layout(contract, mapping, sources, tuple(unknown))


def _nearest_feed(header: tuple[str, ...], contracts: dict[str, FeedContract]) -> str:
    nearest = max(contracts.values(), key=lambda c: _recognised(_layout(c, header, None)))
    layout = _layout(nearest, header, None)
    missing = [f.title.zh for f in nearest.fields if f.required and f.name not in layout.sources]
    hints = []
    for title in missing:
        close = get_close_matches(title, header, n=1, cutoff=0.5)
        hints.append(f"{title}" + (f"（是否即“{close[0]}”？）" if close else ""))
    return (
        f"表头不符合任何数据目录；最接近“{nearest.title.zh}”，缺少列：{'、'.join(hints) or '标识列'}；"
        f"收到的列：{'、'.join(header[:12])}（no feed fits this header: rename the columns or add a mapping）"
    )


def _read_mapping(path: Path, contracts: dict[str, FeedContract]) -> tuple[Mapping | None, list[str]]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, [f"not readable as TOML: {error}"]
    contract = contracts.get(str(raw.get("feed")))
    if contract is None:
        near = get_close_matches(str(raw.get("feed")), contracts, n=1)
        return None, [
            f"feed: expected a feed code{f', did you mean {near[0]!r}' if near else ''}, received {raw.get('feed')!r}"
        ]
    faults = _mapping_faults(raw, contract)
    if faults:
        return None, faults
    columns = {normal_title(title): column for title, column in raw.get("columns", {}).items()}
    codes = {c: {str(k): str(v) for k, v in values.items()} for c, values in raw.get("codes", {}).items()}
    return (
        Mapping(
            name=path.stem,
            feed=contract.code,
            files=tuple(raw["files"]),
            history=raw.get("history", False),
            encoding=raw.get("encoding"),
            sheet=raw.get("sheet"),
            columns=columns,
            fixed={k: str(v) for k, v in raw.get("fixed", {}).items()},
            codes=codes,
            units=dict(raw.get("units", {})),
            ignore=tuple(raw.get("ignore", ())),
        ),
        [],
    )


def _mapping_faults(raw: dict[str, Any], contract: FeedContract) -> list[str]:
    faults = [f"unknown key {k!r}: expected one of {sorted(_KEYS)}" for k in raw if k not in _KEYS]
    files = raw.get("files")
    if not isinstance(files, list) or not files or not all(isinstance(f, str) for f in files):
        faults.append(f"files: expected a list of file-name patterns, received {files!r}")
    named = [*raw.get("columns", {}).values(), *raw.get("fixed", {}), *raw.get("codes", {}), *raw.get("units", {})]
    for column in named:
        if column not in contract.by_name:
            near = get_close_matches(str(column), contract.by_name, n=1)
            hint = f", did you mean {near[0]!r}" if near else ""
            faults.append(f"column {column!r} is not in feed {contract.code!r}{hint}")
    for column, unit in raw.get("units", {}).items():
        if unit not in UNITS or not column.endswith("_wan"):
            faults.append(f"units.{column}: expected one of {sorted(UNITS)} on a column in 万元, received {unit!r}")
    return faults
