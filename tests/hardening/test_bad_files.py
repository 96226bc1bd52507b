"""Bad deliveries, thousands of them: each ends in a clear word, no row is lost, nothing else is touched, time and memory are bounded.

The same files go past the door of an upload, through a trial, and lie in a landing folder that is gathered as a build does.
What came out is counted; docs/explanation/hardening.md shows the count of the whole run. After a change of the
families, UPDATE_HARDENING=1 writes the table again.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import BadDelivery, Refused
from pipeline.feeds import archive, workbook
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.trial import TrialReport, try_file
from pipeline.settings import REPOSITORY
from pipeline.stores.access import Role
from pipeline.stores.landing import plain, put_file
from pipeline.stores.operations import uploads
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.uploads import discard, stage
from tests.accounts import actor
from tests.deployment import Deployment
from tests.firms import uscc
from tests.hardening import bad_packages
from tests.hardening.bad_files import FAMILIES, Bad, made

PAGE = REPOSITORY / "docs" / "explanation" / "hardening.md"
SUPPLIER, OTHER = "legal", "tax"
"""Whose files lie in the landing folder, and whose the same are as uploads: a second delivery of a supplier adds nothing."""
OUTCOMES = ("refused", "set_aside", "quarantined", "taken")
"""From the hardest: of a file with several tables the first that fits counts."""
MEMORY_MEGABYTES, SECONDS = 600, 60
"""Of the processor, so that a busy machine proves nothing."""
SPLIT_MAY_DIFFER = {name for name, one in FAMILIES.items() if one.make.__module__ == bad_packages.__name__}
"""Where other versions of the packing libraries give other bytes: a few files of these may end otherwise."""


class Gathered:
    """A deployment that has gathered bad files: what became of each, and what reading them took."""

    def __init__(self, folder: Path, bads: Iterator[Bad], monkeypatch: pytest.MonkeyPatch) -> None:
        self.outside = folder
        self.deployment = Deployment(folder / "city", BY_CODE)
        self.deployment.register(*((uscc(n), f"通化第{n}号有限公司") for n in range(40)))
        self.bads: list[tuple[Bad, str]] = []
        self.seconds: dict[str, float] = {}
        self.megabytes: dict[str, int] = {}
        self.strangers: list[str] = []
        monkeypatch.setattr(archive, "READERS", 1)
        monkeypatch.setattr(archive, "read_delivery", self._measured(archive.read_delivery))
        for number, bad in enumerate(bads):
            self._land(number, bad)
        warehouse, self.summary = self.deployment.match()
        with warehouse:
            self.ledger = [
                dict(zip(warehouse.columns("mart.delivery"), row, strict=True))
                for row in warehouse.rows("SELECT * FROM mart.delivery")
            ]
            self.blank = warehouse.value(
                "SELECT "
                + " + ".join(
                    f"(SELECT count(*) FROM quarantine.{feed} WHERE rule IS NULL OR delivered IS NULL OR expected IS NULL)"
                    for feed in BY_CODE
                )
            )
        self.by_content: dict[str, list[dict[str, Any]]] = {}
        for row in self.ledger:
            self.by_content.setdefault(row["sha256"], []).append(row)

    def _land(self, number: int, bad: Bad) -> None:
        source = self.outside / "file"
        source.write_bytes(bad.content)
        put_file(self.deployment.settings, SUPPLIER, source, f"bad-{number:05d}.bin", bad.name)
        self.bads.append(
            (Bad(bad.family, bad.number, bad.name, b"", bad.rows), hashlib.sha256(bad.content).hexdigest())
        )
        source.unlink()

    def _measured(self, read: Any) -> Any:
        def timed(path: Path, *args: Any, **options: Any) -> Any:
            base, begun = restart_peak(), time.process_time()
            try:
                return read(path, *args, **options)
            except BadDelivery:
                raise
            except Exception as fault:
                self.strangers.append(f"{options.get('name')}: {fault!r}")
                raise
            finally:
                self.seconds[path.name] = time.process_time() - begun
                self.megabytes[path.name] = peak() - base

        return timed

    def outcome(self, sha: str) -> str:
        rows = self.by_content[sha]
        return worst(
            "refused" if r["reason"] and not r["delivered"] and r["feed"] is None else _of_rows(r) for r in rows
        )

    def reasons(self, sha: str) -> list[str]:
        return [r["reason"] for r in self.by_content[sha] if r["reason"]]

    def counts(self) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {name: Counter() for name in FAMILIES}
        for bad, sha in self.bads:
            found[bad.family][self.outcome(sha)] += 1
            found[bad.family]["door"] += bool(door(bad.name, sha != hashlib.sha256(b"").hexdigest()))
        return found


def _of_rows(row: dict[str, Any]) -> str:
    return "set_aside" if row["state"] == "set_aside" else "quarantined" if row["quarantined"] else "taken"


def worst(outcomes: Iterator[str]) -> str:
    return min(outcomes, key=OUTCOMES.index)


def door(name: str, is_filled: bool = True) -> str:
    """Why an upload is refused before anybody reads it; empty if it is not."""
    try:
        uploads.checked_name(name)
    except Refused as refusal:
        assert refusal.zh and refusal.en
        return refusal.zh
    return "" if is_filled else "空文件"


def restart_peak() -> int:
    """Begin to measure this process's memory anew; gives what it has, in megabytes. Linux only: 0 elsewhere."""
    clear = Path("/proc/self/clear_refs")
    if not clear.exists():
        return 0
    clear.write_text("5")
    return peak()


def peak(pid: int | str = "self") -> int:
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) // 1024 if found else 0


def told(report: TrialReport) -> str:
    """What a trial says of a file, in the words of `outcome`."""
    if report.refused:
        return "refused"
    return worst(
        "refused"
        if t.reason and t.feed is None and not t.delivered
        else "set_aside"
        if t.reason
        else "quarantined"
        if t.quarantined
        else "taken"
        for t in report.tables
    )


def check(gathered: Gathered) -> None:
    """What has to hold, however many files there were."""
    assert gathered.strangers == [], "a reader raised something else than the family of errors"
    for row in gathered.ledger:
        places = sum(row[p] for p in ("accepted", "duplicate", "superseded", "excluded", "quarantined"))
        assert places == row["delivered"], (row["file_name"], row["delivered"], places)
    assert gathered.blank == 0, "a refused row doesn't say why, or what it was"
    assert [fault for bad, sha in gathered.bads for fault in unclear(gathered, bad, sha)] == []
    assert max(gathered.seconds.values()) < SECONDS, max(gathered.seconds.items(), key=lambda kv: kv[1])
    most = max(gathered.megabytes.items(), key=lambda kv: kv[1])
    assert most[1] < MEMORY_MEGABYTES, most
    child = workbook._PROCESS._child
    assert child is None or peak(child.pid) < MEMORY_MEGABYTES
    _only_where_it_belongs(gathered)


def unclear(gathered: Gathered, bad: Bad, sha: str) -> Iterator[str]:
    """What is missing from the word on one file: what, where, expected, received, what to do; and every row counted."""
    outcome, reasons = gathered.outcome(sha), gathered.reasons(sha)
    if bool(reasons) != (outcome in ("refused", "set_aside")):
        yield f"{bad}: {outcome} because of {reasons}"
    for reason in reasons:
        if not re.search(r"应为|最接近|同时|超过", reason):
            yield f"{bad}: nothing is expected: {reason}"
        if not re.search(r"收到|缺少|行不合格|匹配", reason):
            yield f"{bad}: nothing is received: {reason}"
        if not re.search(r"请|增加映射", reason) or not re.search(r"（[\x20-\x7e]", reason):
            yield f"{bad}: nothing to do: {reason}"
        if len(reason) > 1_000 or not reason.isprintable():
            yield f"{bad}: not to be printed: {reason[:300]!r}"
    delivered = sum(r["delivered"] for r in gathered.by_content[sha])
    if bad.rows is not None and outcome != "refused" and delivered != bad.rows:
        yield f"{bad}: {delivered} of {bad.rows} rows"


def _only_where_it_belongs(gathered: Gathered) -> None:
    assert [p.name for p in gathered.outside.iterdir()] == ["city"]
    city = gathered.deployment.folder
    written = {p.relative_to(city).as_posix() for p in city.rglob("*") if p.is_file()}
    ours = (r"city\.toml", r"landing/(legal|registry)/\d{4}-\d\d-\d\d/[^/]+", r"var/raw/[^/]+\.parquet", r"var/raw/deliveries/[^/]+\.json",
            r"var/raw/unreadable/[0-9a-f]{64}", r"var/warehouse/[^/]+", r"var/warehouse/spill/.*")  # fmt: skip
    assert [w for w in written if not any(re.fullmatch(o, w) for o in ours)] == []


def try_some(gathered: Gathered, bads: Iterator[Bad], monkeypatch: pytest.MonkeyPatch) -> int:
    """Files as somebody uploads them: past the door, tried, and judged as the landing folder's were; gives how many."""
    monkeypatch.setattr(uploads, "start", lambda *_: None)
    settings = gathered.deployment.settings
    store = Operations.open(settings)
    who, number = actor(Role.SUPERVISOR, settings.city), 0
    for bad in bads:
        number += 1
        outcome = gathered.outcome(hashlib.sha256(bad.content).hexdigest())
        try:
            upload = stage(store, who, OTHER, bad.name, bad.content)
        except Refused as refusal:
            assert refusal.zh == door(bad.name) or not bad.content, str(bad)
            continue
        begun = time.process_time()
        report = try_file(settings, upload.path, OTHER, upload.name)
        assert time.process_time() - begun < SECONDS, str(bad)
        discard(upload)
        assert told(report) == outcome, f"{bad}: {report.line}"
        assert report.is_fit == (outcome in ("quarantined", "taken")), f"{bad}: {report.line}"
        assert report.file_name == upload.name and report.line, str(bad)
    store.close()
    shutil.rmtree(settings.var / "uploads")
    return number


def sample(share: int) -> Iterator[Bad]:
    return (bad for one in FAMILIES.values() for bad in made(one, max(1, one.count // share)))


def test_some_of_every_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    light = {c: f for c, f in FAMILIES.items() if c not in ("many_rows", "huge_cells", "zip_bombs")}
    some = [bad for one in light.values() for bad in made(one, max(1, one.count // 4))]
    gathered = Gathered(tmp_path, iter(some), monkeypatch)
    check(gathered)
    assert len(gathered.bads) >= 100
    assert try_some(gathered, iter(some[::12]), monkeypatch) >= 8


def test_the_page_counts_every_family_and_thousands_of_files() -> None:
    rows = {row[0]: row for row in page_rows()}
    assert {one.zh + " " + one.en for one in FAMILIES.values()} == rows.keys(), "run this file with UPDATE_HARDENING=1"
    for one in FAMILIES.values():
        count, *split = map(int, rows[f"{one.zh} {one.en}"][1:6])
        assert count == one.count == sum(split)
    assert sum(one.count for one in FAMILIES.values()) >= 2_000


@pytest.mark.slow
def test_thousands_of_bad_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.perf_counter()
    gathered = Gathered(tmp_path, (bad for one in FAMILIES.values() for bad in made(one)), monkeypatch)
    check(gathered)
    counts = gathered.counts()
    if os.environ.get("UPDATE_HARDENING"):
        write_page(counts)
    tried = try_some(gathered, sample(14), monkeypatch)
    print(f"{len(gathered.bads)} files, {tried} of them tried as uploads, {time.perf_counter() - begun:.0f} s,"
          f" at most {max(gathered.seconds.values()):.1f} s and {max(gathered.megabytes.values())} MB a file")  # fmt: skip
    for row in page_rows():
        code = next(c for c, f in FAMILIES.items() if f"{f.zh} {f.en}" == row[0])
        now = [FAMILIES[code].count, *(counts[code][o] for o in OUTCOMES), counts[code]["door"]]
        apart = max(abs(a - b) for a, b in zip(now, map(int, row[1:]), strict=True))
        assert apart <= (now[0] // 10 if code in SPLIT_MAY_DIFFER else 0), f"{code}: {now}, the page says {row}"


def page_rows() -> list[list[str]]:
    """The rows of the page's table of families."""
    block = PAGE.read_text(encoding="utf-8").partition("<!-- files -->")[2].partition("<!-- end -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.strip().splitlines()[2:]]
    return [row for row in rows if not row[0].startswith("**")]


def write_page(counts: dict[str, Counter[str]]) -> None:
    """Write the table anew between its marks."""
    lines = [
        "| 类 family | 件 files | 读不了 refused | 搁置 set aside | 有行退回 rows refused | 照收 taken | 门口即拒 at the door |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    total = [0] * 6
    for code, one in FAMILIES.items():
        numbers = [one.count, *(counts[code][o] for o in OUTCOMES), counts[code]["door"]]
        total = [a + b for a, b in zip(total, numbers, strict=True)]
        lines.append(f"| {one.zh} {one.en} | {' | '.join(map(str, numbers))} |")
    lines.append(f"| **合计 all** | {' | '.join(f'**{n:,}**' for n in total)} |")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition("<!-- files -->")
    after = rest.partition("<!-- end -->")[2]
    PAGE.write_text(f"{before}<!-- files -->\n" + "\n".join(lines) + f"\n<!-- end -->{after}", encoding="utf-8")


def test_names_that_the_file_system_allows(tmp_path: Path) -> None:
    """Whatever a supplier's program leaves in the landing folder: the build goes on, and names it as text."""
    deployment = Deployment(tmp_path / "city", ("penalty", "ent_registration"))
    deployment.register((uscc(1), "通化第1号有限公司"))
    (content,) = [bad.content for bad in made(FAMILIES["formulas"], FAMILIES["formulas"].count)]
    odd = (
        os.fsdecode("行政处罚.csv".encode("gbk")), os.fsdecode(b"penalty_\xff\xfe.csv"), "penalty\n2.csv", "penalty'; DROP TABLE x; --.csv",
        "penalty\u202evsc.csv", "罚" * 80 + ".csv", "-rf.csv", "penalty$(reboot).csv", "con.csv", "penalty\\..\\x.csv",
    )  # fmt: skip
    for n, name in enumerate(odd):
        deployment.deliver_bytes(f"legal/2020-02-01/{name}", content + f"\r\n,,,{n}".encode())
    for folder in ("s" * 250, os.fsdecode("法制科".encode("gbk")), "a'b"):
        deployment.deliver_bytes(f"{folder}/2020-02-01/penalty.csv", content + folder.encode(errors="replace"))
    warehouse, _ = deployment.ingest()
    with warehouse:
        found = warehouse.rows("SELECT file_name, supplier, state FROM mart.delivery")
    assert len(found) == len(odd) + 3 + 1
    assert {"行政处罚.csv", "penalty_2.csv"} <= {name for name, *_ in found}
    assert "法制科" in {supplier for _, supplier, _ in found}
    assert all(plain(name) == name for name, *_ in found)


def test_a_link_out_of_the_landing_folder_is_not_followed(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path / "city", ("penalty", "ent_registration"))
    deployment.register((uscc(1), "通化第1号有限公司"))
    secret = tmp_path / "secret.csv"
    secret.write_text("行政相对人代码_1,处罚决定日期\n密,2020-01-01\n", encoding="utf-8")
    (deployment.folder / "landing/legal/2020-02-01").mkdir(parents=True)
    (deployment.folder / "landing/legal/2020-02-01/penalty.csv").symlink_to(secret)
    warehouse, summary = deployment.ingest()
    with warehouse:
        assert warehouse.value("SELECT count(*) FROM core.penalty") == 0
    assert "链接" in summary.set_aside[0]
    kept = b"".join(p.read_bytes() for p in (deployment.folder / "var").rglob("*") if p.is_file())
    assert "密".encode() not in kept


def test_one_file_that_a_reader_fails_on_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second line: should a reader raise what nobody thought of, its file is named and kept, and the rest goes on."""
    deployment = Deployment(tmp_path / "city", ("penalty", "ent_registration"))
    deployment.register((uscc(1), "通化第1号有限公司"))
    deployment.deliver_bytes("legal/2020-02-01/penalty.csv", b"anything")
    real = archive.read_delivery

    def fails(path: Path, *args: Any, **options: Any) -> Any:
        if path.name == "penalty.csv":
            raise ZeroDivisionError("inside a library")
        return real(path, *args, **options)

    monkeypatch.setattr(archive, "read_delivery", fails)
    warehouse, summary = deployment.ingest()
    with warehouse:
        assert warehouse.value("SELECT count(*) FROM core.ent_registration") == 1
    assert summary.set_aside[0].startswith("penalty.csv") and "ZeroDivisionError" in summary.set_aside[0]
    assert len(list((deployment.folder / "var/raw/unreadable").iterdir())) == 1


def test_columns_that_lead_nowhere_are_named_in_a_line(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path / "city", ("penalty", "ent_registration"))
    deployment.register((uscc(1), "通化第1号有限公司"))
    for bad in list(made(FAMILIES["wide"]))[:3]:
        deployment.deliver_bytes(f"legal/2020-02-01/penalty-{bad.number}.csv", bad.content)
    warehouse, _ = deployment.ingest()
    with warehouse:
        told = warehouse.rows("SELECT unknown_columns FROM mart.delivery WHERE feed = 'penalty'")
    assert len(told) == 3 and all(len(text) < 1_000 and "第59项" in text and "in all" in text for (text,) in told)
