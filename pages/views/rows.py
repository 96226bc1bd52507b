"""A small select as plain Python rows, whatever pandas made of its nulls and dates."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pandas as pd

from pipeline.stores.warehouse import PublicReader


def rows(read: PublicReader, sql: str, parameters: Any = None) -> list[SimpleNamespace]:
    """One namespace a row: None for null, `int` for whole numbers, `date` for midnight timestamps."""
    frame = read.frame(sql, parameters)
    return [SimpleNamespace(**{k: _plain(v) for k, v in r.items()}) for r in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist") and getattr(value, "ndim", 0):
        return [_plain(v) for v in value]
    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        moment = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
        return moment.date() if moment == moment.replace(hour=0, minute=0, second=0, microsecond=0) else moment
    return value.item() if hasattr(value, "item") else value
