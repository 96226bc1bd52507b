"""The card of builds: who builds now and how far it is, how the last ones ended, and the button that starts one."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.parts import cards, text
from pages.parts.desk import Desk
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import NotPermitted, Refused
from pipeline.stores.operations.builds import STAGES, BuildRun, build_runs, running_elsewhere, start_build

TITLE = Text("构建", "Builds")
DAY = Text("业务日 {day}", "Business day {day}")
NEXT_DAY = Text("构建下一工作日", "Build the next working day")
START = Text("开始构建", "Start a build")
NEXT_HELP = Text(
    "归集新送达的文件，重新计算并发布；发布后演示部署的业务日前移一个工作日。",
    "Takes what has been delivered, computes and publishes; the demo then moves on to the next working day.",
)
HELP = Text("归集新送达的文件，重新计算并发布。", "Takes what has been delivered, computes and publishes.")
ELSEWHERE = Text("另一构建正在运行：进程 {pid}，始于 {since}", "Another build is running: process {pid}, since {since}")
RUNNING = Text("{user} 于 {since} 启动", "Started by {user} at {since}")
STARTING = Text("正在启动…", "Starting …")
NONE = Text("还没有从页面启动过构建。", "No build was started from this page yet.")
SECONDS = Text("{n:.0f} 秒", "{n:.0f} s")
SHOWN = 3
_WATCHED = "build_watched"


def show(here: Desk) -> None:
    """Draw the card; it looks again every two seconds while a build runs."""
    with cards.card("build"):
        cards.heading(say(TITLE), say(DAY).format(day=text.day(here.settings.today())))
        runs = build_runs(here.operations, here.actor)
        if (runs and runs[0].is_running) or running_elsewhere(here.operations, here.actor):
            st.session_state[_WATCHED] = True
            _watch(here)
        else:
            _idle(here, runs)


@st.fragment(run_every=2.0)
def _watch(here: Desk) -> None:
    runs = build_runs(here.operations, here.actor, 1)
    holder = running_elsewhere(here.operations, here.actor)
    if runs and runs[0].is_running:
        _progress(runs[0])
    elif holder:
        since = f"{holder.since:%Y-%m-%d %H:%M:%S}"
        st.html(f'<div class="say" role="status">{escape(say(ELSEWHERE).format(pid=holder.pid, since=since))}</div>')
    else:
        st.rerun()


def _progress(run: BuildRun) -> None:
    stages = list(STAGES)
    share = run.done / run.total if run.total else 0.0
    now = stages.index(run.stage) if run.stage in stages else -1
    words = f"{say(STAGES[run.stage])} {run.done:,} / {run.total:,}" if now >= 0 and run.total else ""
    words = words or (say(STAGES[run.stage]) if now >= 0 else say(STARTING))
    st.progress(min((max(now, 0) + share) / len(stages), 1.0), words)
    course = "".join(
        f'<i class="{"done" if n < now else "now" if n == now else ""}" title="{_seconds(run, s)}">{escape(say(STAGES[s]))}</i>'
        for n, s in enumerate(stages)
    )
    said = say(RUNNING).format(user=run.user, since=f"{run.started_at:%H:%M:%S}")
    st.html(f'<div class="steps small">{course}</div><div class="cnt">{escape(said)}</div>')


def _idle(here: Desk, runs: Sequence[BuildRun]) -> None:
    if st.session_state.pop(_WATCHED, False) and runs:
        st.toast(say(runs[0].end))
    synthetic = here.settings.city.synthetic
    if st.button(
        say(NEXT_DAY if synthetic else START), type="primary", help=say(NEXT_HELP if synthetic else HELP), key="start_build",
        icon=":material/play_arrow:", width="stretch",
    ):  # fmt: skip
        try:
            start_build(here.operations, here.actor)
        except (Refused, NotPermitted) as refusal:
            cards.alert(say(Text(refusal.zh, refusal.en)) if isinstance(refusal, Refused) else str(refusal))
        else:
            st.rerun()
    lines = "".join(_line(run) for run in runs[:SHOWN])
    st.html(f'<ul class="record">{lines}</ul>' if lines else f'<div class="say">{escape(say(NONE))}</div>')


def _line(run: BuildRun) -> str:
    took = sum(run.seconds.values())
    seconds = f" · {say(SECONDS).format(n=took)}" if took else ""
    said = f"<p>{escape(run.said)}</p>" if run.said and not run.is_whole else ""
    mark = "✓" if run.is_whole else "▲"
    return (
        f'<li><b class="{"" if run.is_whole else "bad"}">{mark} {escape(say(run.end))}</b>'
        f"<span>{run.started_at:%m-%d %H:%M} {escape(run.user)}{escape(seconds)}</span>{said}</li>"
    )


def _seconds(run: BuildRun, stage: str) -> str:
    return escape(say(SECONDS).format(n=run.seconds[stage])) if stage in run.seconds else ""
