"""The house keeps its shape: arrows run down, no circles, small files and functions, words on every door."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("pipeline", "models", "pages", "commands")
FILES = sorted(
    [*(p for room in (*ROOMS, "docs") for p in (ROOT / room).rglob("*.py")), ROOT / "app.py", ROOT / "cli.py"]
)
FLOORS = (  # first match wins; a lower number lies lower
    ("pipeline.errors", 0), ("pipeline.domain", 10), ("pipeline.progress", 10), ("pipeline.settings", 11),
    ("pipeline.reference", 20), ("pipeline.pilot", 20), ("pipeline.stores", 21), ("pipeline.feeds", 22), ("pipeline.demo", 23),
    ("pipeline.identity", 23), ("pipeline.indicators", 24), ("models.risk", 30), ("models.policy", 30),
    ("models", 40), ("pages.views", 50), ("pages.parts", 50), ("pages", 60), ("commands", 69), ("cli", 70), ("app", 70), ("docs", 71),
)  # fmt: skip
ONLY_IN = {
    "streamlit": ("app", "pages"),
    "duckdb": ("pipeline.stores.warehouse", "pipeline.stores.reader", "pipeline.feeds.read"),
    "xgboost": ("models.risk.booster",),
    "shap": ("models.risk.explain",),
    "sqlalchemy": ("pipeline.stores.operations",),
    "argon2": ("pipeline.stores.operations.passwords",),
    "starlette": ("pages.parts",),
    "docx": ("pages.parts",),
    "matplotlib": ("pages.parts",),
}
STRANGERS = (("models.risk", "models.policy"), ("pages.views", "pages.parts"), ("pipeline.demo", "pipeline.identity"))
MAX_FILE, MAX_FUNCTION = 400, 60


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    found: list[str] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            modules = {name_of(p) for p in FILES}
            inner = [f"{node.module}.{a.name}" for a in node.names]
            found += [i if i in modules else str(node.module) for i in inner]
    return tuple(dict.fromkeys(found))


def floor(module: str) -> int | None:
    return next((n for room, n in FLOORS if module == room or module.startswith(room + ".")), None)


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_arrows_run_down(path: Path) -> None:
    me = name_of(path)
    for target in imports(path):
        there = floor(target) if target.split(".")[0] in (*ROOMS, "cli", "app") else None
        if there is not None:
            assert there <= (floor(me) or 0), f"{me} looks up to {target}"
        for library, homes in ONLY_IN.items():
            if target.split(".")[0] == library:
                assert any(within(me, h) for h in homes), f"{me} imports {library}"
                assert library != "streamlit" or not within(me, "pages.views"), f"{me} imports streamlit"
        for one, other in STRANGERS:
            assert not (within(me, one) and within(target, other)), f"{me} knows {target}"
            assert not (within(me, other) and within(target, one)), f"{me} knows {target}"


def test_no_circles() -> None:
    graph = {name_of(p): [t for t in imports(p) if t.split(".")[0] in ROOMS] for p in FILES}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail, module))
        if module not in done:
            for target in graph.get(module, []):
                visit(target, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_are_small(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= MAX_FILE, f"{path.name}: {source.count(chr(10))} lines"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef):
            assert code_lines(node, source) <= MAX_FUNCTION, f"{path.name}:{node.lineno} {node.name}"


def code_lines(node: ast.FunctionDef, source: str) -> int:
    lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
    doc = ast.get_docstring(node, clean=False)
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#")) - (
        doc.count("\n") + 1 if doc else 0
    )


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_public_names_say_what_they_are(path: Path) -> None:
    if path.name == "__init__.py" and not path.read_text(encoding="utf-8"):
        return
    assert ast.get_docstring(tree(path)), f"{path}: no module docstring"
    for name, node in public_names(tree(path).body):
        assert ast.get_docstring(node), f"{path.name}:{node.lineno} {name} has no docstring"


def public_names(body: list[ast.stmt], prefix: str = "") -> list[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    """Functions, classes, and the methods of public classes."""
    found: list[tuple[str, ast.FunctionDef | ast.ClassDef]] = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            found.append((prefix + node.name, node))
            if isinstance(node, ast.ClassDef):
                found += public_names(node.body, f"{node.name}.")
    return found


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_stand_at_the_top(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.If):
            inner = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
            ours = [n for n in inner if isinstance(n, ast.ImportFrom) and str(n.module).split(".")[0] in ROOMS]
            assert not ours, f"{path.name}:{node.lineno} imports within"


def test_packages_are_empty_but_for_the_catalogues() -> None:
    full = [name_of(p) for p in FILES if p.name == "__init__.py" and p.read_text(encoding="utf-8").strip()]
    assert full == ["pipeline.feeds.catalogue", "pipeline.indicators.catalogue"]


def test_no_drawer_for_everything() -> None:
    assert not [p for p in FILES if re.search(r"(utils?|helpers?|common|misc)$", p.stem)]


def test_page_modules_do_nothing_when_run() -> None:
    for path in (ROOT / "pages").glob("*.py"):
        calls = [n for n in tree(path).body if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)]
        assert not calls, f"{path.name} acts on import"
        assert not [n for n in tree(path).body if isinstance(n, ast.With | ast.For | ast.While | ast.If)], path.name
        names = {
            t.id for n in tree(path).body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)
        }
        defined = {n.name for n in tree(path).body if isinstance(n, ast.FunctionDef)}
        assert "PAGE" in names and "render" in defined, path.name


def test_pages_name_no_schema() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        assert not re.search(r"\b(mart|core|known|raw|quarantine)\.\w", path.read_text(encoding="utf-8")), path
