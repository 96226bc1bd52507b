"""known.<feed>(as_of): what was known of a feed at a date, and nothing else (HOUSE: versions and knowledge).

Indicators, outcomes, red lines, warnings and pages at a past date read these relations only, so nobody
can leak the future, whoever writes the query. Each is a table macro over core.<feed>.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from pipeline.feeds.contract import FeedContract, Field, Subject
from pipeline.stores.warehouse import Warehouse, union_all

GONE = "('3', '4', '5', '6')"
"""Register statuses of an entity that is no longer there: deregistered, cancelled or moved away."""
INACTIVE = "('2', '3', '4', '5', '6')"


def write_known(warehouse: Warehouse, contracts: tuple[FeedContract, ...]) -> None:
    """Create known.<feed>(as_of) for every feed."""
    for contract in contracts:
        warehouse.execute(f"CREATE OR REPLACE MACRO known.{contract.code}(as_of) AS TABLE {_body(contract, 'core')}")


def known_relations(contracts: Iterable[FeedContract], as_of: date, core: str) -> dict[str, str]:
    """Feed -> the same relation as a select for one date, for readers that see core under another name."""
    day = f"DATE '{as_of.isoformat()}'"
    return {c.code: re.sub(r"\bas_of\b", day, _body(c, core)) for c in contracts}


def known_when(contract: FeedContract, as_of: str) -> str:
    """The same relation as a select whose date is the SQL expression `as_of`, e.g. a column of the query around it."""
    return re.sub(r"\bas_of\b", as_of, _body(contract, "core"))


def assumed_share(warehouse: Warehouse, contracts: Iterable[FeedContract], as_of: date) -> float | None:
    """Share of the records known at `as_of` whose time of knowledge is assumed (history loads); None without records."""
    counts = union_all(
        f"SELECT count(*) AS n, count(*) FILTER (known_assumed) AS assumed FROM core.{c.code}"
        f" WHERE row_outcome <> 'duplicate' AND known_from < DATE '{as_of.isoformat()}'"
        for c in contracts
    )
    share: float | None = warehouse.value(f"SELECT sum(assumed) / nullif(sum(n), 0) FROM ({counts})")
    return share


def _body(contract: FeedContract, core: str) -> str:
    return _register(contract, core) if contract.subject is Subject.ROOT else _events(contract, core)


def _events(contract: FeedContract, core: str) -> str:
    """Rows of the version known at as_of, happened before it, not withdrawn, later knowledge blanked."""
    withdrawn = f"AND NOT coalesce({contract.withdrawn_on}_known < as_of, false)" if contract.withdrawn_on else ""
    return f"""
        SELECT {_blanked(contract)}, coalesce(repaired_from < as_of, false) AS is_repaired
        FROM {core}.{contract.code}
        WHERE row_outcome <> 'duplicate' AND known_from < as_of AND (known_to IS NULL OR known_to >= as_of)
          AND (event_on IS NULL OR event_on < as_of) {withdrawn}"""


def _blanked(contract: FeedContract) -> str:
    """All columns, those learned later blank while their date is null or not before as_of."""
    later = [f for f in contract.fields if f.learned_on]
    if contract.withdrawn_on and contract.withdrawn_on not in {f.name for f in later}:
        later.append(Field(contract.withdrawn_on, object, contract.title, learned_on=contract.withdrawn_on))
    if not later:
        return "*"
    replaced = ", ".join(f"CASE WHEN {f.learned_on}_known < as_of THEN {f.name} END AS {f.name}" for f in later)
    return f"* REPLACE ({replaced})"


def _register(contract: FeedContract, core: str) -> str:
    """One row an entity that exists at as_of: the newest version known, else the oldest we have (backfilled).

    An entity exists if it was established, or first seen, before as_of and was not cancelled before. What
    a backfilled row says of a later end is not known yet: it counts as active.
    """
    return f"""
        SELECT * REPLACE (
            CASE WHEN backfilled AND status IN {INACTIVE} AND cancelled_on >= as_of THEN '1' ELSE status END AS status,
            CASE WHEN cancelled_on < as_of THEN cancelled_on END AS cancelled_on)
        FROM (
          SELECT *, known_from >= as_of AS backfilled, false AS is_repaired FROM {core}.{contract.code}
          WHERE row_outcome <> 'duplicate' AND uscc IS NOT NULL
            AND (known_from < as_of AND (known_to IS NULL OR known_to >= as_of) OR version_no = 1 AND known_from >= as_of))
        WHERE (NOT backfilled OR established_on < as_of)
          AND NOT (coalesce(status, '') IN {GONE} AND coalesce(cancelled_on < as_of, true))"""
