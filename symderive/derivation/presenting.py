"""The cheapest way to write a term: cancelled, factored, constants in front of sums — without new names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Add, Basic, Expr, Indexed, KroneckerDelta, Mul, Pow, Sum, expand

from symderive.decide.polynomial import TooLarge
from symderive.derivation.cost import cost
from symderive.derivation.fraction import Fraction
from symderive.derivation.polishing import polished
from symderive.terms import BINDERS, Apply, Partial, Vec, free_names, rebuild, substitute, sum_of
from symderive.terms.remembering import remembered

__all__ = ["Fraction", "constants_out", "cost", "present"]

#: Of more sums in one line than this, the others are not put together.
_SUMS = 8
#: Brackets are not multiplied out to more terms than this.
_TERMS = 64


# -- presenting ----------------------------------------------------------------------------------------


@remembered(maxsize=20_000)
def present(term: Expr) -> Expr:
    """The cheapest way to write a term, of those that are tried; equal to it wherever it has a value.

    Examples
    --------
    >>> from symderive.terms import scalar
    >>> a, b = scalar("a"), scalar("b")
    >>> present((a**2 - b**2) / (a - b))
    a + b
    """
    if not term.args or isinstance(term, (Indexed, KroneckerDelta, Apply, Partial)):
        return term
    inner = rebuild(term, _presented_part)
    if not isinstance(inner, Expr):
        return term
    choices = [term, inner]
    if isinstance(inner, Sum):
        choices = [*_sums(inner), *choices]
    elif isinstance(inner, (Add, Mul, Pow)):
        choices += _fractions(inner)
    return min(choices, key=_rank)


def _rank(term: Expr) -> tuple[int, bool]:
    # Of two ways that are equally long, a product says more.
    return cost(term), isinstance(term, Add)


def _presented_part(arg: Basic) -> Basic:
    if isinstance(arg, Expr) and arg.args and not isinstance(arg, Vec):
        return present(arg)
    return arg


def _fractions(term: Expr) -> list[Expr]:
    """Ways to write a rational combination of atoms."""
    choices: list[Expr] = []
    for oriented in _oriented(term):
        parts = Fraction()
        try:
            parts.take_powers(oriented)
            num, den = parts.of(oriented)
        except (TooLarge, ZeroDivisionError):
            continue
        below = [parts.poly(den), parts.factored(den), parts.squared(den)]
        bottom = min(below, key=cost)
        tops = (parts.poly(num), parts.factored(num), parts.nested(num), parts.squared(num))
        written = [_over(top, bottom) for top in tops]
        if not bottom.is_Rational:
            # Beside a denominator, a number before a bracket stays in front of it.
            written.append(parts.factored(num, 1 / bottom))
        written = list(dict.fromkeys(written))
        choices.extend(written)
        if not den.is_constant:
            choices.extend(parts.apart(num, den))
        choices.extend(_merged(choice) for choice in (oriented, *written))
    return list(dict.fromkeys(polished(choice) for choice in dict.fromkeys(choices)))


def _over(top: Expr, bottom: Expr) -> Expr:
    if bottom.is_Rational:
        if isinstance(top, Add) and bottom != 1:
            return Add(*(arg / bottom for arg in top.args))
        return top / bottom
    return top / bottom


def _oriented(term: Expr) -> list[Expr]:
    """The term, and the term with what stands beside each free delta written in one of its two indices."""
    choices = [term]
    deltas = sorted({node for node in _outside(term) if isinstance(node, KroneckerDelta)}, key=str)
    if len(deltas) == 1:
        (delta,) = deltas
        a, b = delta.args
        for old, new in ((a, b), (b, a)):
            if not old.is_Symbol:
                continue

            def change(part: Any, old: Any = old, new: Any = new) -> Any:
                if delta not in part.args and part != delta:
                    return part
                rest = Mul(*(f for f in Mul.make_args(part) if f != delta))
                return substitute(rest, {old: new}) * delta

            spread = _multiplied_out(term) if isinstance(term, Mul) else term
            if isinstance(spread, (Add, Mul)):
                choices.append(Add(*(change(part) for part in Add.make_args(spread))))
    return list(dict.fromkeys(choices))


def _multiplied_out(term: Expr) -> Expr:
    """A product without brackets, where it does not get too long by that."""
    size = 1
    for factor in Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if isinstance(base, Add) and exponent.is_Integer and exponent > 0:
            size *= len(base.args) ** int(exponent)
    return expand(term, deep=False) if size <= _TERMS else term


def _outside(term: Basic) -> Iterable[Basic]:
    """The nodes that stand in no binder."""
    yield term
    if not isinstance(term, BINDERS):
        for arg in term.args:
            yield from _outside(arg)


def _sums(term: Sum) -> list[Expr]:
    """Ways to write a sum: with constants in front, split, counted."""
    bound = {limit[0] for limit in term.limits}
    body = term.function
    content, primitive = body.as_content_primitive()
    if content != 1:
        term = sum_of(primitive, *term.limits)
        return [content * choice for choice in (*_sums(term), term)]
    choices = [constants_out(term)]
    for spread in (body, _multiplied_out(body)):
        if isinstance(spread, Add):
            parts = [constants_out(sum_of(part, *term.limits)) for part in spread.args]
            choices.append(Add(*parts))
    if len(term.limits) == 1 and not free_names(body) & bound:
        _, lower, upper = term.limits[0]
        size = expand(upper - lower + 1)
        if size.is_nonnegative:
            choices.append(size * body)
    return choices


def constants_out(term: Sum) -> Expr:
    """A sum with the factors that hold none of its indices in front; of nothing else, its number of terms."""
    bound = {limit[0] for limit in term.limits}
    factors = Mul.make_args(term.function)
    outside = [f for f in factors if not free_names(f) & bound]
    if not outside:
        return term
    inside = Mul(*(f for f in factors if f not in outside))
    if inside == 1 and len(term.limits) == 1:
        _, lower, upper = term.limits[0]
        size = expand(upper - lower + 1)
        if size.is_nonnegative:
            return Mul(*outside, size)
    return Mul(*outside, sum_of(inside, *term.limits))


def _merged(term: Expr) -> Expr:
    """Sums put together, in a sum of terms or in the brackets of a product."""
    if isinstance(term, Mul):
        return Mul(*(_merged(factor) if isinstance(factor, Add) else factor for factor in term.args))
    return _merged_sums(term) if isinstance(term, Add) else term


def _merged_sums(term: Add) -> Expr:
    """``c Σ f + d c Σ g`` as ``c Σ (f + d g)``, where the ranges agree and that is shorter."""
    groups: dict[Any, list[tuple[list[Expr], Sum]]] = {}
    others: list[Expr] = []
    for part in term.args:
        factors = list(Mul.make_args(part))
        sums = [f for f in factors if isinstance(f, Sum) and len(f.limits) == 1]
        if len(sums) != 1:
            others.append(part)
            continue
        factors.remove(sums[0])
        groups.setdefault(sums[0].limits[0][1:], []).append((factors, sums[0]))
    return Add(*others, *(part for members in groups.values() for part in _joined(members)))


def _joined(members: list[tuple[list[Expr], Sum]]) -> list[Expr]:
    """Sums of one range with what stands before them: as few of them as is shortest."""
    done: list[tuple[list[Expr], Sum]] = []
    for factors, total in members[:_SUMS]:
        for n, (others, first) in enumerate(done):
            apart = cost(Mul(*others, first)) + cost(Mul(*factors, total)) + 1
            common = [f for f in others if f in factors and f != -1]
            if any(not _is_plain(f) for f in (*others, *factors) if f not in common):
                continue
            index, *ends = first.limits[0]
            body = Mul(*(f for f in others if f not in common), first.function) + Mul(
                *(f for f in factors if f not in common),
                substitute(total.function, {total.limits[0][0]: index}),
            )
            together = sum_of(present(body), (index, *ends))
            if cost(Mul(*common, together)) < apart:
                done[n] = (common, together)
                break
        else:
            done.append((factors, total))
    return [Mul(*factors, total) for factors, total in (*done, *members[_SUMS:])]


def _is_plain(factor: Expr) -> bool:
    """A number or a scalar: what may stand in a sum that it does not move with."""
    return factor.is_Rational or factor.is_Symbol
