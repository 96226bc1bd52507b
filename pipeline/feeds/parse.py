r"""Delivered text -> typed value, as DuckDB expressions: one for each kind of field.

Every expression gives NULL where the text can't be read as the kind, and never raises; a quick cast
comes first, so that the slow forms cost only the rows that need them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pipeline.domain import Month, RegionCode, Text, Uscc
from pipeline.feeds.contract import CodeOf, Field, OneOf
from pipeline.feeds.identifiers import uscc_is_valid

_WIDE = "".join(chr(c) for c in range(0xFF01, 0xFF5F)) + "　〔〕【】"
_HALF = "".join(chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)) + " [][]"
_BLANK = ("/", "\\", "-", "--", "—", "——", "无", "null", "NULL", "None", "N/A", "\\N")
_NO_LIMIT = ("长期", "长期有效", "永久", "无期限", "无固定期限")
_TRUE = ("是", "有", "合格", "true", "1", "y", "yes", "√", "t")
_FALSE = ("否", "无", "不合格", "false", "0", "n", "no", "×", "f")

_IDENTITY_CARD = r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx]"
"""An identity-card number (GB 11643): division, day of birth, serial, check. Never stored."""
_MASK = "〔身份证号〕"

Codes = dict[str, Text]


def literal(text: str) -> str:
    """`text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def half_width(x: str) -> str:
    """Full-width letters, digits, brackets and spaces of `x` in their ASCII form; other texts are left as they are."""
    wide = f"strlen({x}) > length({x}) AND regexp_matches({x}, '[！-～　〔〕【】]')"
    return f"CASE WHEN {wide} THEN translate({x}, {literal(_WIDE)}, {literal(_HALF)}) ELSE {x} END"


def masked(x: str) -> str:
    """`x` with every identity-card number in it replaced by a mark."""
    return f"regexp_replace({x}, '{_IDENTITY_CARD}', '{_MASK}', 'g')"


def tidy(field: Field, x: str) -> str:
    """The text of a column ready to be read as its kind: in half width, and NULL where it only says "nothing".

    Free text stays as it was delivered, but for identity-card numbers, which are never stored: a code that
    is one (a person's tax number has two digits more) is blank, unless it is a valid credit code.
    """
    if field.kind is str:
        return f"CASE WHEN length({x}) >= 18 THEN {masked(x)} ELSE {x} END"
    if field.kind in (Uscc, RegionCode):
        code = f"upper(replace({half_width(x)}, ' ', ''))"
        personal = f"regexp_full_match({code}, '{_IDENTITY_CARD}[0-9]{{0,2}}') AND NOT {uscc_is_valid(code)}"
        return f"CASE WHEN {personal} THEN NULL ELSE {code} END"
    blank = [b for b in _BLANK if not (field.kind is bool and b in _FALSE)]
    if field.kind in (date, datetime):
        blank += _NO_LIMIT
    nothing = f"{x} IN ({', '.join(literal(b) for b in blank)})"
    if field.kind in (date, datetime):
        nothing += f" OR starts_with({x}, '9999')"
    return f"CASE WHEN {nothing} THEN NULL ELSE trim({half_width(x)}) END"


def quick(field: Field, t: str, codes: Codes | None = None) -> str | None:
    """The value of a delivered text that is written plainly, else NULL; None for kinds that are texts themselves.

    It is what nearly every row needs; `tidy` and `typed` then cost only the others.
    """
    if isinstance(field.kind, CodeOf | OneOf):
        known = ", ".join(literal(c) for c in codes or {})
        return f"CASE WHEN {t} IN ({known}) THEN {t} END" if known else None
    dated = f"CASE WHEN strlen({t}) IN (10, 19) AND left({t}, 2) IN ('19', '20') THEN try_cast({t} AS {{}}) END"
    plain: dict[type, str] = {
        int: f"CASE WHEN regexp_full_match({t}, '[0-9]{{1,9}}') THEN CAST({t} AS BIGINT) END",
        Decimal: f"try_cast({t} AS DECIMAL(18,6))",
        bool: f"CASE {t} WHEN '是' THEN true WHEN '否' THEN false END",
        date: dated.format("DATE"),
        datetime: dated.format("TIMESTAMP"),
        Month: f"CASE WHEN regexp_full_match({t}, '(19|20)[0-9]{{2}}-(0[1-9]|1[0-2])') THEN {t} END",
    }
    return plain.get(field.kind)


def typed(field: Field, x: str, codes: Codes | None = None) -> str:
    """The value of the tidy text `x` (or NULL) as the field's kind.

    `codes`: code -> label of the field's code list, for coded kinds.
    """
    if isinstance(field.kind, CodeOf | OneOf):
        return _coded(x, codes or {}, field.many)
    parsers = {
        str: x,
        Uscc: x,
        RegionCode: x,
        int: _integer(x),
        Decimal: _decimal(x, in_wan=field.name.endswith("_wan")),
        bool: _boolean(x),
        datetime: timestamp(x),
        date: f"CAST({timestamp(x)} AS DATE)",
        Month: _month(x),
    }
    return parsers.get(field.kind, x)


def timestamp(x: str) -> str:
    """2020-07-27, 2020/7/27, 2020.07.27, 20200727, 2020年7月27日, each with or without a time; Excel serials."""
    parts = (
        f"regexp_extract({x}, '^((?:19|20)\\d{{2}})\\s*[年./-]\\s*(\\d{{1,2}})\\s*[月./-]\\s*(\\d{{1,2}})"
        f"\\s*日?\\s*(\\d{{1,2}}:\\d{{2}}(:\\d{{2}})?)?', ['y', 'm', 'd', 't'])"
    )
    spelled = f"try_cast(rtrim({parts}.y || '-' || {parts}.m || '-' || {parts}.d || ' ' || {parts}.t) AS TIMESTAMP)"
    serial = f"TIMESTAMP '1899-12-30' + to_days(CAST(floor(CAST({x} AS DOUBLE)) AS INTEGER))"
    of_our_time = f"left({x}, 2) IN ('19', '20')"
    return f"""CASE
        WHEN {of_our_time} AND strlen({x}) = 8 AND regexp_full_match({x}, '\\d{{8}}') THEN try_strptime({x}, '%Y%m%d')
        WHEN {of_our_time} AND strlen({x}) = 14 AND regexp_full_match({x}, '\\d{{14}}') THEN try_strptime({x}, '%Y%m%d%H%M%S')
        WHEN {of_our_time} AND length({x}) >= 8
          THEN coalesce(try_cast(rtrim(translate({x}, '年月日./', '-- --')) AS TIMESTAMP), {spelled})
        WHEN regexp_full_match({x}, '[2-7]\\d{{4}}(\\.\\d+)?') THEN {serial} END"""


def _integer(x: str) -> str:
    number = _decimal(x, in_wan=False)
    return f"coalesce(CASE WHEN NOT contains({x}, '.') THEN try_cast({x} AS BIGINT) END, CASE WHEN {number} = trunc({number}) THEN CAST({number} AS BIGINT) END)"


def _decimal(x: str, *, in_wan: bool) -> str:
    plain = f"replace(replace({x}, ',', ''), ' ', '')"
    form = (
        "'^(?:¥|￥|人民币|RMB|CNY)?([+-]?[0-9]*[.]?[0-9]+)((?:亿|万|元)*)$'"
        if in_wan
        else "'^([+-]?[0-9]*[.]?[0-9]+)()$'"
    )
    parts = f"regexp_extract({plain}, {form}, ['n', 'u'])"
    scale = (
        f"CASE WHEN contains({parts}.u, '亿') THEN 10000 WHEN contains({parts}.u, '万') OR {parts}.u = '' THEN 1 ELSE 0.0001 END"
        if in_wan
        else "1"
    )
    slow = f"try_cast(try_cast({parts}.n AS DECIMAL(22,6)) * {scale} AS DECIMAL(18,6))"
    return f"coalesce(try_cast({x} AS DECIMAL(18,6)), {slow})"


def _boolean(x: str) -> str:
    yes, no = (", ".join(literal(w) for w in words) for words in (_TRUE, _FALSE))
    return f"CASE WHEN lower({x}) IN ({yes}) THEN true WHEN lower({x}) IN ({no}) THEN false END"


def _month(x: str) -> str:
    parts = f"regexp_extract({x}, '^((?:19|20)\\d{{2}})[年./-]?(\\d{{1,2}})(?:月|[./-]\\d{{1,2}}.*|\\d{{2}})?$', ['y', 'm'])"
    valid = f"try_cast({parts}.m AS INTEGER) BETWEEN 1 AND 12"
    spelled = f"CASE WHEN {valid} THEN {parts}.y || '-' || lpad({parts}.m, 2, '0') END"
    return f"CASE WHEN regexp_full_match({x}, '(19|20)\\d{{2}}-(0[1-9]|1[0-2])') THEN {x} ELSE {spelled} END"


def _coded(x: str, codes: Codes, many: str | None) -> str:
    one = _one_code(x, codes)
    if not many:
        return one
    parts = f"regexp_split_to_array({x}, '[;,、|]')"
    each = f"list_transform(list_filter({parts}, p -> trim(p) <> ''), p -> {_one_code('trim(p)', codes)})"
    joined = f"CASE WHEN len({each}) > 0 AND NOT list_contains(list_transform({each}, c -> c IS NULL), true) THEN array_to_string({each}, {literal(many)}) END"
    return f"coalesce({one}, {joined})"


def _one_code(x: str, codes: Codes) -> str:
    """The code that a text stands for: itself, or the code with this label (brackets left away)."""
    known = ", ".join(literal(c) for c in codes)
    if not known:
        return "CAST(NULL AS VARCHAR)"
    labels: dict[str, str] = {}
    for code, label in codes.items():
        for spelling in (label.zh, label.zh.split("(")[0], code.lower(), code.lstrip("0")):
            if spelling and spelling not in codes:
                labels.setdefault(spelling, code)
    cases = " ".join(f"WHEN {literal(spelling)} THEN {literal(code)}" for spelling, code in labels.items())
    slow = f"CASE {x} {cases} END" if cases else "NULL"
    return f"CASE WHEN {x} IN ({known}) THEN {x} ELSE {slow} END"
