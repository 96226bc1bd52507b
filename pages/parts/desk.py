"""What a page works with: the deployment, the published build within the actor's scope, the operations store.

Opened once a process and kept: pages get them from here and open nothing themselves.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import streamlit as st

from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Actor
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import Library, ScopedReader, open_library
from pipeline.stores.warehouse import build_file, current_build

DATA_VARIABLE = "CREDIT_RISK_DATA"
"""The environment variable that names the deployment's folder; by default `data`."""


@dataclass(frozen=True)
class Desk:
    """One actor at one page. `build`: the published build as the actor may see it, None before the first publish."""

    settings: Settings
    operations: Operations
    actor: Actor
    build: ScopedReader | None

    @property
    def read(self) -> ScopedReader:
        """The reader; a page that needs a build is not drawn without one."""
        if self.build is None:
            raise RuntimeError("no build is published")
        return self.build

    @property
    def key(self) -> tuple[str, ...]:
        """What a cached result of this page must name: deployment, build, role and scope."""
        return (str(self.settings.data), *(self.build.key if self.build else ("", self.actor.key)))


def data_folder() -> Path:
    """The deployment's folder."""
    return Path(os.environ.get(DATA_VARIABLE) or DEFAULT_DATA).resolve()


def settings() -> Settings:
    """The deployment's settings; raises BadDeclaration if city.toml is at fault."""
    return _settings(str(data_folder()))


def operations() -> Operations:
    """The operations store, opened once."""
    return _operations(str(data_folder()))


def reference() -> Reference:
    """The deployment's code lists, places and calendar."""
    return _reference(str(data_folder()))


def desk(actor: Actor) -> Desk:
    """The desk of an actor; re-opens the build when another one was published."""
    library = _current_library(settings())
    return Desk(settings(), operations(), actor, library.reader(actor) if library else None)


def _current_library(deployment: Settings) -> Library | None:
    build_id = current_build(deployment)
    if build_id is None or not build_file(deployment, build_id).is_file():
        return None
    return _library(str(deployment.data), build_id)


def _relations(as_of: date, core: str) -> Mapping[str, str]:
    return known_relations(FEEDS, as_of, core)


@st.cache_resource(show_spinner=False)
def _settings(data: str) -> Settings:
    return Settings.load(Path(data))


@st.cache_resource(show_spinner=False)
def _reference(data: str) -> Reference:
    return Reference.load(_settings(data).reference)


@st.cache_resource(show_spinner=False)
def _operations(data: str) -> Operations:
    return Operations.open(_settings(data))


@st.cache_resource(max_entries=2, show_spinner=False)
def _library(data: str, build_id: str) -> Library | None:
    return open_library(_settings(data), _relations, build_id)
