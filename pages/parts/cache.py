"""Results kept for a build: the same deployment, build, scope and language never compute them twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def kept(make: Callable[[], T], *key: str) -> T:
    """What `make` gives for this `key`, which must name everything that the result depends on (Desk.key and more).

    What people do is kept only where the key names its revision: an act must be seen at the next rerun.
    """
    result: T = _kept(make, key)
    return result


def keeper(*key: str) -> Callable[..., Any]:
    """keep(make, *more): `kept` under `key` and more, for views that keep several results."""
    return lambda make, *more: kept(make, *key, *more)


@st.cache_data(max_entries=256, show_spinner=False)
def _kept(_make: Callable[[], Any], key: tuple[str, ...]) -> Any:
    return _make()
