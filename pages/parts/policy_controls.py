"""The controls of the simulator: cuts, rules, ratios; what they ask stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from pages.parts import address, cards
from pages.parts.policy_shapes import Choice, RuleChoice, Trial
from pages.parts.text import say
from pipeline.domain import Text

CUT, RATIO, RULES, EQUAL = "cut_", "ratio_", "rules", "equal"
CUTS_ARE = Text("分数线", "Cuts")
RATIOS_ARE = Text("年比例 %", "Ratio a year, %")
NOW = Text("现行", "now")
ADJUST = Text("调整上限与红线", "Adjust rules")
EQUALLY = Text("保持检查总量", "Keep the number of checks")
ON_EQUAL = Text(
    "按同一系数折算全部比例（r 也随之），使一年检查总数与人人按 r 相当，次序不变",
    "All ratios, r among them, are scaled by one factor so that a year's checks are as many as with r for everybody; the order stays",
)  # fmt: skip
RESET = Text("恢复现行", "Back to what is in force")
IS_R = Text("C = r", "C = r")


def controls(view: Trial, faults: Sequence[Text]) -> None:
    """Cuts and ratios as numbers, rules in a popover, equal budget, the way back; below every fault of what is tried."""
    _numbers("cuts", CUTS_ARE, view.cuts, CUT, "≥")
    _numbers("ratios", RATIOS_ARE, view.ratios, RATIO, "")
    changed = sum(r.tried != r.now for r in view.rules)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="policy_more"):
        with st.popover(f"{say(ADJUST)}{f'（{changed}）' if changed else ''}", width="content"):
            _rules(view.rules)
        st.toggle(
            say(EQUALLY), key=address.fill(EQUAL, bool(view.asked.equal)), help=say(ON_EQUAL), on_change=_switched
        )
        names = [f"{CUT}{c.grade}" for c in view.cuts] + [f"{RATIO}{c.grade}" for c in view.ratios]
        st.button(
            say(RESET), type="tertiary", key="policy_reset", on_click=address.put, args=(*names, RULES, EQUAL),
            disabled=not view.asked.query(),
        )  # fmt: skip
    for fault in faults:
        cards.alert(say(fault))


def _numbers(row: str, label: Text, choices: Sequence[Choice], prefix: str, sign: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key=f"policy_{row}"):
        st.html(f'<span class="label">{escape(say(label))}</span>', width=92)
        for choice in choices:
            is_score = prefix == CUT
            name = IS_R if not is_score and choice.grade == "C" else Text(*[f"{choice.grade} {sign}".strip()] * 2)
            st.number_input(
                f"**{say(name)}**　:gray[{say(NOW)} {choice.now:g}]",
                min_value=0.0 if is_score else 0.01,
                max_value=1200.0 if is_score else 100.0,
                step=1.0 if is_score else 0.5,
                format="%.0f" if is_score and choice.tried.is_integer() else "%.1f" if is_score else "%.2f",
                key=address.fill(f"{prefix}{choice.grade}", choice.tried),
                on_change=_typed,
                args=(f"{prefix}{choice.grade}", choice.now),
            )


def _rules(rules: Sequence[RuleChoice]) -> None:
    now = {r.id: r.now for r in rules}
    with st.container(key="policy_rules"):
        for rule in rules:
            key = address.fill(f"rule_{rule.id}", rule.tried)
            words: dict[str, str] = {grade: say(said) for grade, said in rule.options.items()}
            st.selectbox(
                f"**{rule.id}** {say(rule.title)}", list(words), key=key, on_change=_chosen, args=(now,),
                format_func=words.__getitem__,
            )  # fmt: skip


def _typed(name: str, now: float) -> None:
    value = st.session_state[f"ask_{name}"]
    address.put(**{name: "" if value is None or value == now else f"{value:g}"})


def _chosen(now: Mapping[str, str]) -> None:
    tried = {rule: st.session_state.get(f"ask_rule_{rule}", grade) for rule, grade in now.items()}
    address.put(rules=",".join(f"{rule}:{grade}" for rule, grade in tried.items() if grade != now[rule]))


def _switched() -> None:
    address.put(equal="1" if st.session_state[f"ask_{EQUAL}"] else "")
