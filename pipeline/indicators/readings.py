"""How records are read: SQL fragments that give coded columns their meaning, one home for each.

Every fragment is a DuckDB expression over the columns of one known relation; the word as_of stands for the date.
"""

from __future__ import annotations

LARGE_FINE_WAN = 10
"""A fine from which a penalty counts as severe, in 万元 (较大数额罚款; 待确认)."""


def has_code(column: str, *codes: str) -> str:
    """Whether a column of codes joined by ';' holds one of `codes`."""
    return f"regexp_matches({column}, '(^|;)({'|'.join(codes)})(;|$)')"


def has_only(column: str, *codes: str) -> str:
    """Whether a column of codes joined by ';' holds nothing but `codes`."""
    one = f"({'|'.join(codes)})"
    return f"regexp_full_match({column}, '{one}(;{one})*')"


def in_force(until: str) -> str:
    """Whether a state that ends on the date column `until` still holds at as_of."""
    return f"({until} IS NULL OR {until} >= as_of)"


def flag(condition: str) -> str:
    """A condition as 1 or 0; unknown is 0."""
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


def how_many(condition: str) -> str:
    """How many rows satisfy a condition: never null, unlike count_if."""
    return f"count(CASE WHEN {condition} THEN 1 END)"


def clipped(value: str, low: float, high: float) -> str:
    """A value limited to low..high; unlike bare least and greatest it keeps what is unknown unknown."""
    return f"CASE WHEN {value} IS NOT NULL THEN greatest({low}, least({high}, {value})) END"


def wan_of(column: str) -> str:
    """The first number in a text such as '1,000万元', in 万元; a bare number is taken for 万元."""
    number = f"try_cast(regexp_extract(replace({column}, ',', ''), '[0-9]+(\\.[0-9]+)?') AS DOUBLE)"
    unit = f"CASE WHEN {column} LIKE '%亿%' THEN 10000 WHEN {column} LIKE '%万%' THEN 1"
    return f"{number} * {unit} WHEN {column} LIKE '%元%' THEN 0.0001 ELSE 1 END"


PENALTY_SEVERITY = f"""coalesce(try_cast(severity AS INTEGER), CASE
    WHEN {has_code("penalty_category", "07", "08", "10")} THEN 4
    WHEN {has_code("penalty_category", "04", "05", "06")} OR fine_wan >= {LARGE_FINE_WAN} THEN 3
    WHEN penalty_category IS NULL OR {has_code("penalty_category", "02", "03", "99")} THEN 2
    ELSE 1 END)"""
"""Severity 1..4 of a penalty: as delivered, else from categories and fine; no category reads as 99 (待确认)."""

REAL_PENALTY = f"{PENALTY_SEVERITY} >= 2"
"""A penalty beyond warning and public criticism."""

MOVED_TO_POLICE = "regexp_matches(concat_ws(' ', penalty_content, remark), '移送(公安|司法)')"
"""A penalty whose papers say that the case was moved to the police or the courts."""

RANDOM_CHECK = "check_kind IN ('1', '2', '3')"
"""A check drawn by double random: directed, undirected or joint."""

COMPLETED_CHECK = f"NOT {has_only('result', '08', '10', '11')}"
"""A check that reached the business; 08, 10 and 11 alone say that there was nothing to check."""

PROBLEM_FOUND = has_code("result", "03", "04", "05", "06", "07", "09")
"""A check result that the target counts as adverse."""

ANY_PROBLEM = has_code("result", "02", "03", "04", "05", "06", "07", "09")
"""A check result other than 'no problem found', an unpublished annual report included."""

TRUE_COMPLAINT = "result = '1'"
PARTLY_TRUE_COMPLAINT = "result = '2'"
NEGATIVE_OPINION = "sentiment = 'negative'"

ON_LIST = in_force("removed_on")
"""A listing that has not ended."""

NOT_DELETED = "coalesce(status, '0') <> '2'"
"""A licence whose record was not deleted at the source."""

LICENCE_VALID = (
    f"coalesce(valid_from, event_on) < as_of AND {in_force('valid_to')} AND {NOT_DELETED} AND {in_force('revoked_on')}"
)
"""A licence that may be used on as_of; one without an end date is valid without limit."""

KEY_FIELD_LICENCE = "(field IS NOT NULL OR regexp_matches(cert_name, '食品|餐饮|药品|医疗器械|特种设备'))"
"""A licence of a key field, by its field or its name."""

ADDRESS = "regexp_replace(translate(upper(address), '０１２３４５６７８９', '0123456789'), '[^0-9A-Z一-龥]', '', 'g')"
"""An address without blanks, punctuation and full-width digits."""


def _in_office(of: str = "") -> str:
    return (
        f"{of}position LIKE '%法定代表人%' AND ({of}from_date IS NULL OR {of}from_date < as_of)"
        f" AND {in_force(f'{of}to_date')}"
    )


REPRESENTATIVE_IN_OFFICE = _in_office()
"""A person who is legal representative on as_of."""

LEGAL_REPRESENTATIVES = f"""SELECT DISTINCT p.uscc, p.person_pid
    FROM {{ent_person}} p SEMI JOIN {{ent_registration}} e ON e.uscc = p.uscc
    WHERE {_in_office("p.")}"""
"""(uscc, person_pid) of the legal representatives in office of the entities alive."""
