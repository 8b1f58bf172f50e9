"""Last touches to a product: powers of one base together, numbers in front of brackets, sinh/cosh as tanh."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, Product, cosh, exp, sinh, tanh

__all__ = ["polished"]


def polished(term: Expr) -> Expr:
    """A term with its products, and those of its summands, written as on paper.

    Equal to the term wherever the term has a value: ``b b^{γ − 1}`` has none where ``b^{γ − 1}`` has none.

    Examples
    --------
    >>> from sympy import cosh, sinh
    >>> from symderive.terms import scalar
    >>> a, b, g = scalar("a"), scalar("b"), scalar("g")
    >>> polished(a * a ** (g - 1) * (2 * b - 2 * g))
    2*a**g*(b - g)
    >>> polished(sinh(a) / cosh(a) + b)
    b + tanh(a)
    """
    if isinstance(term, Add):
        return Add(*(polished(part) for part in term.args))
    if not isinstance(term, Mul):
        return term
    return _numbers_in_front(_quotients_named(_powers_together(list(term.args))))


def _powers_together(factors: list[Expr]) -> list[Expr]:
    """``b · b^{γ − 1}`` as ``b^γ``; powers whose exponents are numbers are left as SymPy has them."""
    exponents: dict[Expr, list[Expr]] = {}
    for factor in factors:
        base, exponent = _power(factor)
        exponents.setdefault(base, []).append(exponent)
    symbolic = {
        base
        for base, found in exponents.items()
        if len(found) > 1
        and any(not exponent.is_number for exponent in found)
        and not isinstance(base, Product)  # the judge knows no sign of a product over an index
    }
    if not symbolic:
        return factors
    kept = [factor for factor in factors if _power(factor)[0] not in symbolic]
    return [*kept, *(Pow(base, Add(*exponents[base])) for base in exponents if base in symbolic)]


def _power(factor: Expr) -> tuple[Expr, Expr]:
    if isinstance(factor, Pow) and not isinstance(factor, exp):
        return factor.base, factor.exp
    return factor, Integer(1)


def _quotients_named(factors: list[Expr]) -> list[Expr]:
    """``sinh t / cosh t`` as ``tanh t``, as often as it is there."""
    found = list(factors)
    for factor in factors:
        base, exponent = _power(factor)
        if not isinstance(base, sinh) or not exponent.is_Integer or exponent <= 0:
            continue
        below = Pow(cosh(base.args[0]), -exponent)
        if below in found:
            found.remove(factor)
            found.remove(below)
            found.append(Pow(tanh(base.args[0]), exponent))
    return found


def _numbers_in_front(factors: list[Expr]) -> Expr:
    """``(2a − 2b) c`` as ``2 (a − b) c``; before a bracket alone a number is multiplied into it."""
    plain = Mul(*factors)
    front, rest = [], []
    for factor in factors:
        if isinstance(factor, Add):
            content, primitive = factor.as_content_primitive()
            if content.is_Integer:
                front.append(content)
                rest.append(primitive)
                continue
        rest.append(factor)
    number = Mul(*front, *(factor for factor in rest if factor.is_Rational))
    if all(content == 1 for content in front):
        return plain
    others = [factor for factor in rest if not factor.is_Rational]
    return plain if len(others) < 2 else Mul(number, *others)
