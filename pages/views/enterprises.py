"""The home of a county bureau: six figures, the list that the address asks for, or the unit's inspection tasks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pages.views import enterprise_rows, enterprise_strip, enterprise_words, firm_tasks
from pages.views.enterprise_choices import Choices, choices
from pages.views.enterprise_columns import Column, chosen, columns, usual
from pages.views.enterprise_filter import EnterpriseFilter
from pages.views.enterprise_rows import EnterprisePage, Facets, Order
from pages.views.enterprise_strip import Figure
from pages.views.fields import shown
from pages.views.firm_acts import FirmActs, firm_acts, revision, section_firms
from pages.views.firm_tasks import TaskPage
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.settings import City
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader

Keep = Callable[..., Any]
"""keep(make, *key): what `make` gives, kept for this build and scope."""


@dataclass(frozen=True)
class Source:
    """What the lists are made from: the build within the scope, what people did, the code lists."""

    read: ScopedReader = field(metadata=shown("批次", "Build", "权限范围内的批次", "The build within the scope"))
    operations: Operations = field(metadata=shown("办理", "Operations", "人员办理的记录", "What people did"))
    firms: Collection[str] | None = field(metadata=shown("企业", "Firms", "科室范围内的企业", "The firms of a section"))
    acts: FirmActs = field(metadata=shown("按户办理", "Acts", "按户的预警与抽查任务", "Warnings and tasks by firm"))
    reference: Reference = field(metadata=shown("代码表", "Reference", "代码表与区划", "Code lists and places"))
    city: City = field(metadata=shown("部署", "City", "本部署", "The deployment"))
    keep: Keep = field(metadata=shown("缓存", "Keep", "同批次同范围的结果", "Keeps results of the build"))
    revision: tuple[str, ...] = field(metadata=shown("版本", "Revision", "办理记录的版本", "Which acts are counted"))

    @staticmethod
    def of(read: ScopedReader, operations: Operations, reference: Reference, keep: Keep) -> Source:
        """The source of one run of the page."""
        firms = keep(lambda: section_firms(read.actor, read), "section firms")
        known = revision(operations)
        acts = keep(lambda: firm_acts(operations, read.actor, firms), "acts", *known)
        return Source(read, operations, firms, acts, reference, operations.settings.city, keep, known)

    @property
    def columns(self) -> dict[str, Column]:
        """Every column that may be chosen; a county's own unit says nothing."""
        known = columns(self.reference, self.city)
        if len(self.units) == 1:
            del known["unit"]
        return known

    @property
    def usual(self) -> tuple[str, ...]:
        """The columns that are shown unless others are chosen."""
        return usual(len(self.units))

    @property
    def units(self) -> dict[str, Text]:
        """The units that the actor may see rows of."""
        return {u.code: u.name for u in self.city.units if self.read.actor.covers(u.code)}

    @property
    def labels(self) -> dict[str, Mapping[str, Text]]:
        """Condition -> value -> its words."""
        return enterprise_words.labels(self.reference, self.city)


@dataclass(frozen=True)
class EnterpriseList:
    """What the address asks for, what can be asked for, and the page of rows that answers it."""

    asked: EnterpriseFilter = field(metadata=shown("条件", "Filter", "当前条件", "What is asked for"))
    order: Order = field(metadata=shown("排序", "Order", "当前排序", "What it is sorted by"))
    facets: Facets = field(metadata=shown("户数", "Numbers", "户数与分项户数", "How many, and by choice"))
    choices: Choices = field(hash=False, metadata=shown("选项", "Choices", "各条件的选项", "What can be chosen"))
    page: EnterprisePage = field(metadata=shown("本页", "Page", "本页各行", "The rows of this page"))
    words: tuple[tuple[Text, Text], ...] = field(metadata=shown("已选", "Chosen", "条件的写法", "The filter in words"))
    sentence: Text = field(metadata=shown("条件", "Filter", "条件，一行", "The filter as one line"))
    usual: tuple[str, ...] = field(
        metadata=shown("常用列", "Usual columns", "未选列时的列", "Columns if none is chosen")
    )

    @property
    def query(self) -> dict[str, str]:
        """Filter, order and columns as an address says them: what a saved filter keeps."""
        order = {"sort": self.order.by} if self.order.by != enterprise_rows.RISK else {}
        keys = tuple(c.key for c in self.page.columns)
        shown_columns = {} if set(keys) == set(self.usual) else {"cols": ",".join(keys)}
        return self.asked.query() | order | ({"desc": "1"} if self.order.is_reversed else {}) | shown_columns


def figures(source: Source) -> tuple[Figure, ...]:
    """The six figures above the lists."""
    stock = source.keep(lambda: enterprise_strip.stock(source.read), "stock")
    return enterprise_strip.strip(stock, source.acts, source.read.stamp.today)


def enterprise_list(source: Source, query: Mapping[str, str]) -> EnterpriseList:
    """The list that `query` asks for; counts are kept, those that rest on what people did by its revision."""
    asked, order = EnterpriseFilter.parse(query), Order.parse(query)
    asked = asked if asked.unit in source.units else asked.without("unit")
    wanted = chosen(query.get("cols", "").split(","), source.columns, source.usual)

    def count() -> Facets:
        return enterprise_rows.facets(source.read, asked, source.acts)

    known: Facets = source.keep(count, "facets", repr(asked), *(source.revision if asked.asks_people else ()))
    labels = source.labels
    words = tuple((title, value) for _, title, value in enterprise_words.words(asked, labels))
    return EnterpriseList(
        asked,
        order,
        known,
        choices(asked, known, labels, source.reference, list(source.units)),
        enterprise_rows.page_of(source.read, asked, order, wanted, source.acts, known, query.get("page")),
        words,
        enterprise_words.sentence(asked, labels),
        source.usual,
    )


def batches(source: Source, listed: EnterpriseList) -> Any:
    """All rows of the list as Arrow batches, in its order and with its columns: for an export."""
    sql, values = enterprise_rows.select(
        listed.asked, listed.order, listed.page.columns, source.read.stamp.as_of, listed.facets.near, with_code=False
    )  # fmt: skip
    return source.read.batches(sql, values, tables=source.acts.tables)


def task_list(source: Source, query: Mapping[str, str]) -> TaskPage:
    """The unit's inspection tasks that `query` asks for (task: states, q: text, page)."""
    people, items = source.keep(lambda: firm_tasks.names_of(source.read), "task names")
    wanted = firm_tasks.task_columns(items, source.units)
    return firm_tasks.task_page(source.operations, source.read.actor, source.firms, query, wanted, people)
