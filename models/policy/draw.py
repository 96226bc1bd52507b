"""Holding a draw: from a plan to firms, pairs of inspectors and tasks, in one transaction.

In each stratum (grade × unit, and more where asked) the n firms with the smallest SHA-256(seed ‖ draw id ‖ uscc)
are drawn. Seed, hash of the frame, and the inclusion probability or the exclusion of every firm are kept, so
anyone can repeat the draw (models/policy/draw_verify.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from models.policy.assign import Inspector, Pair, Visited, assign, rank
from models.policy.draw_plan import MAY_DRAW, DrawPlan, plan, plan_header
from pipeline.errors import Outdated, Refused
from pipeline.stores.access import Actor
from pipeline.stores.operations.draws import DrawRows, loads, store_draw
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader

SEED_BYTES = 32


@dataclass(frozen=True)
class HeldDraw:
    """A draw that was held: its id, how many tasks were made and not made, seed and hash as hexadecimal digits."""

    draw_id: str
    tasks: int
    not_made: int
    seed: str
    frame_hash: str


def hold(
    operations: Operations, read: ScopedReader, actor: Actor, planned: DrawPlan, seed: bytes | None = None
) -> HeldDraw:
    """Hold a planned draw: draw the firms, give each two inspectors, write everything in one transaction.

    `seed`: 32 random bytes unless given. Raises Refused for a plan with faults, Outdated where the frame is no
    longer the one that the person saw.
    """
    actor.must_be(*MAY_DRAW)
    chosen = secrets.token_bytes(SEED_BYTES) if seed is None else seed

    def rows(draw_id: str) -> DrawRows:
        fresh = plan(operations, read, actor, planned.request)
        if fresh.faults:
            raise Refused("；".join(f.zh for f in fresh.faults), "; ".join(f.en for f in fresh.faults))
        if fresh.frame_hash != planned.frame_hash:
            raise Outdated("抽取范围已有变化，请重新生成计划", "the frame has changed: plan again")
        return _rows(operations, read, fresh, chosen, draw_id)

    draw_id, written = store_draw(operations, actor, rows)
    not_made = sum(t["not_made"] is not None for t in written.tasks)
    return HeldDraw(draw_id, len(written.tasks) - not_made, not_made, chosen.hex(), planned.frame_hash)


def drawn_codes(
    firms: Iterable[Mapping[str, Any]], numbers: Mapping[tuple[str, str, str], int], seed: bytes, draw_id: str
) -> list[str]:
    """The credit codes that are drawn, in the order of unit and rank. `firms`: those that take part; `numbers` by stratum."""
    ranked = sorted((rank(seed, draw_id, f["uscc"]), f["uscc"], f["grade"], f["unit"], f["part"]) for f in firms)
    left = dict(numbers)
    taken = []
    for digest, uscc, grade, unit, part in ranked:
        if left.get((grade, unit, part), 0) > 0:
            left[grade, unit, part] -= 1
            taken.append((unit, digest, uscc))
    return [uscc for _, _, uscc in sorted(taken)]


def _rows(operations: Operations, read: ScopedReader, fresh: DrawPlan, seed: bytes, draw_id: str) -> DrawRows:
    """Everything that is stored of a draw."""
    taking_part = fresh.firms[fresh.firms["excluded"].isna()]
    numbers = {(s.grade, s.unit, s.part): s.number for s in fresh.strata}
    columns = ["uscc", "grade", "unit", "part"]
    order = drawn_codes(taking_part[columns].to_dict("records"), numbers, seed, draw_id)
    by_code = {f["uscc"]: f for f in taking_part[taking_part["uscc"].isin(order)].to_dict("records")}
    last = _last_pairs(read, order)
    objects = [Visited(c, by_code[c]["unit"], _text(by_code[c]["field"]), last.get(c, ())) for c in order]
    inspectors = _directory(operations, read, {o.unit for o in objects}, fresh.request.due_on)
    pairs = assign(objects, inspectors, fresh.request.due_on, seed, draw_id)
    header = plan_header(fresh.request, fresh.policy, fresh.cap, fresh.build_id, fresh.as_of)
    return DrawRows(
        title=fresh.request.title.strip(),
        plan=header,
        policy_id=fresh.policy.head.id,
        build_id=fresh.build_id,
        as_of=fresh.as_of,
        frame_hash=fresh.frame_hash,
        seed=seed.hex(),
        inspectors={
            "directory": [i.__dict__ for i in inspectors],
            "last_pairs": {c: list(p) for c, p in last.items()},
        },
        due_on=fresh.request.due_on,
        firms=_firm_rows(fresh.firms, set(order)),
        tasks=[_task(fresh, by_code[p.uscc], p, draw_id) for p in pairs],
    )


def _firm_rows(firms: pd.DataFrame, drawn: set[str]) -> list[dict[str, Any]]:
    kept = firms[["uscc", "unit", "grade", "part", "probability", "excluded"]].to_dict("records")
    return [
        {
            **f,
            "probability": None if pd.isna(f["probability"]) else float(f["probability"]),
            "excluded": _text(f["excluded"]),
            "is_drawn": f["uscc"] in drawn,
        }
        for f in kept
    ]


def _task(fresh: DrawPlan, firm: Mapping[Any, Any], pair: Pair, draw_id: str) -> dict[str, Any]:
    grade = firm["grade"]
    return {
        "task_id": f"{draw_id}-{firm['uscc']}",
        "uscc": firm["uscc"],
        "entity_name": firm["entity_name"] or "",
        "unit": firm["unit"],
        "grade": grade,
        "item_code": firm["item_code"],
        "items": firm["items"],
        "field": _text(firm["field"]),
        "required_mode": fresh.policy.required_mode(grade),
        "modes": ";".join(fresh.policy.modes(grade)),
        "lead": pair.lead,
        "assist": pair.assist,
        "not_made": pair.not_made,
        "due_on": fresh.request.due_on,
    }


def _last_pairs(read: ScopedReader, codes: list[str]) -> dict[str, tuple[str, ...]]:
    """Who checked each firm last time."""
    found = read.rows(
        """SELECT uscc, arg_max(inspectors, (event_on, check_id)) FROM spot_check_result
        WHERE inspectors IS NOT NULL AND uscc IN (SELECT unnest($codes)) GROUP BY uscc ORDER BY uscc""",
        {"codes": codes},
    )
    return {uscc: tuple(sorted(i.strip() for i in people.split(";") if i.strip())) for uscc, people in found}


def _directory(operations: Operations, read: ScopedReader, units: set[str], due_on: date) -> list[Inspector]:
    """The active inspectors of the units, with the tasks that they have in the due day's year."""
    busy = loads(operations, due_on.year)
    found = read.rows(
        """SELECT inspector_id, unit, expertise, cert_valid_to, recuse_uscc, yearly_quota FROM inspector
        WHERE status = 'active' AND unit IN (SELECT unnest($units)) ORDER BY inspector_id""",
        {"units": sorted(units)},
    )
    return [
        Inspector(id_, unit, _codes(fields), valid_to, _codes(recused), busy.get(id_, 0), quota)
        for id_, unit, fields, valid_to, recused, quota in found
    ]


def _codes(joined: str | None) -> tuple[str, ...]:
    return tuple(c.strip() for c in (joined or "").split(";") if c.strip())


def _text(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else str(value)
