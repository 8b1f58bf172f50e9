"""What a kernel may compute beside SymPy's own functions, and what each of these means over the reals.

A primitive is chosen for how it rounds; its meaning is an ordinary term, so that the judge can compare a
stable form with the textbook's. `Argmax`, `Anchor` and `Binade` stand for values that the result does not
depend on: an identity that holds for every index holds for the place of the maximum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from sympy import Basic, Eq, Expr, KroneckerDelta, Symbol, erf, exp, log
from sympy.logic.boolalg import BooleanAtom

from symderive.terms import (
    BINDERS,
    Dim,
    Hypothesis,
    Index,
    Iverson,
    Tensor,
    Vec,
    free_names,
    limits_of,
    rebuild,
    substitute,
    walk,
)
from symderive.terms.nodes import Shown
from symderive.terms.remembering import remembered
from symderive.terms.substitution import alpha_normal

__all__ = [
    "PRIMITIVES",
    "Anchor",
    "Argmax",
    "Binade",
    "Chosen",
    "Meant",
    "Primitive",
    "PrimitiveRow",
    "Select",
    "dimensions",
    "exact",
    "generalised",
    "primitive",
]


@dataclass(frozen=True)
class PrimitiveRow:
    """One primitive.

    Parameters
    ----------
    name
        How kernels and targets call it.
    meaning
        Its value over the reals as a term of its arguments.
    why
        What its rounding, or its value at a hole of the domain, gains over the printed meaning.
    """

    name: str
    meaning: Callable[..., Expr]
    why: str


_ROWS = (
    PrimitiveRow(
        "scaled", lambda u, c: u / c, "exact where c is a power of two; a square of it stays a square"
    ),
    PrimitiveRow("log1p", lambda t: log(1 + t), "keeps every digit of t near 0"),
    PrimitiveRow("expm1", lambda t: exp(t) - 1, "keeps every digit of t near 0"),
    PrimitiveRow(
        "shifted",
        lambda u, w: u - w,
        "0 where u and w are the same infinity: logits of −inf are masks, one of +inf takes all",
    ),
    PrimitiveRow(
        "exp_shifted",
        lambda u, w: exp(u - w),
        "the rounding error of u − w is taken into account (Knuth's TwoSum, 1969)",
    ),
    PrimitiveRow(
        "exp_product",
        lambda u, w: exp(u * w),
        "the rounding error of u w is taken into account (Dekker, 1971); 1 where u is 0, whatever w",
    ),
    PrimitiveRow(
        "shifted_less",
        lambda u, w, t: u - w - t,
        "the rounding errors of u − w and of the second difference are added back (TwoSum)",
    ),
    PrimitiveRow("masked_product", lambda x, y: x * y, "0 where x is 0, whatever y: 0 log 0 = 0"),
    PrimitiveRow(
        "log_ratio",
        lambda a, b: log(a / b),
        "keeps its digits where a is near b, and its value where a/b over- or underflows",
    ),
    PrimitiveRow(
        "erfcx",
        lambda t: exp(t**2) * (1 - erf(t)),
        "does not underflow where the complement of the error function does",
    ),
    PrimitiveRow(
        "kl_term",
        lambda p, q: p * log(p / q) - p + q,
        "not negative, and accurate near p = q; q at p = 0, +inf at q = 0 < p",
    ),
)

#: The primitives by name.
PRIMITIVES: dict[str, PrimitiveRow] = {row.name: row for row in _ROWS}


class Meant(Shown):
    """A node of which the judge sees what it means over the reals."""

    is_commutative = True
    is_extended_real: ClassVar[bool] = True
    is_number = False

    def meaning(self) -> Expr:
        """Its value over the reals."""
        raise NotImplementedError


class Primitive(Meant):
    """A primitive, applied."""

    def __new__(cls, name: Symbol, *arguments: Expr) -> Primitive:
        return Expr.__new__(cls, name, *arguments)

    @property
    def name(self) -> str:
        """Its name in the table."""
        return str(self.args[0])

    @property
    def arguments(self) -> tuple[Expr, ...]:
        """What it is applied to."""
        return self.args[1:]

    def meaning(self) -> Expr:
        """Its value over the reals."""
        return PRIMITIVES[self.name].meaning(*self.arguments)


def primitive(name: str, *arguments: Expr) -> Primitive:
    """A primitive of the table, applied.

    Examples
    --------
    >>> from symderive.terms import scalar
    >>> exact(primitive("log1p", scalar("t")))
    log(t + 1)
    """
    assert name in PRIMITIVES, name
    return Primitive(Symbol(name), *arguments)


class Chosen(Shown):
    """A value that a result does not depend on, chosen for how it rounds."""

    is_commutative = True
    is_number = False

    def __new__(cls, chosen_by: Expr) -> Chosen:
        return Expr.__new__(cls, chosen_by)


class Argmax(Chosen):
    """An index at which a vector is largest; the first one where there are several."""

    is_integer: ClassVar[bool] = True

    @property
    def vector(self) -> Vec:
        """The vector."""
        found = self.args[0]
        assert isinstance(found, Vec)
        return found


class Select(Meant):
    """One term where a condition holds and another elsewhere; both have a value everywhere.

    SymPy's `Piecewise` is no part of a kernel: a `Sum` around one folds it outwards, past the sums inside it.
    """

    def __new__(cls, condition: Basic, there: Expr, elsewhere: Expr) -> Expr:
        if isinstance(condition, BooleanAtom):  # as where an index becomes the one that it is compared with
            return there if condition else elsewhere
        return Expr.__new__(cls, condition, there, elsewhere)

    @property
    def condition(self) -> Basic:
        """When the first term is taken: ``Eq`` of two indices, or a comparison of numbers."""
        return self.args[0]

    @property
    def there(self) -> Expr:
        """The value where the condition holds."""
        return self.args[1]

    @property
    def elsewhere(self) -> Expr:
        """The value where it does not."""
        return self.args[2]

    def meaning(self) -> Expr:
        """The same by an indicator."""
        places = isinstance(self.condition, Eq) and all(arg.is_integer for arg in self.condition.args)
        one = KroneckerDelta(*self.condition.args) if places else Iverson(self.condition)
        return one * self.there + (1 - one) * self.elsewhere


class Anchor(Chosen):
    """A number that is taken off others."""

    is_extended_real: ClassVar[bool] = True

    @property
    def value(self) -> Expr:
        """What is taken."""
        return self.args[0]


class Binade(Chosen):
    """The power of two next below a magnitude, and 1 where that is 0 or not finite: an exact scale.

    Never below the smallest normal number, so that dividing by its inverse is exact too.
    """

    is_positive: ClassVar[bool] = True
    is_extended_real: ClassVar[bool] = True


@remembered(maxsize=5_000)
def exact(term: Any) -> Any:
    """`term` with every primitive replaced by its meaning; the parts of a kernel's term recur."""
    if not term.args:
        return term
    inner = rebuild(term, exact)
    return inner.meaning() if isinstance(inner, Meant) else inner


def generalised(*terms: Expr) -> tuple[tuple[Expr, ...], tuple[Hypothesis, ...]]:
    """Terms over the reals with any index for each `Argmax`, any number for each `Anchor`, and any positive
    scale for each `Binade`.

    What holds of these holds of the terms. The hypotheses say that the scales are positive. A number or a
    scale that changes with an index bound around it becomes a family over that index.
    """
    taken = {node.name for term in terms for node in walk(term) if isinstance(node, Symbol)}
    names: dict[Basic, Any] = {}
    held: list[Hypothesis] = []
    done: dict[Any, Any] = {}

    def fresh(letter: str) -> str:
        name, number = letter, 0
        while name in taken:
            number += 1
            name = f"{letter}{number}"
        taken.add(name)
        return name

    def chosen(node: Chosen, around: tuple[Any, ...]) -> Any:
        if isinstance(node, Argmax):
            key = alpha_normal(node)
            if key not in names:
                _, lower, upper = node.vector.limits[0]
                names[key] = Index(fresh("a"), upper, lower)
            return names[key]
        places = {limit[0]: Index(f"{n}", limit[2], limit[1]) for n, limit in enumerate(around)}
        key = alpha_normal(substitute(node, places))
        if key not in names:
            family = Tensor(fresh("b" if isinstance(node, Anchor) else "c"))
            names[key] = family if around else Symbol(family.name, real=True)
            if isinstance(node, Binade):
                every = tuple(places.values())
                held.append(Hypothesis(family[every] if around else names[key], ">", 0, every))
        return names[key][tuple(places)] if around else names[key]

    def change(node: Any, bound: tuple[Any, ...]) -> Any:
        if not node.args:
            return node
        around = tuple(limit for limit in bound if limit[0] in free_names(node))
        if isinstance(node, Chosen):
            return chosen(node, around)
        found = done.get((node, around))
        if found is None:
            inner = (*bound, *limits_of(node)) if isinstance(node, BINDERS) else bound
            found = done[node, around] = rebuild(node, lambda arg: change(arg, inner))
        return found

    return tuple(change(exact(term), ()) for term in terms), tuple(held)


def dimensions(term: Basic) -> set[Dim]:
    """The dimensions that occur in a term."""
    return {node for node in walk(term) if isinstance(node, Dim)}
