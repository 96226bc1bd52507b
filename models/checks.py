"""What must hold: of every declaration before a build starts, and of a finished build before anyone sees it."""

from __future__ import annotations

from dataclasses import dataclass

from models.policy.draw_policy import draw_policies
from models.policy.field_rules import field_policies
from models.policy.grade import grade_policies
from models.policy.measures import measures
from models.policy.warning_policy import warning_policies
from models.risk.expert import ExpertWeights
from models.risk.registry import faults
from pipeline.errors import ChecksFailed
from pipeline.feeds.catalogue import BY_CODE, FEEDS
from pipeline.feeds.contract import CodeOf
from pipeline.feeds.mapping import Mappings
from pipeline.indicators.catalogue import ALL, INDICATORS
from pipeline.pilot import PilotPlan
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse

POINTS_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Declarations:
    """How many declarations of each kind were constructed without a fault, and how many trained models can be read."""

    feeds: int
    indicators: int
    mappings: int
    policies: int
    models: int


def check_declarations(settings: Settings) -> Declarations:
    """Construct every declaration of a deployment and read back its trained models; touches no data.

    Raises BadDeclaration, or ChecksFailed if a model can't be read or promotions.jsonl is not in order.
    """
    reference = Reference.load(settings.reference)
    feeds = {f"feed {f.code}": f for f in FEEDS}
    plan = PilotPlan.load(settings.policy / "pilot.toml")
    reference.check(
        code_lists={
            who: [x.kind.list_name for x in f.fields if isinstance(x.kind, CodeOf)] for who, f in feeds.items()
        },
        bases={who: [*f.basis, *(x.basis for x in f.exclusions)] for who, f in feeds.items()}
        | {f"indicator {i.code}": i.legal_basis for i in ALL}
        | {f"task {t.id}": [t.clause] for t in plan.tasks},
    )
    mappings = Mappings.load(settings.mappings, BY_CODE)
    ExpertWeights.load(settings.policy / "expert.toml", settings.today())
    policies = (
        grade_policies(settings),
        warning_policies(settings),
        draw_policies(settings),
        measures(settings),
        field_policies(settings),
    )
    models, wrong = faults(settings, INDICATORS)
    if wrong:
        raise ChecksFailed("\n".join(["模型登记有误（trained models）：", *(f"  - {f}" for f in wrong)]))
    return Declarations(
        feeds=len(FEEDS),
        indicators=len(ALL),
        mappings=sum(len(m) for m in mappings.by_supplier.values()),
        policies=sum(len(p.versions) for p in policies),
        models=models,
    )


def check_build(warehouse: Warehouse) -> None:
    """Raise ChecksFailed with every contradiction of a finished build.

    Rows are conserved in each file, points add up for every firm, every enterprise that has to be graded
    has exactly one grade at each date, and nobody has two.
    """
    faults = [sentence.format(n=n) for sentence, sql in _CHECKS.items() if (n := warehouse.value(sql))]
    if faults:
        raise ChecksFailed(
            "构建自检未通过，不予发布（checks failed, nothing is published）：\n"
            + "\n".join(f"  - {f}" for f in faults)
        )


_CHECKS = {
    "{n} 个文件的行数不守恒 (files whose rows do not add up)": """
        SELECT count(*) FROM mart.delivery
        WHERE delivered <> accepted + duplicate + superseded + excluded + quarantined""",
    "{n} 户的贡献分之和不等于得分 (firms whose points do not add up)": f"""
        SELECT count(*) FROM (
          SELECT as_of, uscc, base + list_sum(list_value(*COLUMNS(c.* EXCLUDE (as_of, uscc, base)))) AS total
          FROM mart.contribution c) t
        FULL JOIN mart.risk_score s USING (as_of, uscc) WHERE coalesce(abs(t.total - s.raw_score) > {POINTS_TOLERANCE}, true)""",
    "{n} 户应评未评 (enterprises without a grade)": """
        SELECT count(*) FROM mart.population p
        ANTI JOIN (SELECT as_of, uscc FROM mart.grade WHERE grade IS NOT NULL) g USING (as_of, uscc) WHERE p.is_graded""",
    "{n} 户重复评级 (enterprises graded twice)": """
        SELECT count(*) FROM (SELECT 1 FROM mart.grade GROUP BY as_of, uscc HAVING count(*) > 1)""",
    "{n} 户缺少指标 (entities without indicators)": """
        SELECT count(*) FROM mart.population ANTI JOIN mart.indicator USING (as_of, uscc)""",
}
