"""A deployment in a temporary folder: deliver files, ingest, match, look."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.contract import FeedContract
from pipeline.feeds.ingest import IngestSummary, ingest
from pipeline.identity.match import MatchSummary, match
from pipeline.indicators.known import write_known
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.warehouse import Warehouse, work_file

CORE_FEEDS = ("ent_registration", "ent_change", "credit_repair", "penalty", "abnormal_list")
REFERENCE = Reference.load(DEFAULT_DATA / "reference")


class Deployment:
    """A folder with a city, a landing folder and the feeds under test."""

    def __init__(self, folder: Path, feeds: Iterable[str] = CORE_FEEDS) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(DEFAULT_DATA / "city.toml", folder / "city.toml")
        (folder / "landing").mkdir(exist_ok=True)
        (folder / "mappings").mkdir(exist_ok=True)  # its own, and empty: files come in the contracts' layouts
        self.contracts: dict[str, FeedContract] = {f: BY_CODE[f] for f in feeds}

    @property
    def settings(self) -> Settings:
        return Settings.load(self.folder)

    def deliver(
        self, path: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, encoding: str = "utf-8"
    ) -> Path:
        """Write a CSV below landing/; None becomes an empty cell."""
        text = io.StringIO()
        csv.writer(text).writerows([header, *(["" if c is None else c for c in row] for row in rows)])
        return self.deliver_bytes(path, text.getvalue().encode(encoding))

    def deliver_bytes(self, path: str, content: bytes) -> Path:
        target = self.folder / "landing" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target

    def register(self, *firms: tuple[str, str], path: str = "registry/2020-01-02/ent_registration.csv") -> None:
        """A register of (code or 15-digit number, name), all established in 2015."""
        header = [
            "uscc",
            "entity_name",
            "reg_no",
            "status",
            "entity_type",
            "established_on",
            "division",
            "jurisdiction_unit",
        ]
        rows = [
            (
                i if len(i) == 18 else None,
                name,
                i if len(i) == 15 else None,
                "1",
                "1130",
                "2015-01-01",
                "220502",
                "TH-DC",
            )
            for i, name in firms
        ]
        self.deliver(path, header, rows)

    def ingest(self, *, history: bool = False) -> tuple[Warehouse, IngestSummary]:
        warehouse = Warehouse.create(work_file(self.settings))
        return warehouse, ingest(self.settings, warehouse, REFERENCE, self.contracts, history=history)

    def match(self) -> tuple[Warehouse, MatchSummary]:
        """Ingest and match; the known relations are there too."""
        warehouse, _ = self.ingest()
        summary = match(self.settings, warehouse, self.contracts)
        write_known(warehouse, tuple(self.contracts.values()))
        return warehouse, summary
