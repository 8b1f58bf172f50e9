"""How long a term is on paper: what the compact form is chosen by."""

from __future__ import annotations

from functools import lru_cache

from sympy import Add, Basic, Indexed, KroneckerDelta, Mul, Pow, Rational, Sum, exp

from symderive.terms import BINDERS, Apply, Operation, Vec, free_names

__all__ = ["cost"]


@lru_cache(maxsize=50_000)
def cost(term: Basic) -> int:
    """How long a term is on paper, roughly in symbols."""
    if isinstance(term, (Indexed, KroneckerDelta)):
        return 2
    if isinstance(term, Apply):
        return 2 + sum(cost(argument) for argument in term.arguments if not isinstance(argument, Vec))
    if isinstance(term, Operation):
        vectors = sum(1 for argument in term.arguments if isinstance(argument, Vec))
        return (
            2 + vectors + sum(cost(a) for a in term.arguments if not isinstance(a, Vec) and not a.is_integer)
        )
    if isinstance(term, exp):
        # What a name covers is not left as exponentials.
        return 4 + cost(term.args[0])
    if isinstance(term, BINDERS):
        body = term.args[0]
        # What does not move with the index is better in front.
        bound = {limit[0] for limit in term.args[1:]}
        still = sum(1 for part in Mul.make_args(body) if not free_names(part) & bound)
        length = 3 + cost(body) + (1 if isinstance(body, Add) else min(still, 2))
        # A sum over a delta of its own index is not done yet.
        return length + (cost(body) if isinstance(term, Sum) and _sifts(body, bound) else 0)
    if isinstance(term, Rational):
        digits = len(str(abs(term.p))) + (len(str(term.q)) if term.q != 1 else 0)
        return digits + (1 if term < 0 else 0)
    if isinstance(term, Mul):
        brackets = sum(1 for arg in term.args if isinstance(arg, Add))
        return sum(cost(arg) for arg in term.args if arg != -1) + brackets + (-1 in term.args)
    if isinstance(term, Pow):
        base, exponent = term.args
        if exponent == -1:
            return 1 + cost(base)
        if exponent == Rational(1, 2):
            return 1 + cost(base)
        return (2 if exponent.is_Rational and exponent < 0 else 1) + cost(base) + cost(abs(exponent))
    if not term.args:
        return 1
    if isinstance(term, Add):
        return sum(cost(arg) for arg in term.args) + len(term.args) - 1
    return 1 + sum(cost(arg) for arg in term.args)


def _sifts(term: Basic, bound: set[Basic]) -> bool:
    """Does a delta of a bound index stand in a term?"""
    if isinstance(term, KroneckerDelta):
        return bool(term.free_symbols & bound)
    return any(_sifts(arg, bound) for arg in term.args if arg.args)
