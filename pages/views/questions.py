"""What one may ask an archive for: the records behind a reason, a rule, a kind of record, or one record itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from pages.views.enterprise import Archive
from pages.views.fields import shown
from pages.views.records import Cited, Delivered, behind, cited, delivered
from pages.views.said import BY_CODE
from pages.views.timeline import kinds
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.settings import City
from pipeline.stores.reader import ScopedReader

CODE, RULE, FEED, ROW = "code:", "rule:", "feed:", "row:"
"""What a question begins with."""
NOTHING = Text(
    "没有相关记录：所需信息已送达，本企业名下没有。", "No such record: the feeds were delivered and hold none."
)


@dataclass(frozen=True)
class Question:
    """Something that can be asked, as a choice in a list."""

    key: str = field(metadata=shown("问题", "Key", "选项代码", "What the choice is called"))
    label: Text = field(metadata=shown("名称", "Label", "选项名称", "As people read it"))


@dataclass(frozen=True)
class Answer:
    """The records asked for; `empty` says why there is none."""

    title: Text = field(metadata=shown("问题", "Question", "所问的数字", "The number asked about"))
    entries: tuple[Cited, ...] = field(metadata=shown("记录", "Records", "依据的记录", "The records behind it"))
    empty: Text = field(metadata=shown("没有时", "If none", "没有记录的原因", "Why there is none"))


def questions(view: Archive, asked: str) -> tuple[Question, ...]:
    """Every question, rules first, then reasons by their points, then kinds of records; `asked` is among them."""
    found = [Question(RULE + c.id, _ruled(c.id, c.title)) for c in view.identity.clauses if c.indicators]
    if view.reasons:
        found += [Question(CODE + r.code, _pointed(r.written, r.label)) for r in view.reasons.sentences]
        known = {q.key for q in found}
        steps = [s for s in view.reasons.steps if s.code and CODE + s.code not in known]
        found += [Question(CODE + str(s.code), _pointed(s.written, s.label)) for s in steps]
    found += [
        Question(FEED + feed, Text(f"{title.zh}（{n} 条）", f"{title.en} ({n})"))
        for feed, title, n in kinds(view.records)
    ]
    if asked and asked not in {q.key for q in found}:
        title = _title(view, asked)
        found += [Question(asked, title)] if title else []
    return tuple(found)


def answer(read: ScopedReader, view: Archive, asked: str, city: City, reference: Reference) -> Answer:
    """The records that `asked` names; an unknown question has no records."""
    uscc, title = view.identity.uscc, _title(view, asked) or Text("", "")
    if asked.startswith(CODE) and asked[len(CODE) :] in BY_CODE:
        code = asked[len(CODE) :]
        return Answer(title, behind(read, uscc, [code], city, reference), NOTHING)
    if asked.startswith(RULE):
        codes = [i for c in view.identity.clauses if c.id == asked[len(RULE) :] for i in c.indicators if i in BY_CODE]
        return Answer(title, behind(read, uscc, codes, city, reference), NOTHING)
    if asked.startswith(FEED):
        chosen = [r for r in view.records if r.feed == asked[len(FEED) :]]
    else:
        chosen = [r for r in view.records if r.key == asked[len(ROW) :]]
    return Answer(title, cited(read, chosen, city), NOTHING)


def row_of(read: ScopedReader, view: Archive, key: str, city: City, reference: Reference) -> Delivered | None:
    """The row behind a record's key (feed.delivery.row), as delivered; None if it is not one of the firm's."""
    feed, _, rest = key.partition(".")
    delivery, _, row = rest.partition(".")
    if not (delivery.isdecimal() and row.isdecimal()):
        return None
    return delivered(read, view.identity.uscc, feed, int(delivery), int(row), city, reference)


def kinds_of(view: Archive) -> tuple[tuple[str, Text], ...]:
    """The kinds of records for the filter of the list, all of them first."""
    whole = ("", Text(f"全部类别（{len(view.records)} 条）", f"All kinds ({len(view.records)})"))
    return (whole, *((f, Text(f"{t.zh}（{n} 条）", f"{t.en} ({n})")) for f, t, n in kinds(view.records)))


def _title(view: Archive, asked: str) -> Text | None:
    if asked.startswith(CODE) and asked[len(CODE) :] in BY_CODE:
        titles = {r.code: r.label for r in (view.reasons.sentences if view.reasons else ())}
        titles |= {s.code: s.label for s in (view.reasons.steps if view.reasons else ()) if s.code}
        code = asked[len(CODE) :]
        return titles.get(code, BY_CODE[code].title)
    if asked.startswith(RULE):
        return next((_ruled(c.id, c.title) for c in view.identity.clauses if c.id == asked[len(RULE) :]), None)
    if asked.startswith(FEED):
        return next((title for feed, title, _ in kinds(view.records) if feed == asked[len(FEED) :]), None)
    one = next((r for r in view.records if r.key == asked[len(ROW) :]), None)
    return Text(f"{one.day} {one.kind.zh}", f"{one.day} {one.kind.en}") if one else None


def _ruled(rule: str, title: Text) -> Text:
    return Text(f"{rule} {title.zh}", f"{rule} {title.en}")


def _pointed(points: int, label: Text) -> Text:
    sign = f"{points:+d}".replace("-", "−")
    return Text(f"{sign} {label.zh}", f"{sign} {label.en}")
