"""Generated C, compiled once by the system's compiler and loaded with `ctypes`.

A library is kept in a cache directory, under a name that is the SHA-256 of everything its machine code
depends on: the C text, the compiler's version, its flags, and the instructions that `-march=native` stands
for, since home directories are shared between machines. Loading a library runs its code, so the directory
must be ours alone.

The flags, apart from the usual:

- `-ffp-contract=off`: gcc's default fuses `a * b + c` across statements. TwoSum(a * b, c) would then take the
  error of a sum that was never rounded that way. Where one rounding is wanted, the text says `fma`.
- `-fno-trapping-math` and `-fno-math-errno`: without them a comparison or a square root keeps a loop from
  being vectorised. Both concern floating-point flags and `errno` alone; no value changes. `-ffast-math`
  changes values.
- `-fopenmp-simd`: `#pragma omp simd` counts, without a thread library; `-fopenmp` where threads are asked
  for.
- `-mprefer-vector-width=512` where the machine has AVX-512: some compilers tune for those that run it slowly.
"""

import atexit
import ctypes
import hashlib
import os
import shlex
import shutil
import stat
import subprocess
import tempfile
import threading
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["CompilationError", "Compiler", "CompilerNotFound", "cache_directory", "compiler", "load"]

CANDIDATES = ("cc", "gcc", "clang")
SECONDS = 300  # a compiler that takes longer hangs
FLAGS = ("-O3", "-std=c11", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-fPIC", "-shared")


class CompilerNotFound(RuntimeError):
    """No C compiler answers on this machine; the NumPy function of the same kernel needs none."""


class CompilationError(RuntimeError):
    """The compiler refused a text, or the system its result; the message ends with what it said."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler and how it is called.

    Attributes:
        command: its path, and arguments that `CC` gave with it.
        version: what it answers to `--version`.
        flags: the flags for this machine; `-fopenmp-simd` or `-fopenmp` is added.
        target: a digest of the macros it predefines with these flags, which name the instructions it may use.
    """

    command: tuple[str, ...]
    version: str
    flags: tuple[str, ...]
    target: str

    @property
    def path(self) -> str:
        """The compiler's path."""
        return self.command[0]

    def flags_for(self, threads: bool) -> tuple[str, ...]:
        """All flags, for a text with threads or without.

        >>> Compiler(("/usr/bin/cc",), "cc 12", ("-O3", "-std=c11"), "…").flags_for(threads=True)
        ('-O3', '-std=c11', '-fopenmp')
        """
        return (*self.flags, "-fopenmp" if threads else "-fopenmp-simd")

    def key(self, text: str, threads: bool) -> str:
        """The name of the text's library in the cache: 64 hexadecimal digits."""
        parts = (text, self.version, self.target, *self.command, *self.flags_for(threads))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def compiler() -> Compiler:
    """The C compiler: `CC` from the environment, else `cc`, `gcc` or `clang`: the first that answers.

    Raises:
        CompilerNotFound: none answers, or `CC` names one that does not.
    """
    return _find(os.environ.get("CC", ""), os.environ.get("PATH", ""))


@cache
def _find(chosen: str, path: str) -> Compiler:
    try:
        commands = [tuple(shlex.split(chosen))] if chosen.strip() else [(name,) for name in CANDIDATES]
    except ValueError as error:
        raise CompilerNotFound(f"the environment's CC is no command ({error}): {chosen}") from None
    for command in commands:
        found = shutil.which(command[0], path=path or None)
        if found is None:
            continue
        command = (found, *command[1:])
        version = _answer([*command, "--version"])
        # Some compilers know their own machine by another flag, or not at all.
        for native in (("-march=native",), ("-mcpu=native",), ()):
            macros = _answer([*command, *FLAGS, *native, "-dM", "-E", "-x", "c", os.devnull])
            if version is not None and macros is not None:
                wide = ("-mprefer-vector-width=512",) if "__AVX512F__" in macros else ()
                digest = hashlib.sha256(macros.encode()).hexdigest()
                return Compiler(command, version, (*FLAGS, *native, *wide), digest)
    looked = f"CC={chosen}" if chosen.strip() else ", ".join(CANDIDATES)
    raise CompilerNotFound(
        f"no C compiler found (looked for {looked}): install gcc or clang, or set CC to one; "
        "the target numpy needs none"
    )


def _answer(command: list[str]) -> str | None:
    """What a command prints, or None where it cannot be run or fails."""
    environment = {**os.environ, "LC_ALL": "C"}  # a version in another language is no other compiler
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def cache_directory() -> Path:
    """Where libraries are kept: `SYMDERIVE_CACHE`, else `symderive` in `XDG_CACHE_HOME` or in `~/.cache`.

    Raises:
        OSError: the user has no home directory.
    """
    chosen = os.environ.get("SYMDERIVE_CACHE")
    if chosen:
        return Path(chosen).absolute()
    caches = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(caches):  # the specification says to ignore a relative one
        return Path(caches) / "symderive"
    try:
        return Path.home() / ".cache" / "symderive"
    except RuntimeError as error:
        raise OSError(str(error)) from None


_lock = threading.Lock()
_loaded: dict[str, ctypes.CDLL] = {}


def _fresh_lock() -> None:
    """A child that was forked while another thread compiled would wait for that thread for ever."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fresh_lock)


def load(text: str, *, threads: bool = False) -> ctypes.CDLL:
    """The library of a C text: from this process, from the cache, or compiled now.

    A library whose bytes are not those that were written (a truncated copy) is compiled again. Processes and
    threads may ask at once: each sees whole files only, and the worst that happens is a text compiled twice.
    Where the cache directory cannot be written, or others could write to it, a temporary one is used, with a
    warning.

    Args:
        text: a C11 translation unit; it is run, so it must come from our own printer.
        threads: compile with OpenMP's threads and not with its `simd` directives alone.

    Raises:
        CompilerNotFound: see `compiler`; what is in the cache needs one, too: its name depends on it.
        CompilationError: the compiler refuses the text.

    >>> load("int answer(void) { return 42; }").answer()  # doctest: +SKIP
    42
    """
    cc = compiler()
    key = cc.key(text, threads)
    with _lock:
        if key not in _loaded:
            _loaded[key] = _load(cc, key, text, threads)
        return _loaded[key]


def _load(cc: Compiler, key: str, text: str, threads: bool) -> ctypes.CDLL:
    try:
        directory = cache_directory()
        _make_private(directory)
        return _load_from(directory, cc, key, text, threads)
    except OSError as error:
        warnings.warn(
            f"compiled code is not kept ({error}); set SYMDERIVE_CACHE to a directory of your own",
            RuntimeWarning,
            stacklevel=3,
        )
    try:
        return _load_from(_temporary_directory(), cc, key, text, threads)
    except OSError as error:
        raise CompilationError(f"no directory for compiled code can be used: {error}") from error


def _load_from(directory: Path, cc: Compiler, key: str, text: str, threads: bool) -> ctypes.CDLL:
    library = directory / f"{key}.so"
    if _is_whole(library):
        try:
            return ctypes.CDLL(str(library))
        except OSError:
            pass  # whole, yet of no use here: another kind of machine, say
    _compile(cc, library, text, threads)
    return ctypes.CDLL(str(library))


def _make_private(directory: Path) -> None:
    """Create the directory for us alone, or see that it is so.

    Raises:
        OSError: it cannot be made, it is not ours, or others can write to it or exchange it.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.stat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(f"{directory} is no directory")
    _refuse_others(directory, status)
    for parent in directory.resolve().parents:
        mode = parent.stat().st_mode
        if os.name == "posix" and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise PermissionError(f"{parent} can be written by everyone, who could exchange {directory}")


def _refuse_others(path: Path, status: os.stat_result) -> None:
    if os.name != "posix":
        return  # access lists are another matter there, and a user's cache is his own by default
    if status.st_uid != os.geteuid():
        raise PermissionError(f"{path} belongs to another user")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{path} can be written by others")


@cache
def _temporary_directory() -> Path:
    """A directory of this process's own, gone when it ends."""
    directory = Path(tempfile.mkdtemp(prefix="symderive-"))
    owner = os.getpid()
    # a forked child shares the directory and must not take it away from its parent
    atexit.register(lambda: shutil.rmtree(directory, ignore_errors=True) if os.getpid() == owner else None)
    return directory


def _is_whole(library: Path) -> bool:
    """Whether the library is there, ours, and the bytes whose digest was written beside it."""
    try:
        status = library.lstat()
        if not stat.S_ISREG(status.st_mode):
            return False
        _refuse_others(library, status)
        digest = library.with_suffix(".sha256").read_text(encoding="ascii", errors="replace")
        return digest == hashlib.sha256(library.read_bytes()).hexdigest()
    except OSError:
        return False


def _compile(cc: Compiler, library: Path, text: str, threads: bool) -> None:
    """Compile the text beside its place and move the whole file there: nobody ever sees half a library.

    Raises:
        CompilationError: the compiler refuses the text or does not end.
        OSError: the directory cannot be written.
    """
    handle, name = tempfile.mkstemp(dir=library.parent, prefix=library.stem[:16], suffix=".tmp")
    os.close(handle)
    made = Path(name)
    # from standard input: a file name inside the library would make two compilations of one text differ
    command = [*cc.command, *cc.flags_for(threads), "-x", "c", "-", "-o", str(made), "-lm"]
    try:
        try:
            done = subprocess.run(
                command,
                input=text,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CompilationError(f"{cc.path} has not ended after {SECONDS} s") from None
        if done.returncode != 0:
            said = "\n".join(done.stderr.strip().splitlines()[:40])
            raise CompilationError(f"{shlex.join(command)} failed:\n{said}")
        made.chmod(0o700)
        digest = hashlib.sha256(made.read_bytes()).hexdigest()
        made.replace(library)
        made.write_text(digest, encoding="ascii")
        made.replace(library.with_suffix(".sha256"))
    finally:
        made.unlink(missing_ok=True)
