"""Both ways of installing find the book, and its entries."""

import json
import os
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


def test_the_package_says_the_version_that_it_is_published_under() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    import symderive

    assert symderive.__version__ == project["version"]


def test_the_pre_commit_hook_is_the_command_that_exists() -> None:
    import yaml

    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"] == "symderive check"
    assert hook["language"] == "python"
