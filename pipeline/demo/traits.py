"""What nobody is told: the latent traits of each firm, shared in part with the other firms of its owner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.demo.chance import Chance
from pipeline.demo.clock import Floats, Ints
from pipeline.demo.industries import FIELDS, SECTION_RISK
from pipeline.demo.population import ALL_INDUSTRIES, UNITS, Firms
from pipeline.demo.rates import Rates

_UNIT_RISK = {
    "TH-ZS": -0.15,
    "TH-DC": 0.0,
    "TH-ED": 0.1,
    "TH-TH": -0.05,
    "TH-HN": 0.2,
    "TH-LH": 0.3,
    "TH-MH": -0.1,
    "TH-JA": 0.1,
}
_FIELD_RISK = {
    "food_production": 0.7, "food_sales": 0.35, "catering": 1.1, "special_food": 0.3, "drug_retail": 0.5, "medical_device": 0.2,
    "special_equipment": 0.6,
}  # fmt: skip


@dataclass(frozen=True)
class Traits:
    """Standard-normal traits (high is good) and what follows from them (`risk`, `exposure`: high is bad).

    `risk`: the part of a check's log odds that the firm brings along. `exposure`: what its trade adds.
    """

    compliance: Floats
    solvency: Floats
    contactability: Floats
    management: Floats
    risk: Floats
    exposure: Floats

    @property
    def frailty(self) -> Floats:
        """Who ends early."""
        return np.asarray(-(0.9 * self.solvency + 0.4 * self.contactability + 0.3 * self.management))


def make_traits(firms: Firms, chance: Chance, rates: Rates) -> Traits:
    """Traits of every firm: own, shared with the owner's other firms, and shifted by trade and county."""
    rng = chance.of("traits")
    section = np.array([SECTION_RISK[s] for s, _ in ALL_INDUSTRIES])[firms.industry]
    unit = np.array([_UNIT_RISK[u] for u in UNITS])[firms.unit]
    shift = -1.5 * (section + unit)
    compliance, solvency, contactability, management = (
        _trait(rng, firms.owner, rates.shared_fate) + share * shift for share in (0.9, 0.5, 0.5, 0.7)
    )
    latent = -(0.5 * compliance + 0.4 * management + 0.45 * solvency + 0.2 * contactability) - 0.12 * firms.size
    field_risk = np.array([_FIELD_RISK[f] for f in FIELDS])
    exposure = np.where(firms.has_key_field, (firms.fields * field_risk).max(axis=1), -0.4)
    return Traits(compliance, solvency, contactability, management, latent / 0.85, exposure)


def _trait(rng: np.random.Generator, owner: Ints, shared: float) -> Floats:
    common = rng.normal(0, 1, int(owner.max()) + 1)[owner]
    return np.asarray(np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.normal(0, 1, len(owner)))
