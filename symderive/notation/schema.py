"""Declarations by the author: the YAML of front matter and of `--notation FILE`. See docs/notation.md."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import yaml
from sympy import Expr, Integer

from symderive.notation.errors import ReadError
from symderive.notation.forms import bound_value
from symderive.notation.notation import Axis, Entry, Notation
from symderive.notation.parser import parse
from symderive.notation.syntax import Node
from symderive.terms import Dim

__all__ = ["load_notation"]

_KEYS = ("names", "assume")
_KINDS = ("scalar", "dim", "step", "index", "vector", "matrix", "tensor", "function", "sequence")
_FORMS = (
    "scalar, dim, step, index K, vector K, matrix M N, tensor A B C, function, function of x, "
    "function of x into K, sequence, sequence of vector K"
)
_MAX_TEXT = 200_000


def load_notation(text: str, base: Notation | None = None) -> Notation:
    """The notation that a YAML text declares, on top of another.

    Parameters
    ----------
    text
        A mapping with the keys ``names`` (name to kind) and ``assume`` (hypotheses in LaTeX).
    base
        What is declared already; the text overrides it name by name.

    Raises
    ------
    ValueError
        In one line, naming the key that is wrong.

    Examples
    --------
    >>> notation = load_notation("names: {K: dim, x: vector K, J: function of theta}")
    >>> notation.declared["x"].describe()
    'vector 1..K'
    """
    notation = base or Notation()
    if len(text) > _MAX_TEXT:
        raise ValueError("the notation is too long")
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        problem = " ".join(str(error).split())
        raise ValueError(f"the notation is no YAML: {problem[:200]}") from None
    if data is None:
        return notation
    if not isinstance(data, dict):
        raise ValueError("the notation must be a mapping with the keys names and assume")
    for wrapper in ("symderive", "notation"):
        if isinstance(data.get(wrapper), dict) and len(data) == 1:
            data = data[wrapper]
    for key in data:
        if key not in _KEYS:
            raise ValueError(f"unknown key {key!r}: the notation has the keys {' and '.join(_KEYS)}")
    names = data.get("names") or {}
    if not isinstance(names, dict):
        raise ValueError("names must be a mapping from names to kinds")
    dims = {_spelled(str(name)) for name, kind in names.items() if kind == "dim"}
    entries = [_entry(name, kind, dims) for name, kind in names.items()]
    notation = notation.declare(*entries)
    assumed = data.get("assume") or []
    if isinstance(assumed, str):
        assumed = [assumed]
    if not isinstance(assumed, list) or not all(isinstance(item, str) for item in assumed):
        raise ValueError("assume must be a list of formulas in LaTeX")
    for item in assumed:
        try:
            parse(item)
        except ReadError as error:
            raise ValueError(f"assume: {item!r} is not understood: {error}") from None
    return replace(notation, assumptions=(*notation.assumptions, *assumed))


def _spelled(name: str) -> str:
    """A name as authors write it (``\\theta``, ``\\hat m``, ``\\mathcal{L}``) in the reader's spelling."""
    name = name.strip().strip("$")
    match = re.fullmatch(r"\\(hat|bar|tilde|dot|mathcal|mathbb|mathfrak)\s*\{?\s*(\\?\w+)\s*\}?", name)
    if match:
        return f"{match[1]}({match[2].lstrip(chr(92))})"
    match = re.fullmatch(
        r"\\(?:mathbf|boldsymbol|bm|mathrm|text|operatorname|vec)\s*\{?\s*(\\?\w+)\s*\}?", name
    )
    if match:
        return match[1].lstrip("\\")
    name = re.sub(r"\\(?:text|mathrm)\{(\w+)\}", r"\1", name)
    return re.sub(r"[\\{}\s]", "", name)


def _entry(name: Any, kind: Any, dims: set[str]) -> Entry:
    if not isinstance(name, str) or not name.strip() or len(name) > 60:
        raise ValueError(f"names: {name!r} is no name (quote y and n: YAML reads them as yes and no)")
    if isinstance(kind, dict):
        kind = " ".join(f"{key} {value}" for key, value in kind.items())
    if not isinstance(kind, str):
        raise ValueError(f"names: {name}: {kind!r} is no kind; write one of {_FORMS}")
    spelled = _spelled(name)
    words = kind.replace(",", " ").split()
    if not words or words[0] not in _KINDS:
        raise ValueError(f"names: {name}: {kind!r} is no kind; write one of {_FORMS}")
    head, rest = words[0], words[1:]
    if head in ("scalar", "dim", "step"):
        if rest:
            raise ValueError(f"names: {name}: {head} takes nothing after it")
        return Entry(spelled, head)
    if head == "index":
        return Entry(spelled, "index", tuple(_axis(name, word, dims) for word in rest[:1]))
    if head in ("vector", "matrix", "tensor"):
        return Entry(spelled, "tensor", _family(name, head, rest, dims))
    if head == "sequence":
        if not rest:
            return Entry(spelled, "sequence")
        if (
            rest[0] != "of"
            or len(rest) < 2
            or rest[1] not in ("scalars", "scalar", "vector", "matrix", "vectors")
        ):
            raise ValueError(f"names: {name}: write `sequence` or `sequence of vector K`")
        if rest[1].startswith("scalar"):
            return Entry(spelled, "sequence")
        return Entry(spelled, "sequence", _family(name, rest[1].rstrip("s"), rest[2:], dims))
    return _function(name, spelled, rest, dims)


def _function(name: str, spelled: str, rest: list[str], dims: set[str]) -> Entry:
    into: list[str] = []
    if "into" in rest:
        place = rest.index("into")
        rest, into = rest[:place], rest[place + 1 :]
    if rest and rest[0] != "of":
        raise ValueError(f"names: {name}: write `function of x` or `function of x into K`")
    axes = tuple(_axis(name, word, dims) for word in into)
    return Entry(spelled, "function", axes, arguments=tuple(_spelled(word) for word in rest[1:]))


def _family(name: str, head: str, sizes: list[str], dims: set[str]) -> tuple[Axis, ...]:
    wanted = {"vector": 1, "matrix": 2}.get(head)
    if wanted is None and not sizes:
        raise ValueError(f"names: {name}: a tensor needs its sizes")
    if not sizes and wanted is not None:
        suffix = [f"dim {_spelled(name)}", f"dim {_spelled(name)} 2"]
        return tuple((Integer(1), Dim(suffix[place])) for place in range(wanted))
    if wanted is not None and len(sizes) != wanted:
        raise ValueError(f"names: {name}: a {head} has {wanted} size{'s' if wanted > 1 else ''}")
    return tuple(_axis(name, size, dims) for size in sizes)


def _axis(name: str, word: str, dims: set[str]) -> Axis:
    """``K`` is 1..K; ``0..N-1`` is itself."""
    low, dots, high = word.partition("..")
    if not dots:
        return Integer(1), _end(name, word, dims)
    return _end(name, low, dims), _end(name, high, dims)


def _end(name: str, word: str, dims: set[str]) -> Expr:
    if not re.fullmatch(r"[\\\w+*{}-]+", word):
        raise ValueError(f"names: {name}: {word!r} is no size; write a dimension or a range such as 0..N-1")
    try:
        syntax = parse(word)
        node: Node = syntax.rows[0].items[0]
        value = bound_value(node, lambda letter: Dim(letter))
    except (ReadError, IndexError):
        value = None
    if value is None:
        raise ValueError(f"names: {name}: {word!r} is no size; write a dimension or a range such as 0..N-1")
    return value
