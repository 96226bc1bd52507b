"""docs/explanation/hardening.md counts what these tests do: the numbers are taken from them."""

from __future__ import annotations

import os

from tests.hardening.planted import PLANTS
from tests.hardening.test_addresses import PAGES, VALUES, attempts, names
from tests.hardening.test_attempts import ORIGINS, POSTS
from tests.hardening.test_bad_files import PAGE
from tests.hardening.test_names import VISITS
from tests.hardening.test_no_room import POINTS
from tests.hardening.test_two_at_once import PEOPLE

BEGIN, END = "<!-- attempts -->", "<!-- end of attempts -->"
ROWS = (
    ("猜密码，八个一起、一整天 guessed passwords, eight at a time for a day", 96 * 11, "至多比对 59 次，不进 59 looked at, none in", "test_attempts"),
    ("跨站提交 posts from elsewhere", len(POSTS) * 4 * len(ORIGINS), "全部拒绝 all refused", "test_attempts"),
    ("返回地址 ways back by chance", 20_000, "不出本系统 none leads out", "test_attempts"),
    ("页面 × 恶意名称 pages × names that mean ill", len(VISITS) * len(PLANTS), "原样显示，不起作用 shown, inert", "test_names"),
    ("页面条件 conditions of pages", len(attempts()), "不出错，不越范围 no fault, no foreign row", "test_addresses"),
    ("同时动手 people at once, each act", PEOPLE, "恰一人成 one wins", "test_two_at_once"),
    ("磁盘写满之处 points where the disk is full", len(POINTS), "批次不变，再来即成 build intact, next one works", "test_no_room"),
)  # fmt: skip


def table() -> str:
    lines = ["| 试了什么 tried | 次数 times | 结果 came out | 测试 test |", "|---|---:|---|---|"]
    lines += [f"| {what} | {times:,} | {out} | `{test}.py` |" for what, times, out, test in ROWS]
    return "\n".join(lines)


def test_the_page_counts_what_is_tried() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    shown, _, after = rest.partition(END)
    if os.environ.get("UPDATE_HARDENING"):
        PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")
        return
    assert shown.strip() == table(), "run this file with UPDATE_HARDENING=1"


def test_what_is_tried_is_enough() -> None:
    assert len(attempts()) >= 600 and len(names()) >= 60 and len(VALUES) >= 40
    assert {page for page, _ in PAGES} >= {page for page, *_ in VISITS} - {"archive"} and len(PLANTS) >= 12
