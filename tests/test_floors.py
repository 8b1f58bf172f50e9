"""The floors of the house: who may import whom, read from the source text."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "symderive"

FLOORS = {
    "terms": 0,
    "decide": 1,
    "rules": 1,
    "notation": 1,
    "derivation": 2,
    "finite": 2,
    "optimizers": 2,
    "codegen": 3,
    "documents": 3,
    "render": 3,
    # single modules on the top floor
    "book": 4,
    "cli": 4,
    "derive_command": 4,
    "explain_command": 4,
    "generate_command": 4,
    "named": 4,
    "plot_command": 4,
    "__init__": 4,
    "__main__": 4,
}
PUBLIC_FUNCTIONS = {"judge", "derive", "check", "generate"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def unit(module: str) -> str:
    """The package or top module that a dotted module name belongs to: symderive.terms.claim -> terms."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


def imports(source: str, path: Path) -> Iterator[tuple[int, str]]:
    """Every symderive module that the source imports, inside functions too, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "symderive":
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = path.relative_to(ROOT).parent.parts
                base = base[: len(base) - node.level + 1]
                module = ".".join((*base, *([node.module] if node.module else [])))
            else:
                module = node.module or ""
            if module.split(".")[0] != "symderive":
                continue
            if module == "symderive":  # from symderive import terms, or a public name of the top floor
                for alias in node.names:
                    yield node.lineno, f"symderive.{alias.name}" if alias.name in FLOORS else "symderive"
            else:
                yield node.lineno, module


def violations(source: str, path: Path) -> list[str]:
    here = unit(dotted(path))
    found = []
    for line, module in imports(source, path):
        there = unit(module)
        if there == here:
            continue
        if there not in FLOORS:
            found.append(f"{path.name}:{line}: {module} stands on no floor")
        elif FLOORS[there] >= FLOORS[here] and not (FLOORS[here] == 4 and FLOORS[there] == 4):
            floors = f"floor {FLOORS[here]} imports floor {FLOORS[there]}"
            found.append(f"{path.name}:{line}: {here} imports {module}: {floors}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_only_from_its_own_package_or_from_below(path: Path) -> None:
    assert not violations(path.read_text(encoding="utf-8"), path)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_is_one_topic(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400


def test_every_package_stands_on_a_floor_and_hides_no_public_function() -> None:
    names = {p.name for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    names |= {p.stem for p in PACKAGE.glob("*.py")}
    assert names <= set(FLOORS)
    assert not names & PUBLIC_FUNCTIONS


@pytest.mark.parametrize(
    ("where", "source", "allowed"),
    [
        ("terms/a.py", "from symderive.terms import Claim", True),
        ("terms/a.py", "from . import claim", True),
        ("terms/a.py", "from symderive.decide import judge", False),
        ("terms/a.py", "from symderive import judge", False),
        ("decide/a.py", "from symderive.terms.claim import Claim", True),
        ("decide/a.py", "import symderive.notation", False),
        ("notation/a.py", "def f():\n    from ..decide import judge", False),
        ("notation/a.py", "from .. import terms", True),
        ("documents/a.py", "from symderive.decide import judge_claim", True),
        ("documents/a.py", "import symderive.cli", False),
        ("cli.py", "from symderive import book", True),
        ("cli.py", "from .documents import check_paths", True),
        ("cli.py", "import symderive.shed", False),
    ],
)
def test_the_reading_of_imports_itself(where: str, source: str, allowed: bool) -> None:
    assert (not violations(source, PACKAGE / where)) is allowed
