"""Filters that a person keeps under a name (常用方案), for a page; nobody sees those of somebody else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from pipeline.errors import Refused
from pipeline.stores.access import WITHOUT_ROWS, Actor, Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.schema import SAVED_FILTER
from pipeline.stores.operations.store import Operations

MOST = 20
"""How many filters a person may keep for a page."""
LONGEST_NAME = 20
LONGEST_QUERY = 2_000
"""Characters of a name, and of a query as text."""
_PEOPLE = tuple(r for r in Role if r not in WITHOUT_ROWS)
_F = SAVED_FILTER.c


@dataclass(frozen=True)
class SavedFilter:
    """A name and the query it stands for, as an address says it."""

    name: str
    query: dict[str, str]


def saved(operations: Operations, actor: Actor, page: str) -> list[SavedFilter]:
    """The actor's own filters of a page, by name."""
    mine = select(_F.name, _F.query).where(_F.user == actor.user, _F.page == page).order_by(_F.name)
    return [SavedFilter(r.name, json.loads(r.query)) for r in operations.rows(mine)]


def save(operations: Operations, actor: Actor, page: str, name: str, query: Mapping[str, str]) -> None:
    """Keep `query` under `name`; what had that name is replaced. Raises Refused for a bad name and beyond MOST."""
    actor.must_be(*_PEOPLE)
    name, text = _tidy(name), json.dumps(dict(query), ensure_ascii=False, sort_keys=True)
    if len(text) > LONGEST_QUERY:
        raise Refused("筛选条件过长，无法保存", "the filter is too long to be kept")
    with operations.transaction() as transaction:
        if not _has(transaction, actor, page, name):
            count = select(func.count()).select_from(SAVED_FILTER).where(_F.user == actor.user, _F.page == page)
            if transaction.execute(count).scalar_one() >= MOST:
                raise Refused(f"最多保存 {MOST} 个方案，请先删除不用的", f"at most {MOST} filters: delete one first")
        transaction.execute(delete(SAVED_FILTER).where(_of(actor, page, name)))
        transaction.execute(insert(SAVED_FILTER).values(user=actor.user, page=page, name=name, query=text))
        audit.record(operations, transaction, actor, "filter.save", page, name=name, query=dict(query))


def rename(operations: Operations, actor: Actor, page: str, name: str, new: str) -> None:
    """Give a filter another name; raises Refused where there is none, or the new name is taken or bad."""
    actor.must_be(*_PEOPLE)
    new = _tidy(new)
    with operations.transaction() as transaction:
        _must_have(transaction, actor, page, name)
        if new != name and _has(transaction, actor, page, new):
            raise Refused(f"已有名为“{new}”的方案", f"there is a filter named {new!r} already")
        transaction.execute(update(SAVED_FILTER).where(_of(actor, page, name)).values(name=new))
        audit.record(operations, transaction, actor, "filter.rename", page, name=name, new=new)


def forget(operations: Operations, actor: Actor, page: str, name: str) -> None:
    """Delete a filter; raises Refused where there is none."""
    actor.must_be(*_PEOPLE)
    with operations.transaction() as transaction:
        _must_have(transaction, actor, page, name)
        transaction.execute(delete(SAVED_FILTER).where(_of(actor, page, name)))
        audit.record(operations, transaction, actor, "filter.delete", page, name=name)


def _of(actor: Actor, page: str, name: str) -> ColumnElement[bool]:
    return (_F.user == actor.user) & (_F.page == page) & (_F.name == name)


def _has(transaction: Connection, actor: Actor, page: str, name: str) -> bool:
    return transaction.execute(select(_F.name).where(_of(actor, page, name))).first() is not None


def _must_have(transaction: Connection, actor: Actor, page: str, name: str) -> None:
    if not _has(transaction, actor, page, name):
        raise Refused("没有这个方案", "there is no such filter")


def _tidy(name: str) -> str:
    tidy = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not tidy or len(tidy) > LONGEST_NAME:
        raise Refused(f"方案名称须为 1 至 {LONGEST_NAME} 个字", f"a name has 1 to {LONGEST_NAME} characters")
    return tidy
