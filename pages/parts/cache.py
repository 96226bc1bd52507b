"""Results kept for a build: the same deployment, build and language never compute them twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from pipeline.settings import Settings
from pipeline.stores.warehouse import PublicReader, build_file, current_build, open_public

T = TypeVar("T")


def reader(settings: Settings) -> PublicReader | None:
    """The reader of the published build, opened once and again when CURRENT changes; None before the first."""
    build_id = current_build(settings)
    if build_id is None or not build_file(settings, build_id).is_file():
        return None
    return _reader(settings, str(settings.data), build_id)


def kept(make: Callable[[], T], *key: str) -> T:
    """What `make` gives for this `key`, which must name everything that the result depends on."""
    result: T = _kept(make, key)
    return result


@st.cache_resource(max_entries=2, show_spinner=False)
def _reader(_settings: Settings, data: str, build_id: str) -> PublicReader | None:
    return open_public(_settings)


@st.cache_data(max_entries=16, show_spinner=False)
def _kept(_make: Callable[[], Any], key: tuple[str, ...]) -> Any:
    return _make()
