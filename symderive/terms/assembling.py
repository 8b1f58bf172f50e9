"""A node like another with other arguments, without what SymPy would ask about them.

Terms are renamed, unfolded and rewritten far more often than anything new is said in them. Each time that a
node is put together, SymPy looks at limits that are in order, evaluates powers that are evaluated, and asks
whether an argument is zero or infinite: most of what rewriting costs. Here a node is put together as it is
where nothing can combine, and by SymPy everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cmp_to_key
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Indexed,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Number,
    Pow,
    S,
    Sum,
    Symbol,
    exp,
    log,
)
from sympy.core.relational import Relational

from symderive.terms.free import free_names
from symderive.terms.nodes import BINDERS, Apply, Shown, as_written

__all__ = ["alike", "rebuild"]

_order = cmp_to_key(Basic.compare)
#: Parts of which no product and no sum is: what SymPy takes as they are.
_WHOLE = (Symbol, Indexed, Sum, Shown, exp, log, Abs, KroneckerDelta, Max, Min)


def rebuild(term: Basic, change: Callable[[Basic], Basic]) -> Basic:
    """`term` with `change` applied to each of its arguments; the same object where nothing changed."""
    args = term.args
    if not args:
        return term
    changed = tuple([change(arg) for arg in args])
    for new, old in zip(changed, args, strict=True):
        if new is not old:
            return alike(term, changed)
    return term


def alike(term: Basic, args: tuple[Any, ...]) -> Basic:
    """The node ``term.func(*args)`` for a `term` that has as many arguments.

    The same term as SymPy's, but for functions of a zero that does not look like one (an empty sum): they
    stay as they are until they are normalised.

    Examples
    --------
    >>> from sympy import symbols
    >>> x, y, z = symbols("x y z", real=True)
    >>> alike(x * y**2, (z, y**2)), alike(x * y**2, (y, y**2))
    (y**2*z, y**3)
    """
    if isinstance(term, BINDERS):
        return as_written(term.func, *args)
    if isinstance(term, Apply):
        return Apply(args[0], args[1], args[2], args[3])
    if isinstance(term, Mul):
        return _product(args) or Mul(*args)
    if isinstance(term, Add):
        return _sum(args) or Add(*args)
    if isinstance(term, (exp, log)) and len(args) == 1 and _stays(term, args[0]):
        return term.func(args[0], evaluate=False)
    if isinstance(term, Pow) and _stays_a_power(*args):
        return Pow(*args, evaluate=False)
    if isinstance(term, Relational):
        return _relation(term.func, args)
    return term.func(*args)


def _product(args: Iterable[Any]) -> Basic | None:
    """The product of factors of which no two combine, or None."""
    number: Any = S.One
    factors: list[Any] = []
    for part in args:
        for factor in part.args if isinstance(part, Mul) else (part,):
            if isinstance(factor, Number):
                number *= factor
            else:
                factors.append(factor)
    if not number.is_Rational or number is S.Zero or not factors:
        return None
    if number is not S.One and len(factors) == 1 and isinstance(factors[0], Add):
        return None  # SymPy multiplies that out
    seen = set()
    for factor in factors:
        if isinstance(factor, Pow) and isinstance(factor.base, (Add, *_WHOLE)) and factor.base is not S.Exp1:
            key = (factor.base, factor.exp.as_coeff_Mul()[1])
        elif isinstance(factor, exp):
            key = (S.Exp1, factor.args[0].as_coeff_Mul()[1])
        elif isinstance(factor, (Add, *_WHOLE)):
            key = (factor, S.One)
        else:
            return None
        if key in seen:
            return None
        seen.add(key)
    factors.sort(key=_order)
    return Mul._from_args(factors if number is S.One else [number, *factors], is_commutative=True)


def _sum(args: Iterable[Any]) -> Basic | None:
    """The sum of addends of which no two combine, or None."""
    addends = list(args)
    number = addends.pop(0) if isinstance(addends[0], Number) else S.Zero
    if not number.is_Rational or not addends:
        return None
    seen = set()
    for addend in addends:
        if isinstance(addend, Mul):
            coefficient, rest = addend.as_coeff_Mul()
            if not coefficient.is_Rational or not _is_open(rest):
                return None
        elif isinstance(addend, _WHOLE) or (isinstance(addend, Pow) and _is_open(addend.base)):
            rest = addend
        else:
            return None
        if rest in seen:
            return None
        seen.add(rest)
    addends.sort(key=_order)
    return Add._from_args(addends if number is S.Zero else [number, *addends], is_commutative=True)


def _stays_a_power(base: Any, exponent: Any) -> bool:
    return isinstance(base, (Add, Sum)) and exponent.is_Integer and exponent not in (0, 1) and _is_open(base)


def _stays(function: Basic, argument: Any) -> bool:
    """Does nothing happen to the exponential of this argument, or to the logarithm?"""
    if not _is_open(argument):
        return False
    if isinstance(function, log):
        return not isinstance(argument, exp)
    return not any(
        isinstance(factor, log) for part in Add.make_args(argument) for factor in Mul.make_args(part)
    )


def _is_open(term: Any) -> bool:
    """Has it a name in it? What has none is a number, which SymPy evaluates."""
    return bool(free_names(term))


def _relation(kind: Any, args: tuple[Any, ...]) -> Basic:
    """A relation; of places it is decided at once, of other values it is kept, not to ask for their signs."""
    names = free_names(args[0]) | free_names(args[1])
    kept = args[0] != args[1] and not all(name.is_integer for name in names)
    relation: Basic = kind(*args, evaluate=False) if kept else kind(*args)
    return relation
