"""Training as an operator sees it: learn, then propose where the grades of the learned score should be cut.

The proposal is words on a screen and a part of the summary: the bureau writes it into grade.toml or leaves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from models.policy.bands import BandProposal, propose_bands
from models.policy.grade import grade_policies
from models.risk.registry import Champion, newest_model
from models.risk.score import HIGHEST, LOWEST, values_at
from models.risk.train import TrainSummary, train
from pipeline.errors import ChecksFailed
from pipeline.feeds.catalogue import BY_CODE
from pipeline.indicators.catalogue import INDICATORS
from pipeline.progress import Progress, silent
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build, work_file

_PROPOSED = "temp.proposed_score"


@dataclass(frozen=True)
class LearnSummary:
    """What training did, and the cut points that it proposes for the learned score (None where nothing was learned)."""

    train: TrainSummary
    bands: BandProposal | None

    @property
    def line(self) -> str:
        """All of it in one line."""
        if self.train.model_id is None:
            return self.train.said.zh
        auc = "，".join(f"{name} {value:.3f}" for name, value in self.train.auc.items()) or "没有可比的折"
        cuts = (
            "　".join(f"{grade} ≥ {least:.0f}" for grade, least in self.bands.at_least.items()) if self.bands else "—"
        )
        return f"已训练 {self.train.model_id}（{self.train.said.zh}）：平均AUC {auc}；建议分数线 {cuts}"


def learn(settings: Settings, warehouse: Warehouse, *, by: str = "train", progress: Progress = silent) -> LearnSummary:
    """Train on the warehouse (one after `compute`) and propose bands for its newest date; see models.risk.train."""
    summary = train(settings, warehouse, BY_CODE, INDICATORS, by=by, progress=progress)
    if not warehouse.is_read_only:
        _write_training(warehouse, summary)
    if summary.model_id is None or summary.champion is None:
        return LearnSummary(summary, None)
    return LearnSummary(summary, _bands(settings, warehouse, Champion(summary.model_id, summary.champion)))


def training_table(warehouse: Warehouse) -> None:
    """mart.training(adverse, said): why nothing was learned, made where it is missing; no row where a model scores."""
    warehouse.execute("CREATE TABLE IF NOT EXISTS mart.training (adverse BIGINT, said STRUCT(zh VARCHAR, en VARCHAR))")


def _write_training(warehouse: Warehouse, summary: TrainSummary) -> None:
    training_table(warehouse)
    warehouse.execute("DELETE FROM mart.training")
    if summary.model_id is None:
        warehouse.execute("INSERT INTO mart.training VALUES (?, ?)", [summary.adverse, asdict(summary.said)])


@contextmanager
def described(settings: Settings) -> Iterator[Warehouse]:
    """The warehouse to learn from: the work file if its indicators are computed, else the published build, read-only.

    Raises ChecksFailed if there is neither.
    """
    path = work_file(settings)
    if path.is_file():
        with Warehouse.open(path) as warehouse:
            if warehouse.has("mart.indicator"):
                yield warehouse
                return
    build_id = current_build(settings)
    if build_id is None or not build_file(settings, build_id).is_file():
        raise ChecksFailed(
            "请先运行 build，或 ingest、match、compute（run `build`, or `ingest`, `match`, `compute` before)"
        )
    with Warehouse.read(build_file(settings, build_id)) as warehouse:
        yield warehouse


def _bands(settings: Settings, warehouse: Warehouse, chosen: Champion) -> BandProposal | None:
    """Cut points for the newest date of the warehouse, scored by the model that may score then."""
    as_of = warehouse.value("SELECT max(as_of) FROM mart.population")
    model = newest_model(settings, chosen, as_of, INDICATORS)
    if model is None:
        return None
    values = values_at(warehouse, INDICATORS, as_of)
    graded = values["is_graded"].to_numpy(dtype=np.bool_)
    score = model.raw_score(values, graded).clip(LOWEST, HIGHEST)
    frame = pd.DataFrame({"uscc": values["uscc"][graded], "score_kind": model.score_kind, "credit_score": score})
    warehouse.load(_PROPOSED, frame.assign(as_of=pd.Timestamp(as_of)))
    warehouse.execute(f"ALTER TABLE {_PROPOSED} ALTER as_of TYPE DATE")
    proposal = propose_bands(warehouse, grade_policies(settings).of(as_of), as_of, _PROPOSED)
    warehouse.execute(f"DROP TABLE {_PROPOSED}")
    return proposal
