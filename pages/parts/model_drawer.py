"""The right drawer in which a trained model is put in office: what it is, what follows, and why, which must be said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import streamlit as st

from pages.parts import cards, text
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import PipelineError, Refused

TITLE = Text("启用模型", "Put a model in office")
MODEL, ORIGIN, ADVERSE = Text("模型", "Model"), Text("所知截至", "Knew until"), Text("不良户年", "Adverse firm-years")
CANDIDATE = Text("候选", "Candidate")
AUC = Text("平均 AUC（95% 区间）", "Mean AUC (95% interval)")
NOW = Text("现在用", "In office now")
NOBODY = Text("专家评分卡（未学习）", "the expert card (nothing learned)")
WHY = Text("理由（必填）", "Why (required)")
CONSEQUENCE = Text(
    "下一次构建起由它评分，等级会随之变化；已经发布的等级不变，过去的时点由当时已成熟的模型评分。此操作记入日志与启用记录，不可删除。",
    "It scores from the next build on and grades change with it; grades that were published stay, and a past date is scored by what"
    " had matured by then. The act stands in the log and among the promotions, and can't be deleted.",
)
CONFIRM = Text("确认启用", "Put it in office")
DONE = Text("已启用 {model}，下次构建起生效", "{model} is in office from the next build on")
SAID = "model_said"


class Trained(Protocol):
    """A model that can be put in office."""

    @property
    def model_id(self) -> str:
        """Its id."""

    @property
    def origin(self) -> str:
        """Until when it knew."""

    @property
    def adverse(self) -> int | None:
        """Adverse firm-years."""

    @property
    def auc(self) -> Mapping[str, str]:
        """AUC by candidate, as written."""

    @property
    def candidates(self) -> Sequence[str]:
        """Who can be put in office, the winner first."""


class Promote(Protocol):
    """The act."""

    def __call__(self, model_id: str, candidate: str, *, why: str) -> object:
        """Put a candidate of a model in office."""


def open_model(one: Trained, words: Mapping[str, Text], now: Text | None, promote: Promote) -> None:
    """Open the drawer. `now`: what is in office, None where nothing was learned."""

    def drawer() -> None:
        cards.definitions(
            [
                (say(MODEL), one.model_id),
                (say(ORIGIN), one.origin),
                (say(ADVERSE), text.count(one.adverse)),
                (say(NOW), say(now or NOBODY)),
            ]
        )
        candidate = st.selectbox(
            say(CANDIDATE), list(one.candidates), format_func=lambda c: say(words[c]), key=f"candidate_{one.model_id}"
        )
        cards.definitions([(say(AUC), one.auc.get(candidate, text.MISSING))])
        why = st.text_area(say(WHY), max_chars=500, height=100, key=f"why_{one.model_id}")
        cards.warn(say(CONSEQUENCE))
        if st.button(say(CONFIRM), type="primary", key="use_now"):
            _act(lambda: promote(one.model_id, candidate, why=why), one.model_id)

    st.dialog(say(TITLE), position="right", width="medium")(drawer)()


def tell() -> None:
    """The word that a model was put in office, once."""
    if said := st.session_state.pop(SAID, None):
        st.toast(said)


def _act(promote: Callable[[], object], model_id: str) -> None:
    try:
        promote()
    except Refused as refusal:
        cards.alert(say(Text(refusal.zh, refusal.en)))
    except PipelineError as error:
        cards.alert(str(error))
    else:
        st.session_state[SAID] = say(DONE).format(model=model_id)
        st.rerun()
