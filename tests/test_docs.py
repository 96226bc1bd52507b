"""The documents say what the code does: generated pages are current, nothing is left out, links and examples work."""

from __future__ import annotations

import re
import subprocess
import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
import typer.main

import cli
from docs import generate
from models.policy.grade_faults import Vocabulary, policy_faults
from models.policy.grade_policy import GradePolicies
from models.risk.expert import ExpertWeights, mid_rank
from pipeline.domain import Dimension, Text, Uscc
from pipeline.errors import Exit
from pipeline.feeds.catalogue import BY_CODE, FEEDS
from pipeline.feeds.catalogue.penalty import PENALTY
from pipeline.feeds.contract import IDENTITY, Between, CodeOf, FeedContract, Field, Subject, WorkingDays
from pipeline.feeds.mapping import Mappings
from pipeline.indicators.catalogue import ALL
from pipeline.indicators.indicator import Count, Days, Direction, Indicator
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, REPOSITORY
from tests.world import build_world

PAGES = sorted(
    p
    for p in REPOSITORY.rglob("*.md")
    if not any(part == "var" or part.startswith(".") for part in p.relative_to(REPOSITORY).parts)
)
READMES = (REPOSITORY / "README.md", REPOSITORY / "README.zh.md")
REFERENCE = Reference.load(DEFAULT_DATA / "reference")
VOCABULARY = Vocabulary(frozenset(i.code for i in ALL if not i.levels), frozenset(REFERENCE.legal_bases))
HEADINGS = ["Context", "Decision", "Status", "Consequences"]
FORBIDDEN = ("/wor" + "k/", "/tm" + "p/", "sub" + "agent", ".libr" + "ary")  # split, so as not to find itself
EXAMPLE_NAMES: dict[str, Any] = {
    c.__name__: c
    for c in (
        FeedContract,
        Field,
        Text,
        WorkingDays,
        Subject,
        Between,
        Decimal,
        date,
        Indicator,
        Count,
        Days,
        Dimension,
        Direction,
    )
} | {"IDENTITY": IDENTITY, "PENALTY": PENALTY}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(REPOSITORY).as_posix())


@cache
def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def reference(name: str) -> str:
    return text_of(f"docs/reference/{name}")


def section(page: str, name: str) -> str:
    """A page from the anchor `name` to the next one."""
    return page.partition(f'<a id="{name}"></a>')[2].partition("<a id=")[0]


def example(name: str, language: str, number: int = 0) -> str:
    """A fenced block of a document, without its indentation in a list."""
    blocks = re.findall(rf"(?ms)^( *)```{language}\n(.*?)^ *```$", text_of(name))
    indent, block = blocks[number]
    return "".join(line.removeprefix(indent) for line in block.splitlines(keepends=True))


# ---- generated pages ----


def test_the_reference_is_current() -> None:
    assert generate.stale(generate.pages()) == [], "run `make docs`"


def test_the_same_declarations_give_the_same_pages() -> None:
    assert generate.pages() == generate.pages()


@pytest.mark.parametrize("feed", FEEDS, ids=lambda f: f.code)
def test_every_feed_and_column_is_documented(feed: FeedContract) -> None:
    mine = section(reference("feeds.md"), feed.code)
    assert feed.title.zh in mine
    assert feed.title.en in mine
    assert [f.name for f in feed.fields if f"| `{f.name}` | {f.title.zh} | {f.title.en} |" not in mine] == []


def test_every_code_of_a_feed_is_documented() -> None:
    page = reference("feeds.md")
    for name in {f.kind.list_name for feed in FEEDS for f in feed.fields if isinstance(f.kind, CodeOf)}:
        mine = section(page, f"list-{name}")
        assert [c for c in REFERENCE.codes(name) if f"| `{c}` |" not in mine] == [], name


@pytest.mark.parametrize("indicator", ALL, ids=lambda i: i.code)
def test_every_indicator_is_documented(indicator: Indicator) -> None:
    mine = section(reference("indicators.md"), indicator.code)
    for text in (indicator.title, indicator.definition, indicator.reason):
        assert text.zh in mine
        assert text.en in mine
    assert "例 example" in mine, "no example in tests/spec"


def test_every_rule_and_weight_is_documented() -> None:
    page = reference("policies.md")
    for policy in GradePolicies.load(DEFAULT_DATA / "policy", VOCABULARY).versions:
        assert f"`{policy.id}`" in page
        assert [r.id for r in policy.rules if f"| `{r.id}` | {r.title.zh} / {r.title.en} |" not in page] == []
    for version in tomllib.loads((DEFAULT_DATA / "policy" / "expert.toml").read_text(encoding="utf-8"))["version"]:
        assert f"`{version['id']}`" in page


def test_every_command_option_and_exit_code_is_documented() -> None:
    page = reference("cli.md")
    group: Any = typer.main.get_command(cli.app)
    for name, command in group.commands.items():
        mine = section(page, name)
        assert [o for p in command.params for o in p.opts if o != "--help" and o not in mine] == [], name
        for readme in READMES:
            assert f"`{name}`" in readme.read_text(encoding="utf-8"), f"{readme.name}: {name}"
    for name in ("docs/reference/cli.md", "README.md", "README.zh.md"):
        assert [e.name for e in Exit if f"| {e.value} |" not in text_of(name)] == [], name


# ---- pages written by hand ----


@each_page
def test_relative_links_resolve(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = unquote(target).partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), f"{target} leads nowhere"
            assert not anchor or anchor in anchors(there), f"{target}: no such heading"


@cache
def anchors(page: Path) -> frozenset[str]:
    text = page.read_text(encoding="utf-8")
    slugs = (re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in re.findall(r"(?m)^#+ (.+)$", text))
    return frozenset(slugs) | frozenset(re.findall(r'<a id="([^"]+)"', text))


@each_page
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z][a-z-]*):", text_of("Makefile")))
    shown = re.findall(r"(?m)(?:^|`)\s*make ([a-z-]+)", page.read_text(encoding="utf-8"))
    assert set(shown) <= targets


def test_both_readmes_begin_with_the_two_commands() -> None:
    for readme in READMES:
        first = re.search(r"(?s)```sh\n(.*?)```", readme.read_text(encoding="utf-8"))
        assert first
        assert [line.split("#")[0].strip() for line in first[1].splitlines()] == ["make run", "make test"]


@pytest.mark.parametrize("page", sorted((REPOSITORY / "docs/adr").glob("*.md")), ids=lambda p: p.stem)
def test_decisions_have_their_form(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(rf"# {page.stem[:4]} \S", text)
    assert re.search(r"(?m)^Date: \d{4}-\d\d-\d\d$", text)
    assert re.findall(r"(?m)^## (.+)$", text) == HEADINGS
    assert page.name in text_of("docs/index.md")


def test_every_dependency_has_its_reason() -> None:
    said = text_of("docs/adr/0006-dependencies.md")
    for name in ("requirements.txt", "requirements-dev.txt"):
        packages = re.findall(r"(?m)^([\w-]+)==", text_of(name))
        assert packages
        assert [p for p in packages if not re.search(rf"(?<![\w-]){re.escape(p)}(?![\w-])", said)] == []


def test_names_of_the_glossary_are_names_of_the_code() -> None:
    rooms = [p for room in ("pipeline", "models", "pages") for p in (REPOSITORY / room).rglob("*.py")]
    code = "\n".join(p.read_text(encoding="utf-8") for p in (*rooms, REPOSITORY / "cli.py"))
    rows = re.findall(r"(?m)^\|[^|]+\|[^|]+\| (`[^|]+) \|", text_of("GLOSSARY.md"))
    names = [n for row in rows for n in re.findall(r"`(\w+)`", row)]
    assert len(names) > 60
    assert [n for n in names if not re.search(rf"\b{n}\b", code)] == []


# ---- examples in the documents ----


def test_the_mapping_of_deliver_files_fits_its_feed(tmp_path: Path) -> None:
    target = tmp_path / "tax" / "notice.toml"
    target.parent.mkdir()
    target.write_text(example("docs/how-to/deliver-files.md", "toml"), encoding="utf-8")
    mapping = Mappings.load(tmp_path, BY_CODE).of("tax", "2020年欠税清册.csv")
    assert mapping is not None
    required = {f.name for f in BY_CODE[mapping.feed].fields if f.required}
    assert required <= set(mapping.columns.values()) | set(mapping.fixed)


def test_the_rule_of_change_grade_policy_is_sound() -> None:
    raw = tomllib.loads((DEFAULT_DATA / "policy" / "grade.toml").read_text(encoding="utf-8"))
    added = tomllib.loads("[[version]]\n" + example("docs/how-to/change-grade-policy.md", "toml"))
    raw["version"][-1]["rule"] += added["version"][0]["rule"]
    assert list(policy_faults(raw, VOCABULARY)) == []


def test_the_feed_of_add_a_feed_can_be_declared() -> None:
    names = EXAMPLE_NAMES | {"Uscc": Uscc}
    exec(example("docs/how-to/add-a-feed.md", "python"), names)
    assert names["CHATTEL_MORTGAGE"].learned_dates == ("released_on",)
    assert "chattel_mortgage" not in BY_CODE, "declared by now: choose another example"


def test_the_indicator_of_add_an_indicator_gives_what_its_example_says() -> None:
    indicator: Indicator = eval(example("docs/how-to/add-an-indicator.md", "python"), EXAMPLE_NAMES)
    (case,) = tomllib.loads(example("docs/how-to/add-an-indicator.md", "toml"))["case"]
    assert indicator.code not in {i.code for i in ALL}, "declared by now: choose another example"
    with build_world(case["rows"], date(2020, 10, 16), indicators=(indicator,)) as world:
        assert dict(world.rows(f"SELECT uscc, {indicator.code} FROM mart.indicator")) == case["expected"]


@each_page
def test_scripts_are_python(page: Path) -> None:
    for script in re.findall(r"(?ms)<<'EOF'\n(.*?)^EOF$", page.read_text(encoding="utf-8")):
        compile(script, page.name, "exec")


def test_the_worked_number_of_the_expert_card() -> None:
    weights = ExpertWeights.load(DEFAULT_DATA / "policy" / "expert.toml", date(2020, 10, 16))
    points = -weights.by_dimension[Dimension.SUPERVISION] * mid_rank(np.array([0.0, 0.0, 0.0, 1.0, 3.0]))
    assert points.tolist() == [9, 9, 9, -9, -18]
    assert weights.base + points[-1] == 582
    assert "582" in text_of("docs/explanation/expert-card.md")


def test_the_days_of_knowledge_and_time() -> None:
    assert REFERENCE.add_working_days(date(2020, 4, 30), 7) == date(2020, 5, 13)
    assert date(2020, 9, 15).toordinal() + 2 * 31 == date(2020, 11, 16).toordinal()


# ---- the whole repository ----


def files_of_the_repository() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git clone: its files can't be listed")
    return [p for name in listed.stdout.splitlines() if (p := REPOSITORY / name).is_file()]


def test_no_file_speaks_of_a_workplace() -> None:
    found = []
    for path in files_of_the_repository():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(REPOSITORY)}: {word}" for word in FORBIDDEN if word in text]
        if path.suffix == ".md":
            found += [f"{path.relative_to(REPOSITORY)}: {n}" for n in re.findall(r"(?m)(?:^|[\s(（])(#\d+)\b", text)]
    assert found == []
