"""Both ways of installing find the book, and its entries."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAIN = "import sys; from symderive.cli import main; sys.exit(main(sys.argv[1:]))"
LIST = [sys.executable, "-c", MAIN, "list", "--format", "json"]
WHERE = [sys.executable, "-c", "import symderive; print(symderive.__file__)"]


def run(command: list[str], cwd: Path, site: Path | None = None) -> str:
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    if site is not None:
        environment["PYTHONPATH"] = str(site)
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH that holds what a wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_the_wheel_holds_the_c_functions(installed_wheel: Path) -> None:
    """They are files beside the module, which only a wheel's list of files can forget."""
    program = "from symderive.codegen.c_mathematics import c_functions; print(c_functions(['sd_exp_f64w']))"
    assert "sd_exp_f64w(double d)" in run([sys.executable, "-c", program], installed_wheel, installed_wheel)


def test_the_wheel_holds_the_whole_book_and_no_tests(installed_wheel: Path) -> None:
    shipped = {p.name for p in (installed_wheel / "symderive" / "derivations").iterdir()}
    assert shipped == {p.name for p in (ROOT / "derivations").iterdir()}
    assert not (installed_wheel / "tests").exists()
    assert not (installed_wheel / "derivations").exists()
    assert (installed_wheel / "symderive" / "py.typed").exists()


def test_editable_and_wheel_installs_list_the_same_book(installed_wheel: Path, tmp_path: Path) -> None:
    assert run(WHERE, tmp_path, installed_wheel).startswith(str(installed_wheel))
    editable = json.loads(run(LIST, tmp_path))
    wheel = json.loads(run(LIST, tmp_path, installed_wheel))
    assert editable == wheel
    assert "softmax" in json.dumps(wheel)


#: What a module is imported as, where that is not the name that it is installed by.
DISTRIBUTIONS = {"flint": "python-flint", "markdown_it": "markdown-it-py", "yaml": "pyyaml"}


def third_party_imports() -> tuple[set[str], set[str]]:
    """Modules that the package imports at the top of a file, and those that it imports only when they are needed."""
    eager: set[str] = set()
    lazy: set[str] = set()
    for path in (ROOT / "symderive").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            else:
                continue
            (eager if node in tree.body else lazy).update(name.split(".")[0] for name in names)
    known = {*sys.stdlib_module_names, "symderive"}
    return eager - known, lazy - known


def test_the_package_depends_on_exactly_what_it_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[<>=!~ ;\[]", requirement)[0].lower() for requirement in requirements}

    needed = names(project["dependencies"])
    optional = set().union(*(names(extra) for extra in project["optional-dependencies"].values()))
    eager, lazy = (
        {DISTRIBUTIONS.get(name, name).lower() for name in group} for group in third_party_imports()
    )
    assert eager <= needed
    assert needed <= eager | lazy
    assert lazy <= needed | optional


def test_the_package_says_the_version_that_it_is_published_under() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    import symderive

    assert symderive.__version__ == project["version"]


def test_the_pre_commit_hook_is_the_command_that_exists() -> None:
    import yaml

    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"] == "symderive check"
    assert hook["language"] == "python"
