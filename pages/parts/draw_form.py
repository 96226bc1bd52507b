"""The form of a draw, and the drawer that holds it: what is asked for stays in the address, so a plan can be sent on."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any, Protocol

import streamlit as st

from pages.parts import address, cards
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import NotPermitted, Refused

PLAN = Text("生成计划", "Make the plan")
HOLD = Text("举行抽取", "Hold the draw")
CONFIRM = Text("确认举行抽取", "Hold it now")
NEW_SEED = Text(
    "种子由系统随机产生，抽取后与名单一起保存，任何人可据此重演。",
    "The seed is random and is kept with the list, so that anyone can repeat the draw.",
)
FINAL = Text(
    "抽取后名单、检查人员与入样概率不可更改；只能在录入结果前作废并写明原因。",
    "List, inspectors and probabilities can't be changed afterwards; until a result is recorded the draw can be voided with a reason.",
)
TITLE = Text("任务名称", "Title of the draw")
ITEMS = Text("抽查事项", "Items")
UNITS = Text("单位（不选为全部）", "Units (none: all)")
SECTORS = Text("行业门类（不选为全部）", "Sectors (none: all)")
FIELDS = Text("重点领域（不选为全部）", "Key fields (none: all)")
DUE = Text("完成期限", "Due")
SHARE = Text("占全年份额", "Share of the year")
SHARE_HELP = Text(
    "各级年比例 × 此份额为本次抽取比例", "The yearly ratios times this share make the ratios of this draw"
)
KIND = Text("类型", "Kind")
FULL = Text("全覆盖等级", "Everybody of grade")
UNGRADED = Text("包括不分级对象（个体工商户）", "Include objects without a grade (individual businesses)")
SPLIT = Text("分层", "Strata")
HEAD = (Text("随机种子", "Seed"), Text("范围哈希", "Frame hash"), Text("抽查规则", "Policy"), Text("批次", "Build"))
_SEED = "draw_seed"
_NAMES = ("title", "items", "units", "sectors", "fields", "due", "share", "kind", "full", "ungraded", "split")


class Offered(Protocol):
    """What the form offers: code -> words."""

    @property
    def items(self) -> Mapping[str, Text]:
        """Items in force."""

    @property
    def units(self) -> Mapping[str, Text]:
        """Units of the actor."""

    @property
    def sectors(self) -> Mapping[str, Text]:
        """Sections of trades."""

    @property
    def fields(self) -> Mapping[str, Text]:
        """Key fields of the actor."""


class Choices(Protocol):
    """Choices that are the same for everybody: code -> words."""

    @property
    def kinds(self) -> Mapping[str, Text]:
        """Kinds of draw."""

    @property
    def splits(self) -> Mapping[str, Text]:
        """By what the strata are cut."""

    @property
    def full(self) -> Sequence[str]:
        """Grades of which everybody may be drawn."""


class Planned(Protocol):
    """A plan before it is held."""

    @property
    def plan(self) -> Any:
        """The plan itself."""


def form(offered: Offered, asked: Any, choices: Choices, today: date) -> None:
    """The form, filled from the address; 生成计划 writes it back there."""
    with st.form("draw_form", border=False):
        st.text_input(f"{say(TITLE)} *", key=address.fill("title", asked.title), max_chars=120)
        _several("items", f"{say(ITEMS)} *", offered.items, asked.items)
        if len(offered.units) > 1:
            _several("units", say(UNITS), offered.units, asked.units)
        _several("fields", say(FIELDS), offered.fields, asked.fields)
        _several("sectors", say(SECTORS), offered.sectors, asked.sectors)
        left, right = st.columns(2, gap="small")
        left.date_input(f"{say(DUE)} *", key=address.fill("due", asked.due_on), min_value=today, format="YYYY-MM-DD")
        right.number_input(
            say(SHARE), min_value=0.01, max_value=1.0, step=0.05, format="%.2f", help=say(SHARE_HELP),
            key=address.fill("share", float(asked.share)),
        )  # fmt: skip
        _one(left, "kind", KIND, choices.kinds, asked.kind)
        right.pills(
            say(FULL), choices.full, selection_mode="multi", key=address.fill("full", list(asked.full_coverage))
        )
        st.selectbox(
            say(SPLIT), list(choices.splits), format_func=lambda c: say(choices.splits[c]),
            key=address.fill("split", asked.split.name.lower()),
        )  # fmt: skip
        st.checkbox(say(UNGRADED), key=address.fill("ungraded", asked.with_ungraded))
        st.form_submit_button(say(PLAN), type="primary", on_click=_keep, width="stretch")


def hold_button(view: Planned, hold: Callable[[bytes], str]) -> None:
    """举行抽取: only for a plan without faults; the drawer first shows seed, frame hash and versions."""
    plan = view.plan
    with st.container(key="hold_row"):
        is_off = bool(plan.faults) or not plan.number
        is_asked = st.button(say(HOLD), type="primary", disabled=is_off, key="hold", width="stretch")
    if is_asked:
        st.session_state[_SEED] = secrets.token_bytes(32)

        def drawer() -> None:
            seed = st.session_state[_SEED]
            values = (seed.hex(), plan.frame_hash, plan.policy.head.id, plan.build_id)
            rows = "".join(
                f"<dt>{escape(say(label))}</dt><dd>{escape(value)}</dd>"
                for label, value in zip(HEAD, values, strict=True)
            )
            st.html(f'<dl class="defs">{rows}</dl>')
            st.caption(say(NEW_SEED))
            cards.warn(say(FINAL))
            if st.button(say(CONFIRM), type="primary", key="hold_now", width="stretch"):
                _act(lambda: hold(seed))

        st.dialog(say(HOLD), position="right", width="medium")(drawer)()


def _act(hold: Callable[[], str]) -> None:
    try:
        draw_id = hold()
    except Refused as refusal:
        cards.alert(say(Text(refusal.zh, refusal.en)))
    except NotPermitted as refusal:
        cards.alert(str(refusal))
    else:
        st.session_state.pop(_SEED, None)
        address.replace({"step": "list", "draw": draw_id})
        st.rerun()


def _keep() -> None:
    """What the form says goes into the address; the plan is made from there."""
    written = {}
    for name in _NAMES:
        value = st.session_state.get(f"ask_{name}")
        if isinstance(value, list | tuple):
            written[name] = ",".join(str(v) for v in value)
        elif isinstance(value, bool):
            written[name] = "1" if value else ""
        else:
            written[name] = "" if value is None else f"{value}"
    address.put(**written, plan="1")


def _several(name: str, label: str, options: Mapping[str, Text], chosen: Sequence[str]) -> None:
    st.multiselect(
        label,
        list(options),
        format_func=lambda c: say(options[c]),
        key=address.fill(name, list(chosen)),
        placeholder="",
    )


def _one(place: Any, name: str, label: Text, options: Mapping[str, Text], chosen: str) -> None:
    place.segmented_control(
        say(label), list(options), format_func=lambda c: say(options[c]), key=address.fill(name, chosen), required=True
    )
