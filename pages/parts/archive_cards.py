"""The cards of a firm's archive, each drawn from its part of the view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from html import escape

import streamlit as st

from pages.parts import cards, firm_lists, inert, plot, printing, record_tables, score_history, swimlanes, waterfall
from pages.parts.archive_shapes import Acts, Card, Named, Question, Sentence, Viewed, Why
from pages.parts.clicks import clickable
from pages.parts.firm_shapes import Cited, Record
from pages.parts.text import say
from pipeline.domain import Text

ROWS, SLIM_ROWS = 12, 6
OTHERS = Text("其余指标合计", "All other indicators")


def key_of(subject: str) -> str:
    """Where the question of one firm is kept: another firm has another, and leaving the page forgets it."""
    return f"asked_of_{subject}"


def choose(subject: str, question: str) -> None:
    """Ask something; for callbacks."""
    st.session_state[key_of(subject)] = question


def chosen(subject: str) -> str:
    """What was asked last, empty for nothing yet."""
    return str(st.session_state.get(key_of(subject)) or "")


def is_new(subject: str) -> bool:
    """Whether this firm's archive was not on the screen in the run before: a view to be noted."""
    return f"viewed_{subject}" not in st.session_state


def mark(subject: str) -> None:
    """Leave a widget's trace of the firm on the screen: it is forgotten as soon as the page is left."""
    with st.container(key="trace"):
        st.checkbox("viewed", value=True, key=f"viewed_{subject}", label_visibility="collapsed")


def grade(view: Viewed, acts: Acts, said: Mapping[str, Card], prefix: str) -> None:
    """Why this grade: waterfall, history and dimensions, rules and what the grade brings; only the last without a score."""
    firm = view.identity
    if view.reasons is None:
        if firm.grade:
            _brings(firm, acts, said)
        return
    left, middle, right = st.columns((5.4, 4, 4), gap="xsmall")
    with left, cards.told("waterfall", said["waterfall"]):
        _waterfall(view.reasons, firm, prefix, say(said["waterfall"].finding))
    with middle, cards.told("course", said["course"]):
        if firm.scale and any(r.score is not None for r in view.runs):
            plot.show(score_history.history(view.runs, firm.scale), say(said["course"].title), "course")
        if view.profile:
            cards.heading(say(said["dimensions"].title), say(said["dimensions"].remark))
            plot.show(score_history.radar(view.profile.spokes), say(said["dimensions"].title), "radar")
    with right:
        _brings(firm, acts, said)


def told(view: Viewed, acts: Acts, checks: Sequence[Record], said: Mapping[str, Card], prefix: str) -> None:
    """The reasons one by one and what moved the score since the run before, where there is one; what people do."""
    if view.reasons is None:
        left, right = st.columns(2, gap="xsmall")
        with left:
            _warned(acts, said)
        with right:
            _checked(acts, checks, said)
        return
    left, middle, right = st.columns((5, 3.6, 4.8), gap="xsmall")
    with left, cards.told("whys", said["whys"]):
        sentences(view.identity.uscc, prefix, view.reasons.sentences)
    with middle, cards.told("moved", said["moved"]):
        if view.changes is not None and view.changes.movers:
            firm_lists.changes(view.changes.movers, (OTHERS, view.changes.others))
        else:
            firm_lists.empty(said["moved"].empty)
    with right:
        _warned(acts, said)
        _checked(acts, checks, said)


def _warned(acts: Acts, said: Mapping[str, Card]) -> None:
    """The warnings of the firm."""
    with cards.told("warned", said["warned"]):
        if acts.warned:
            firm_lists.warned(acts.warned)
        else:
            firm_lists.empty(said["warned"].empty)


def _checked(acts: Acts, checks: Sequence[Record], said: Mapping[str, Card]) -> None:
    """Tasks of draws, and the last checks on record."""
    with cards.told("checked", said["checked"]):
        if acts.tasks or checks:
            firm_lists.checked(acts.tasks, checks)
        else:
            firm_lists.empty(said["checked"].empty)


def sentences(subject: str, prefix: str, reasons: Sequence[Sentence]) -> None:
    """The reasons one by one, each a button that shows its records."""
    with st.container(key="whys"):
        for reason in reasons:
            said, place = inert.marked(say(reason.sentence)), inert.marked(say(reason.dimension))
            st.button(
                f"**{waterfall.signed(reason.written)}** {said}　:gray[{place}]",
                key=f"why_{reason.code}",
                type="tertiary",
                on_click=choose,
                args=(subject, f"{prefix}{reason.code}"),
            )


def timeline(
    subject: str, prefix: str, records: Sequence[Record], lasting: Sequence[str], lanes: Sequence[Text], span: tuple[date, date],
    alt: str,
) -> None:  # fmt: skip
    """The swim lanes with their legend; `span`: first and last day of the axis."""
    signs = "".join(
        f'<em><b style="color:{colour}">{sign}</b> {escape(word)}</em>' for sign, colour, word in swimlanes.legend()
    )
    st.html(f'<div class="tt lanes"><i class="leg">{signs}</i></div>')
    drawn = swimlanes.swimlanes(records, lasting, lanes, *span)
    clickable(drawn, alt, f"timeline_{subject}", partial(_hear, subject, prefix))


def ask(subject: str, questions: Sequence[Question], label: Text) -> str:
    """The list of questions; gives the chosen one, the first where nothing was chosen."""
    labels = {q.key: say(q.label) for q in questions}
    key = key_of(subject)
    if st.session_state.get(key) not in labels:
        st.session_state.pop(key, None)
    with st.container(key="asked"):
        asked = st.selectbox(
            say(label), list(labels), format_func=lambda k: labels.get(k, k), key=key, label_visibility="collapsed"
        )
    return str(asked or "")


def cited(entries: Sequence[Cited], empty: Text, subject: str) -> None:
    """The records behind the chosen number."""
    if entries:
        record_tables.table(entries, f"cited_{subject}", SLIM_ROWS, slim=True)
    else:
        firm_lists.empty(empty)


def listed(entries: Sequence[Cited], empty: Text, subject: str) -> None:
    """The list of records; where the page is being printed, every row as a table."""
    if not entries:
        firm_lists.empty(empty)
        return
    record_tables.table(entries, f"list_{subject}", ROWS)
    if printing.is_asked():
        with st.container(key="paper"):
            firm_lists.cited(entries)


def narrow(
    subject: str, kinds: Sequence[tuple[str, Text]], periods: dict[int, Text], labels: tuple[Text, Text]
) -> tuple[str, int]:
    """The filter of the list: kind of record ('': all) and period in years (0: all)."""
    titles = {code: say(title) for code, title in kinds}
    with st.container(key="filter", horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            say(labels[0]), list(titles), format_func=lambda c: titles.get(c, c), key=f"kind_{subject}", width=280,
            label_visibility="collapsed",
        )  # fmt: skip
        years = st.segmented_control(
            say(labels[1]), list(periods), format_func=lambda y: say(periods[y]), default=0, required=True,
            key=f"years_{subject}", label_visibility="collapsed",
        )  # fmt: skip
    return kind or "", int(years or 0)


def _waterfall(why: Why, firm: Named, prefix: str, alt: str) -> None:
    drawn = waterfall.waterfall(why.base, why.score, firm.model_grade or "E", why.steps, firm.scale)
    clickable(drawn, alt, f"waterfall_{firm.uscc}", partial(_hear, firm.uscc, prefix))


def _brings(firm: Named, acts: Acts, said: Mapping[str, Card]) -> None:
    """The rules that fired, each with its clause, and the measures of the grade."""
    with cards.told("rules", said["rules"]):
        if firm.clauses:
            firm_lists.clauses(firm.clauses)
        else:
            firm_lists.empty(said["rules"].empty)
        cards.heading(say(said["measures"].title), say(said["measures"].remark))
        if acts.measures:
            firm_lists.measures(acts.measures)


def _hear(subject: str, prefix: str, what: str) -> None:
    """A click on a mark; the pooled rest and the ends name nothing."""
    if what:
        choose(subject, f"{prefix}{what}")
