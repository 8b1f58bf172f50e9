r"""How names, scripts and brackets are set, and in which order a textbook writes terms and factors.

Names are those of `symderive.terms`: a LaTeX command without its backslash (``theta``), with decorations kept
in the name (``hat(v)``, ``v_dW``, ``v^corrected``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sympy import (
    Add,
    Expr,
    Indexed,
    Integer,
    KroneckerDelta,
    Mul,
    Pow,
    Product,
    S,
    Sum,
    Symbol,
    binomial,
    exp,
)
from sympy import factorial as factorial_
from sympy import log as log_

from symderive.notation import vocabulary
from symderive.terms import (
    Apply,
    IndexedMax,
    IndexedMin,
    Iverson,
    Operation,
    Partial,
    free_names,
    is_whole,
    walk,
)

__all__ = [
    "bound_name",
    "bracket",
    "digits",
    "factor_rank",
    "indices",
    "is_tall",
    "name",
    "script",
    "sorted_terms",
    "subscripted",
]

#: Commands that a name may be wrapped in: accents, and the fonts that make another name of a letter.
WRAPPERS = frozenset(vocabulary.ACCENTS.values()) | vocabulary.FONTS
#: A name that ends in a label of its own.
_LABELLED = re.compile(r"(.*)_(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([A-Za-z0-9]))")
#: Names that a bound index takes when its own would be read as something else, most readable first.
BOUND = (*"jklmnipqrstuvwabcdfgh", *"IJLMPQR", "alpha", "beta", "kappa", "lambda", "nu", "xi", "rho", "tau")

_SINGLE = re.compile(r"[A-Za-z0-9]|\\[A-Za-z]+\Z")
_ACCENTED = re.compile(r"([a-z]+)\((.*)\)\Z", re.DOTALL)


def name(text: str, *, bold: bool = False) -> str:
    r"""The LaTeX of a name.

    Examples
    --------
    >>> print(name("theta"), name("hat(v)"), name("v_dW"), name("v^corrected"), name("TP"))
    \theta \hat{v} v_{dW} v^{\text{corrected}} \mathrm{TP}
    """
    for mark in "^_":
        stem, found, rest = _split(text, mark)
        if found and stem and rest:
            return name(stem, bold=bold) + mark + "{" + _label(rest, upper=mark == "^") + "}"
    if text.endswith("'") and len(text) > 1:
        return name(text[:-1], bold=bold) + "'"
    accented = _ACCENTED.match(text)
    if accented and accented[1] in WRAPPERS:
        return rf"\{accented[1]}{{{name(accented[2], bold=bold)}}}"
    if text in vocabulary.GREEK:
        return "\\" + text
    if len(text) == 1:
        return rf"\mathbf{{{text}}}" if bold and text.isalpha() and text.isascii() else text
    return rf"\mathrm{{{_escape(text)}}}"


def _split(text: str, mark: str) -> tuple[str, str, str]:
    """`text` at its last `mark` that stands outside brackets."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[at], 0)
        if text[at] == mark and depth == 0:
            return text[:at], mark, text[at + 1 :]
    return text, "", ""


def _label(text: str, *, upper: bool) -> str:
    if text in vocabulary.GREEK:
        return "\\" + text
    if not upper or len(text) == 1 or not text.isalpha():
        return _escape(text)
    return rf"\text{{{text}}}"


def _escape(text: str) -> str:
    return re.sub(r"([#$%&_{}])", r"\\\1", text.replace("\\", ""))


def script(mark: str, tex: str) -> str:
    """A sub- or superscript; braces only where TeX needs them."""
    return mark + tex if _SINGLE.fullmatch(tex) else f"{mark}{{{tex}}}"


def indices(printed: Sequence[str]) -> str:
    """Several indices in one subscript: ``ij``, and ``i,j+1`` where a comma is needed."""
    joined = "".join(printed)
    word = joined in vocabulary.BARE_FUNCTIONS or joined in vocabulary.BARE_BIG  # S_{ln} reads as a logarithm
    if all(re.fullmatch(r"[A-Za-z]", tex) for tex in printed) and not word:
        return joined
    return ",".join(printed)


def subscripted(name: str, printed: Sequence[str]) -> str:
    """A name with indices, which stand in one subscript with its label: ``v_{dW,i}``; TeX takes one alone.

    Examples
    --------
    >>> print(subscripted("x", ["i", "j"]), subscripted("v_{dW}", ["i"]), subscripted(r"\\hat{m}", ["i"]))
    x_{ij} v_{dW,i} \\hat{m}_i
    """
    if not printed:
        return name
    labelled = _LABELLED.fullmatch(name)
    if labelled is None:
        return name + script("_", indices(printed))
    return f"{labelled[1]}_{{{labelled[2] or labelled[3]},{','.join(printed)}}}"


def bracket(tex: str) -> str:
    r"""`tex` in parentheses, which grow where the content is tall."""
    tall = re.search(r"\\(frac|sum|prod|sqrt|begin|binom|left|log|max|min)(?![A-Za-z])", tex)
    return rf"\left({tex}\right)" if tall else f"({tex})"


def digits(number: int) -> str:
    """The decimal digits of an integer of any size (Python's own conversion refuses long ones)."""
    if number < 0:
        return "-" + digits(-number)
    if number.bit_length() < 12_000:
        return str(number)
    half = number.bit_length() * 3 // 20
    high, low = divmod(number, 10**half)
    return digits(high) + digits(low).rjust(half, "0")


def bound_name(wanted: str, taken: Iterable[str]) -> str:
    """A name for a bound index: the wanted one, or the most readable one that is not taken."""
    taken = set(taken)
    for candidate in (wanted, *BOUND):
        if candidate and candidate not in taken:
            return candidate
    number = 1
    while f"j_{number}" in taken:
        number += 1
    return f"j_{number}"


def is_tall(factor: Expr) -> bool:
    """Does a textbook write the factor beside a fraction rather than in its numerator?"""
    if isinstance(factor, Pow):
        factor = factor.base
    return isinstance(factor, (Sum, Product, Partial)) or (
        isinstance(factor, Apply) and bool(factor.derivatives)
    )


def factor_rank(factor: Expr) -> int:
    """Where a factor stands in a product: numbers, parameters, entries, brackets, functions, sums."""
    base = factor.base if isinstance(factor, Pow) else factor
    if base.is_Number:
        return 0 if factor is base else 1
    if isinstance(base, Iverson):
        return 2
    if isinstance(base, (binomial, factorial_)):
        return 3
    if isinstance(base, Symbol):
        return 4
    if isinstance(base, Add):
        entries = any(isinstance(node, (Indexed, Apply, Operation, KroneckerDelta)) for node in walk(base))
        return 8 if entries else 5
    if is_tall(base):
        return 12 if isinstance(base, (Sum, Product, Partial)) else 10
    if isinstance(base, (Indexed, Apply, Operation)):
        return 6
    if isinstance(base, KroneckerDelta):
        return 7
    if isinstance(base, log_):
        return 11
    if isinstance(base, (IndexedMax, IndexedMin)):
        return 12
    return 9


def sorted_terms(terms: Sequence[tuple[Expr, str]]) -> list[tuple[Expr, str]]:
    """Terms of a sum, each with its LaTeX without sign, in the order of a textbook.

    Positive before negative, short before long; a number first (``1 - p``), but last among indices
    (``n - 1``) and in a polynomial of one variable (``t^2 + t + 1``); a lone ε last.
    """
    polynomial = _powers([term for term, _ in terms])
    if polynomial is not None:
        order = sorted(range(len(terms)), key=lambda at: -polynomial[at])
        if not is_negative(terms[order[0]][0]):
            return [terms[at] for at in order]
    whole = all(is_whole(term) for term, _ in terms)

    def key(pair: tuple[Expr, str]) -> tuple[object, ...]:
        term, tex = pair
        number = bool(term.is_Number)
        epsilon = isinstance(term, Symbol) and term.name in ("epsilon", "varepsilon")
        return (number and whole, is_negative(term), not number, epsilon, sum(1 for _ in walk(term)), tex)

    return sorted(terms, key=key)


def is_negative(term: Expr) -> bool:
    """Is the term printed after a minus sign?"""
    return bool(term.as_coeff_Mul()[0].is_negative)


def _powers(terms: Sequence[Expr]) -> list[int] | None:
    """The degrees of the terms where they form a polynomial of degree 2 or more in one name."""
    degrees, names = [], set()
    for term in terms:
        monomial = term.as_coeff_Mul()[1]
        base, power = monomial.as_base_exp() if not isinstance(monomial, exp) else (monomial, Integer(1))
        if monomial == 1:
            degrees.append(0)
        elif isinstance(base, (Symbol, Indexed)) and power.is_Integer and power > 0:
            degrees.append(int(power))
            names.add(base)
        else:
            return None
    return degrees if len(names) == 1 and max(degrees) > 1 else None


def names_of(*terms: Expr) -> set[str]:
    """The names that occur free in the terms: a bound index must not look like one of them."""
    return {str(symbol.name) for term in terms for symbol in free_names(term)}


def join_roots(above: list[Expr], below: list[Expr]) -> tuple[list[Expr], list[Expr]]:
    """√(2π) rather than √2 √π, √(1/N Σ) rather than Σ's root over N's.

    Only where all radicands but one are certainly not negative: otherwise the roots of two negative numbers
    would become the root of a positive one.
    """
    high = [factor.base for factor in above if isinstance(factor, Pow) and factor.exp == S.Half]
    low = [factor.base for factor in below if isinstance(factor, Pow) and factor.exp == S.Half]
    joined = [*high, *low]
    if len(joined) < 2 or sum(1 for radicand in joined if not radicand.is_nonnegative) > 1:
        return above, below
    above = [factor for factor in above if not (isinstance(factor, Pow) and factor.exp == S.Half)]
    below = [factor for factor in below if not (isinstance(factor, Pow) and factor.exp == S.Half)]
    if high:
        return [*above, Pow(Mul(*high, *(1 / radicand for radicand in low)), S.Half, evaluate=False)], below
    return above, [*below, Pow(Mul(*low), S.Half, evaluate=False)]


def split_fraction(product: Expr) -> tuple[bool, list[Expr], list[Expr]]:
    """The sign of a product and the factors above and below its fraction bar."""
    negative = False
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in Mul.make_args(product):
        if factor.is_Rational:
            negative ^= bool(factor.is_negative)
            if abs(factor.p) != 1:
                above.append(Integer(abs(factor.p)))
            if factor.q != 1:
                below.append(Integer(factor.q))
        elif isinstance(factor, Pow) and factor.exp.is_Rational and factor.exp.is_negative:
            below.append(Pow(factor.base, -factor.exp))
        elif isinstance(factor, Add) and all(is_negative(term) for term in factor.args):
            negative = not negative
            above.append(-factor)
        else:
            above.append(factor)
    if negative:
        # −(s − δ) is δ − s.
        for at, factor in enumerate(above):
            if isinstance(factor, Add) and [is_negative(t) for t in factor.args].count(True) * 2 == len(
                factor.args
            ):
                above[at] = -factor
                return False, above, below
    return negative, above, below
