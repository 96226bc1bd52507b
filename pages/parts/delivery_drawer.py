"""The right drawer of a delivery: its rows by outcome, why rows were refused, each refused row as it was delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from io import BytesIO

import streamlit as st

from pages.parts import cards, exports, text, workbook
from pages.parts.collection_cards import SAID
from pages.parts.delivery_shapes import Counted, Delivered, Fault, Refused
from pages.parts.desk import Desk
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import NotPermitted
from pipeline.errors import Refused as Refusal
from pipeline.stores.operations import audit

TITLE = Text("送达批次", "Delivery")
REASONS = Text("隔离与排除的原因", "Why rows were refused or left out")
NONE_REFUSED = Text("没有一行被隔离或排除。", "No row was refused or left out.")
ROWS = Text("隔离的行", "Refused rows")
AS_DELIVERED = Text("按送达原样，证件号码已遮盖", "as delivered, identity numbers masked")
ROW = Text("行", "Row")
NOT_SHOWN = Text("隔离行的内容仅信用监管科可见。", "Only the credit division sees the refused rows.")
EXPECTED, RECEIVED = Text("应为", "Expected"), Text("收到", "Received")
BACK = Text("导出退回", "Export for the supplier")
BACK_TITLE = Text("退回更正清单", "Rows to be corrected")
FILE, SUPPLIER = Text("文件", "File"), Text("来源单位", "Supplier")
SET_ASIDE = Text("整件搁置", "Set aside whole")
WHY = Text("接收理由", "Why it is accepted")
ACCEPT = Text("核对后接收", "Accept it")
ACCEPT_HELP = Text(
    "下次构建起合格的行计入，不合格的行仍隔离；不可撤回。",
    "From the next build on its good rows count, its bad rows stay in quarantine. It can't be taken back.",
)
ACCEPTED = Text("✓ 已接收，下次构建起生效", "✓ Accepted: it counts from the next build on")
EQUAL, APART = Text("✓ 相等", "✓ adds up"), Text("▲ 不相等", "▲ does not add up")
UNKNOWN = Text("未用列", "Unused columns")


def open_delivery(
    here: Desk,
    one: Delivered,
    labels: Mapping[str, tuple[Text, Text]],
    faults: Sequence[Fault],
    rows: Sequence[Refused] | None,
    accept: Callable[[str], object] | None,
    *,
    is_accepted: bool,
    on_close: Callable[[], None],
) -> None:
    """Open the drawer. `rows`: None where the user may not see them; `accept`: None where it can't be accepted."""

    def drawer() -> None:
        st.html(
            f'<div class="wd"><p>{text.day(one.received_on)}　{escape(say(one.supplier))}　{escape(say(one.feed))}</p>'
            f"<h2>{escape(one.file_name)}</h2></div>"
        )
        _sum(one.outcome, labels)
        if one.is_aside:
            _aside(one, accept, on_close, is_accepted=is_accepted)
        if one.unknown:
            cards.definitions([(say(UNKNOWN), one.unknown)])
        cards.heading(say(REASONS), "")
        cards.bars([(cards.bracketed(f.words, f.outcome), f.records) for f in faults])
        if not faults:
            st.caption(say(NONE_REFUSED))
        _rows(here, one, labels, rows)

    st.dialog(say(TITLE), position="right", width="medium", on_dismiss=on_close)(drawer)()


def _sum(outcome: Counted, labels: Mapping[str, tuple[Text, Text]]) -> None:
    names = ("delivered", "accepted", "superseded", "duplicate", "excluded", "quarantined")
    terms = [(labels[n][0], int(getattr(outcome, n))) for n in names]
    balanced = terms[0][1] == sum(n for _, n in terms[1:])
    cards.equation(terms, EQUAL if balanced else APART, balanced)


def _aside(
    one: Delivered, accept: Callable[[str], object] | None, on_close: Callable[[], None], *, is_accepted: bool
) -> None:
    cards.alert(cards.bracketed(SET_ASIDE, one.reason))
    if is_accepted:
        st.caption(say(ACCEPTED))
    elif accept:
        note = st.text_input(say(WHY), max_chars=300, help=say(ACCEPT_HELP), key=f"accept_note_{one.number}")
        if st.button(say(ACCEPT), help=say(ACCEPT_HELP), key="accept"):
            try:
                accept(note)
            except Refusal as refusal:
                cards.alert(say(Text(refusal.zh, refusal.en)))
            except NotPermitted as refusal:
                cards.alert(str(refusal))
            else:
                st.session_state[SAID] = say(ACCEPTED)
                on_close()
                st.rerun()


def _rows(here: Desk, one: Delivered, labels: Mapping[str, tuple[Text, Text]], rows: Sequence[Refused] | None) -> None:
    if rows is None:
        st.caption(say(NOT_SHOWN))
        return
    if not rows:
        return
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="refused_head"
    ):
        st.html(
            f'<div class="tt"><b>{escape(say(ROWS))} {len(rows):,}</b><span>{escape(say(AS_DELIVERED))}</span></div>',
            width="content",
        )
        st.download_button(
            say(BACK), lambda: _workbook(here, one, labels, rows), f"{say(BACK_TITLE)}-{one.number}.xlsx", exports.MIME,
            icon=":material/download:", key="send_back", on_click="ignore",
        )  # fmt: skip
    numbers = list(range(len(rows)))
    chosen = st.selectbox(
        say(ROW),
        numbers,
        format_func=lambda n: f"{say(ROW)} {rows[n].row_no}　{say(rows[n].reason)}",
        key=f"row_{one.number}",
        label_visibility="collapsed",
    )
    row = rows[chosen or 0]
    cards.definitions([(say(EXPECTED), row.expected or text.MISSING), (say(RECEIVED), row.received or text.MISSING)])
    body = "".join(
        f'<tr><td>{escape(say(title))}</td><td class="{"at" if is_wrong else ""}">{escape(value) or text.MISSING}</td></tr>'
        for title, value, is_wrong in row.cells
    )
    st.html(f'<table class="kv"><tbody>{body}</tbody></table>')


def _workbook(here: Desk, one: Delivered, labels: Mapping[str, tuple[Text, Text]], rows: Sequence[Refused]) -> bytes:
    """The refused rows as the supplier delivered them, each with what is wrong with it; noted in the log."""
    audit.note(
        here.operations,
        here.actor,
        "export",
        "quarantine",
        file=one.file_name,
        supplier=one.supplier_code,
        rows=len(rows),
    )
    titles = list(dict.fromkeys(say(title) for row in rows for title, *_ in row.cells))
    head = [
        workbook.Field(say(labels["row_no"][0]), "count", 8),
        *(workbook.Field(say(t), "text", 26) for t in (labels["reason"][0], EXPECTED, RECEIVED)),
    ]
    lines = ((SUPPLIER, say(one.supplier)), (FILE, one.file_name))
    made = BytesIO()
    workbook.write(
        made,
        exports.heading(here, say(BACK_TITLE), lines),
        [*head, *(workbook.Field(t, "text", 20) for t in titles)],
        (_cells(row, titles) for row in rows),
    )
    return made.getvalue()


def _cells(row: Refused, titles: Sequence[str]) -> list[object]:
    found = {say(title): value for title, value, _ in row.cells}
    return [row.row_no, say(row.reason), row.expected, row.received, *(found.get(t) for t in titles)]
