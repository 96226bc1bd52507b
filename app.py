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
        read = cache.reader(settings)
    except PipelineError:
        LOG.exception("the deployment %s can't be opened", data)
        frame.fault("python cli.py check" + text.option(data))
        return
    frame.dress(settings.city.bureau)
    # Naming every page here is also what keeps Streamlit from running the files of pages/ by itself.
    draw = partial(status.render, read, settings)
    page = st.navigation(
        [st.Page(draw, title=say(status.PAGE.title), url_path="home", default=True)], position="hidden"
    )
    try:
        page.run()
    except Exception:
        reference = f"{datetime.now():%Y%m%d-%H%M%S}"
        LOG.exception("page %s failed, reference %s", page.title, reference)
        frame.failed(reference)


main()
