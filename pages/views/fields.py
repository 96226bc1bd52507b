"""Fields of a view model that carry their own label and explanation."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from pipeline.domain import Text


def shown(label_zh: str, label_en: str, help_zh: str, help_en: str) -> dict[str, Text]:
    """Metadata of a field: the label that stands beside it, and a help text that says what it counts."""
    return {"label": Text(label_zh, label_en), "help": Text(help_zh, help_en)}


def explanations(view: Any) -> dict[str, tuple[Text, Text]]:
    """Name -> (label, help) of every field of a view model, in its order."""
    return {f.name: (f.metadata["label"], f.metadata["help"]) for f in fields(view)}
