"""The way from a figure to the rows behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pages.views.fields import shown
from pipeline.domain import Text


@dataclass(frozen=True)
class Way:
    """Where a figure leads: to a page with a filter, or to a drawer of this page."""

    label: Text = field(metadata=shown("链接", "Link", "链接文字", "What the link says"))
    page: str | None = field(default=None, metadata=shown("页面", "Page", "目标页面", "The page it leads to"))
    query: dict[str, str] = field(
        default_factory=dict, metadata=shown("条件", "Filter", "同一筛选条件", "The same filter")
    )
    drawer: str | None = field(default=None, metadata=shown("抽屉", "Drawer", "本页抽屉", "A drawer of this page"))
