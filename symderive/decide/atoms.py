"""Normal forms of names, entries, deltas, indicators, cases and applied functions."""

from __future__ import annotations

from typing import Any

from sympy import (
    And,
    Basic,
    Eq,
    Expr,
    Float,
    Function,
    Ge,
    Gt,
    Indexed,
    Integer,
    KroneckerDelta,
    Le,
    Lt,
    Max,
    Min,
    Ne,
    Not,
    NumberSymbol,
    Or,
    Piecewise,
    Rational,
    S,
    Symbol,
    Tuple,
    binomial,
    expand,
    factorial,
)
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from symderive.decide.algebra import ONE, ZERO, Algebra, Ratio, Unsupported, handles
from symderive.decide.polynomial import Poly
from symderive.terms import Apply, Index, Iverson, Partial, Vec, free_names, is_whole, limits_of, substitute
from symderive.terms.substitution import binder_height

__all__ = ["canonical_index", "delta", "opened"]


#: What begins the name of a bound index whose term is not normal yet.
_OPEN = "\u00b0"


def canonical_index(height: int, lower: Expr, upper: Expr) -> Index:
    """The bound index that stands for every index of one nesting height and range."""
    return Index(f"\u00b7{height}", upper, lower)


def opened(binder: Expr) -> tuple[Expr, list[Index]]:
    """The body of a binder, and its indices from the outermost one inwards, under names of their own.

    How high its own binders will stand is known only once the body is normal: sums that are joined stand
    higher than they were written. Until then an index that is free in it must have no name that one of them
    may be given.
    """
    body, limits = binder.args[0], limits_of(binder)
    taken = [int(name.name[1:]) + 1 for name in free_names(binder) if name.name.startswith(_OPEN)]
    number = max(binder_height(body), *taken, 0) + len(limits)
    renaming: dict[Symbol, Expr] = {}
    for index, lower, upper in limits:
        number -= 1
        ends = (expand(substitute(end, renaming)) for end in (upper, lower))
        renaming[index] = Index(f"{_OPEN}{number}", *ends)
    return substitute(body, renaming), list(renaming.values())


def idempotent(algebra: Algebra, number: int) -> None:
    """Install g² = g."""
    if number not in algebra.relations:
        algebra.relations[number] = (2, lambda _: Poly.generator(number))


@handles(Symbol)
def _symbol(algebra: Algebra, term: Symbol) -> Ratio:
    return algebra.as_ratio(algebra.intern("symbol", term, term))


@handles(Float)
def _float(algebra: Algebra, term: Float) -> Ratio:
    return algebra.constant(Rational(term))


@handles(NumberSymbol)
def _number_symbol(algebra: Algebra, term: NumberSymbol) -> Ratio:
    if term is S.Exp1:
        return _exp_one(algebra)
    return algebra.as_ratio(algebra.intern("constant", str(term), term))


def _exp_one(algebra: Algebra) -> Ratio:
    from symderive.decide.powers import exponential

    return exponential(algebra, ONE)


@handles(Indexed)
def _indexed(algebra: Algebra, term: Indexed) -> Ratio:
    integers = algebra.facts.integers
    indices = tuple(integers.settled(expand(index)) for index in term.indices)
    for index in indices:
        if index.is_integer is False:
            raise Unsupported(f"{term} has an index that is no integer")
    return algebra.as_ratio(
        algebra.intern("entry", (str(term.base), indices), lambda: term.func(term.base, *indices))
    )


def delta(algebra: Algebra, a: Expr, b: Expr) -> Ratio:
    """``[a = b]`` for integer terms, decided where the ranges and hypotheses decide it."""
    difference = expand(a - b)
    if difference.is_zero:
        return ONE
    if difference.is_Integer or difference.is_integer is False:
        return ZERO
    facts = algebra.facts
    if facts.integers.at_least(difference, 1) or facts.integers.at_least(-difference, 1):
        return ZERO
    if facts.integers.is_apart(difference):
        return ZERO
    if facts.integers.at_least(difference, 0) and facts.integers.at_least(-difference, 0):
        return ONE
    if str(-difference) < str(difference):
        difference = -difference
    number = algebra.intern("delta", difference, lambda: KroneckerDelta(*_two_sides(difference)))
    idempotent(algebra, number)
    return algebra.as_ratio(number)


def _two_sides(difference: Expr) -> tuple[Expr, Expr]:
    positive, negative = Integer(0), Integer(0)
    for part, c in difference.as_coefficients_dict().items():
        if c > 0:
            positive += c * part
        else:
            negative -= c * part
    return positive, negative


@handles(KroneckerDelta)
def _delta(algebra: Algebra, term: KroneckerDelta) -> Ratio:
    return delta(algebra, term.args[0], term.args[1])


@handles(Iverson)
def _iverson(algebra: Algebra, term: Iverson) -> Ratio:
    return indicator(algebra, term.condition)


def indicator(algebra: Algebra, condition: Basic) -> Ratio:
    """``[condition]`` as a normal form."""
    if isinstance(condition, BooleanTrue):
        return ONE
    if isinstance(condition, BooleanFalse):
        return ZERO
    if isinstance(condition, Not):
        return algebra.subtract(ONE, indicator(algebra, condition.args[0]))
    if isinstance(condition, And):
        result = ONE
        for part in condition.args:
            result = algebra.multiply(result, indicator(algebra, part))
        return result
    if isinstance(condition, Or):
        result = ONE
        for part in condition.args:
            result = algebra.multiply(result, algebra.subtract(ONE, indicator(algebra, part)))
        return algebra.subtract(ONE, result)
    if isinstance(condition, Ne):
        return algebra.subtract(ONE, indicator(algebra, Eq(*condition.args, evaluate=False)))
    if isinstance(condition, (Gt, Lt, Ge, Le)):
        greater, smaller = condition.args if isinstance(condition, (Gt, Ge)) else reversed(condition.args)
        strict = isinstance(condition, (Gt, Lt))
        return _ordered(algebra, greater - smaller, strict)
    if isinstance(condition, Eq):
        left, right = condition.args
        if left.is_integer and right.is_integer:
            return delta(algebra, left, right)
        return _coincide(algebra, left - right)
    raise Unsupported(f"the condition {condition}")


def _ordered(algebra: Algebra, difference: Expr, strict: bool) -> Ratio:
    """``[difference ≥ 0]``, or ``> 0``."""
    if is_whole(difference):
        return _ordered_integers(algebra, expand(difference - 1) if strict else expand(difference))
    ratio = algebra.normalise(difference)
    sign = algebra.facts.sign_of(ratio)
    if ratio.is_zero:
        return ZERO if strict else ONE
    if sign is not None and (sign[1] or (sign[0] > 0) != strict):
        return ONE if sign[0] > 0 else ZERO
    return _opaque_order(algebra, ratio, strict)


def _opaque_order(algebra: Algebra, ratio: Ratio, strict: bool) -> Ratio:
    # [f > 0] and [−f ≥ 0] are complementary: one generator for both.
    _, c = ratio.num.leading()
    if c < 0:
        return algebra.subtract(ONE, _opaque_order(algebra, algebra.negate(ratio), not strict))
    if ratio.den.is_constant:
        ratio = Ratio(ratio.num.scale(1 / c), ratio.den)
    term = algebra.term(ratio)
    relation = Gt(term, 0, evaluate=False) if strict else Ge(term, 0, evaluate=False)
    number = algebra.intern("iverson", (ratio, strict), lambda: Iverson(relation))
    idempotent(algebra, number)
    return algebra.as_ratio(number)


def _ordered_integers(algebra: Algebra, difference: Expr) -> Ratio:
    facts = algebra.facts
    if facts.integers.at_least(difference, 0):
        return ONE
    if facts.integers.at_least(-difference, 1):
        return ZERO
    if facts.integers.at_least(difference, -1):
        return algebra.subtract(ONE, delta(algebra, difference, Integer(-1)))
    if facts.integers.at_least(-difference, 0):
        return delta(algebra, difference, Integer(0))
    opposite = expand(-difference - 1)
    if str(opposite) < str(difference):
        return algebra.subtract(ONE, _ordered_integers_key(algebra, opposite))
    return _ordered_integers_key(algebra, difference)


def _ordered_integers_key(algebra: Algebra, difference: Expr) -> Ratio:
    number = algebra.intern("iverson", difference, lambda: Iverson(Ge(difference, 0, evaluate=False)))
    idempotent(algebra, number)
    return algebra.as_ratio(number)


def _coincide(algebra: Algebra, difference: Expr) -> Ratio:
    ratio = algebra.normalise(difference)
    if ratio.is_zero:
        return ONE
    if ratio.is_constant or algebra.facts.is_nonzero(ratio.num):
        return ZERO
    _, c = ratio.num.leading()
    poly = ratio.num.scale(1 / c)
    term = algebra.poly_term(poly)
    number = algebra.intern("iverson", ("zero", poly), lambda: Iverson(Eq(term, 0, evaluate=False)))
    idempotent(algebra, number)
    return algebra.as_ratio(number)


@handles(Piecewise)
def _piecewise(algebra: Algebra, term: Piecewise) -> Ratio:
    result, rest = ZERO, ONE
    for value, condition in term.args:
        here = indicator(algebra, condition)
        chosen = algebra.multiply(rest, here)
        if not chosen.is_zero:
            result = algebra.add(result, algebra.multiply(chosen, algebra.normalise(value)))
        rest = algebra.multiply(rest, algebra.subtract(ONE, here))
    return result


@handles(Max, Min)
def _extremum(algebra: Algebra, term: Expr) -> Ratio:
    from symderive.decide.signs import absolute

    sign = 1 if isinstance(term, Max) else -1
    result = algebra.normalise(term.args[0])
    for arg in term.args[1:]:
        other = algebra.normalise(arg)
        gap = absolute(algebra, algebra.subtract(result, other))
        doubled = algebra.add(algebra.add(result, other), gap if sign > 0 else algebra.negate(gap))
        result = algebra.multiply(doubled, algebra.constant(Rational(1, 2)))
    return result


@handles(binomial)
def _binomial(algebra: Algebra, term: Expr) -> Ratio:
    n, k = (expand(arg) for arg in term.args)
    if k.is_Integer and 0 <= k <= 12:
        # A polynomial in n.
        value: Expr = Integer(1)
        for m in range(int(k)):
            value = value * (n - m) / (m + 1)
        return algebra.normalise(value)
    offset, free = n.as_coeff_Add()
    if offset > algebra.pascal_floors.get(free, offset) and algebra.facts.integers.at_least(n, 1):
        algebra.check_deadline()
        above = _binomial(algebra, binomial(n - 1, k, evaluate=False))
        return algebra.add(above, _binomial(algebra, binomial(n - 1, k - 1, evaluate=False)))
    complement = expand(n - k)
    if complement.is_Integer and algebra.facts.integers.at_least(n, 0):
        return _binomial(algebra, binomial(n, complement, evaluate=False)) if complement >= 0 else ZERO
    if str(complement) < str(k) and algebra.facts.integers.at_least(n, 0):
        k = complement
    return algebra.as_ratio(algebra.intern("binomial", (n, k), lambda: binomial(n, k, evaluate=False)))


@handles(factorial)
def _factorial(algebra: Algebra, term: Expr) -> Ratio:
    n = expand(term.args[0])
    offset, base = n.as_coeff_Add()
    if n.free_symbols and offset.is_Integer and 0 < offset <= 20:
        # (n + 2)! = (n + 2)(n + 1) n!
        result = algebra.normalise(factorial(base))
        for m in range(1, int(offset) + 1):
            result = algebra.multiply(result, algebra.normalise(base + m))
        return result
    if n.free_symbols and -20 <= offset < 0 and algebra.facts.integers.at_least(n, 0):
        # (n − 2)! = n! / (n (n − 1))
        result = algebra.normalise(factorial(base))
        for m in range(int(-offset)):
            result = algebra.divide(result, algebra.normalise(base - m))
        return result
    return algebra.as_ratio(algebra.intern("factorial", n, lambda: factorial(n)))


def argument_key(algebra: Algebra, argument: Expr) -> tuple[Any, Expr, int]:
    """A canonical key and term of a function's argument, and the height of its binders."""
    if isinstance(argument, Vec):
        body, indices = opened(argument)
        ratio = algebra.normalise(body)
        height = algebra.height(ratio) + len(indices)
        renaming: dict[Symbol, Expr] = {}
        for offset, index in enumerate(indices):
            ends = (substitute(end, renaming) for end in (index.lower, index.upper))
            renaming[index] = canonical_index(height - 1 - offset, *ends)
        ratio = algebra.substitute(ratio, renaming)
        term = Vec(algebra.term(ratio), *((v, v.lower, v.upper) for v in renaming.values()))
        return ("vec", tuple(renaming.values()), ratio), term, height
    if isinstance(argument, Symbol) and not argument.is_extended_real and argument.is_integer is None:
        return ("name", argument.name), argument, 0
    ratio = algebra.normalise(argument)
    return ("scalar", ratio), algebra.term(ratio), algebra.height(ratio)


@handles(Apply)
def _apply(algebra: Algebra, term: Apply) -> Ratio:
    keys, terms, height = [], [], 0
    for argument in term.arguments:
        key, canonical, deep = argument_key(algebra, argument)
        keys.append(key)
        terms.append(canonical)
        height = max(height, deep)
    components = tuple(expand(component) for component in term.components)
    derivatives = tuple(Tuple(*(expand(part) for part in order)) for order in term.derivatives)
    node = Apply(term.args[0], terms, components, derivatives)
    data = (term.head, tuple(keys), components, tuple(node.derivatives))
    return algebra.as_ratio(algebra.intern("apply", data, node, height))


@handles(Partial)
def _partial(algebra: Algebra, term: Partial) -> Ratio:
    # Only a derivative of a bare name is left once definitions are unfolded.
    if not isinstance(term.term, Apply):
        raise Unsupported("a derivative that was not carried out")
    inner = algebra.normalise(term.term)
    wrt = tuple(sorted((algebra.term(algebra.normalise(w)) for w in term.wrt), key=lambda w: w.sort_key()))
    node = Partial(algebra.term(inner), *wrt)
    return algebra.as_ratio(algebra.intern("partial", (inner, wrt), node))


@handles(Function)
def _function(algebra: Algebra, term: Expr) -> Ratio:
    """Any other SymPy function: an opaque generator over canonical arguments."""
    if not term.args or term.is_extended_real is False:
        raise Unsupported(f"the function {term.func.__name__}")
    ratios = [algebra.normalise(arg) for arg in term.args]
    node = term.func(*(algebra.term(ratio) for ratio in ratios))
    if not isinstance(node, type(term)):
        return algebra.normalise(node)
    height = max(algebra.height(ratio) for ratio in ratios)
    number = algebra.intern("function", (term.func.__name__, tuple(ratios)), node, height)
    return algebra.as_ratio(number)
