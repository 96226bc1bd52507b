"""Which rows an account sees, in words."""

from __future__ import annotations

from collections.abc import Sequence

from pages.parts import desk
from pages.parts.text import comma, say
from pipeline.domain import Text
from pipeline.settings import City
from pipeline.stores.access import WHOLE_CITY, Role

WHOLE = Text("全市", "The whole city")
NO_ROWS = Text("不含企业数据", "No enterprise data")
ONE_FLAG = Text("按信用代码查询标识", "One flag by credit code")


def scope_words(role: Role, units: Sequence[str], fields: Sequence[str], city: City) -> str:
    """The scope of an account or an actor: units, then key fields; a unit that exists no more by its code."""
    if role in WHOLE_CITY:
        return say(WHOLE)
    if role is Role.WINDOW:
        return say(ONE_FLAG)
    if role is Role.ADMIN:
        return say(NO_ROWS)
    names = {u.code: u.name for u in city.units}
    named = [say(name) for code, name in names.items() if code in units] + [u for u in units if u not in names]
    if len(named) == len(names) or (role is Role.SECTION and not units):
        named = [say(WHOLE)]
    labels = desk.reference().codes("field") if fields else {}
    said = [say(labels[f]) if f in labels else f for f in fields]
    return " · ".join(comma().join(part) for part in (named, said) if part)
