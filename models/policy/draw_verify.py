"""The proof of a draw: everything is computed again from what was stored and compared, byte for byte."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from models.policy.assign import Inspector, Pair, Visited, assign
from models.policy.draw import drawn_codes
from models.policy.draw_plan import frame_hash
from models.policy.draw_policy import UNGRADED, drawn
from pipeline.stores.operations.draws import Draw, replayed
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader

Strata = dict[tuple[str, str, str], tuple[int, int]]
"""(grade, unit, part) -> (size, number)."""


@dataclass(frozen=True)
class Verification:
    """What a replay found. `faults`: each difference in words; none means that the same seed gives the same list.

    `with_build`: whether the build of the draw was there too, so that grade and unit of each firm were compared.
    """

    draw_id: str
    firms: int
    drawn: int
    with_build: bool
    faults: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether the replay gave the same draw."""
        return not self.faults


def verify(operations: Operations, draw_id: str, read: ScopedReader | None = None) -> Verification:
    """Replay a draw: numbers from the stored ratios, probabilities, frame hash, drawn firms, pairs of inspectors.

    `read`: a reader of the whole city; where it stands on the draw's own build, grade and unit are compared too.
    """
    draw, people, firms, tasks = replayed(operations, draw_id)
    is_in = firms["excluded"].isna()
    strata = _strata(draw, firms[is_in])
    own = [strata[key] if x else None for key, x in zip(_keys(firms), is_in, strict=True)]
    sized = firms.assign(size=[s and s[0] for s in own], number=[s and s[1] for s in own])
    sized = sized.astype({"size": "Int64", "number": "Int64"})
    order = drawn_codes(
        firms[is_in].to_dict("records"), {k: n for k, (_, n) in strata.items()}, bytes.fromhex(draw.seed), draw_id
    )
    differing = (
        ("抽取范围的哈希不一致（the hash of the frame differs）", frame_hash(draw.plan, sized) != draw.frame_hash),
        ("入样概率不一致（the probabilities differ）", _probabilities(firms) != [s and s[1] / s[0] for s in own]),
        (
            "抽中名单不一致（the drawn firms differ）",
            sorted(order) != sorted(firms.loc[firms["is_drawn"].astype(bool), "uscc"]),
        ),
        (
            "执法人员配对不一致（the pairs of inspectors differ）",
            _pairs(draw, people, tasks, order) != _stored_pairs(tasks),
        ),
    )
    faults = [words for words, differs in differing if differs]
    with_build = read is not None and read.stamp.build_id == draw.build_id
    if read is not None and with_build:
        faults += _build_faults(read, firms)
    return Verification(draw_id, len(firms), len(order), with_build, tuple(faults))


def _strata(draw: Draw, taking_part: pd.DataFrame) -> Strata:
    """Sizes as counted in the stored frame, numbers as the stored ratios give them for these sizes."""
    plan = draw.plan
    regular, mixing, cap = Decimal(plan["regular"]), Decimal(plan["random_share"]), plan["cap"]
    share, full = Decimal(plan["request"]["share"]), set(plan["request"]["full_coverage"])
    strata: Strata = {}
    for key, size in Counter(_keys(taking_part)).items():
        nominal = regular if key[0] == UNGRADED else Decimal(plan["ratios"][key[0]])
        mixed = mixing * regular + (1 - mixing) * nominal
        ratio = mixed if cap is None else min(mixed, Decimal(cap))
        strata[key] = (size, size if key[0] in full else drawn(size, share, ratio))
    return strata


def _keys(firms: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(zip(firms["grade"], firms["unit"], firms["part"], strict=True))


def _probabilities(firms: pd.DataFrame) -> list[float | None]:
    return [None if pd.isna(p) else float(p) for p in firms["probability"]]


def _pairs(draw: Draw, people: dict[str, Any], tasks: pd.DataFrame, order: list[str]) -> list[Pair]:
    """The pairs that the stored directory and seed give."""
    known = {t["uscc"]: t for t in tasks.to_dict("records")}
    last = people["last_pairs"]
    objects = [
        Visited(c, known[c]["unit"], _text(known[c]["field"]), tuple(last.get(c, ()))) for c in order if c in known
    ]
    directory = [
        Inspector(**{**i, "fields": tuple(i["fields"]), "recused": tuple(i["recused"]), "certificate_to": _day(i)})
        for i in people["directory"]
    ]
    pairs = assign(objects, directory, draw.due_on, bytes.fromhex(draw.seed), draw.draw_id)
    return sorted(pairs, key=lambda p: p.uscc)


def _day(inspector: dict[str, Any]) -> date | None:
    given = inspector["certificate_to"]
    return date.fromisoformat(given[:10]) if given else None


def _stored_pairs(tasks: pd.DataFrame) -> list[Pair]:
    stored = tasks.astype(object).where(tasks.notna(), None).to_dict("records")
    return sorted((Pair(t["uscc"], t["lead"], t["assist"], t["not_made"]) for t in stored), key=lambda p: p.uscc)


def _build_faults(read: ScopedReader, firms: pd.DataFrame) -> list[str]:
    """Firms of the frame to which the draw's build gives another grade or unit."""
    differing = read.rows(
        f"""SELECT count(*) FROM frame f LEFT JOIN enterprise e USING (uscc)
        WHERE coalesce(e.grade, '{UNGRADED}') <> f.grade OR coalesce(e.unit, '') <> f.unit""",
        tables={"frame": firms[["uscc", "grade", "unit"]]},
    )[0][0]
    return (
        [f"{differing} 户的等级或单位与构建不一致（firms whose grade or unit differs from the build）"]
        if differing
        else []
    )


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
