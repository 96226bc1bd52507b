"""docs/screenshots: a picture of each page, taken of the demo deployment in headless Chromium.

    python docs/pictures.py [--data data/var/demo] [--only pilot]

Starts a server of its own, signs in by hand with the passwords of the demo accounts, waits until a page stands still,
and cuts each picture to 255 colours. To be run after `make build`; needs requirements-dev.txt and /usr/bin/chromium.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

Colours = npt.NDArray[np.integer]
ROOT = Path(__file__).resolve().parent.parent
SCREENSHOTS = ROOT / "docs" / "screenshots"
DESKTOP, PHONE = (1440, 900), (420, 900)
COLOURS = 255
QUIET_MS, LONGEST_S = 1200, 90
BROWSER_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--force-color-profile=srgb"]
STANDING = """() => {
  const body = document.querySelector('.stApp') || document.body;
  const running = body.dataset.testScriptState && body.dataset.testScriptState !== 'notRunning';
  const busy = running || document.querySelector('[data-testid=stSkeleton], [data-stale=true]');
  return (busy ? 'busy ' + Math.random() : 'still ') + body.innerText.length + ' ' + document.querySelectorAll('*').length;
}"""
"""What is on the page, as a word that changes while it changes."""


@dataclass(frozen=True)
class Picture:
    """One picture: its name, who looks, the address, at which size, in which language.

    `typed`: what is typed into the first field and sent. `whole`: down to the page's foot. {firm}: a credit code.
    """

    name: str
    user: str
    path: str = ""
    typed: str = ""
    size: tuple[int, int] = DESKTOP
    language: str = "zh"
    whole: bool = False


PICTURES = (
    Picture("sign-in", ""),
    Picture("sign-in-phone", "", size=PHONE),
    Picture("pilot", "leader", "overview"),
    Picture("pilot-whole", "leader", "overview", whole=True),
    Picture("pilot-en", "leader", "overview", language="en"),
    Picture("pilot-phone", "leader", "overview", size=PHONE),
    Picture("warnings", "credit", "risk-warnings"),
    Picture("warnings-en", "credit", "risk-warnings", language="en"),
    Picture("warnings-phone", "credit", "risk-warnings", size=PHONE),
    Picture("enterprises", "meihekou", "directory"),
    Picture("enterprises-en", "meihekou", "directory", language="en"),
    Picture("enterprises-phone", "meihekou", "directory", size=PHONE),
    Picture("enterprise", "meihekou", "archive?uscc={firm}"),
    Picture("enterprise-whole", "meihekou", "archive?uscc={firm}", whole=True),
    Picture("inspections", "credit", "double-random?step=plan&plan=1&title=四季度双随机抽查&items=JG22050102B&full=E"),
    Picture("inspections-list", "credit", "double-random?step=list"),
    Picture("inspections-results", "credit", "double-random?step=results"),
    Picture("collection", "credit", "gathering"),
    Picture("indicators", "credit", "indicator-set"),
    Picture("indicators-en", "credit", "indicator-set", language="en"),
    Picture("policy", "credit", "rules"),
    Picture("policy-en", "credit", "rules", language="en"),
    Picture("model", "credit", "risk-model"),
    Picture("model-en", "credit", "risk-model", language="en"),
    Picture("audit", "credit", "log"),
    Picture("audit-en", "credit", "log", language="en"),
    Picture("lookup", "window", "window", typed="{firm}"),
)


def main() -> None:
    """Take the pictures, all of them or those whose names begin with the words given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "var" / "demo")
    parser.add_argument("--out", type=Path, default=SCREENSHOTS)
    parser.add_argument("--only", nargs="*", default=[""], help="names, or how they begin")
    given = parser.parse_args()
    wanted = [p for p in PICTURES if p.name.startswith(tuple(given.only))]
    given.out.mkdir(parents=True, exist_ok=True)
    passwords = dict(line.split()[:2] for line in (given.data / "accounts.txt").read_text("utf-8").splitlines())
    with served(given.data) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_OPTIONS)
        firm = ""
        for picture in wanted:
            if "{firm}" in picture.path + picture.typed and not firm:
                firm = a_firm(browser, address, passwords)
            page = opened(browser, address, picture, passwords, firm)
            shot = page.screenshot(full_page=False)
            kept = small(shot)
            (given.out / f"{picture.name}.png").write_bytes(kept)
            print(f"{picture.name}  {len(kept) // 1024} kB")
            page.context.close()
        browser.close()


def opened(browser: Browser, address: str, picture: Picture, passwords: dict[str, str], firm: str) -> Page:
    """The page of a picture, signed in, clicked and standing still."""
    width, height = picture.size
    page = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN").new_page()
    page.goto(f"{address}/sign-in?lang={picture.language}")
    if not picture.user:
        return page
    sign_in(page, picture.user, passwords[picture.user])
    sign = "&" if "?" in picture.path else "?"
    page.goto(f"{address}/{picture.path.format(firm=firm)}{sign}lang={picture.language}")
    settle(page)
    if picture.typed:
        field = page.locator("[data-testid=stMain] input[type=text]").first
        field.fill(picture.typed.format(firm=firm))
        field.press("Enter")
        settle(page)
    if picture.whole:
        tall = page.evaluate("(document.querySelector('[data-testid=stMain]') || document.body).scrollHeight")
        page.set_viewport_size({"width": width, "height": max(height, int(tall))})
        settle(page)
    return page


def sign_in(page: Page, user: str, password: str) -> None:
    """Through the form, as a person does."""
    page.fill("[name=user]", user)
    page.fill("[name=password]", password)
    page.click("main button")
    settle(page)


def a_firm(browser: Browser, address: str, passwords: dict[str, str]) -> str:
    """The credit code of the first firm of the county's list: the worst grade, the lowest score."""
    page = opened(browser, address, Picture("list", "meihekou", "directory"), passwords, "")
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert box, "the list has no table"
    page.mouse.click(box["x"] + 160, box["y"] + 50)
    page.wait_for_url("**/archive**", timeout=60_000)
    firm = page.url.partition("uscc=")[2].partition("&")[0]
    page.context.close()
    return firm


def settle(page: Page) -> None:
    """Wait until nothing on the page has changed for a while."""
    page.wait_for_load_state("load")
    last, since, until = "", time.monotonic(), time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        now = page.evaluate(STANDING)
        if now != last:
            last, since = now, time.monotonic()
        elif now.startswith("still") and (time.monotonic() - since) * 1000 >= QUIET_MS and " 0 " not in now:
            return
        page.wait_for_timeout(200)
    raise TimeoutError(f"{page.url} does not stand still")


def small(shot: bytes) -> bytes:
    """The picture with at most 255 colours: its most frequent ones, which hold every grade, level and light.

    A palette of averages would paint grade C in the colour of D.
    """
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))
    colours, place, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    kept = colours[np.argsort(-counts, kind="stable")[:COLOURS]].astype(np.int32)
    nearest = np.concatenate([_nearest(some.astype(np.int32), kept) for some in np.array_split(colours, 64)])
    picture = Image.fromarray(nearest[place.reshape(-1)].reshape(pixels.shape[:2]).astype(np.uint8), "P")
    picture.putpalette(kept.astype(np.uint8).tobytes())
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _nearest(colours: Colours, palette: Colours) -> Colours:
    """The index of the palette's colour that lies nearest to each colour."""
    distance: Colours = ((colours[:, None, :] - palette[None, :, :]) ** 2).sum(axis=2)
    nearest: Colours = distance.argmin(axis=1)
    return nearest


@contextmanager
def served(data: Path) -> Iterator[str]:
    """The address of a server of the deployment, for as long as it is needed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    environment = {**os.environ, "CREDIT_RISK_DATA": str(data.resolve())}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    main()
