"""The guides of the operator, followed: the service, the proxy, the nightly build.

What needs root or a running systemd (users, systemctl) is not run here: units are verified by systemd's own tools and
their commands are started as they stand, with the guides' folders replaced by temporary ones.
"""

from __future__ import annotations

import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, TimeoutError, sync_playwright
from sqlalchemy import select

from pipeline.errors import Exit
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import current_build
from tests.accounts import COOKIE, PASSWORD, QUIET, add, free_port
from tests.guides import Copy, commands, environment, of_file
from tests.small_city import SmallCity

pytestmark = pytest.mark.slow
LEADER = "leader"
HOST = "credit.example"
SYSTEMD = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze on the path")
# Not the mark `browser`: where marked tests must run, nginx need not be there.
CHROMIUM = pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium on the path: apt-get install chromium")
NGINX = pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx on the path: apt-get install nginx-light")


# ---- the service ----


def unit(name: str, guide: str, folder: Path, data: Path) -> str:
    """A unit of a guide with the folders of a test."""
    text = of_file(guide, f"/etc/systemd/system/{name}").text
    return text.replace("/opt/credit-risk", str(folder)).replace("/srv/credit-risk", str(data))


UNITS = (
    ("credit-risk@.service", "service"),
    ("credit-risk-build.service", "nightly"),
    ("credit-risk-build.timer", "nightly"),
)


@SYSTEMD
def test_systemd_takes_the_units_and_their_confinement(tmp_path: Path) -> None:
    for name, guide in UNITS:
        (tmp_path / name).write_text(unit(name, guide, REPOSITORY, tmp_path), encoding="utf-8")
    services = [name.replace("@", "@8501") for name, _ in UNITS]
    (tmp_path / services[0]).write_text((tmp_path / UNITS[0][0]).read_text(encoding="utf-8"), encoding="utf-8")
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / n) for n in services)],
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0 and str(tmp_path) not in found.stderr, found.stderr
    for name in (n for n in services if n.endswith(".service")):
        open_to = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=50", str(tmp_path / name)],
            capture_output=True,
            text=True,
        )
        assert open_to.returncode == 0, open_to.stdout[-300:]
    when = of_file("nightly", "/etc/systemd/system/credit-risk-build.timer").text
    (calendar,) = re.findall(r"OnCalendar=(.*)", when)
    assert subprocess.run(["systemd-analyze", "calendar", calendar], capture_output=True).returncode == 0


def settings_of(text: str) -> tuple[list[str], dict[str, str]]:
    """The command of a unit and its environment."""
    (command,) = re.findall(r"(?m)^ExecStart=(.*)$", text)
    return command.split(), dict(re.findall(r"(?m)^Environment=(\w+)=(.*)$", text))


@contextmanager
def started(settings: Settings, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The pages as the unit starts them."""
    text = unit("credit-risk@.service", "service", REPOSITORY, settings.data).replace("%i", str(port))
    command, given = settings_of(text.replace("/var/cache/credit-risk", str(log.parent)))
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment() | given, stdout=out, stderr=out, umask=0o077
        )
    try:
        wait_for(port, process, log)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(480):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(log.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def office(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small city with a leader's account."""
    folder = tmp_path_factory.mktemp("office") / "city"
    shutil.copytree(tiny.data, folder)
    settings = Settings.load(folder)
    operations = Operations.open(settings)
    add(operations, LEADER, Role.LEADER)
    operations.close()
    return settings


def test_the_service_answers_as_the_guide_says_and_keeps_its_files_to_itself(office: Settings, tmp_path: Path) -> None:
    port = free_port()
    with started(office, port, tmp_path / "log"):
        check = next(line for line in commands("service", "curl").splitlines() if line.startswith("curl"))
        said = subprocess.run(["bash", "-c", check.replace("8501", str(port))], capture_output=True, text=True)
        assert (said.returncode, said.stdout) == (0, "ok")
    assert not [p for p in office.var.rglob("*.sqlite*") if p.stat().st_mode & 0o077]


def test_the_deployment_of_the_service_guide_passes_check(tmp_path: Path) -> None:
    script = commands("service", "mkdir -p /srv/credit-risk/landing").replace("/srv/credit-risk", str(tmp_path / "srv"))
    said = Copy(tmp_path / "opt").run(script.replace("/opt/credit-risk", str(tmp_path / "opt")))
    assert "声明无误" in said and (tmp_path / "srv").stat().st_mode & 0o077 == 0
    assert Settings.load(tmp_path / "srv").policy == tmp_path / "srv" / "policy"


# ---- the nightly build ----


@pytest.mark.parametrize("way", ["systemd", "cron"])
def test_the_nightly_build_publishes_and_says_how_it_went(small: SmallCity, tmp_path: Path, way: str) -> None:
    settings = small.settings
    before = current_build(settings)

    def night() -> int:
        if way == "systemd":
            command, given = settings_of(unit("credit-risk-build.service", "nightly", REPOSITORY, settings.data))
            done = subprocess.run(command, cwd=REPOSITORY, env=environment() | given | {"HOME": str(tmp_path)})
            return done.returncode
        line = re.search(r"credit-risk (cd .*)", (REPOSITORY / "docs/how-to/nightly.md").read_text(encoding="utf-8"))
        assert line
        script = line[1].replace("/opt/credit-risk", str(REPOSITORY)).replace("/srv/credit-risk", str(settings.data))
        return subprocess.run(["sh", "-c", script], env=environment()).returncode

    assert night() == Exit.DONE and current_build(settings) != before
    if way == "cron":
        assert "已发布构建" in (settings.var / "nightly.log").read_text(encoding="utf-8")
    small.deliver_faulty()
    assert night() == Exit.BAD_DELIVERY
    with (settings.data / "city.toml").open("a", encoding="utf-8") as city:
        city.write("\n[[unit]]\ncode = 'TH-DC'\n")
    assert night() == Exit.BAD_DECLARATION


# ---- the proxy ----


@pytest.fixture(scope="module")
def proxied(office: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Two processes behind nginx with TLS, as in the guide but for ports and folders."""
    folder = tmp_path_factory.mktemp("proxy")
    ports = {8501: free_port(), 8502: free_port()}
    outside, plain = free_port(), free_port()
    key = commands("proxy", "openssl").replace("/etc/credit-risk", str(folder / "tls"))
    subprocess.run(["bash", "-euc", key], check=True, capture_output=True)
    text = of_file("proxy", "/etc/nginx/conf.d/credit-risk.conf").text.replace("/etc/credit-risk", str(folder / "tls"))
    for named, port in ports.items():
        text = text.replace(f"127.0.0.1:{named}", f"127.0.0.1:{port}")
    text = text.replace("listen 443", f"listen 127.0.0.1:{outside}").replace("listen 80;", f"listen 127.0.0.1:{plain};")
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, site=text), encoding="utf-8")
    words = ["nginx", "-p", str(folder), "-e", str(folder / "nginx.log"), "-c", str(folder / "nginx.conf")]
    tried = subprocess.run([*words, "-t"], capture_output=True, text=True)
    assert tried.returncode == 0 and "warn" not in tried.stderr, tried.stderr
    with ExitStack() as running:
        apps = {port: running.enter_context(started(office, port, folder / f"{port}.log")) for port in ports.values()}
        nginx = subprocess.Popen([*words, "-g", "daemon off;"])
        running.callback(lambda: (nginx.terminate(), nginx.wait(timeout=10)))
        wait_for(outside, nginx, folder / "nginx.log")
        yield {"port": outside, "plain": plain, "apps": apps, "folder": folder}


_NGINX = """
pid {folder}/pid;
events {{}}
http {{
    log_format seats '$cookie_credit_session $upstream_addr $request_uri';
    access_log {folder}/access.log seats;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""


def ask(
    site: dict[str, object], path: str, form: dict[str, str] | None = None, **headers: str
) -> http.client.HTTPResponse:
    """One request through TLS, to the host that the certificate names."""
    trust = ssl.create_default_context(cafile=f"{site['folder']}/tls/server.crt")
    raw = socket.create_connection(("127.0.0.1", int(str(site["port"]))))
    connection = http.client.HTTPSConnection(HOST, int(str(site["port"])))
    connection.sock = trust.wrap_socket(raw, server_hostname=HOST)
    here = f"{HOST}:{site['port']}"
    body = urlencode(form) if form else None
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{here}"} if form else {}
    connection.request("POST" if form else "GET", path, body, {"Host": here, **kind, **headers})
    return connection.getresponse()


def last_address(settings: Settings) -> str:
    """Where the newest sign-in came from, as the log has it."""
    operations = Operations.open(settings)
    newest = select(AUDIT.c.detail).where(AUDIT.c.action == "sign_in").order_by(AUDIT.c.seq.desc()).limit(1)
    (row,) = operations.rows(newest)
    operations.close()
    return str(json.loads(row.detail)["address"])


@NGINX
def test_through_the_proxy_one_signs_in_with_a_cookie_for_tls_only(
    proxied: dict[str, object], office: Settings
) -> None:
    first = ask(proxied, "/")
    assert (first.status, first.headers["location"]) == (303, "/sign-in")
    assert first.headers["strict-transport-security"] and first.headers["x-frame-options"] == "DENY"
    form = {"user": LEADER, "password": PASSWORD}
    answer = ask(proxied, "/sign-in", form, **{"X-Forwarded-For": "203.0.113.9"})
    flags = {f.strip().lower() for f in answer.headers["set-cookie"].split(";")[1:]}
    assert answer.status == 303 and {"secure", "httponly", "samesite=strict"} <= flags
    assert ask(proxied, "/sign-in", form, Origin="https://evil.example").status == 403
    token = answer.headers["set-cookie"].partition(";")[0]
    assert ask(proxied, "/", Cookie=token).status == 200
    assert last_address(office) == "127.0.0.1", "who asks can't choose the address that is noted"
    plain = http.client.HTTPConnection("127.0.0.1", int(str(proxied["plain"])))
    plain.request("GET", "/overview", headers={"Host": HOST})
    assert plain.getresponse().headers["location"] == f"https://{HOST}/overview"


def seats(site: dict[str, object]) -> list[tuple[str, str]]:
    """(session, process that answered) of every request with a session."""
    lines = (Path(str(site["folder"])) / "access.log").read_text(encoding="utf-8").splitlines()
    return [(token, upstream) for token, upstream, *_ in (line.split() for line in lines) if token != "-"]


@NGINX
def test_a_session_stays_with_its_process_and_sessions_are_spread(proxied: dict[str, object]) -> None:
    for number in range(40):
        ask(proxied, "/", Cookie=f"{COOKIE}=stranger-{number % 20}")
    found = [(token, upstream) for token, upstream in seats(proxied) if token.startswith("stranger-")]
    assert len(set(found)) == 20 and len({upstream for _, upstream in found}) == 2


def until_english(page: Page) -> None:
    """Ask for English until the page answers: what is clicked while the browser looks for the other process is lost."""
    for _ in range(9):
        page.wait_for_timeout(3_000)
        page.get_by_text("EN", exact=True).first.click()
        with suppress(TimeoutError):
            page.locator(".hd h1", has_text="Pilot overview").wait_for(timeout=7_000)
            return
    raise AssertionError("the browser did not go on with the other process")


@NGINX
@CHROMIUM
def test_when_a_process_ends_its_people_go_on_with_the_other_one(proxied: dict[str, object]) -> None:
    here = f"https://{HOST}:{proxied['port']}"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*QUIET, f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
        )
        context = browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(here)
        page.fill("[name=user]", LEADER)
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.locator(".hd h1", has_text="试点总览").wait_for(timeout=60_000)
        (cookie,) = (c for c in context.cookies() if c["name"] == COOKIE)
        assert cookie["secure"] and cookie["httpOnly"]
        mine = next(upstream for token, upstream in reversed(seats(proxied)) if token == cookie["value"])
        apps = proxied["apps"]
        assert isinstance(apps, dict)
        gone = apps[int(mine.rpartition(":")[2])]
        gone.terminate()
        gone.wait(timeout=20)
        until_english(page)
        page.goto(f"{here}/risk-warnings?lang=en")
        page.locator(".hd h1", has_text="Risk warnings").wait_for(timeout=60_000)
        browser.close()
