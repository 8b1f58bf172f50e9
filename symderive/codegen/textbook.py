"""What plain `sympy.lambdify` returns for the textbook's formula: what is measured against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from sympy import Add, Expr, Indexed, Integer, KroneckerDelta, Max, Min, Mul, Product, Sum, Symbol, lambdify

from symderive.codegen.functions import Function
from symderive.codegen.kernel import Kind
from symderive.terms import (
    BINDERS,
    Dim,
    Index,
    IndexedMax,
    IndexedMin,
    limits_of,
    rebuild,
    substitute,
    unfold,
)

__all__ = ["textbook"]

Array: TypeAlias = "np.ndarray[Any, Any]"
Implementation: TypeAlias = "Callable[[Mapping[str, Array]], Sequence[Array]]"


def textbook(function: Function, size: int) -> Implementation:
    """The textbook's formula through plain `sympy.lambdify`, every dimension being `size`.

    Sums are written out, since lambdify knows no symbolic ones over vectors: for small sizes.

    Raises
    ------
    ValueError
        For a function with integer inputs: lambdify has no gathering.
    """
    if any(argument.kind is Kind.INDEX for argument in function.arguments):
        raise ValueError("plain lambdify has no integer inputs")
    names: dict[tuple[str, tuple[int, ...]], Symbol] = {}
    printed: list[list[Expr]] = []
    cores: list[tuple[int, ...]] = []
    for output in function.outputs:
        term = unfold(output.term, (), operations=True)
        ranges = [range(_number(axis.lower, size), _number(axis.upper, size) + 1) for axis in output.axes]
        cores.append(tuple(len(r) for r in ranges))
        entries = [()] if not ranges else list(np.ndindex(*cores[-1]))
        printed.append(
            [
                _written(
                    term, {a: r[n] for a, r, n in zip(output.axes, ranges, place, strict=True)}, size, names
                )
                for place in entries
            ]
        )
    scalars = [Symbol(a.name, real=True) for a in function.arguments if not a.axes]
    symbols = [*names.values(), *scalars]
    functions = [lambdify(symbols, terms, modules="numpy") for terms in printed]
    lowest = {a.name: [_number(lower, size) for lower, _ in a.axes] for a in function.arguments}

    def call(arguments: Mapping[str, Array]) -> Sequence[Array]:
        rows = len(next(iter(arguments.values())))
        values = []
        for family, place in names:
            entry: Any = (slice(None), *(p - low for p, low in zip(place, lowest[family], strict=True)))
            values.append(arguments[family][entry])
        values += [arguments[scalar.name] for scalar in scalars]
        results = []
        with np.errstate(all="ignore"):
            for made, core in zip(functions, cores, strict=True):
                columns = [np.broadcast_to(column, (rows,)) for column in made(*values)]
                results.append(np.stack(columns, axis=-1).reshape((rows, *core)))
        return results

    return call


def _number(term: Expr, size: int) -> int:
    return int(term.subs(dict.fromkeys(term.free_symbols, size)))


def _written(
    term: Any, places: Mapping[Index, int], size: int, names: dict[tuple[str, tuple[int, ...]], Symbol]
) -> Any:
    """A term with its sums written out and entries as symbols of their own."""
    if isinstance(term, Dim):
        return Integer(size)
    if term in places:
        return Integer(places[term])
    if not term.args:
        return Symbol(term.name, real=True) if isinstance(term, Symbol) else term
    if isinstance(term, Indexed):
        place = tuple(int(_written(index, places, size, names)) for index in term.indices)
        key = (str(term.base.name), place)
        return names.setdefault(key, Symbol(f"{key[0]}_{'_'.join(map(str, place))}", real=True))
    if isinstance(term, KroneckerDelta):
        a, b = (_written(arg, places, size, names) for arg in term.args)
        return Integer(int(a == b))
    if isinstance(term, BINDERS):
        (bound, lower, upper), *rest = limits_of(term)
        body = term.args[0] if not rest else type(term)(term.args[0], *rest)
        index = Index(f"·{len(places)}", upper, lower)
        body = substitute(body, {bound: index})
        first, last = (int(_written(end, places, size, names)) for end in (lower, upper))
        parts = [_written(body, {**places, index: n}, size, names) for n in range(first, last + 1)]
        return {Sum: Add, Product: Mul, IndexedMax: Max, IndexedMin: Min}[type(term)](*parts)
    return rebuild(term, lambda arg: _written(arg, places, size, names))
