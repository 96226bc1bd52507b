"""What of a feed stands in the time line of a firm: on which lane, in which words, how heavy; declared per feed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pipeline.domain import Text
from pipeline.errors import BadDeclaration
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.contract import FeedContract
from pipeline.indicators.readings import (
    ANY_PROBLEM,
    NEGATIVE_OPINION,
    ON_LIST,
    PARTLY_TRUE_COMPLAINT,
    REAL_PENALTY,
    TRUE_COMPLAINT,
    has_code,
    in_force,
)


class Lane(Enum):
    """A lane of the time line, in their order from above."""

    REGISTER = Text("登记", "Register")
    LICENCE = Text("许可设备", "Licences")
    REPORT = Text("年报", "Reports")
    TAX = Text("税务社保", "Tax, insurance")
    CHECK = Text("检查", "Checks")
    SAMPLING = Text("抽检事故", "Sampling")
    COMPLAINT = Text("投诉舆情", "Complaints")
    COURT = Text("司法", "Courts")
    LISTING = Text("名录认定", "Lists")
    PENALTY = Text("处罚", "Penalties")


class Weight(Enum):
    """How heavy a record is: ○ ordinary, ● to be noted, ◆ adverse; the value is what the table holds."""

    ORDINARY = 0
    NOTED = 1
    ADVERSE = 2


@dataclass(frozen=True)
class Line:
    """How the known records of one feed stand in the time line.

    `words`: the columns that make the words of a record, codes and short text only, never a person's name.
    `number`: the column by which the source names the record. `amount`: an amount in 万元. `begins`: the day where
    the feed has no event date (the day of receipt where it is empty). `ends`: when a state that lasts ends.
    `because`: why a record is noted or adverse, where its words don't say it.
    `noted`, `adverse`: conditions over the known rows (pipeline/indicators/readings.py); as_of stands for the date.
    """

    feed: str
    lane: Lane
    words: tuple[str, ...]
    number: str | None = None
    amount: str | None = None
    begins: str | None = None
    ends: str | None = None
    noted: str = "false"
    adverse: str = "false"
    because: Text | None = None

    def __post_init__(self) -> None:
        columns = (*self.words, self.number, self.amount, self.begins, self.ends)
        unknown = [c for c in columns if c is not None and c not in self.contract.by_name]
        if unknown:
            raise BadDeclaration(f"line {self.feed!r}", [f"expected columns of the feed, received {unknown}"])

    @property
    def contract(self) -> FeedContract:
        """The feed's contract."""
        return BY_CODE[self.feed]

    @property
    def weight(self) -> str:
        """The weight as SQL, the heavier condition first."""
        return f"CASE WHEN {self.adverse} THEN 2 WHEN {self.noted} THEN 1 ELSE 0 END"


LATE_REPORT = (
    "reported_on > (SELECT max(d.deadline) FROM temp.report_deadline d WHERE d.report_year = record.report_year)"
)
"""An annual report filed after its last day."""
UNPAID_MONTH = "payable_wan > 0 AND coalesce(paid_wan, 0) < 0.99 * payable_wan AND last_day(event_on + 1) < as_of"

LINES: tuple[Line, ...] = (
    Line(
        "ent_registration",
        Lane.REGISTER,
        ("status", "entity_type"),
        begins="established_on",
        noted="status NOT IN ('1', '2')",
        adverse="status = '2'",
    ),
    Line("ent_change", Lane.REGISTER, ("change_item",)),
    Line("ent_person", Lane.REGISTER, ("position",), begins="from_date", ends="to_date"),
    Line(
        "cancellation",
        Lane.REGISTER,
        ("kind", "result"),
        number="notice_no",
        ends="notice_to",
        noted="objection_count > 0 OR result = 'objected'",
    ),
    Line(
        "licence",
        Lane.LICENCE,
        ("cert_name",),
        number="doc_no",
        ends="valid_to",
        adverse="revoked_on < as_of",
        because=Text("已撤销、注销或吊销", "ended by decision"),
    ),
    Line(
        "food_operator",
        Lane.LICENCE,
        ("field", "field_grade"),
        begins="graded_on",
        noted="field_grade IN ('C', 'D')",
    ),
    Line(
        "special_equipment",
        Lane.LICENCE,
        ("equipment_class", "status", "inspect_result"),
        number="equipment_code",
        ends="next_due_on",
        noted="status = 'in_use' AND next_due_on < as_of",
        adverse="inspect_result = 'fail'",
        because=Text("超期未检或检验不合格", "inspection overdue or failed"),
    ),
    Line(
        "penalty",
        Lane.PENALTY,
        ("penalty_category",),
        number="doc_no",
        amount="fine_wan",
        noted="true",
        adverse=REAL_PENALTY,
    ),
    Line("abnormal_list", Lane.LISTING, ("cause",), number="list_id", ends="removed_on", noted="true", adverse=ON_LIST),
    Line(
        "serious_violation_list",
        Lane.LISTING,
        ("cause",),
        number="doc_no",
        ends="removed_on",
        adverse="true",
    ),
    Line("credit_repair", Lane.LISTING, ("target_feed", "result"), number="repair_no"),
    Line(
        "spot_check_result",
        Lane.CHECK,
        ("check_kind", "result"),
        number="check_id",
        noted=ANY_PROBLEM,
        adverse=has_code("result", "07", "09"),
    ),
    Line("product_sampling", Lane.SAMPLING, ("product", "is_pass"), number="sample_no", adverse="NOT is_pass"),
    Line(
        "safety_event",
        Lane.SAMPLING,
        ("kind", "level"),
        number="event_no",
        noted="true",
        adverse="kind NOT IN ('recall', 'stop_production') OR NOT handled_properly",
    ),
    Line(
        "complaint",
        Lane.COMPLAINT,
        ("kind", "topic", "result"),
        number="ticket_no",
        ends="closed_on",
        noted=f"{TRUE_COMPLAINT} OR {PARTLY_TRUE_COMPLAINT} OR is_overdue AND {in_force('closed_on')}",
        adverse="injury",
    ),
    Line(
        "annual_report",
        Lane.REPORT,
        ("report_year", "operating_status"),
        noted=LATE_REPORT,
        because=Text("晚于期限", "filed late"),
    ),
    Line(
        "tax_record",
        Lane.TAX,
        ("record_type", "grade", "year"),
        number="record_no",
        amount="amount_wan",
        ends="released_on",
        noted="record_type IN ('2', '3', '5') OR grade = 'D'",
        adverse=f"record_type = '4' OR record_type IN ('2', '3') AND {in_force('released_on')}",
    ),
    Line(
        "social_insurance",
        Lane.TAX,
        ("period", "insured_count"),
        noted=UNPAID_MONTH,
        because=Text("未足额缴纳", "not paid in full"),
    ),
    Line(
        "judicial_case",
        Lane.COURT,
        ("role", "cause", "outcome"),
        number="case_no",
        amount="amount_wan",
        ends="closed_on",
        noted="role = 'defendant'",
    ),
    Line(
        "dishonest_executee",
        Lane.COURT,
        ("performance",),
        number="case_no",
        amount="amount_wan",
        ends="removed_on",
        noted="true",
        adverse=ON_LIST,
    ),
    Line(
        "gov_dishonesty",
        Lane.LISTING,
        ("list_name", "list_kind"),
        number="finding_no",
        ends="removed_on",
        noted="list_kind <> 'red'",
        adverse=f"list_kind = 'black' AND {ON_LIST}",
    ),
    Line(
        "opinion",
        Lane.COMPLAINT,
        ("topic", "sentiment", "platform"),
        number="item_id",
        noted=NEGATIVE_OPINION,
    ),
    Line("national_grade", Lane.LISTING, ("grade",), noted="grade IN ('D', 'E')"),
)
"""One line a feed about firms, in the order of the catalogue's kinds."""

LINE_OF: dict[str, Line] = {line.feed: line for line in LINES}
"""Feed code -> its line."""
