"""Every indicator of the product: INDICATORS feed the score, RULE_FACTS only the red lines of the grade policy."""

from __future__ import annotations

from pipeline.indicators.catalogue import (
    basic,
    behaviour,
    behaviour_signals,
    growth,
    performance,
    rule_facts,
    supervision,
    supervision_checks,
)
from pipeline.indicators.indicator import Indicator

INDICATORS: tuple[Indicator, ...] = (
    *basic.INDICATORS,
    *behaviour.INDICATORS,
    *behaviour_signals.INDICATORS,
    *growth.INDICATORS,
    *performance.INDICATORS,
    *supervision.INDICATORS,
    *supervision_checks.INDICATORS,
)
"""The indicators of the score, dimension by dimension."""

RULE_FACTS: tuple[Indicator, ...] = rule_facts.INDICATORS
"""The facts that only red lines read."""

ALL: tuple[Indicator, ...] = (*INDICATORS, *RULE_FACTS)
"""Every column of mart.indicator."""
