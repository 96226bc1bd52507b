"""The log as an export: every row that fits, read a few thousand at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from pages.views import audit_words
from pages.views.audit_log import LogView, Source, firms_of, terms_of, wanted_of
from pages.views.audit_words import Terms
from pages.views.enterprise_columns import Column
from pipeline.domain import Text
from pipeline.stores.operations import audit_log
from pipeline.stores.operations.audit_actions import action_of
from pipeline.stores.operations.audit_log import Entry, LogFilter

_COLUMNS = (
    ("seq", Text("序号", "No."), "count", 9),
    ("at", Text("时间", "Time"), "text", 20),
    ("business_on", Text("业务日", "Business day"), "text", 12),
    ("user", Text("用户名", "User"), "text", 16),
    ("name", Text("姓名", "Name"), "text", 20),
    ("role", Text("角色", "Role"), "text", 16),
    ("action", Text("事项", "Act"), "text", 18),
    ("subject", Text("对象", "Subject"), "text", 26),
    ("firm", Text("企业", "Enterprise"), "text", 34),
    ("said", Text("说明", "Detail"), "text", 60),
    ("detail", Text("原始记录", "As recorded"), "text", 60),
    ("digest", Text("封签", "Seal"), "text", 20),
)


def columns() -> tuple[Column, ...]:
    """The columns of the workbook."""
    return tuple(Column(key, title, title, kind, None, chars, "") for key, title, kind, chars in _COLUMNS)


def batches(source: Source, view: LogView, last: int, language: str) -> Any:
    """The rows as an Arrow reader, newest first; nothing that is written after row `last`."""
    wanted = wanted_of(source, view.asked)
    fixed = LogFilter(wanted.user, wanted.family, wanted.text, wanted.firms, wanted.since, wanted.until, last)
    schema = pa.schema([(key, pa.int64() if kind == "count" else pa.string()) for key, _, kind, _ in _COLUMNS])
    return pa.RecordBatchReader.from_batches(schema, _read(source, fixed, schema, language))


def _read(source: Source, wanted: LogFilter, schema: pa.Schema, language: str) -> Iterator[pa.RecordBatch]:
    terms = terms_of(source)
    for found in audit_log.stream(source.operations, source.actor, wanted):
        firms = firms_of(source, found)
        cells = [_cells(e, terms, firms, language) for e in found]
        yield pa.RecordBatch.from_arrays(
            [pa.array([c[n] for c in cells], f.type) for n, f in enumerate(schema)], schema=schema
        )


def _cells(e: Entry, terms: Terms, firms: dict[str, tuple[str, str]], language: str) -> tuple[int | str, ...]:
    return (
        e.seq,
        f"{e.wall_at:%Y-%m-%d %H:%M:%S}",
        e.business_at.date().isoformat(),
        e.user,
        terms.people.get(e.user, ""),
        audit_words.role_words(e.role).of(language),
        action_of(e.action).title.of(language),
        e.subject,
        firms.get(e.subject, ("", ""))[1],
        audit_words.summary(e, terms).of(language),
        json.dumps(e.detail, ensure_ascii=False, sort_keys=True),
        e.digest,
    )
