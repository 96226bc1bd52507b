"""What a list of enterprises says of each beyond the population's row: key fields, last check, number, address, names."""

from __future__ import annotations

from datetime import date

from pipeline.feeds.catalogue.ent_change import ENT_CHANGE
from pipeline.feeds.catalogue.ent_registration import ENT_REGISTRATION
from pipeline.feeds.catalogue.food_operator import FOOD_OPERATOR
from pipeline.feeds.catalogue.licence import LICENCE
from pipeline.feeds.catalogue.special_equipment import SPECIAL_EQUIPMENT
from pipeline.feeds.catalogue.spot_check_result import SPOT_CHECK_RESULT
from pipeline.identity.normalise import name_key
from pipeline.indicators.readings import in_force
from pipeline.stores.access import KEY_FIELDS

READS = (ENT_REGISTRATION, ENT_CHANGE, LICENCE, FOOD_OPERATOR, SPECIAL_EQUIPMENT, SPOT_CHECK_RESULT)
"""The feeds whose known records `roster` reads."""
_NOTHING_FOUND = "01"


def roster(as_of: date) -> str:
    """The select of one row an entity of mart.population at `as_of`.

    uscc, fields VARCHAR[] (codes of KEY_FIELDS, in their order), last_check_on DATE, last_check_result (codes joined by ;),
    reg_no, address, former_names VARCHAR[] (oldest first), name_keys (the name and every former one in the form of
    `name_key`, joined by |: what a search by name looks at).
    """
    day = f"DATE '{as_of.isoformat()}'"
    return f"""
        SELECT p.uscc, [x FOR x IN {list(KEY_FIELDS)} IF list_contains(f.fields, x)] AS fields,
            c.last_check_on, c.last_check_result, r.reg_no, r.address, coalesce(n.former_names, []) AS former_names,
            concat_ws('|', coalesce({name_key("p.entity_name")}, upper(p.entity_name)), n.former_keys) AS name_keys
        FROM mart.population p
        LEFT JOIN ({key_fields(as_of)}) f USING (uscc)
        LEFT JOIN ({_last_check(day)}) c USING (uscc)
        LEFT JOIN ({_former_names(day)}) n USING (uscc)
        LEFT JOIN (SELECT uscc, reg_no, address FROM known.ent_registration({day})) r USING (uscc)
        WHERE p.as_of = {day}"""


def key_fields(as_of: date) -> str:
    """The select of (uscc, fields): a licence in force, a profile of a food section, or equipment that is not scrapped."""
    day = f"DATE '{as_of.isoformat()}'"
    licensed = f"{in_force('valid_to')} AND revoked_on IS NULL".replace("as_of", day)
    return f"""
        SELECT uscc, list(DISTINCT field) AS fields FROM (
            SELECT uscc, field FROM known.licence({day}) WHERE {licensed}
            UNION ALL SELECT uscc, field FROM known.food_operator({day})
            UNION ALL SELECT uscc, 'special_equipment' FROM known.special_equipment({day})
            WHERE status IS DISTINCT FROM 'scrapped'
        ) WHERE uscc IS NOT NULL AND field IS NOT NULL GROUP BY uscc"""


def _last_check(day: str) -> str:
    """The newest day with a check of any kind, and all that was found on it: several items are one visit.

    "Nothing found" for one item does not stand beside a problem with another.
    """
    return f"""
        SELECT uscc, any_value(event_on) AS last_check_on,
            nullif(array_to_string(if(len(codes) > 1, list_filter(codes, lambda c: c <> '{_NOTHING_FOUND}'), codes), ';'), '')
                AS last_check_result
        FROM (
            SELECT uscc, event_on, list_sort(list_distinct(flatten(list(string_split(coalesce(result, ''), ';'))))) AS codes
            FROM known.spot_check_result({day}) WHERE uscc IS NOT NULL AND event_on IS NOT NULL
            GROUP BY uscc, event_on QUALIFY event_on = max(event_on) OVER (PARTITION BY uscc)
        ) GROUP BY uscc, codes"""


def _former_names(day: str) -> str:
    """Names that the register's changes say an entity had before, without the one that it has."""
    return f"""
        SELECT uscc, list(former ORDER BY changed, former) AS former_names,
            string_agg(key, '|' ORDER BY changed, former) AS former_keys
        FROM (
            SELECT c.uscc, before_value AS former, min(event_on) AS changed, any_value({name_key("before_value")}) AS key
            FROM known.ent_change({day}) c JOIN mart.population p ON p.uscc = c.uscc AND p.as_of = {day}
            WHERE change_item = 'name' AND before_value IS NOT NULL AND before_value IS DISTINCT FROM p.entity_name
            GROUP BY ALL
        ) GROUP BY uscc"""
