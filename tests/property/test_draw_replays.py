"""A draw can be repeated from what was stored, has every firm of its frame, and is what its probabilities say."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from models.policy.draw import drawn_codes, hold
from models.policy.draw_frame import DrawRequest, Split
from models.policy.draw_plan import DrawPlan, plan
from models.policy.draw_policy import DrawPolicies, DrawPolicy, order_fault
from models.policy.draw_verify import verify
from pipeline.errors import NotPermitted, Outdated, Refused
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Actor, Role, Scope
from pipeline.stores.operations.check_results import tasks
from pipeline.stores.operations.draws import draw_of, draws, firms_of, void
from pipeline.stores.operations.schema import AUDIT, CHECK_TASK, DRAW, DRAW_FIRM
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import Library, open_library
from tests.deployment import REFERENCE

DIVISION = Actor("credit", "信用科", Role.SUPERVISOR, Scope(is_whole=True))
DC = Actor("dc", "东昌", Role.COUNTY, Scope(("TH-DC",)))
REQUEST = DrawRequest("双随机", items=("JG1",), due_on=date(2020, 12, 1))
POLICY = DrawPolicies.load(DEFAULT_DATA / "policy", frozenset(REFERENCE.legal_bases)).versions[0]


@dataclass
class Office:
    """A published city with what draws need, and an operations store of its own."""

    operations: Operations
    published: Library

    def plan(self, request: DrawRequest = REQUEST, actor: Actor = DIVISION) -> DrawPlan:
        return plan(self.operations, self.published.reader(actor), actor, request)

    def hold(self, request: DrawRequest = REQUEST, actor: Actor = DIVISION, seed: bytes | None = None) -> str:
        return hold(self.operations, self.published.reader(actor), actor, self.plan(request, actor), seed).draw_id


@pytest.fixture
def office(drawable: Settings, tmp_path: Path) -> Iterator[Office]:
    shutil.copytree(drawable.data, tmp_path / "city")
    deployment = Settings.load(tmp_path / "city")
    library = open_library(deployment, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    operations = Operations.open(deployment)
    yield Office(operations, library)
    operations.close()
    library.close()


requests = st.builds(
    DrawRequest,
    title=st.just("双随机"),
    items=st.sampled_from([("JG1",), ("JG2",), ("JG2", "JG1")]),
    due_on=st.just(date(2020, 12, 1)),
    units=st.sampled_from([(), ("TH-DC", "TH-MH")]),
    sectors=st.sampled_from([(), ("F", "H")]),
    share=st.sampled_from([Decimal(1), Decimal("0.25")]),
    kind=st.sampled_from(["1", "2"]),
    full_coverage=st.sampled_from([(), ("E",), ("D", "E")]),
    with_ungraded=st.booleans(),
    split=st.sampled_from(Split),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=requests, seed=st.binary(min_size=1, max_size=40))
def test_what_was_drawn_can_be_drawn_again(office: Office, request: DrawRequest, seed: bytes) -> None:
    planned = office.plan(request)
    if planned.faults:
        with pytest.raises(Refused):
            office.hold(request, seed=seed)
        return
    draw_id = office.hold(request, seed=seed)
    found = verify(office.operations, draw_id, office.published.reader(DIVISION))
    assert found.is_same and found.with_build and found.drawn == planned.number
    firms = firms_of(office.operations, DIVISION, draw_id)
    assert (firms["probability"].isna() == firms["excluded"].notna()).all(), "a probability or a reason, never both"
    assert firms["uscc"].is_unique and set(firms["uscc"]) == set(planned.firms["uscc"])
    assert sum(firms["probability"].dropna()) == pytest.approx(planned.number), "probabilities add up to the number"
    assert all(1 <= s.number <= s.size for s in planned.strata), "no stratum is empty"
    drawn = Counter(
        zip(*(firms.loc[firms["is_drawn"].astype(bool), c] for c in ("grade", "unit", "part")), strict=True)
    )
    assert drawn == {(s.grade, s.unit, s.part): s.number for s in planned.strata}
    mixed = [line.mixed for line in planned.by_grade if line.grade != "-"]
    assert all(low < high or low == high == 1 or planned.cap in (low, high) for low, high in pairwise(mixed))
    void(office.operations, DIVISION, draw_id, "试验")


@given(
    sizes=st.dictionaries(
        st.tuples(st.sampled_from("ABCDE"), st.sampled_from(["U1", "U2"]), st.just("")), st.integers(1, 300), min_size=1
    ),
    share=st.decimals("0.0001", 1, places=4),
    seed=st.binary(min_size=1, max_size=8),
)
@settings(deadline=None, max_examples=40)
def test_numbers_and_lists_follow_from_the_frame_alone(
    sizes: dict[tuple[str, str, str], int], share: Decimal, seed: bytes
) -> None:
    numbers = {key: POLICY.number(key[0], n, share) for key, n in sizes.items()}
    firms = [
        {"uscc": f"{g}{u}{n}", "grade": g, "unit": u, "part": p}
        for (g, u, p), size in sizes.items()
        for n in range(size)
    ]
    drawn = drawn_codes(firms, numbers, seed, "D")
    assert drawn == drawn_codes(list(reversed(firms)), numbers, seed, "D"), "the order of the frame does not matter"
    assert len(drawn) == len(set(drawn)) == sum(numbers.values())
    for key, size in sizes.items():
        exact = Decimal(size) * share * POLICY.mixed(key[0])
        assert numbers[key] >= 1 and exact <= numbers[key] < exact + 1


@given(st.lists(st.decimals("0.001", "1.2", places=3), min_size=5, max_size=5), st.booleans())
def test_the_order_of_the_ratios_is_judged_as_the_plan_says(values: list[Decimal], takes_c: bool) -> None:
    ratios = dict(zip("ABCDE", values, strict=True))
    regular = values[2] if takes_c else Decimal("0.05")
    a, b, c, d, e = values
    assert (order_fault(ratios, regular) is None) == (0 < a < b < c == regular < d < e <= 1)


def test_each_firm_is_drawn_about_as_often_as_its_probability_says() -> None:
    firms = [{"uscc": f"F{n}", "grade": "C", "unit": "U", "part": ""} for n in range(20)]
    times = Counter(c for n in range(2000) for c in drawn_codes(firms, {("C", "U", ""): 5}, n.to_bytes(4, "big"), "D"))
    assert all(abs(times[f["uscc"]] / 2000 - 0.25) < 0.05 for f in firms)


def test_another_seed_or_another_draw_gives_another_list(office: Office) -> None:
    request = replace(REQUEST, kind="1", share=Decimal(1))
    lists = []
    for seed in (b"1" * 32, b"1" * 32, None):
        draw_id = office.hold(request, seed=seed)
        lists.append(tuple(sorted(tasks(office.operations, DIVISION, draw_id)["uscc"])))
        void(office.operations, DIVISION, draw_id, "重抽")
    assert len(set(lists)) == 3, "the id of the draw is part of the rank"
    stored = office.operations.rows(select(DRAW.c.seed))
    assert all(len(r.seed) == 64 for r in stored) and len({r.seed for r in stored}) == 2


def test_any_change_of_what_was_stored_is_found(office: Office) -> None:
    draw_id = office.hold()
    reader = office.published.reader(DIVISION)
    other = office.operations.rows(
        select(DRAW_FIRM.c.uscc).where(~DRAW_FIRM.c.is_drawn, DRAW_FIRM.c.excluded.is_(None))
    )[0][0]
    task = office.operations.rows(select(CHECK_TASK))[0]
    changes = (
        (update(DRAW).values(seed="00" * 32), "抽中名单"),
        (update(DRAW_FIRM).where(DRAW_FIRM.c.uscc == other).values(is_drawn=True), "抽中名单"),
        (update(DRAW_FIRM).where(DRAW_FIRM.c.uscc == other).values(grade="A", unit="TH-JA"), "哈希"),
        (update(DRAW_FIRM).where(DRAW_FIRM.c.uscc == other).values(excluded="checked", probability=None), "哈希"),
        (update(DRAW_FIRM).where(DRAW_FIRM.c.uscc == other).values(probability=0.5), "入样概率"),
        (
            update(CHECK_TASK).where(CHECK_TASK.c.task_id == task.task_id).values(lead=task.assist, assist=task.lead),
            "配对",
        ),
    )
    deployment = office.operations.settings
    office.operations.close()  # the last one to close leaves everything in the one file
    kept = deployment.operations.read_bytes()
    for change, words in changes:
        office.operations = Operations.open(deployment)
        with office.operations.transaction() as transaction:
            transaction.execute(change)
        assert any(words in f for f in verify(office.operations, draw_id, reader).faults), words
        office.operations.close()
        deployment.operations.write_bytes(kept)
    office.operations = Operations.open(deployment)
    assert verify(office.operations, draw_id, reader).is_same


def test_a_plan_says_all_that_is_wrong_at_once(office: Office) -> None:
    bad = DrawRequest(
        " ", items=(), due_on=date(2020, 10, 15), units=("XX",), fields=("toys",), share=Decimal(2), kind="9"
    )
    assert len(office.plan(bad).faults) == 7
    (fault,) = office.plan(replace(REQUEST, sectors=("B",))).faults
    assert "没有可抽对象" in fault.zh


def test_firms_with_a_task_for_the_item_are_left_out_of_the_next_draw(office: Office) -> None:
    first = office.hold()
    codes = set(tasks(office.operations, DIVISION, first)["uscc"])
    again = office.plan()
    left_out = again.firms[again.firms["excluded"] == "pending"]
    assert set(left_out["uscc"]) == codes
    void(office.operations, DIVISION, first, "重抽")
    assert "pending" not in set(office.plan().firms["excluded"].dropna())


def test_a_plan_that_is_out_of_date_is_not_held(office: Office) -> None:
    planned = office.plan()
    office.hold()
    with pytest.raises(Outdated):
        hold(office.operations, office.published.reader(DIVISION), DIVISION, planned)


def test_a_county_draws_among_its_own_and_sees_its_own(office: Office) -> None:
    draw_id = office.hold(actor=DC)
    assert set(firms_of(office.operations, DIVISION, draw_id)["unit"]) == {"TH-DC"}
    assert verify(office.operations, draw_id).is_same
    whole = office.hold()
    assert set(tasks(office.operations, DC)["unit"]) == {"TH-DC"} and len(draws(office.operations, DC)) == 2
    assert draws(office.operations, DC)["firms"].max() < draws(office.operations, DIVISION)["firms"].max()
    ja = Actor("ja", "集安", Role.COUNTY, Scope(("TH-JA",)))
    with pytest.raises(NotPermitted):
        draw_of(office.operations, ja, draw_id)
    with pytest.raises(NotPermitted):
        void(office.operations, ja, whole, "x")
    assert office.plan(replace(REQUEST, units=("TH-JA",)), DC).faults


@pytest.mark.parametrize("role", [Role.LEADER, Role.WINDOW, Role.ADMIN])
def test_others_hold_no_draws(office: Office, role: Role) -> None:
    actor = Actor("x", "x", role, Scope(is_whole=role is Role.LEADER))
    with pytest.raises(NotPermitted):
        plan(office.operations, office.published.reader(DIVISION), actor, REQUEST)


def test_a_draw_and_its_audit_row_are_one_act(office: Office) -> None:
    draw_id = office.hold()
    (row,) = office.operations.rows(select(AUDIT).where(AUDIT.c.action == "draw.hold"))
    assert (
        row.subject == draw_id
        and row.user == "credit"
        and str(draw_of(office.operations, DIVISION, draw_id).seed) in row.detail
    )


def test_policy_is_the_one_in_force() -> None:
    assert isinstance(POLICY, DrawPolicy) and POLICY.head.id == "2020-07"
