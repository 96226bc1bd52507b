"""Proposals on the page: saving one, the list, one in full with its file, withdrawing it; and two versions compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from pages.parts import address, cards, tables
from pages.parts.desk import Desk
from pages.parts.policy_shapes import Comparison, Opened
from pages.parts.shapes import Listing
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import NotPermitted, Refused
from pipeline.stores.operations import audit

SIDES = {
    "simulate": Text("模拟", "Simulate"),
    "compare": Text("版本对照", "Compare"),
    "proposals": Text("提案", "Proposals"),
}
SIDE = Text("右侧", "Right side")
SAVE = Text("保存为提案", "Save as a proposal")
CONFIRM = Text("确认提交", "Submit")
TITLE, REASON = Text("提案名称", "Title"), Text("提出理由", "Reason")
SINCE = Text("拟施行日", "To be in force from")
FILES = Text("将保存", "To be saved")
NO_RULE = Text(
    "提案只供讨论和报批，不改变现行规则；经正式文件批准后，由办公室把版本写入政策文件，下一次构建才生效。",
    "A proposal is for discussion and approval and changes nothing in force. Once a paper approves it, the office writes the version into the policy file; the next build takes it.",
)  # fmt: skip
SAVED = Text("已保存提案 {ids}", "Proposal {ids} saved")
ALL = Text("全部提案", "All proposals")
ON_ALL = Text("影响为提出时所计", "impact as counted when proposed")
OPEN = Text("查看提案", "Look at a proposal")
DIFFERS = Text("与基础版本的差异", "Against its base version")
SHOW = Text("在模拟中打开", "Open in the simulator")
FETCH = Text("下载版本块（.toml）", "Download the version block (.toml)")
WITHDRAW = Text("撤回", "Withdraw")
WHY = Text("撤回原因", "Why it is withdrawn")
DO_WITHDRAW = Text("确认撤回", "Withdraw it")
WITHDRAWN = Text("已撤回 {id}", "{id} withdrawn")
POLICY, BEFORE, AFTER = Text("政策", "Policy"), Text("之前", "Before"), Text("之后", "After")
GO = Text("去模拟", "To the simulator")
COMPARED = Text("逐项差异", "Differences")
_TOLD = "policy_told"


def tell() -> None:
    """What was done in the run before."""
    if said := st.session_state.pop(_TOLD, None):
        st.toast(said)


def side(chosen: str) -> None:
    """The switch of the right side."""
    st.segmented_control(
        say(SIDE), list(SIDES), format_func=lambda s: say(SIDES[s]), key=address.fill("show", chosen), required=True,
        on_change=address.changed, args=("show",), label_visibility="collapsed",
    )  # fmt: skip


def save(files: Sequence[Text], said: Text, day: date, act: Callable[[str, str, date], Sequence[str]] | None) -> None:
    """The button and its drawer; `act` takes title, reason and day, None where nothing can be saved."""
    if not st.button(say(SAVE), type="primary", key="policy_save", disabled=act is None):
        return

    def drawer() -> None:
        cards.answer(say(said))
        cards.definitions([(say(FILES), "、".join(say(f) for f in files))])
        with st.form("policy_proposal", border=False):
            title = st.text_input(say(TITLE), max_chars=120, key="policy_title")
            reason = st.text_area(say(REASON), max_chars=1000, key="policy_reason")
            since = st.date_input(say(SINCE), value=day, key="policy_since")
            cards.warn(say(NO_RULE))
            if st.form_submit_button(say(CONFIRM), type="primary") and act and isinstance(since, date):
                _act(lambda: act(title, reason, since), SAVED, lambda ids: {"show": "proposals", "proposal": ids[0]})

    st.dialog(say(SAVE), position="right", width="medium")(drawer)()


def proposals(table: Listing, one: Opened | None, none: Text) -> None:
    """The list, and the choice of the one that stands below in full; its number stands in the first column."""
    cards.heading(f"{say(ALL)} {len(table.rows)}", say(ON_ALL))
    if one is None:
        cards.finding(say(none))
        st.button(say(GO), on_click=address.put, kwargs={"show": "simulate"}, key="policy_go")
        return
    tables.ruled(table)
    names = {str(row[0]): f"{row[0]}　{row[2]}" for row in table.rows}
    st.selectbox(
        say(OPEN), list(names), format_func=lambda i: names[i], key=address.fill("proposal", one.proposal.proposal_id),
        on_change=address.changed, args=("proposal",),
    )  # fmt: skip


def opened(here: Desk, view: Opened, withdraw: Callable[[str], None] | None) -> None:
    """One proposal: facts, differences, and what can be done with it."""
    found = view.proposal
    cards.definitions([(say(k), v if isinstance(v, str) else say(v)) for k, v in view.facts])
    if view.behind:
        cards.warn(say(view.behind))
    cards.heading(say(DIFFERS), found.base_id)
    tables.ruled(view.table)
    with st.container(horizontal=True, vertical_alignment="center", key="policy_acts"):
        st.button(say(SHOW), on_click=_show, args=(view.query,), key="policy_show", type="primary")
        st.download_button(
            say(FETCH), data=lambda: _file(here, found), file_name=f"{found.proposal_id}-{found.policy}.toml",
            mime="application/toml", icon=":material/download:", key="policy_fetch",
        )  # fmt: skip
        if withdraw:
            with st.popover(say(WITHDRAW), type="tertiary"):
                why = st.text_input(say(WHY), key=f"withdraw_{found.proposal_id}", max_chars=200)
                if st.button(say(DO_WITHDRAW), key="withdraw_now"):
                    _act(lambda: (withdraw(why), [found.proposal_id])[1], WITHDRAWN, lambda _: {})


def compared(view: Comparison) -> None:
    """The choice of file and versions, then each difference once."""
    with st.container(horizontal=True, gap="small", key="policy_pair"):
        _choose("policy", POLICY, view.policies, view.policy, "a", "b")
        _choose("a", BEFORE, view.versions, view.one)
        _choose("b", AFTER, view.versions, view.other)
    cards.answer(say(view.said))
    if view.table is None:
        if view.may_propose:
            st.button(say(GO), on_click=address.put, kwargs={"show": "simulate"}, key="policy_go")
    elif view.table.rows:
        cards.heading(say(COMPARED), "")
        with st.container(key="long_differences"):
            tables.ruled(view.table)


def _choose(name: str, label: Text, options: Mapping[str, Text], chosen: str, *gone: str) -> None:
    st.selectbox(
        say(label), list(options), format_func=lambda k: say(options[k]), key=address.fill(name, chosen),
        on_change=address.changed, args=(name, *gone),
    )  # fmt: skip


def _show(query: Mapping[str, str]) -> None:
    kept = {k: v for k, v in address.asked().items() if k == "part"}
    address.replace({**kept, "show": "simulate", **query})


def _file(here: Desk, found: Any) -> bytes:
    """The version block under a comment that says what it is; the download is noted in the log."""
    audit.note(here.operations, here.actor, "export", f"proposal:{found.proposal_id}", policy=found.policy)
    lines = (
        f"提案 {found.proposal_id}：{found.title}（{found.user}，{found.business_at:%Y-%m-%d}）。尚未批准，不是现行规则。",
        f"Proposal {found.proposal_id}: not approved, not in force. Into {found.policy}.toml only by an official paper:",
        "批准后改 id、effective_from、approved_by、confirmed，再粘贴到文件末尾。 set id, effective_from, approved_by, confirmed, then append.",
    )  # fmt: skip
    head = "".join("# " + " ".join(line.split()) + "\n" for line in lines)
    return f"{head}\n{found.content}".encode()


def _act(act: Callable[[], Sequence[str]], told: Text, then: Callable[[Sequence[str]], dict[str, str]]) -> None:
    try:
        ids = act()
    except Refused as refusal:
        cards.alert(say(Text(refusal.zh, refusal.en)))
    except NotPermitted as refusal:
        cards.alert(str(refusal))
    else:
        st.session_state[_TOLD] = say(told).format(ids="、".join(ids), id="、".join(ids))
        kept = {k: v for k, v in address.asked().items() if k in ("part", "show", "proposal")}
        address.replace({**kept, **then(ids)})
        st.rerun()
