"""What people see of an error: a sentence and a reference number, never a traceback."""

from __future__ import annotations

import logging
from datetime import datetime

from pages.parts import cards, desk, frame, text
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import ChecksFailed, NotPermitted, Refused

LOG = logging.getLogger("credit_risk.app")
REFUSED = Text("此操作未能完成", "This could not be done")


def tell(error: Exception) -> bool:
    """Draw what is to be said in place of what failed, and log the cause; true, for it has been told."""
    if isinstance(error, Refused):
        cards.notice(say(REFUSED), error.zh if text.language() == "zh" else error.en)
    elif isinstance(error, NotPermitted):
        LOG.warning("refused: %s", error)
        cards.notice(say(REFUSED), say(frame.NOT_YOURS))
    elif isinstance(error, ChecksFailed):
        LOG.error("the build can't be read", exc_info=error)
        frame.unreadable("python cli.py build" + text.option(desk.data_folder()))
    else:
        reference = f"{datetime.now():%Y%m%d-%H%M%S}"
        LOG.error("the page failed, reference %s", reference, exc_info=error)
        frame.failed(reference)
    return True
