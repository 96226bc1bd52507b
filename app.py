"""The front door for people: opens the deployment, chooses the page, draws it.

The deployment's folder is named by the environment variable CREDIT_RISK_DATA, by default `data`.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime
from functools import partial
from pathlib import Path

import streamlit as st

from pages import status
from pages.parts import cache, frame, text
from pages.parts.text import say
from pipeline.errors import PipelineError
from pipeline.settings import DEFAULT_DATA, Settings

LOG = logging.getLogger("credit_risk.app")


def main() -> None:
    """One run of the script: one person's view of one page."""
    st.set_page_config(page_title=frame.PRODUCT.zh, page_icon=frame.ICON, layout="wide")
    data = Path(os.environ.get("CREDIT_RISK_DATA") or DEFAULT_DATA).resolve()
    try:
        settings = Settings.load(data)
    except PipelineError:
        LOG.exception("the deployment %s can't be opened", data)
        frame.fault("python cli.py check" + text.option(data))
        return
    frame.dress(settings.city.bureau)
    # Naming every page here is also what keeps Streamlit from running the files of pages/ by itself; a
    # url_path that is also the name of such a file would make it run that file instead.
    page = st.Page(partial(_draw, settings), title=say(status.PAGE.title), url_path="home", default=True)
    st.navigation([page], position="hidden").run()


def _draw(settings: Settings) -> None:
    try:
        status.render(cache.reader(settings), settings)
    except PipelineError:
        LOG.exception("the build can't be read")
        frame.unreadable("python cli.py build" + text.option(settings.data))
    except Exception:
        reference = f"{datetime.now():%Y%m%d-%H%M%S}"
        LOG.exception("the page failed, reference %s", reference)
        frame.failed(reference)


main()
