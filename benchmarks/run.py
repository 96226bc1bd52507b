"""What each stage costs against its floor, in one run: `make bench` (150,000 enterprises, about 3 million records).

The first build of a city learns (learned.py measures that); what is measured here is a build with a champion present.

CPU seconds are those of this process, all threads; memory is the peak of the whole build, run as a
child. The floors:
  ingest      DuckDB reading the same records from plain UTF-8 CSV into typed tables, unchecked
  indicators  (a) the same table of indicators from one pass a table over core, without versions, repairs and
              blanking; (b) those passes alone, their results dropped
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from models.policy.grade import grade  # noqa: E402
from models.risk.registry import fitting_champion  # noqa: E402
from models.risk.score import score  # noqa: E402
from pipeline.feeds.catalogue import BY_CODE  # noqa: E402
from pipeline.feeds.contract import FeedContract  # noqa: E402
from pipeline.feeds.ingest import ingest  # noqa: E402
from pipeline.identity.match import match  # noqa: E402
from pipeline.indicators.catalogue import ALL, INDICATORS  # noqa: E402
from pipeline.indicators.compute import compute, feed_passes, insert_sql  # noqa: E402
from pipeline.reference import Reference  # noqa: E402
from pipeline.settings import Settings  # noqa: E402
from pipeline.stores.warehouse import Warehouse, work_file  # noqa: E402

AS_OF = date(2020, 10, 16)
BUILD_SECONDS, BUILD_GB = 180, 4


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of one thing."""

    name: str
    wall: float
    cpu: float


def measure(name: str, run: Callable[[], object]) -> Cost:
    """Run once and say what it cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    cost = Cost(name, time.perf_counter() - wall, time.process_time() - cpu)
    print(f"  {cost.name:<44} {cost.wall:8.1f} s wall {cost.cpu:8.1f} s CPU", flush=True)
    return cost


def ratio(what: str, cost: Cost, floor: Cost, limit: float) -> dict[str, object]:
    """Cost over floor, beside the limit that was set."""
    found = cost.cpu / floor.cpu
    print(f"  {what}: {found:.2f} × its floor (limit {limit} ×) {'ok' if found <= limit else 'MISSED'}")
    return {"what": what, "cpu": cost.cpu, "floor_cpu": floor.cpu, "ratio": round(found, 2), "limit": limit}


def export_plain(warehouse: Warehouse, folder: Path) -> None:
    """The accepted records of every feed as plain CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for contract in BY_CODE.values():
        columns = ", ".join(f'"{f.name}"' for f in contract.all_fields)
        warehouse.execute(
            f"COPY (SELECT {columns} FROM core.{contract.code}) TO '{folder}/{contract.code}.csv' (HEADER)"
        )


def read_plain(folder: Path) -> None:
    """The floor of ingest: typed CSV into tables, nothing checked, nothing kept."""
    connection = duckdb.connect()
    for contract in BY_CODE.values():
        types = ", ".join(f"'{f.name}': '{f.sql_type}'" for f in contract.all_fields)
        connection.execute(
            f"CREATE TABLE {contract.code} AS SELECT * FROM read_csv('{folder}/{contract.code}.csv', columns = {{{types}}}, header = true)"
        )


def everything(contract: FeedContract, as_of: date) -> str:
    """The newest version of every row, whenever it was received: no knowledge, no repairs, nothing blanked."""
    condition = f"row_outcome = 'accepted' AND (event_on IS NULL OR event_on < DATE '{as_of}')"
    return f"(SELECT * FROM core.{contract.code} WHERE {condition})"


def passes_only(warehouse: Warehouse) -> None:
    """The bare floor: one aggregation a table and nothing else, the results dropped."""
    for feed, select in feed_passes(ALL, AS_OF, everything).items():
        warehouse.execute(f"CREATE OR REPLACE TEMP TABLE floor_{feed} AS {select}")


def hand_written(warehouse: Warehouse) -> None:
    """The floor with the same result: every indicator of every entity in one table, without point in time."""
    warehouse.execute("CREATE OR REPLACE TABLE mart.floor AS SELECT * FROM mart.indicator WHERE false")
    warehouse.execute(insert_sql(ALL, AS_OF, everything).replace("mart.indicator", "mart.floor"))
    warehouse.execute("DROP TABLE mart.floor")


def whole_build(data: Path) -> dict[str, object]:
    """The build as an operator runs it, in a process of its own, with its peak memory; the models stay."""
    command = [sys.executable, str(ROOT / "cli.py"), "build", "--data", str(data), "--as-of", str(AS_OF), "--json"]
    if fitting_champion(Settings.load(data), INDICATORS) is None:
        print("  the first build, which learns …", flush=True)
        subprocess.run([*command[:-1]], capture_output=True, check=False)
    subprocess.run(
        ["rm", "-rf", str(data / "var" / "raw"), str(data / "var" / "warehouse"), str(data / "var" / "grades")],
        check=True,
    )
    said, start = data / "var" / "bench-build.json", time.perf_counter()
    with said.open("w") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)  # of this child alone, not of the one that learned
    wall, cpu = time.perf_counter() - start, used.ru_utime + used.ru_stime
    child.returncode = os.waitstatus_to_exitcode(status)
    summary = json.loads(said.read_text())
    peak = used.ru_maxrss / 1024**2
    met = "ok" if wall <= BUILD_SECONDS and peak <= BUILD_GB else "MISSED"
    print(
        f"  whole build with a champion, one date: {wall:.1f} s wall, {cpu:.1f} s CPU, peak {peak:.2f} GB,"
        f" {summary['rows']['delivered']:,} rows (limits {BUILD_SECONDS} s wall, {BUILD_GB} GB) {met}"
    )
    print("  by stage:", ", ".join(f"{k} {v:.1f} s" for k, v in summary["seconds"].items()))
    return {
        "wall": round(wall, 1),
        "cpu": round(cpu, 1),
        "peak_gb": round(peak, 2),
        "rows": summary["rows"],
        "seconds": summary["seconds"],
        "grades": summary["grades"],
    }


def main() -> None:
    """Make the city where it is missing, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=150_000)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "var" / "bench")
    arguments = parser.parse_args()
    data = arguments.data / str(arguments.enterprises)
    print(f"{arguments.enterprises:,} enterprises, {os.cpu_count()} cores")
    if not (data / "city.toml").is_file():
        subprocess.run(
            [
                sys.executable,
                str(ROOT / "cli.py"),
                "demo",
                "--enterprises",
                str(arguments.enterprises),
                "--out",
                str(data),
            ],
            check=True,
        )
    report: dict[str, object] = {"enterprises": arguments.enterprises, "build": whole_build(data)}
    settings = Settings.load(data)
    reference = Reference.load(settings.reference)
    subprocess.run(["rm", "-rf", str(settings.raw)], check=True)
    with Warehouse.create(work_file(settings)) as warehouse:
        taken = measure("ingest", lambda: ingest(settings, warehouse, reference, BY_CODE))
        again = measure("ingest, archive already there", lambda: ingest(settings, warehouse, reference, BY_CODE))
        measure("match", lambda: match(settings, warehouse, BY_CODE))
        described = measure("compute", lambda: compute(settings, warehouse, BY_CODE, ALL, [AS_OF]))
        measure("score", lambda: score(settings, warehouse, [AS_OF]))
        measure("grade", lambda: grade(settings, warehouse, [AS_OF], AS_OF))
        bare = measure("floor: one pass a table, results dropped", lambda: passes_only(warehouse))
        floor = measure("floor: the same table without point in time", lambda: hand_written(warehouse))
        export_plain(warehouse, data / "var" / "plain")
    plain = measure("floor: DuckDB reads plain CSV", lambda: read_plain(data / "var" / "plain"))
    report["ratios"] = [
        ratio("ingest", taken, plain, 3.0),
        ratio("ingest, archive already there", again, plain, 3.0),
        ratio("indicators, against the same table", described, floor, 1.5),
        ratio("indicators, against bare passes", described, bare, 1.5),
    ]
    out = data / "var" / "bench.json"
    out.write_text(json.dumps(report, indent=2))
    print(f"written to {out}")


if __name__ == "__main__":
    main()
