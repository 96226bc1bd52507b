"""A small select as plain Python rows, whatever pandas made of its nulls and dates."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.stores.warehouse import PublicReader


def rows(read: PublicReader, sql: str, parameters: Any = None) -> list[SimpleNamespace]:
    """One namespace a row: None for null, `int` for whole numbers, `date` for midnight timestamps."""
    frame = read.frame(sql, parameters)
    return [SimpleNamespace(**{k: _plain(v) for k, v in r.items()}) for r in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(v) for v in value]
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date() if value == value.normalize() else value.to_pydatetime()
    return value.item() if isinstance(value, np.generic) else value
