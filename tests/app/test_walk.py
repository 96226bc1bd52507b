"""Once around the whole loop in a real browser: from sign-in through warning, draw and result to the next build."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError, expect

from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.case_reads import CaseFilter, case_of, cases
from pipeline.stores.operations.case_rules import State, Step
from pipeline.stores.operations.casework import take_step
from pipeline.stores.operations.check_results import tasks
from pipeline.stores.operations.draws import draws
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import current_build
from tests.accounts import actor, add, cheap_hashes, chromium, pass_sign_in, served

pytestmark = pytest.mark.browser
HOMES = {
    Role.LEADER: "试点总览",
    Role.SUPERVISOR: "风险预警",
    Role.COUNTY: "企业名录",
    Role.SECTION: "企业名录",
    Role.WINDOW: "登记窗口查询",
    Role.ADMIN: "信息归集",
}
HEAD, ROW = 33, 32
"""Heights of a table's head and rows."""
SLOW = 60_000


@dataclass(frozen=True)
class Site:
    """A live server on a city of its own."""

    operations: Operations
    address: str
    browser: Browser

    def enter(self, user: str) -> Page:
        """A page of somebody who has just signed in by hand."""
        context: BrowserContext = self.browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(SLOW)
        pass_sign_in(page, self.address, user)
        return page


@pytest.fixture(scope="module")
def site(drawable: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("walk") / "city"
    shutil.copytree(drawable.data, folder)
    operations = Operations.open(Settings.load(folder))
    with cheap_hashes():
        for role in Role:
            add(operations, role.name.lower(), role)
    with served(operations.settings) as address, chromium() as browser:
        yield Site(operations, address, browser)
    operations.close()


def heading(page: Page, words: str) -> None:
    expect(page.locator(".hd h1", has_text=words)).to_be_visible(timeout=SLOW)


def click_row(page: Page, card: str, row: int = 0, across: int = 200) -> None:
    """Click a cell of the table in a card; a table is drawn on a canvas."""
    canvas = page.locator(f".st-key-{card} [data-testid=stDataFrame] canvas").first
    canvas.wait_for(timeout=SLOW)
    settle(page)
    canvas.scroll_into_view_if_needed(timeout=SLOW)
    box = canvas.bounding_box()
    assert box
    page.mouse.click(box["x"] + across, box["y"] + HEAD + ROW * row + ROW // 2)


def settle(page: Page) -> None:
    """Wait until the script has run and nothing has followed for a second."""
    for _ in range(3):
        page.wait_for_timeout(500)
        page.locator(".stApp[data-test-script-state=notRunning]").wait_for(timeout=SLOW)


def choose(page: Page, label: str, option: str) -> None:
    """Pick an option of the drawer's select box; a rerun that comes between closes the list again."""
    settle(page)
    wanted = page.get_by_role("option", name=option).first
    for _ in range(3):
        page.get_by_role("dialog").get_by_label(label).first.click()
        try:
            wanted.click(timeout=SLOW // 6)
        except TimeoutError:
            settle(page)
        else:
            return
    wanted.click()


@pytest.mark.parametrize("role", list(Role))
def test_everybody_lands_on_the_page_that_answers_them(site: Site, role: Role) -> None:
    page = site.enter(role.name.lower())
    heading(page, HOMES[role])
    page.context.close()


def test_once_around(site: Site) -> None:
    city = site.operations.settings.city
    county, division = actor(Role.COUNTY, city), actor(Role.SUPERVISOR, city)

    bureau = site.enter("county")
    heading(bureau, "企业名录")
    click_row(bureau, "card_list")
    heading(bureau, "信用风险档案")
    code = re.search(r"uscc=([0-9A-Z]{18})", bureau.url)
    assert code, bureau.url

    dispose_a_warning(site, bureau)

    office = site.enter("supervisor")
    draw_id = hold_a_draw(site, office)
    enter_a_result(site, bureau, draw_id)
    entered = tasks(site.operations, county, draw_id)
    (done,) = entered[entered["is_done"]].to_dict("records")
    assert done["result"] == "01" and done["checked_on"] == date(2020, 10, 15)

    before = checks_on_record(site, bureau, done["uscc"])
    build_id = current_build(site.operations.settings)
    build_the_next_day(office, site.address)
    assert current_build(site.operations.settings) != build_id
    assert checks_on_record(site, bureau, done["uscc"]) == before + 1
    expect(bureau.get_by_text(done["task_id"]).first).to_be_visible()
    assert audit.verify(site.operations).fault is None
    assert draws(site.operations, division)["draw_id"].tolist() == [draw_id]


def dispose_a_warning(site: Site, bureau: Page) -> None:
    """The county accepts a warning in its drawer and does its part; the division closes it in its own."""
    store, city = site.operations, site.operations.settings.city
    county, division = actor(Role.COUNTY, city), actor(Role.SUPERVISOR, city)
    case_id = cases(store, county, CaseFilter(levels=(1, 2)), limit=1)["case_id"].iloc[0]
    bureau.goto(f"{site.address}/risk-warnings?case={case_id}")
    take_in_drawer(bureau, case_id, "签收", "已联系企业")
    for step in (Step.VERIFY, Step.DISPOSE, Step.REPORT):
        seen = case_of(store, county, case_id)
        take_step(store, county, case_id, step, version=seen.version, note="已处理")
    office = site.enter("supervisor")
    heading(office, "风险预警")
    office.get_by_role("radio", name=re.compile("待我销号")).click()
    click_row(office, "card_warnings")
    expect(office.get_by_role("dialog")).to_contain_text(case_id, timeout=SLOW)
    take_in_drawer(office, case_id, "销号", "材料齐全")
    closed = case_of(store, division, case_id)
    assert closed.state is State.CLOSED and closed.closed_on == date(2020, 10, 15)
    office.context.close()


def take_in_drawer(page: Page, case_id: str, step: str, note: str) -> None:
    """Choose the step, write the note, submit, and wait for the word that it is recorded."""
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text(case_id, timeout=SLOW)
    choose(page, "下一步", step)
    drawer.get_by_label("说明").fill(note)
    drawer.get_by_label("说明").press("Tab")
    drawer.get_by_role("button", name="确认提交").click()
    expect(page.get_by_text(f"{case_id} {step}")).to_be_visible(timeout=SLOW)
    expect(drawer).to_have_count(0, timeout=SLOW)


def hold_a_draw(site: Site, office: Page) -> str:
    """Make the plan in the form, hold it in the drawer; gives the number of the draw."""
    office.goto(f"{site.address}/double-random?step=plan&items=JG1&full=D,E")
    heading(office, "双随机抽查")
    office.get_by_label(re.compile("任务名称")).fill("十月双随机抽查")
    office.get_by_role("button", name="生成计划").click()
    office.get_by_role("button", name="举行抽取").click()
    drawer = office.get_by_role("dialog")
    expect(drawer).to_contain_text("随机种子", timeout=SLOW)
    drawer.get_by_role("button", name="确认举行抽取").click()
    expect(office.locator(".st-key-card_facts")).to_be_visible(timeout=SLOW)
    found = re.search(r"draw=(SC\d{8}-\d\d)", office.url)
    assert found, office.url
    return found.group(1)


def enter_a_result(site: Site, bureau: Page, draw_id: str) -> None:
    """Open the first task of the county's list and say that nothing was found."""
    bureau.goto(f"{site.address}/double-random?step=results&draw={draw_id}")
    heading(bureau, "双随机抽查")
    click_row(bureau, "card_entry")
    drawer = bureau.get_by_role("dialog")
    expect(drawer).to_contain_text(draw_id, timeout=SLOW)
    drawer.get_by_label(re.compile("检查结果")).click()
    bureau.get_by_role("option", name=re.compile("^01")).first.click()
    bureau.keyboard.press("Escape")
    drawer.get_by_role("button", name="确认提交").click()
    expect(bureau.get_by_text("已录入，下次构建计入")).to_be_visible(timeout=SLOW)


def build_the_next_day(office: Page, address: str) -> None:
    """Start the build on the page and wait until it says that it is done."""
    office.goto(f"{address}/gathering")
    heading(office, "信息归集")
    expect(office.get_by_text("业务日 2020-10-15")).to_be_visible(timeout=SLOW)
    office.get_by_role("button", name="构建下一工作日").click()
    expect(office.get_by_text("业务日 2020-10-16")).to_be_visible(timeout=3 * SLOW)


def checks_on_record(site: Site, bureau: Page, uscc: str) -> int:
    """How many checks the firm's archive tells of."""
    bureau.goto(f"{site.address}/archive?uscc={uscc}")
    said = bureau.get_by_text(re.compile(r"^记录在案的检查 \d+ 次"))
    expect(said).to_be_visible(timeout=SLOW)
    return int(re.findall(r"\d+", said.inner_text())[0])
