"""The count of past troubles, the rule that any model has to beat: nothing is learned but the line on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.risk.champion import Values
from models.risk.coding import numbers
from models.risk.estimator import Parts, Sample
from pipeline.errors import BadDeclaration
from pipeline.indicators.indicator import Indicator

FILE = "count.json"
TROUBLES = (
    "C4_penalty_count_3y",
    "C4_abnormal_count_3y",
    "C4_serious_history_5y",
    "C4_overdue_rectification",
    "C6_problem_rate_3y",
    "C6_uncooperative_3y",
    "C6_unreachable_result_3y",
    "C3_licence_revoked_3y",
    "C7_report_missing_3y",
    "C7_gov_blacklist",
    "C7_executee_active",
    "C7_tax_arrears_active",
)
"""What is counted: penalties, listings, checks with problems (their rate: at most one), duties not met, debts."""


@dataclass(frozen=True)
class TroubleCount:
    """Counts the indicators of `troubles` that are among `indicators`."""

    indicators: tuple[Indicator, ...]
    troubles: tuple[str, ...] = TROUBLES

    @property
    def name(self) -> str:
        """'count'."""
        return "count"

    def settle(self, earlier: Sample, later: Sample) -> TroubleCount:
        """Itself: nothing is chosen."""
        return self

    def fit(self, sample: Sample) -> FittedCount:
        """The rule: it learns nothing from `sample`."""
        return FittedCount(self.indicators, tuple(i.code for i in self.indicators if i.code in self.troubles))


@dataclass(frozen=True)
class FittedCount:
    """The count over `counted`; its unit is one trouble, and what is missing counts nothing."""

    indicators: tuple[Indicator, ...]
    counted: tuple[str, ...]

    @property
    def estimator(self) -> str:
        """'count'."""
        return "count"

    def margin(self, values: Values) -> NDArray[np.float64]:
        """How many troubles by row."""
        return self.parts(values).margin

    def parts(self, values: Values) -> Parts:
        """Troubles by row and indicator; 0 for what is not counted."""
        rows = len(values[self.indicators[0].code])
        parts = np.zeros((rows, len(self.indicators)), dtype=np.float32)
        for column, indicator in enumerate(self.indicators):
            if indicator.code in self.counted:
                parts[:, column] = np.nan_to_num(numbers(values, indicator), nan=0.0)
        return Parts(0.0, tuple(i.code for i in self.indicators), parts)

    def save(self, folder: Path) -> None:
        """Write count.json: the codes that are counted."""
        content = {"estimator": self.estimator, "counted": list(self.counted)}
        (folder / FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(folder: Path, indicators: tuple[Indicator, ...]) -> FittedCount:
    """The count saved in `folder`; raises BadDeclaration if it counts an indicator that is not declared."""
    counted = tuple(json.loads((folder / FILE).read_text(encoding="utf-8"))["counted"])
    unknown = sorted(set(counted) - {i.code for i in indicators})
    if unknown:
        raise BadDeclaration(str(folder / FILE), [f"counted: not declared: {unknown}"])
    return FittedCount(indicators, counted)
