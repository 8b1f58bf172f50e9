"""Linear inequalities over ℚ: is a system feasible? Exact Fourier–Motzkin elimination on small systems."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction

__all__ = ["Linear", "feasible"]

#: A linear form: variable → coefficient; the constant stands under None.
Linear = Mapping[Hashable, Fraction]

_ROW_LIMIT = 2_000


def feasible(weak: Iterable[Linear], strict: Iterable[Linear] = ()) -> bool:
    """Is there a rational point with every `weak` form ≥ 0 and every `strict` form > 0?

    Answers True as well when the elimination outgrows its limit: callers conclude only from False.

    Examples
    --------
    >>> x = {"x": Fraction(1), None: Fraction(-1)}      # x - 1
    >>> feasible([x], [{"x": Fraction(-1)}])            # x ≥ 1 and x < 0
    False
    """
    rows = [(_clean(form), False) for form in weak] + [(_clean(form), True) for form in strict]
    while True:
        variables = {v for form, _ in rows for v in form if v is not None}
        if not variables:
            break

        def cost(
            variable: Hashable, rows: list[tuple[dict[Hashable, Fraction], bool]] = rows
        ) -> tuple[int, str]:
            up = sum(1 for form, _ in rows if form.get(variable, 0) > 0)
            down = sum(1 for form, _ in rows if form.get(variable, 0) < 0)
            return up * down - up - down, str(variable)

        variable = min(variables, key=cost)
        rows = _eliminate(rows, variable)
        if len(rows) > _ROW_LIMIT:
            return True
        if any(_impossible(form, strict_row) for form, strict_row in rows):
            return False
    return not any(_impossible(form, strict_row) for form, strict_row in rows)


def _clean(form: Linear) -> dict[Hashable, Fraction]:
    return {v: Fraction(c) for v, c in form.items() if c != 0}


def _impossible(form: dict[Hashable, Fraction], strict: bool) -> bool:
    if any(v is not None for v in form):
        return False
    constant = form.get(None, Fraction(0))
    return constant < 0 or (strict and constant == 0)


def _eliminate(
    rows: list[tuple[dict[Hashable, Fraction], bool]], variable: Hashable
) -> list[tuple[dict[Hashable, Fraction], bool]]:
    up = [row for row in rows if row[0].get(variable, 0) > 0]
    down = [row for row in rows if row[0].get(variable, 0) < 0]
    kept = {_key(row): row for row in rows if variable not in row[0]}
    for low, low_strict in up:
        for high, high_strict in down:
            a, b = low[variable], -high[variable]
            combined: dict[Hashable, Fraction] = {}
            for v in {*low, *high} - {variable}:
                c = b * low.get(v, 0) + a * high.get(v, 0)
                if c != 0:
                    combined[v] = c
            row = (combined, low_strict or high_strict)
            kept[_key(row)] = row
    return list(kept.values())


def _key(row: tuple[dict[Hashable, Fraction], bool]) -> Hashable:
    form, strict = row
    if not form:
        return (frozenset(), strict)
    scale = max(abs(c) for c in form.values())
    return (frozenset((v, c / scale) for v, c in form.items()), strict)
