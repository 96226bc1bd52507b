"""What a click costs: server time of the pages, the first page after sign-in, thirty people at once.

    python benchmarks/app.py --data data/var/bench/150000 [--minutes 2] [--people 30]

`--data` is a published synthetic deployment (benchmarks/run.py leaves one); nothing is written there: the build is
linked into a folder of its own, where cases are opened and a draw is held. A click is one run of the app asked for over
a websocket, as the browser asks; its time ends when the run has been sent whole. Servers and clients share the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import BrowserContext  # noqa: E402

from models.policy.draw import hold  # noqa: E402
from models.policy.draw_frame import DrawRequest, check_items  # noqa: E402
from models.policy.draw_plan import plan  # noqa: E402
from models.policy.warn import open_new_cases  # noqa: E402
from pipeline.feeds.catalogue import FEEDS  # noqa: E402
from pipeline.indicators.known import known_relations  # noqa: E402
from pipeline.settings import Settings  # noqa: E402
from pipeline.stores.access import Actor, Role, Scope  # noqa: E402
from pipeline.stores.operations.store import Operations  # noqa: E402
from pipeline.stores.reader import open_library  # noqa: E402
from pipeline.stores.warehouse import Warehouse, build_file, current_build  # noqa: E402
from tests.accounts import PASSWORD, add, chromium, free_port  # noqa: E402
from tests.wire import line, rerun  # noqa: E402

DIVISION = Actor("bench", "测试", Role.SUPERVISOR, Scope(is_whole=True))
WARM, RUNS, SIGN_INS, THINK = 5, 60, 5, 5.0
LIST, PILOT = (150, 400), (250, 600)
"""Limits of a page in milliseconds: median, 95th percentile."""
FIRST_PAGE, BUSY_P95, MEMORY = 1500, 1500, 3.0
GRADES, SECTORS = "ABCDE", "ACEFGHIKLOQ"
SORTS = ("", "score", "change", "last_check", "name", "street", "industry", "established")
WORDS = ("餐饮", "建材", "超市", "药", "食品", "鸿", "2205")


@dataclass(frozen=True)
class City:
    """What people may ask for: credit codes and units."""

    firms: tuple[str, ...]
    units: tuple[str, ...]


@dataclass
class Timed:
    """Milliseconds of many clicks on one kind of page."""

    name: str
    limits: tuple[float, float]
    took: list[float] = field(default_factory=list)

    def said(self) -> dict[str, object]:
        """Median and 95th percentile, and whether they hold."""
        middle, high = statistics.median(self.took), percentile(self.took, 0.95)
        met = middle <= self.limits[0] and high <= self.limits[1]
        print(
            f"  {self.name:<34} median {middle:6.0f} ms  p95 {high:6.0f} ms  of {len(self.took):>4}"
            f"  limits {self.limits[0]:.0f} / {self.limits[1]:.0f}  {'met' if met else 'MISSED'}"
        )
        return {"name": self.name, "median": round(middle), "p95": round(high), "clicks": len(self.took), "met": met}


class Server:
    """A server of a deployment, and the memory that it takes."""

    def __init__(self, settings: Settings) -> None:
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        environment = {**os.environ, "CREDIT_RISK_DATA": str(settings.data)}
        self._log = (settings.data / f"server-{port}.log").open("w")
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self._log, stderr=self._log)
        while True:
            with suppress(OSError):
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1)
                return
            assert self.process.poll() is None, "the server has ended"
            time.sleep(0.2)

    def gigabytes(self, what: str = "VmHWM") -> float:
        """Its memory: at its highest, or now (VmRSS)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(row.split()[1]) / 1024**2 for row in status.splitlines() if row.startswith(what))

    def cpu(self) -> float:
        """CPU seconds so far."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=30)
        self._log.close()


@contextmanager
def serving(settings: Settings) -> Iterator[Server]:
    """A fresh server for a while."""
    server = Server(settings)
    try:
        yield server
    finally:
        server.close()


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def prepare(given: Path, folder: Path) -> tuple[Settings, Operations]:
    """A deployment in `folder` with the build of `given`, its cases opened and one draw held."""
    (folder / "var").mkdir(parents=True)
    shutil.copy(given / "city.toml", folder / "city.toml")
    shutil.copy(given / "var" / "today", folder / "var" / "today")
    (folder / "var" / "warehouse").symlink_to((given / "var" / "warehouse").resolve())
    for name in ("reference", "policy", "mappings"):
        if (given / name).is_dir():
            shutil.copytree(given / name, folder / name)
    settings = Settings.load(folder)
    operations = Operations.open(settings)
    opened = open_new_cases(settings, str(current_build(settings)))
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library, "no build is published there"
    read = library.reader(DIVISION)
    items = tuple(i.code for i in check_items(read))[:4]
    due = date.fromisoformat(f"{settings.today().year}-12-01")
    request = DrawRequest("四季度双随机", items, due, share=Decimal("0.25"), full_coverage=("E",))
    held = hold(operations, read, DIVISION, plan(operations, read, DIVISION, request))
    library.close()
    print(f"  {opened.opened:,} cases opened, {held.tasks:,} inspection tasks")
    return settings, operations


def city_of(settings: Settings) -> City:
    """Firms and units to ask for, at random but the same at each run."""
    with Warehouse.read(build_file(settings, str(current_build(settings)))) as build:
        rows = build.rows("SELECT uscc FROM mart.enterprise WHERE grade IS NOT NULL ORDER BY hash(uscc) LIMIT 500")
    return City(tuple(r[0] for r in rows), tuple(u.code for u in settings.city.units))


def a_list(chance: random.Random, city: City, units: Sequence[str]) -> tuple[str, str]:
    """The list of enterprises with a filter, an order, or words."""
    asked = {
        "grade": chance.choice(("", *GRADES, "D,E")),
        "industry": chance.choice(("", "", *SECTORS)),
        "sort": chance.choice(SORTS),
        "q": chance.choice(("", "", "", *WORDS)),
        "unit": chance.choice(("", *units)),
        "page": chance.choice(("", "", "2", "7")),
    }
    return "directory", "&".join(f"{k}={v}" for k, v in asked.items() if v)


def an_archive(chance: random.Random, city: City, units: Sequence[str]) -> tuple[str, str]:
    """The archive of one firm."""
    return "archive", f"uscc={chance.choice(city.firms)}"


def warnings(chance: random.Random, city: City, units: Sequence[str]) -> tuple[str, str]:
    """The list of warnings."""
    asked = {"level": chance.choice(("", "1", "2", "3")), "unit": chance.choice(("", *units))}
    return "risk-warnings", "&".join(f"{k}={v}" for k, v in asked.items() if v)


def the_pilot(chance: random.Random, city: City, units: Sequence[str]) -> tuple[str, str]:
    """The pilot's overview, its lower row of one unit or of all."""
    unit = chance.choice(("", *city.units))
    return "overview", f"unit={unit}" if unit else ""


def draws(chance: random.Random, city: City, units: Sequence[str]) -> tuple[str, str]:
    """The list of a draw, or its results."""
    return "double-random", f"step={chance.choice(('list', 'results'))}"


Ask = Callable[[random.Random, City, Sequence[str]], tuple[str, str]]
PAGES: tuple[tuple[str, Role, Ask, tuple[float, float]], ...] = (
    ("enterprises, whole city", Role.SUPERVISOR, a_list, LIST),
    ("enterprises, one unit", Role.COUNTY, a_list, LIST),
    ("warnings", Role.SUPERVISOR, warnings, LIST),
    ("random inspections", Role.SUPERVISOR, draws, LIST),
    ("archive of one firm", Role.SUPERVISOR, an_archive, LIST),
    ("pilot overview", Role.LEADER, the_pilot, PILOT),
)
HABITS: dict[Role, tuple[Ask, ...]] = {
    Role.LEADER: (the_pilot, the_pilot, warnings, a_list),
    Role.SUPERVISOR: (warnings, warnings, a_list, an_archive, draws, the_pilot),
    Role.COUNTY: (a_list, a_list, a_list, an_archive, an_archive, warnings, draws),
}


def click(opened: object, page: str, query: str) -> float:
    """Milliseconds of one run of the app."""
    start = time.perf_counter()
    rerun(opened, page=page, query=query)  # type: ignore[arg-type]
    return 1000 * (time.perf_counter() - start)


def alone(server: Server, city: City, tokens: dict[Role, str]) -> list[dict[str, object]]:
    """Each kind of page, one person at a time."""
    said = []
    for name, role, ask, limits in PAGES:
        chance, timed = random.Random(7), Timed(name, limits)
        units = () if role is Role.COUNTY else city.units
        with line(server.address, tokens[role]) as opened:
            for _ in range(WARM):
                click(opened, *ask(chance, city, units))
            before = server.cpu()
            timed.took += [click(opened, *ask(chance, city, units)) for _ in range(RUNS)]
            cpu = round(1000 * (server.cpu() - before) / RUNS)
        said.append(timed.said() | {"cpu_ms": cpu})
        print(f"    CPU of the server a click {cpu} ms")
    return said


def first_pages(settings: Settings, users: dict[Role, str]) -> list[dict[str, object]]:
    """From the click on 登录 until the home page stands, in a browser: on a machine that was never here, and again.

    Of each role the first is on a server that has just been started, too.
    """
    said = []
    for role, user in users.items():
        fresh = Timed(f"first page, {role.name}, empty cache", (FIRST_PAGE, float("inf")))
        known = Timed(f"first page, {role.name}, again", (FIRST_PAGE, float("inf")))
        with serving(settings) as server, chromium() as browser:
            for _ in range(SIGN_INS):
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                fresh.took.append(signed_in_after(context, server.address, user))
                context.clear_cookies()
                known.took.append(signed_in_after(context, server.address, user))
                context.close()
        print(f"    the very first after a start: {fresh.took[0]:.0f} ms")
        said += [fresh.said() | {"very_first": round(fresh.took[0])}, known.said()]
    return said


def signed_in_after(context: BrowserContext, address: str, user: str) -> float:
    """Milliseconds from the click on 登录 until the page's script has run and its title stands."""
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("[name=user]", user)
    page.fill("[name=password]", PASSWORD)
    start = time.perf_counter()
    page.click("main button", no_wait_after=True)
    page.locator(".hd h1").wait_for(timeout=60_000)
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(timeout=60_000)
    took = 1000 * (time.perf_counter() - start)
    page.close()
    return took


def at_once(
    server: Server, city: City, people: Sequence[tuple[Role, str, Sequence[str]]], seconds: float
) -> dict[str, object]:
    """People who think about five seconds between clicks, all of them at once."""
    timed = Timed(f"{len(people)} people, {THINK:.0f} s between clicks", (BUSY_P95, BUSY_P95))
    lock, until, failed = threading.Lock(), time.monotonic() + seconds, list[str]()

    def work(number: int, role: Role, token: str, units: Sequence[str]) -> None:
        chance = random.Random(number)
        try:
            with line(server.address, token) as opened:
                time.sleep(chance.uniform(0, THINK))
                click(opened, *HABITS[role][0](chance, city, units))
                while time.monotonic() < until:
                    time.sleep(chance.uniform(0.5 * THINK, 1.5 * THINK))
                    took = click(opened, *chance.choice(HABITS[role])(chance, city, units))
                    with lock:
                        timed.took.append(took)
        except Exception as error:  # a session that breaks is a result, not the end of the measurement
            failed.append(f"{role.name}: {error!r}")

    before = server.cpu()
    threads = [threading.Thread(target=work, args=(n, *who)) for n, who in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = timed.said()
    cpu, memory = 1000 * (server.cpu() - before) / max(1, len(timed.took)), server.gigabytes()
    print(f"  CPU of the server a click {cpu:.0f} ms; memory at its highest {memory:.2f} GB (limit {MEMORY})")
    for words in failed:
        print(f"  FAILED {words}")
    return found | {"cpu_ms": round(cpu), "peak_gb": round(memory, 2), "failed": failed}


def main() -> None:
    """Prepare, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "var" / "bench" / "150000")
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--skip-browser", action="store_true", help="leave the first page after sign-in out")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        settings, operations = prepare(given.data, Path(scratch) / "city")
        city = city_of(settings)
        print(f"{given.data}: {os.cpu_count()} cores")
        users = {role: f"one-{role.name.lower()}" for role in HABITS}
        tokens = {role: add(operations, user, role) for role, user in users.items()}
        report: dict[str, object] = {}
        with serving(settings) as server:
            report["pages"] = alone(server, city, tokens)
            print(f"  memory {server.gigabytes():.2f} GB")
        if not given.skip_browser:
            report["first"] = first_pages(settings, users)
        with serving(settings) as server:
            people = []
            for n in range(given.people):
                role = (Role.LEADER, Role.SUPERVISOR, Role.SUPERVISOR, *[Role.COUNTY] * 7)[n % 10]
                units = (city.units[n % len(city.units)],) if role is Role.COUNTY else ()
                token = add(operations, f"p{n}-{role.name.lower()}", role, units)
                people.append((role, token, () if role is Role.COUNTY else city.units))
            report["at_once"] = at_once(server, city, people, 60 * given.minutes)
        operations.close()
        out = given.data / "var" / "bench-app.json"
        out.write_text(json.dumps(report, indent=2, ensure_ascii=False))
        print(f"written to {out}")


if __name__ == "__main__":
    main()
