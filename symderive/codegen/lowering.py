"""From terms to a kernel: reductions hoisted out of the loops that they do not depend on, common parts once.

Purely mechanical: no identity is used here but that a name equals what it names, so that the kernel's terms
are the terms that were lowered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sympy import (
    Abs,
    Eq,
    Expr,
    Function,
    Indexed,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Piecewise,
    Pow,
    Product,
    Sum,
    Symbol,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    ceiling,
    cos,
    cosh,
    erf,
    exp,
    floor,
    log,
    sign,
    sin,
    sinh,
    tan,
    tanh,
)

from symderive.codegen.arguments import NotLowered
from symderive.codegen.cases import by_cases
from symderive.codegen.kernel import Argument, Kernel, Kind, Reduction, Statement
from symderive.codegen.primitives import Anchor, Argmax, Binade, Primitive, Select
from symderive.codegen.weighted_means import divided_once
from symderive.terms import (
    BINDERS,
    Index,
    IndexedMax,
    IndexedMin,
    Tensor,
    Vec,
    as_written,
    free_names,
    limits_of,
    rebuild,
    substitute,
)
from symderive.terms.substitution import alpha_normal, renamed

__all__ = ["FUNCTIONS", "lowered"]

_REDUCTIONS = {
    Sum: Reduction.SUM,
    Product: Reduction.PRODUCT,
    IndexedMax: Reduction.MAX,
    IndexedMin: Reduction.MIN,
}
#: SymPy's functions that every target has.
FUNCTIONS: tuple[Any, ...] = (
    *(exp, log, Abs, sign, Max, Min, floor, ceiling, KroneckerDelta),
    *(sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, erf),
)
_EXPONENTIALS = ("exp_shifted", "exp_product", "expm1")
_LETTERS = {
    Reduction.SUM: "total",
    Reduction.PRODUCT: "product",
    Reduction.MAX: "largest",
    Reduction.MIN: "least",
    Reduction.ARGMAX: "top",
}


def lowered(
    name: str,
    outputs: Mapping[str, tuple[Expr, Sequence[Index]]],
    arguments: Sequence[Argument],
) -> Kernel:
    """The kernel that computes some terms.

    Parameters
    ----------
    name
        The function's name.
    outputs
        Result's name → the term and the free indices that are its axes, in order.
    arguments
        Its inputs, in calling order.

    Raises
    ------
    NotLowered
        For a term with a part that has no code: a function by name, an infinite sum, a derivative.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> K = Dim("K"); x = Vector("x", K); i, k = Index("i", K), Index("k", K)
    >>> share = x[k] / indexed_sum(x[i], i)
    >>> from symderive.codegen.arguments import arguments_of
    >>> kernel = lowered("share", {"value": (share, [k])}, arguments_of([share]))
    >>> [str(statement.reference) for statement in kernel.statements]
    ['total', 'value[k]']
    """
    terms = {
        output: (divided_once(by_cases(term)), tuple(loops)) for output, (term, loops) in outputs.items()
    }
    lowering = _Lowering(arguments, terms)
    targets: list[tuple[str, Symbol | Tensor]] = []
    for output, (term, loops) in terms.items():
        term = _by_cases(term, loops)
        expression = lowering.expression(term, {index: index for index in loops})
        targets.append((output, lowering.assign(output, loops, expression)))
    return Kernel(name, tuple(arguments), tuple(lowering.statements), tuple(targets))


class _Lowering:
    """One kernel in the making."""

    def __init__(
        self, arguments: Sequence[Argument], outputs: Mapping[str, tuple[Expr, Sequence[Index]]]
    ) -> None:
        self.statements: list[Statement] = []
        self._keys: dict[Any, Any] = {}
        self._taken = {argument.name for argument in arguments} | set(outputs)
        self._inputs = {a.term for a in arguments if a.kind is Kind.INDEX}
        self._known: dict[Any, tuple[Symbol | Tensor, bool]] = {}
        self._uses: Counter[Any] = Counter()
        for term, indices in outputs.values():
            self._count(term, {index: index for index in indices}, "")

    # -- names ------------------------------------------------------------------------------------------

    def _fresh(self, letter: str) -> str:
        name, number = letter, 1
        while name in self._taken:
            number += 1
            name = f"{letter}{number}"
        self._taken.add(name)
        return name

    def assign(
        self,
        name: str,
        loops: tuple[Index, ...],
        expression: Expr,
        *,
        reduction: Reduction | None = None,
        index: Index | None = None,
        excluding: Expr | None = None,
        integer: bool = False,
    ) -> Symbol | Tensor:
        """A statement with a target of this name."""
        target: Symbol | Tensor
        if loops:
            target = Tensor(name, *((loop.lower, loop.upper) for loop in loops))
        else:
            target = Symbol(name, integer=True) if integer else Symbol(name, real=True)
        self.statements.append(Statement(target, loops, expression, reduction, index, excluding, integer))
        return target

    # -- common parts -----------------------------------------------------------------------------------

    def _key(self, term: Expr, around: Mapping[Any, Index]) -> tuple[Any, tuple[Any, ...]]:
        """A term up to the names of the loops in it, and those loops in order of appearance."""
        loops = _loops(term, around)
        ranges = tuple((around[loop].lower, around[loop].upper) for loop in loops)
        found = self._keys.get((term, loops, ranges))
        if found is None:
            places = {
                loop: Index(f"·{n}", *ends[::-1])
                for n, (loop, ends) in enumerate(zip(loops, ranges, strict=True))
            }
            found = self._keys[term, loops, ranges] = renamed(alpha_normal(term), places)
        return found, loops

    def _count(self, term: Any, around: Mapping[Any, Index], place: str) -> None:
        """How often each costly part occurs, in different statements or the same."""
        if not term.args or isinstance(term, Indexed):
            return
        if isinstance(term, (*BINDERS, Argmax)):
            key, _ = self._key(term, around)
            self._uses[key] += 1
            if self._uses[key] > 1:
                return
            binder = term.vector if isinstance(term, Argmax) else term
            inner = dict(around)
            for index, lower, upper in limits_of(binder):
                inner[index] = Index(index.name, substitute(upper, {}), lower)
            self._count(binder.args[0], inner, place)
            return
        if _costly(term):
            key, _ = self._key(term, around)
            self._uses[key] += 1
            if self._uses[key] > 1:
                return
        for arg in term.args:
            self._count(arg, around, place)

    # -- expressions ------------------------------------------------------------------------------------

    def expression(self, term: Any, around: Mapping[Any, Index]) -> Any:
        """A term with reductions and common parts replaced by the names of statements."""
        if not term.args:
            return term
        if isinstance(term, Indexed):
            return term.func(term.base, *(self.expression(index, around) for index in term.indices))
        if isinstance(term, Vec):
            raise NotLowered("a vector stands where a number is needed")
        if isinstance(term, Argmax):
            return self._shared(term, around, lambda inner, loops: self._reduce(term, inner, loops))
        if isinstance(term, tuple(_REDUCTIONS)):
            return self._shared(term, around, lambda inner, loops: self._reduce(term, inner, loops))
        if type(term).__name__ in ("Apply", "Partial"):
            raise NotLowered(f"{term} is a function or a derivative without a definition")
        if isinstance(term, Function) and not isinstance(term, FUNCTIONS):
            if isinstance(term, Piecewise):
                raise NotLowered("a function by cases has gaps: end it with (value, True) for all else")
            known = ", ".join(sorted(function.__name__ for function in FUNCTIONS))
            raise NotLowered(f"{type(term).__name__} has no code; these functions have: {known}")
        if isinstance(term, Anchor):
            if isinstance(term.value, tuple(_REDUCTIONS)):
                return self.expression(term.value, around)
            return self._shared(
                term, around, lambda inner, loops: self._elementwise(term.value, inner, loops)
            )
        if _costly(term) and (self._repeated(term, around) or isinstance(term, Binade)):
            return self._shared(term, around, lambda inner, loops: self._elementwise(term, inner, loops))
        return rebuild(term, lambda arg: self.expression(arg, around))

    def _repeated(self, term: Expr, around: Mapping[Any, Index]) -> bool:
        key, _ = self._key(term, around)
        return self._uses[key] > 1 or key in self._known or self._gathered(term, around) is not None

    def _gathered(self, term: Expr, around: Mapping[Any, Index]) -> tuple[Any, Any] | None:
        """The key and the place of a part that is an entry of an array that is known: e_t of e_j."""
        if _loops(term, around):
            return None
        for place in _integer_places(term):
            lower, upper = _limits_of_place(place)
            key = alpha_normal(_replaced(term, place, Index("·0", upper, lower)))
            if key in self._known and self._known[key][1]:  # an array, not the same number again
                return key, place
        return None

    def _shared(self, term: Expr, around: Mapping[Any, Index], make: Any) -> Any:
        gathered = self._gathered(term, around)
        if gathered is not None:
            key, place = gathered
            target, _ = self._known[key]
            assert isinstance(target, Tensor)
            return target[self.expression(place, around)]
        key, loops = self._key(term, around)
        if key not in self._known:
            own = {loop: around[loop] for loop in loops}
            self._known[key] = (make(own, tuple(own[loop] for loop in loops)), bool(loops))
        target, indexed = self._known[key]
        return target[tuple(loops)] if indexed and isinstance(target, Tensor) else target

    def _elementwise(
        self, term: Expr, around: Mapping[Any, Index], loops: tuple[Index, ...]
    ) -> Symbol | Tensor:
        renamed = substitute(term, dict(around))
        inner = {index: index for index in loops}
        expression = rebuild(renamed, lambda arg: self.expression(arg, inner))
        return self.assign(self._fresh(_letter(term)), loops, expression)

    def _reduce(self, term: Any, around: Mapping[Any, Index], loops: tuple[Index, ...]) -> Symbol | Tensor:
        kind = Reduction.ARGMAX if isinstance(term, Argmax) else _REDUCTIONS[type(term)]
        binder = substitute(term.vector if isinstance(term, Argmax) else term, dict(around))
        (bound, lower, upper), *others = limits_of(binder)
        if upper.is_infinite:
            raise NotLowered("a sum without an end has no code")
        if any(isinstance(name, Index) for name in free_names(lower) | free_names(upper)):
            raise NotLowered(f"the range of {bound.name} changes with another index, which has no code")
        # A bound name of a document is not printed into code unless it is a plain letter.
        taken = {loop.name for loop in loops} | self._taken
        letter = bound.name.lstrip("_")
        letters = [letter, *"ijklmnopqrstuvwabcdfgh"] if re.fullmatch("[a-z]", letter) else "ijklmnopqrstuvw"
        index = Index(next((x for x in letters if x not in taken), "j_"), upper, lower)
        body = binder.args[0]
        if others:
            # The sum over the other indices, for each value of this one.
            if isinstance(term, Argmax):
                raise NotLowered("the place of a maximum over several indices has no code")
            inner = reversed(others) if isinstance(binder, (Sum, Product)) else others
            body = as_written(type(binder), body, *inner)
        body = substitute(body, {bound: index})
        excluding = None
        if isinstance(body, Select) and kind in (Reduction.SUM, Reduction.PRODUCT):
            neutral = 0 if kind is Reduction.SUM else 1
            condition = body.condition
            if body.there == neutral and isinstance(condition, Eq) and index in condition.args:
                (place,) = (arg for arg in condition.args if arg != index)
                if index not in free_names(place):
                    excluding, body = place, body.elsewhere
        inner = {loop: loop for loop in loops}
        place = None if excluding is None else self.expression(excluding, inner)
        expression = self.expression(body, {**inner, index: index})
        return self.assign(
            self._fresh(_LETTERS[kind]),
            loops,
            expression,
            reduction=kind,
            index=index,
            excluding=place,
            integer=kind is Reduction.ARGMAX,
        )


def _by_cases(term: Expr, loops: tuple[Index, ...]) -> Expr:
    """A term with δ_kt, k a loop of its own and t none, by cases: the one entry apart from all others."""
    for delta in sorted(term.atoms(KroneckerDelta), key=str):
        places = [place for place in delta.args if place in loops]
        if len(places) != 1:
            continue
        (other,) = (place for place in delta.args if place != places[0])
        if isinstance(other, Index) and delta.free_symbols <= free_names(term):
            there, elsewhere = (_replaced(term, delta, Integer(value)) for value in (1, 0))
            return Select(Eq(places[0], other), substitute(there, {places[0]: other}), elsewhere)
    return term


def _replaced(term: Any, old: Any, new: Any) -> Any:
    if term == old:
        return new
    # Not inside the vector of an argmax: the place of a maximum is no entry.
    if not term.args or isinstance(term, Argmax) or not free_names(old) <= free_names(term):
        return term
    return rebuild(term, lambda arg: _replaced(arg, old, new))


def _integer_places(term: Expr) -> list[Any]:
    """What stands as an index in a term: labels, places of maxima."""
    found: dict[Any, None] = {}

    def look(node: Any) -> None:
        if isinstance(node, Indexed):
            for index in node.indices:
                if isinstance(index, (Index, Argmax)):
                    found[index] = None
            return
        if isinstance(node, Argmax):
            return
        for arg in node.args:
            look(arg)

    look(term)
    return list(found)


def _limits_of_place(place: Any) -> tuple[Expr, Expr]:
    if isinstance(place, Argmax):
        _, lower, upper = place.vector.limits[0]
        return lower, upper
    return place.lower, place.upper


def _loops(term: Any, around: Mapping[Any, Index]) -> tuple[Any, ...]:
    """The loop indices of a term, in the order in which they first appear."""
    free = free_names(term)
    return tuple(loop for loop in around if loop in free)


def _costly(term: Any) -> bool:
    """Is it worth a name where it occurs again?"""
    if isinstance(term, (exp, log, Primitive, tanh, sinh, cosh, Binade)):
        return True
    if isinstance(term, Pow):
        return not (term.exp.is_Integer and abs(int(term.exp)) <= 2) and bool(term.base.args)
    return False


def _letter(term: Any) -> str:
    if isinstance(term, exp) or (isinstance(term, Primitive) and term.name in _EXPONENTIALS):
        return "e"
    if isinstance(term, Binade):
        return "scale"
    if isinstance(term, log) or (isinstance(term, Primitive) and term.name in ("log1p", "shifted_less")):
        return "ell"
    return "r"
