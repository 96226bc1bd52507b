"""The model of the next check, as it was chosen on checks before 2024: features, estimator, settings, seed.

It answers another question than the grade: given that somebody goes to this firm today, will a problem be found? It
is what real published checks allow (docs/explanation/real-checks.md has the table on which it was chosen), and it knows
the firm's own past and who the firm is, nothing else.
"""

from __future__ import annotations

from models.risk.booster import Booster
from pipeline.domain import Dimension, Text
from pipeline.feeds.catalogue.spot_check_result import SPOT_CHECK_RESULT
from pipeline.indicators.indicator import Count, Days, Direction, Indicator, State
from pipeline.indicators.readings import PROBLEM_FOUND
from pipeline.settings import Settings

SEED = 7
ROUNDS = 120
"""Trees of the booster, whose shape is booster.py's: depth 3, rate 0.05, 70 % of the rows and half the columns a tree."""

ELSEWHERE = "elsewhere"
"""The level of a firm that is registered with an authority of no unit of the deployment."""

TRADES: tuple[tuple[str, str], ...] = (
    ("internet_cafe", "网吧|上网|网咖|网络服务|电竞|网苑|网城"),
    ("singing_dancing", "歌|KTV|ktv|娱乐|夜总会|量贩|俱乐部|会所|酒吧|舞厅"),
    ("amusement", "游艺|游乐|电玩|密室|剧本|推理|桌游|动漫"),
    ("film", "影"),
    ("travel", "旅行社|旅游|国旅|青旅"),
    ("printing", "印|包装|图文"),
    ("press", "书|报|刊|出版|音像|发行|杂志"),
    ("lodging", "酒店|宾馆|饭店|民宿|住宿|公寓|招待所"),
    ("performance", "演出|经纪|演艺|剧|艺术|乐"),
    ("culture", "文化|传媒|传播"),
    ("technology", "科技|信息|技术|网络"),
    ("education", "教育|培训|学校|大学|学院|中学|小学"),
    ("shop", "商|超市|便利|店|贸易|百货"),
)
"""What a name says of the trade, the first pattern that is found; the register of published checks has no trade."""
OTHER_TRADE = "other"


def feature(
    code: str,
    title: Text,
    form: Count | State,
    *,
    unit: str = "",
    when_none: float | None = None,
    direction: Direction = Direction.NEUTRAL,
    levels: tuple[str, ...] = (),
) -> Indicator:
    """A feature of a check: `past` makes a form over the firm's earlier checks; a State reads who is to be checked."""
    said = Text(f"{title.zh}：{{value}}", f"{title.en}: {{value}}")
    return Indicator(
        code=code,
        title=title,
        dimension=Dimension.SUPERVISION if isinstance(form, Count) else Dimension.BASIC,
        category=4 if isinstance(form, Count) else 1,
        legal_basis=("SEED-4.4.1",),
        form=form,
        when_none=when_none,
        unit=unit,
        direction=direction,
        reason=said,
        definition=title,
        levels=levels,
    )


def past(aggregate: str, days: int | None = None, where: str = "") -> Count:
    """An aggregate over the firm's earlier checks, those of the last `days` days if given; `where` limits them."""
    return Count(SPOT_CHECK_RESULT, Days(days) if days else None, aggregate, where)


def _who(value: str) -> State:
    return State(SPOT_CHECK_RESULT, value)


PAST: tuple[Indicator, ...] = (
    feature(
        "P_since_check", Text("距上次检查天数", "Days since the last check"), past("min(as_of - event_on)"), unit="日"
    ),
    feature(
        "P_since_failure",
        Text("距上次发现问题天数", "Days since the last check with a problem"),
        past("min(as_of - event_on)", where=PROBLEM_FOUND),
        unit="日",
    ),
    feature("P_checks_90d", Text("近90日检查次数", "Checks, 90 days"), past("count(*)", 90), unit="次", when_none=0),
    feature("P_checks_365d", Text("近一年检查次数", "Checks, one year"), past("count(*)", 365), unit="次", when_none=0),
    feature(
        "P_check_days_365d",
        Text("近一年有检查的天数", "Days with a check, one year"),
        past("count(DISTINCT event_on)", 365),
        unit="日",
        when_none=0,
    ),
    feature(
        "P_failures_365d",
        Text("近一年发现问题次数", "Checks with a problem, one year"),
        past("count(*)", 365, PROBLEM_FOUND),
        unit="次",
        when_none=0,
    ),
    feature(
        "P_checks_a_year",
        Text("首次检查以来年均检查次数", "Checks a year since the first one"),
        past("365.0 * count(*) / greatest(as_of - min(event_on), 30)"),
        unit="次/年",
    ),
)
"""The firm's own earlier checks. A firm without one is new: what is counted is 0, the rest is missing."""

_CODE_KINDS = {"91": "company", "92": "individual", "93": "co_operative"}
_SERIAL = "substr(uscc, 9, 8)"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = " + ".join(f"(strpos('{_ALPHABET}', substr(uscc, {9 + k}, 1)) - 1) / pow(36.0, {k - 1})" for k in range(2, 8))
_BY_NAME = " ".join(f"WHEN regexp_matches(subject_name, '{pattern}') THEN '{trade}'" for trade, pattern in TRADES)


def _identity(units: tuple[str, ...]) -> tuple[Indicator, ...]:
    kinds = " ".join(f"WHEN '{two}' THEN '{kind}'" for two, kind in _CODE_KINDS.items())
    listed = ", ".join(f"'{u}'" for u in units)
    return (
        feature(
            "W_code_kind",
            Text("主体类别（代码前两位）", "Kind of entity (first two characters of the code)"),
            _who(f"CASE left(uscc, 2) {kinds} ELSE 'institution' END"),
            levels=(*_CODE_KINDS.values(), "institution"),
        ),
        feature(
            "W_registered",
            Text("登记先后（组织机构代码序号）", "Order of registration (serial of the organisation code)"),
            _who(
                f"CASE WHEN {_SERIAL} LIKE 'MA%' THEN 1 + {_DIGITS}"
                f" ELSE coalesce(try_cast({_SERIAL} AS DOUBLE) / 1e8, NULL) END"
            ),
        ),
        feature(
            "W_unit",
            Text("登记机关所属单位", "Unit of the registering authority"),
            _who(f"CASE WHEN unit IN ({listed}) THEN unit ELSE '{ELSEWHERE}' END"),
            levels=(*units, ELSEWHERE),
        ),
        feature(
            "W_trade",
            Text("名称所示行业", "Trade by name"),
            _who(f"CASE {_BY_NAME} ELSE '{OTHER_TRADE}' END"),
            levels=(*(trade for trade, _ in TRADES), OTHER_TRADE),
        ),
    )


def features(settings: Settings) -> tuple[Indicator, ...]:
    """The chosen features; the units are those of the deployment."""
    return (*PAST, *_identity(tuple(u.code for u in settings.city.units)))


def estimator(chosen: tuple[Indicator, ...], threads: int | None = None) -> Booster:
    """The chosen estimator over `chosen` features: the booster with a fixed number of rounds, so that nothing is left to settle."""
    return Booster(chosen, seed=SEED, rounds=ROUNDS, threads=threads)
