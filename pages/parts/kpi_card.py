"""One figure as a card: value, change, its past as a small line, and the way to its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

import streamlit as st

from pages.parts import nav
from pages.parts.text import say
from pipeline.domain import Text

DeltaColor = Literal["normal", "inverse", "off", "red"]


class Way(Protocol):
    """Where a figure leads."""

    @property
    def label(self) -> Text:
        """What the link says."""

    @property
    def page(self) -> str | None:
        """The page, None for a drawer."""

    @property
    def query(self) -> Mapping[str, str]:
        """The filter."""


class Figure(Protocol):
    """One figure, as written."""

    @property
    def key(self) -> str:
        """Its name."""

    @property
    def label(self) -> Text:
        """What it is called."""

    @property
    def help(self) -> Text:
        """What it counts."""

    @property
    def value(self) -> str:
        """The value."""

    @property
    def delta(self) -> str | None:
        """Its change."""

    @property
    def remark(self) -> Text:
        """What the change is against."""

    @property
    def note(self) -> Text | None:
        """Words in place of a change."""

    @property
    def better(self) -> int:
        """1 if more is good, −1 if less is, 0 if neither."""

    @property
    def is_bad(self) -> bool:
        """Whether a target is missed."""

    @property
    def series(self) -> Sequence[float]:
        """Its past."""

    @property
    def way(self) -> Way:
        """Where it leads."""


def kpi(figure: Figure, on_way: Callable[[Way], None]) -> None:
    """Draw the card; `on_way` is told when a drawer is asked for: links to pages lead there by themselves."""
    with st.container(key=f"card_kpi_{figure.key}", height="stretch"):
        if figure.way.page:
            nav.link(figure.way.page, say(figure.way.label), **figure.way.query)
        else:
            st.button(
                say(figure.way.label), key=f"way_{figure.key}", type="tertiary", on_click=on_way, args=(figure.way,)
            )
        change = say(figure.note) if figure.note else figure.delta
        st.metric(
            say(figure.label),
            f":red[{figure.value}]" if figure.is_bad else figure.value,
            change,
            _colour(figure),
            help=say(figure.help),
            chart_data=list(figure.series) if len(figure.series) > 1 else None,
            delta_arrow="off" if figure.note else "auto",
            delta_description=say(figure.remark),
        )


def _colour(figure: Figure) -> DeltaColor:
    if figure.note:
        return "red" if figure.is_bad else "off"
    return "normal" if figure.better > 0 else "inverse" if figure.better < 0 else "off"
