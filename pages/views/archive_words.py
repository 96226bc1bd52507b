"""The words of an archive's cards: titles, how to read them, and what to conclude, computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from pages.views.dealings import Dealings
from pages.views.enterprise import Archive
from pages.views.fields import shown
from pages.views.history import Profile
from pages.views.reasons import Changes, Reasons
from pages.views.timeline import Record, since
from pipeline.domain import Text

WATERFALL = Text("评分由来", "How the score came about")
POINTS_EXPERT = Text("专家卡分值（分），点一条看依据的记录", "points of the expert card; click a bar for its records")
POINTS_LEARNED = Text("模型贡献折算为分，点一条看依据的记录", "contributions in points; click a bar for its records")
COURSE = Text("评分与等级", "Score and grade")
PROFILE = Text("五个维度", "Five dimensions")
MEASURES = Text("本等级带来的措施", "Measures that the grade brings")
NO_MEASURE = Text("没有等级，没有措施。", "No grade, no measure.")
HOW_MEASURES = Text("方案四(五)；系统只提示，不代替决定", "plan 四(五); prompts, never decisions")
UNCONFIRMED_MEASURES = Text("均待确认；系统只提示，不代替决定", "all to be confirmed; prompts, never decisions")
RULES = Text("红线与上限", "Red lines and caps")
NO_RULE = Text("没有触发任何红线、上限或起评规则。", "No red line, cap or start applies.")
UNAVAILABLE = Text(
    "另有 {n} 条规则因信息未送达而无法判断：{ids}。", "{n} rules can't be answered, as feeds are missing: {ids}."
)
MOVED = Text("较上期变化", "What moved since the last run")
ANOTHER_MODEL = Text("；评分模型已更换，变化含模型差异", "; another model scored then, which is part of it")
NO_MOVE = Text("各项指标分值较上期没有明显变化。", "No indicator moved by half a point or more.")
NO_RUN = Text("没有可比的上一期（评分方式须相同）。", "There is no earlier run with the same kind of score.")
TIMELINE = Text("全部记录", "All records")
CITED = Text("依据的记录", "Records behind it")
ASK = Text("查看依据", "Show the records behind")
WHYS = Text("逐条理由", "Reasons one by one")
HOW_WHYS = Text("分值，由低到高；点一条看依据的记录", "points, lowest first; click one for its records")
ALL_RECORDS = Text("记录明细", "List of records")
HOW_RECORDS = Text("点一行看原始记录", "click a row to see it as delivered")
NO_SCORE = Text("没有评分，因此没有分值。", "There is no score, so there are no points.")
KIND = Text("信息类别", "Kind")
PERIOD = Text("时期", "Period")
PERIODS = {0: Text("全部", "All"), 1: Text("近一年", "1 year"), 3: Text("近三年", "3 years")}
NONE_LEFT = Text("所选类别和时期没有记录。", "No record of this kind in this period.")


WARNED = Text("预警与处置", "Warnings")
NO_WARNING = Text("没有预警。", "No warning.")
TASKS = Text("抽查任务与检查", "Inspections")
NO_TASK = Text("没有抽查任务。", "No task of a draw.")
LAST_CHECKS = 3


@dataclass(frozen=True)
class Words:
    """Words of a card."""

    title: Text = field(metadata=shown("标题", "Title", "对象", "Its subject"))
    remark: Text = field(metadata=shown("说明", "Remark", "单位与读法", "Unit and how to read it"))
    finding: Text = field(metadata=shown("结论", "Finding", "由数据算出的结论", "What to conclude, computed"))
    empty: Text = field(default=Text("", ""), metadata=shown("没有时", "If none", "没有内容的原因", "Why it is empty"))


BLANK = Text("", "")


def cards(view: Archive, acts: Dealings) -> dict[str, Words]:
    """The words of every card, by its key."""
    checks = sum(r.feed == "spot_check_result" for r in view.records)
    fired = len(view.identity.clauses)
    return {
        "waterfall": _steps(view, view.reasons),
        "course": Words(COURSE, _course(view), BLANK),
        "dimensions": Words(PROFILE, _profile(view.profile), BLANK),
        "rules": Words(RULES, Text(f"触发 {fired} 条", f"{fired} fired"), _unavailable(view), NO_RULE),
        "measures": Words(MEASURES, _measures(acts), BLANK),
        "timeline": Words(TIMELINE, _timeline(view), BLANK),
        "cited": Words(CITED, BLANK, BLANK),
        "whys": Words(WHYS, HOW_WHYS, BLANK),
        "moved": Words(MOVED, _moved(view.changes), BLANK, NO_RUN if view.changes is None else NO_MOVE),
        "warned": Words(WARNED, _warned(acts), BLANK, NO_WARNING),
        "checked": Words(TASKS, Text(f"记录在案的检查 {checks} 次", f"{checks} checks on record"), BLANK, NO_TASK),
        "records": Words(ALL_RECORDS, HOW_RECORDS if view.records else BLANK, BLANK, NONE_LEFT),
    }


def last_checks(view: Archive, acts: Dealings) -> tuple[Record, ...]:
    """The newest checks on record, but for those that stand beside them as tasks: their results came back as records."""
    own = {t.task_id for t in acts.tasks}
    return tuple(r for r in view.records if r.feed == "spot_check_result" and r.number not in own)[:LAST_CHECKS]


def _steps(view: Archive, why: Reasons | None) -> Words:
    """The waterfall: what pulls the score down, and whether a rule decided."""
    if why is None:
        return Words(WATERFALL, BLANK, NO_SCORE)
    losses = [r for r in why.sentences if r.points < 0][:2]
    decided = next((c for c in view.identity.clauses if c.decided), None)
    zh = [f"扣分最多的是{'、'.join(r.label.zh for r in losses)}。"] if losses else ["没有明显扣分的指标。"]
    en = (
        [f"Most points are lost by {' and '.join(r.label.en for r in losses)}."]
        if losses
        else ["Nothing costs points."]
    )
    if decided and view.identity.model_grade:
        zh.append(f"评分对应 {view.identity.model_grade} 级，{decided.id} 使等级为 {view.identity.grade}。")
        en.append(f"The score alone earns {view.identity.model_grade}; {decided.id} makes it {view.identity.grade}.")
    how = POINTS_EXPERT if view.identity.score_kind == "expert" else POINTS_LEARNED
    return Words(WATERFALL, how, Text("".join(zh), " ".join(en)))


def _course(view: Archive) -> Text:
    """How many runs there are, and how many of them were computed back."""
    back = sum(r.is_backcast for r in view.runs)
    zh, en = f"{len(view.runs)} 期", f"{len(view.runs)} runs"
    return Text(f"{zh}，空心为按现规则回溯", f"{en}, hollow = computed back") if back else Text(zh, en)


def _profile(profile: Profile | None) -> Text:
    """What the radar shows."""
    if profile is None:
        return BLANK
    whom = Text("同业", "its trade") if profile.is_trade else Text("全市", "the city")
    return Text(
        f"标注为分值；越靠外越好，虚线{whom.zh}中位（{profile.firms:,} 户）",
        f"in points; outer is better, dashed: median of {whom.en} ({profile.firms:,})",
    )


def _moved(moved: Changes | None) -> Text:
    """Since when, and by how much."""
    if moved is None:
        return BLANK
    day = moved.since - timedelta(days=1)
    whole = round(moved.total)
    total = f"{whole:+d}".replace("-", "−") if whole else "0"
    model = Text("", "") if moved.same_model else ANOTHER_MODEL
    return Text(f"自 {day}，评分 {total} 分{model.zh}", f"since {day}, score {total}{model.en}")


def _timeline(view: Archive) -> Text:
    """How many records, since when, and how many are too old for the figure."""
    if not view.records:
        return BLANK
    drawn = since(view.records, view.as_of)
    older = sum(r.day < drawn for r in view.records)
    n, first = len(view.records), min(r.day for r in view.records).year
    zh, en = f"{n} 条，{first} 年至今", f"{n} since {first}"
    if not older:
        return Text(zh, en)
    return Text(
        f"{zh}；图示自 {drawn.year} 年，更早 {older} 条见明细",
        f"{en}; drawn from {drawn.year}, {older} older in the list",
    )


def _measures(acts: Dealings) -> Text:
    """Where the measures stand, and that none of them is confirmed yet."""
    if not acts.measures:
        return NO_MEASURE
    return HOW_MEASURES if any(m.confirmed for m in acts.measures) else UNCONFIRMED_MEASURES


def _warned(acts: Dealings) -> Text:
    """How many warnings, how many of them open."""
    n, still = len(acts.warned), sum(w.is_open for w in acts.warned)
    return Text(f"{n} 件，未结 {still} 件", f"{n}, of which {still} open") if n else BLANK


def _unavailable(view: Archive) -> Text:
    """Which rules the feeds can't answer."""
    ids = ", ".join(c.id for c in view.identity.unavailable)
    n = len(view.identity.unavailable)
    return Text(UNAVAILABLE.zh.format(n=n, ids=ids), UNAVAILABLE.en.format(n=n, ids=ids)) if n else BLANK
