"""What the tests measure on the lives of a synthetic city: realised outcomes and how well a ranking finds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.demo.checks import ADVERSE, COMPLETED, MILD
from pipeline.demo.lives import Outlook
from pipeline.demo.state import Journal, World

Array = npt.NDArray[Any]


def outcomes(world: World, journal: Journal, as_of: str) -> tuple[Array, Array]:
    """(observed, adverse) for each firm alive at `as_of`: the declared outcome problem_found."""
    start = np.datetime64(as_of)
    checks, penalties = journal.table("check"), journal.table("penalty")
    observed, adverse = np.zeros(world.firms.count, bool), np.zeros(world.firms.count, bool)
    done = (checks["day"] >= start) & (checks["day"] < start + 365) & COMPLETED[checks["code"]]
    observed[checks["firm"][done]] = True
    adverse[checks["firm"][done & ADVERSE[checks["code"]]]] = True
    decided = (penalties["day"] >= start) & (penalties["day"] < start + 365) & (penalties["kind"] != MILD)
    adverse[penalties["firm"][decided]] = True
    alive = (world.firms.established < start) & ~(world.firms.ended < start)
    return observed & alive, adverse & alive


def probability(world: World, outlook: Outlook, as_of: str) -> Array:
    """The true probability of each firm; 0 for those not alive."""
    now = outlook.as_of == np.datetime64(as_of)
    found = np.zeros(world.firms.count)
    found[outlook.firm[now]] = outlook.probability[now]
    return found


def auc(adverse: Array, score: Array) -> float:
    """Area under the ROC curve by ranks (no ties expected)."""
    rank = np.argsort(np.argsort(score)) + 1.0
    bad = int(adverse.sum())
    return float((rank[adverse].sum() - bad * (bad + 1) / 2) / (bad * (len(adverse) - bad)))
