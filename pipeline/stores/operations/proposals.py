"""Proposals of changed policies: saved with their impact as counted then, withdrawn at most, never in force by themselves.

What is in force stands in data/policy, which only an official paper changes.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from pipeline.errors import NotPermitted, Refused
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.schema import POLICY_PROPOSAL
from pipeline.stores.operations.store import Operations

OPEN, WITHDRAWN = "open", "withdrawn"
READERS = (Role.LEADER, Role.SUPERVISOR)
NO_SUCH_PROPOSAL = "没有这份提案（no such proposal）"


@dataclass(frozen=True)
class Draft:
    """What is to be saved: the policy file's name, the version it starts from, its [[version]] block and its impact."""

    policy: str
    base_id: str
    content: str
    impact: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Proposal:
    """A saved proposal. `impact`: as counted with build `build_id`."""

    proposal_id: str
    policy: str
    base_id: str
    content: str
    title: str
    reason: str
    impact: dict[str, Any] = field(hash=False)
    build_id: str
    user: str
    business_at: datetime
    state: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdraw_reason: str | None

    @property
    def is_open(self) -> bool:
        """Whether it was not withdrawn."""
        return self.state == OPEN


def propose(
    operations: Operations, actor: Actor, drafts: Sequence[Draft], title: str, reason: str, build_id: str
) -> tuple[str, ...]:
    """Save one proposal a draft, all of them and their audit rows in one transaction; gives their ids.

    For the division. Raises Refused without title, reason or draft, and for content that is no single version.
    """
    actor.must_be(Role.SUPERVISOR)
    _check(drafts, title, reason)
    business, wall = operations.clock()
    made = []
    with operations.transaction() as transaction:
        prefix = f"TA{business:%Y%m%d}-"
        last = transaction.execute(
            select(func.max(POLICY_PROPOSAL.c.proposal_id)).where(POLICY_PROPOSAL.c.proposal_id.startswith(prefix))
        ).scalar()
        number = int(str(last).rsplit("-", 1)[1]) if last else 0
        for draft in drafts:
            number += 1
            proposal_id = f"{prefix}{number:02d}"
            transaction.execute(
                insert(POLICY_PROPOSAL).values(
                    proposal_id=proposal_id,
                    policy=draft.policy,
                    base_id=draft.base_id,
                    content=draft.content,
                    title=title.strip()[:120],
                    reason=reason.strip(),
                    impact=json.dumps(draft.impact, ensure_ascii=False, sort_keys=True),
                    build_id=build_id,
                    user=actor.user,
                    business_at=business,
                    wall_at=wall,
                    state=OPEN,
                )
            )
            audit.record(
                operations, transaction, actor, "policy.propose", proposal_id,
                policy=draft.policy, base=draft.base_id, build=build_id, title=title.strip(), impact=draft.impact,
            )  # fmt: skip
            made.append(proposal_id)
    return tuple(made)


def withdraw(operations: Operations, actor: Actor, proposal_id: str, reason: str) -> None:
    """Withdraw a proposal with a reason; it stays in the list. Raises Refused if that has been done."""
    actor.must_be(Role.SUPERVISOR)
    if not reason.strip():
        raise Refused("请填写撤回原因", "a reason is needed")
    business, _ = operations.clock()
    p = POLICY_PROPOSAL
    with operations.transaction() as transaction:
        state = transaction.execute(select(p.c.state).where(p.c.proposal_id == proposal_id)).scalar()
        if state is None:
            raise NotPermitted(NO_SUCH_PROPOSAL)
        if state != OPEN:
            raise Refused("该提案已撤回", "the proposal was withdrawn already")
        transaction.execute(
            update(p)
            .where(p.c.proposal_id == proposal_id)
            .values(state=WITHDRAWN, withdrawn_at=business, withdrawn_by=actor.user, withdraw_reason=reason.strip())
        )
        audit.record(operations, transaction, actor, "policy.withdraw", proposal_id, reason=reason.strip())


def proposals(operations: Operations, actor: Actor) -> tuple[Proposal, ...]:
    """Every proposal, newest first; for the leading group and the division."""
    actor.must_be(*READERS)
    p = POLICY_PROPOSAL.c
    rows = operations.rows(select(POLICY_PROPOSAL).order_by(p.business_at.desc(), p.proposal_id.desc()))
    return tuple(_proposal(dict(row._mapping)) for row in rows)


def _check(drafts: Sequence[Draft], title: str, reason: str) -> None:
    if not title.strip():
        raise Refused("请填写提案名称", "a title is needed")
    if not reason.strip():
        raise Refused("请填写提出理由", "a reason is needed")
    if not drafts:
        raise Refused("与现行规则相同，没有可保存的改动", "nothing differs from what is in force")
    for draft in drafts:
        try:
            blocks = tomllib.loads(draft.content).get("version")
        except tomllib.TOMLDecodeError:
            blocks = None
        if not isinstance(blocks, list) or len(blocks) != 1:
            raise Refused("提案内容不是一个完整的版本", "the content is not one version")


def _proposal(row: dict[str, Any]) -> Proposal:
    kept = {name: row[name] for name in Proposal.__dataclass_fields__}
    return Proposal(**{**kept, "impact": json.loads(row["impact"])})
