"""What is true beside what is delivered: traits, probabilities, owners. It never lies under landing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.demo.deliveries import Owned, owner_table
from pipeline.demo.identify import Registry
from pipeline.demo.industries import FIELDS
from pipeline.demo.lives import Outlook
from pipeline.demo.names import lookup
from pipeline.demo.population import UNITS
from pipeline.demo.records import dates, truth, whole
from pipeline.demo.state import World


def write_truth(folder: Path, world: World, registry: Registry, outlook: Outlook, owned: list[Owned]) -> None:
    """Write traits.parquet, probability.parquet and owner.parquet; `uscc` is the credit code, or R and the old number."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(_traits(world, registry), folder / "traits.parquet", compression="zstd")
    pq.write_table(_probability(registry, outlook), folder / "probability.parquet", compression="zstd")
    pq.write_table(owner_table(owned), folder / "owner.parquet", compression="zstd")


def _traits(world: World, registry: Registry) -> pa.Table:
    firms, traits = world.firms, world.traits
    numbers = {
        name: getattr(traits, name)
        for name in ("compliance", "solvency", "contactability", "management", "risk", "exposure")
    }
    return pa.table(
        {
            "uscc": registry.key,
            "owner_person": whole(firms.owner),
            "unit": lookup(UNITS, firms.unit),
            "is_individual": truth(firms.is_individual),
            "is_graded": truth(firms.is_graded),
            "established_on": dates(firms.established),
            "ended_on": dates(firms.ended),
            "ended_as": whole(firms.ended_as),
            **{field: truth(firms.fields[:, at]) for at, field in enumerate(FIELDS)},
            **{name: pa.array(values.astype(np.float32)) for name, values in numbers.items()},
        }
    )


def _probability(registry: Registry, outlook: Outlook) -> pa.Table:
    return pa.table(
        {
            "uscc": registry.key.take(pa.array(outlook.firm)),
            "as_of": dates(outlook.as_of),
            "probability": pa.array(outlook.probability.astype(np.float32)),
        }
    )
