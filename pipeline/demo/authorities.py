"""Invented credit codes and documents of the authorities that sign the records."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.demo.clock import Days, Ints, years_of
from pipeline.demo.codes import serials, text_of, uscc_check
from pipeline.demo.names import join, lookup
from pipeline.demo.population import DIVISIONS
from pipeline.demo.records import whole

OFFICES = (
    "通化市市场监督管理局直属分局", "通化市市场监督管理局东昌分局", "通化市市场监督管理局二道江分局", "通化县市场监督管理局",
    "辉南县市场监督管理局", "柳河县市场监督管理局", "梅河口市市场监督管理局", "集安市市场监督管理局",
)  # fmt: skip
"""Authorities by unit."""
_SHORT = ("通市监直", "东市监", "二市监", "通县市监", "辉市监", "柳市监", "梅市监", "集市监")


def authority_names(unit: Ints) -> pa.Array:
    """The authority of each unit."""
    return lookup(OFFICES, unit)


def authority_codes(unit: Ints) -> pa.Array:
    """Its invented, valid credit code (kind 11: organ of the state)."""
    first = np.array(
        [list(f"11{d}MB0000{i}".ljust(16, "0").encode() + b"0") for i, d in enumerate(DIVISIONS)], dtype=np.uint8
    )
    codes = text_of(np.hstack([first, uscc_check(first)[:, None]]))
    return codes.take(pa.array(unit))


def document_no(unit: Ints, what: str, dated: Days, record: Ints) -> pa.Array:
    """A document number such as 东市监罚〔2019〕0000123号, different for each record."""
    year = whole(years_of(dated)).cast(pa.string())
    return join(lookup(_SHORT, unit), what, "〔", year, "〕", serials("", record, 7), "号")
