"""Compiled once, whole or not at all, and from nobody's directory but ours."""

import ctypes
import hashlib
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from symderive.codegen import c_compiler
from symderive.codegen.c_compiler import (
    CompilationError,
    Compiler,
    CompilerNotFound,
    cache_directory,
    compiler,
    load,
)

ROOT = Path(__file__).resolve().parents[2]
TEXT = "int answer(void) { return 42; }\n"


@pytest.fixture
def cc() -> Compiler:
    try:
        return compiler()
    except CompilerNotFound as error:
        pytest.skip(str(error))


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, and a process that has loaded nothing yet."""
    monkeypatch.setenv("SYMDERIVE_CACHE", str(tmp_path / "cache"))
    forget(monkeypatch)
    yield tmp_path / "cache"
    c_compiler._temporary_directory.cache_clear()


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c_compiler, "_loaded", {})


def in_a_new_process(text: str = TEXT) -> subprocess.Popen[str]:
    program = "import sys; from symderive.codegen.c_compiler import load; print(load(sys.argv[1]).answer())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", program, text],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_second_process_compiles_nothing(cc: Compiler, directory: Path) -> None:
    """Were the name to depend on anything but text, compiler, flags and machine, each start would cost a compilation."""
    assert load(TEXT).answer() == 42
    assert load(TEXT) is load(TEXT)
    (library,) = directory.glob("*.so")
    before = library.stat()
    assert in_a_new_process().communicate(timeout=60)[0] == "42\n"
    assert library.stat().st_mtime_ns == before.st_mtime_ns
    assert library.stat().st_ino == before.st_ino
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_what_the_name_depends_on(cc: Compiler) -> None:
    """A home directory shared by two machines, or a compiler update, must not run the other's code."""
    names = {
        cc.key(TEXT, False),
        cc.key(TEXT + " ", False),
        cc.key(TEXT, True),
        replace(cc, version=cc.version + ".1").key(TEXT, False),
        replace(cc, target="another processor").key(TEXT, False),
        replace(cc, flags=(*cc.flags, "-g")).key(TEXT, False),
    }
    assert len(names) == 6
    assert cc.key(TEXT, False) == compiler().key(TEXT, False)


@pytest.mark.parametrize("damage", ["truncated", "empty", "text", "no digest", "wrong digest", "link"])
def test_a_damaged_library_is_compiled_again(
    cc: Compiler, directory: Path, tmp_path: Path, damage: str
) -> None:
    """Loading half a library kills the process, which no exception tells."""
    directory.mkdir(mode=0o700)
    library = directory / f"{cc.key(TEXT, False)}.so"
    digest = library.with_suffix(".sha256")
    c_compiler._compile(cc, library, "int answer(void) { return 41; }\n", False)
    if damage == "truncated":
        library.write_bytes(library.read_bytes()[:1000])
    elif damage == "empty":
        library.write_bytes(b"")
    elif damage == "text":  # the digest agrees, and still it is no library
        library.write_bytes(b"no library")
        digest.write_text(hashlib.sha256(b"no library").hexdigest())
    elif damage == "no digest":
        digest.unlink()
    elif damage == "wrong digest":
        digest.write_text("0" * 64)
    else:
        library.rename(tmp_path / "elsewhere.so")
        library.symlink_to(tmp_path / "elsewhere.so")
    assert load(TEXT).answer() == 42
    assert not library.is_symlink()


def test_the_compilers_message_is_the_errors(cc: Compiler, directory: Path) -> None:
    with pytest.raises(CompilationError, match=r"(?s)-ffp-contract=off.*failed:.*undeclared_name"):
        load("int answer(void) { return undeclared_name; }\n")
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("chosen", ["", "/nowhere/cc", "'unclosed"])
def test_no_compiler_is_said_with_advice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chosen: str
) -> None:
    """The caller falls back to the NumPy function: it must get this error and no other."""
    monkeypatch.setenv("CC", chosen)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CompilerNotFound, match=r"no C compiler found|CC is no command"):
        load(TEXT)


def test_a_compiler_that_fails_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "false")
    with pytest.raises(CompilerNotFound, match="CC=false"):
        compiler()


def test_the_chosen_compiler_is_taken_with_its_arguments(
    cc: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", f"{cc.path} -DANSWER=42")
    assert compiler().command == (cc.path, "-DANSWER=42")
    assert compiler().key(TEXT, False) != cc.key(TEXT, False)


def test_an_unwritable_cache_is_replaced_with_a_warning(
    cc: Compiler, directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYMDERIVE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(RuntimeWarning, match="compiled code is not kept.*SYMDERIVE_CACHE"):
        assert load(TEXT).answer() == 42


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize(("mode", "parent_mode"), [(0o777, 0o700), (0o770, 0o700), (0o700, 0o777)])
def test_a_library_that_others_could_have_put_there_is_not_run(
    cc: Compiler, directory: Path, tmp_path: Path, mode: int, parent_mode: int
) -> None:
    """Whoever can write to the cache, or exchange it, could have their code run by us."""
    directory.mkdir()
    library = directory / f"{cc.key(TEXT, False)}.so"
    c_compiler._compile(cc, library, "int answer(void) { return 41; }\n", False)
    directory.chmod(mode)
    tmp_path.chmod(parent_mode)
    try:
        with pytest.warns(RuntimeWarning, match=r"can be written by (others|everyone)"):
            assert load(TEXT).answer() == 42
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_library_that_others_can_write_is_compiled_again(cc: Compiler, directory: Path) -> None:
    directory.mkdir(mode=0o700)
    library = directory / f"{cc.key(TEXT, False)}.so"
    c_compiler._compile(cc, library, "int answer(void) { return 41; }\n", False)
    library.chmod(0o777)
    assert load(TEXT).answer() == 42


def test_a_directory_of_another_user_is_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(PermissionError, match="belongs to another user"):
        c_compiler._make_private(directory)


def test_first_compilations_at_once(cc: Compiler, directory: Path) -> None:
    """A test run on many cores compiles everything at the same moment: nobody may load what is half written."""
    processes = [in_a_new_process() for _ in range(4)]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert (out, err) == ("42\n", "")
    assert sorted(path.suffix for path in directory.iterdir()) == [".sha256", ".so"]


def test_threads_get_one_library(cc: Compiler, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    compile_once = c_compiler._compile
    monkeypatch.setattr(c_compiler, "_compile", lambda *args: (calls.append(args), compile_once(*args)))
    with ThreadPoolExecutor(8) as pool:
        libraries = list(pool.map(lambda _: load(TEXT), range(8)))
    assert len({id(library) for library in libraries}) == 1
    assert len(calls) == 1


def test_threads_are_openmp(cc: Compiler, directory: Path) -> None:
    text = textwrap.dedent("""
        int answer(void) {
        #ifdef _OPENMP
            return 1;
        #else
            return 0;
        #endif
        }
    """)
    try:
        assert load(text, threads=True).answer() == 1
    except CompilationError as error:
        pytest.skip(f"no OpenMP here: {error}")
    assert load(text).answer() == 0


def test_two_sum_is_not_contracted(cc: Compiler, directory: Path) -> None:
    """With a * b + c fused, the error of the rounded sum is lost: the flag keeps TwoSum(a * b, c) exact."""
    text = textwrap.dedent("""
        double answer(double a, double b, double c) {
            double x = a * b;
            double s = x + c, t = s - x;
            return (x - (s - t)) + (c - t);
        }
    """)
    two_sum = load(text).answer
    two_sum.restype = ctypes.c_double
    two_sum.argtypes = [ctypes.c_double] * 3
    a, b, c = 1 + 2.0**-30, 1 + 2.0**-31, -1.0
    x = a * b
    s = x + c
    t = s - x
    assert two_sum(a, b, c) == (x - (s - t)) + (c - t)
    assert two_sum(a, b, c) == 0  # Sterbenz: x + c is exact, the fused sum is another number


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SYMDERIVE_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    if os.name == "posix":
        assert cache_directory() == tmp_path / ".cache" / "symderive"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_directory() == tmp_path / "xdg" / "symderive"
    monkeypatch.setenv("SYMDERIVE_CACHE", str(tmp_path / "own"))
    assert cache_directory() == tmp_path / "own"
