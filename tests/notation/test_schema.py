"""Declarations in YAML: every form reads, every mistake is named."""

from __future__ import annotations

import pytest

from symderive.notation import load_notation


@pytest.mark.parametrize(
    ("kind", "described"),
    [
        ("scalar", "scalar"),
        ("dim", "dim"),
        ("step", "step"),
        ("index K", "index 1..K"),
        ("index 0..N-1", "index 0..N - 1"),
        ("vector K", "vector 1..K"),
        ("vector 0..N-1", "vector 0..N - 1"),
        ("matrix M N", "matrix 1..M, 1..N"),
        ("function of x into K", "function into 1..K"),
        ("function", "function"),
        ("sequence", "sequence"),
        ("sequence of vector d", "sequence of vectors 1..d"),
    ],
)
def test_kinds(kind: str, described: str) -> None:
    """A documented form that is not accepted makes the documentation a lie."""
    assert load_notation(f"names: {{a: {kind}}}").declared["a"].describe() == described


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("names: {a: vectr}", "a"),
        ("nmaes: {}", "nmaes"),
        ("names: {a: matrix K}", "a"),
        ("names: [1, 2]", "names"),
        ("assume: {p: 1}", "assume"),
        ("assume: ['p_i > ']", "assume"),
        ("names: {a: index f(x)}", "a"),
        ("{", "YAML"),
        ("names: {y: scalar, 3: dim}", "3"),
    ],
)
def test_mistakes_are_named(text: str, named: str) -> None:
    """An error that does not name the key cannot be mended."""
    with pytest.raises(ValueError, match=named) as caught:
        load_notation(text)
    assert "\n" not in str(caught.value)


def test_latex_spelling_of_names() -> None:
    """Authors declare names as they write them."""
    declared = load_notation(
        r"names: {'\theta': vector K, '\hat m': scalar, '\mathcal{L}': function}"
    ).declared
    assert set(declared) == {"theta", "hat(m)", "mathcal(L)"}


def test_base_is_kept() -> None:
    """Front matter stands on top of the notation file."""
    base = load_notation("names: {K: dim, x: vector K}")
    both = load_notation("names: {x: scalar}", base)
    assert both.declared["K"].kind == "dim" and both.declared["x"].kind == "scalar"


def test_yaml_cannot_run_code() -> None:
    """A document is untrusted text."""
    with pytest.raises(ValueError, match="YAML"):
        load_notation("names: !!python/object/apply:os.system ['true']")
