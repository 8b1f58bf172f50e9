r"""A result written by components as vectors and matrices: ``s_i (δ_ik − s_k)`` is ``diag(s) − s sᵀ``.

A form is shown only after our own reader has read it back and the judge has proved it equal to the last line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Add, Expr, Indexed, KroneckerDelta, Mul, Pow, Sum, Symbol, expand

from symderive.decide import Status, judge_claim
from symderive.derivation import Derivation, PartKind
from symderive.notation import Notation, ReadError, latex, typeset
from symderive.render.declarations import definitions_of, notation_of
from symderive.render.readback import read_line
from symderive.terms import (
    Apply,
    Claim,
    Index,
    Operation,
    Partial,
    Vec,
    free_names,
    limits_of,
    substitute,
    walk,
)

__all__ = ["vector_form"]

_SECONDS = 5.0


@dataclass(frozen=True)
class _Form:
    """LaTeX of a scalar, vector or matrix; `loose` where it needs brackets as a factor."""

    tex: str
    loose: bool = False

    @property
    def tight(self) -> str:
        return rf"\left({self.tex}\right)" if self.loose else self.tex


def vector_form(derivation: Derivation) -> str | None:
    r"""The result with vectors and matrices in place of components, where it has such a form.

    Returns
    -------
    str or None
        ``\nabla_{\mathbf{x}} L(\mathbf{x}) = s(\mathbf{x}) - \mathbf{y}``; None where the result has no free
        index, or no form that the reader reads back and the judge proves.
    """
    problem = derivation.problem
    result = derivation.result
    axes = _axes(problem.start, result)
    if not 1 <= len(axes) <= 2 or problem.relation != "=" or problem.start == result:
        return None
    if not any(isinstance(node, Partial) for node in walk(problem.start)):
        return None
    if derivation.main.kind is PartKind.CASE or any(
        ((free_names(h.lhs) | free_names(h.rhs)) - set(h.forall)) & set(axes) for h in problem.hypotheses
    ):
        return None  # true of some components only
    try:
        form = _form(result, axes)
    except RecursionError:
        return None
    if form is None or not _reads_as(form.tex, result, axes, derivation):
        return None
    left = _left_side(problem.start, axes)
    return f"{left} = {form.tex}" if left else form.tex


def _axes(start: Expr, result: Expr) -> tuple[Symbol, ...]:
    """The free indices in the order of the axes: of the function first, then of the variables."""
    free = {name for name in free_names(start) | free_names(result) if isinstance(name, Index)}
    ordered: list[Symbol] = []
    if isinstance(start, Partial):
        inner = start.term
        places = list(inner.components) if isinstance(inner, Apply) else []
        for variable in start.wrt:
            places.extend(variable.indices if isinstance(variable, Indexed) else ())
        ordered = [place for place in places if place in free]
    rest = sorted((name for name in free if name not in ordered), key=lambda name: name.name)
    return (*ordered, *rest)


def _reads_as(tex: str, result: Expr, axes: tuple[Symbol, ...], derivation: Derivation) -> bool:
    """Does the form mean the result, as the reader reads it and the judge proves it?"""
    problem = derivation.problem
    notation: Notation = notation_of(derivation)
    try:
        read = read_line(tex, notation)
    except ReadError:
        return False
    if read.relation is not None or len(read.free) != len(axes):
        return False
    component = substitute(read.lhs, dict(zip(read.free, axes, strict=True)))
    claim = Claim(
        component,
        "=",
        result,
        problem.hypotheses,
        definitions_of(derivation),
        problem.recurrences,
        problem.domain,
    )
    return judge_claim(claim, timeout=_SECONDS).status is Status.PROVED


def _left_side(start: Expr, axes: tuple[Symbol, ...]) -> str | None:
    """``∇_x L(x)``, ``∂s/∂x`` or ``∇²_x L(x)`` for a derivative by the entries of one family."""
    if not isinstance(start, Partial):
        return None
    families = [variable.base for variable in start.wrt if isinstance(variable, Indexed)]
    if len(families) != len(start.wrt) or len(set(families)) != 1:
        return None
    slots = [index for variable in start.wrt for index in variable.indices]
    name = _family(str(families[0].label), len(start.wrt[0].indices))
    inner = start.term
    if tuple(slots) == axes:
        order = "^2" if len(start.wrt) == 2 else ""
        if len(start.wrt) == 2 and len(axes) != 2:
            return None
        shown = latex(inner)
        return rf"\nabla_{{{name}}}{order} " + (shown if isinstance(inner, Apply) else typeset.bracket(shown))
    if len(start.wrt) == 1 and isinstance(inner, Apply) and (*inner.components, *slots) == axes:
        return rf"\frac{{\partial {_family(inner.head, 1)}}}{{\partial {name}}}"
    return None


def _family(name: str, rank: int) -> str:
    return typeset.name(name, bold=rank == 1)


def _form(term: Expr, axes: Sequence[Symbol]) -> _Form | None:
    """A term whose free indices are `axes`; tried as it stands, then multiplied out."""
    found = _as_it_stands(term, axes)
    if found is None:
        spread = expand(term, deep=False)
        if spread != term:
            found = _as_it_stands(spread, axes)
    return found


def _as_it_stands(term: Expr, axes: Sequence[Symbol]) -> _Form | None:
    if not axes:
        return _scalar(term)
    if isinstance(term, Add):
        return _sum(term, axes)
    if len(axes) == 1:
        return _vector(term, axes[0])
    return _matrix(term, axes[0], axes[1])


def _sum(term: Add, axes: Sequence[Symbol]) -> _Form | None:
    parts: list[tuple[Expr, str]] = []
    for part in term.args:
        negative = typeset.is_negative(part)
        form = _form(-part if negative else part, axes)
        if form is None:
            return None
        parts.append((part, form.tight if negative else form.tex))
    tex = ""
    for part, shown in sorted(parts, key=lambda pair: typeset.is_negative(pair[0])):
        sign = "-" if typeset.is_negative(part) else "+"
        tex = f"{tex} {sign} {shown}" if tex else ("-" if sign == "-" else "") + shown
    return _Form(tex, loose=True)


def _scalar(term: Expr) -> _Form:
    """A number; an inner product where it is a sum of products of two vectors."""
    if isinstance(term, Sum) and len(limits_of(term)) == 1:
        (index, _, _) = limits_of(term)[0]
        factors = Mul.make_args(term.function)
        if len(factors) == 2:
            left, right = (_form(factor, (index,)) for factor in factors)
            if left is not None and right is not None:
                return _Form(rf"{left.tight}^\top {right.tight}", loose=True)
    return _Form(latex(term), loose=isinstance(term, (Add, Sum)))


def _split(term: Expr, *axes: Symbol) -> tuple[Expr, dict[frozenset[Symbol], list[Expr]]]:
    """A product's factors without free axes, and the others by the axes that they hold."""
    scalars: list[Expr] = []
    groups: dict[frozenset[Symbol], list[Expr]] = {}
    for factor in Mul.make_args(term):
        mine = frozenset(free_names(factor) & set(axes))
        if mine:
            groups.setdefault(mine, []).append(factor)
        else:
            scalars.append(factor)
    return Mul(*scalars), groups


def _scaled(scale: Expr, form: _Form) -> _Form | None:
    """A number times a vector or a matrix."""
    if scale == 1:
        return form
    negative = typeset.is_negative(scale)
    size = -scale if negative else scale
    sign = "-" if negative else ""
    if size == 1:
        return _Form(sign + form.tight, loose=True)
    sums = [factor for factor in Mul.make_args(size) if isinstance(factor, Sum)]
    rest = Mul(*(factor for factor in Mul.make_args(size) if not isinstance(factor, Sum)))
    shown = [_scalar(rest)] if rest != 1 else []
    tex = " ".join(number.tight for number in (*shown, *map(_scalar, sums)))
    return _Form(f"{sign}{tex} {form.tight}", loose=negative)


def _entry(factor: Expr, axis: Symbol) -> str | None:
    """The vector that a factor is an entry of: ``x`` of ``x_k``, ``s(x)`` of ``s_k(x)``."""
    if isinstance(factor, Indexed) and tuple(factor.indices) == (axis,):
        return _family(str(factor.base.label), 1)
    if isinstance(factor, Apply) and factor.components == (axis,) and not factor.derivatives:
        if any(axis in free_names(argument) for argument in factor.arguments):
            return None
        applied = latex(Apply(factor.head, factor.arguments))
        plain = typeset.name(factor.head)
        return _family(factor.head, 1) + applied.removeprefix(plain) if applied.startswith(plain) else applied
    if isinstance(factor, Operation) and factor.arguments[-1] == axis:
        whole = factor.arguments[:-1]
        if len(whole) != 1 or not isinstance(whole[0], Vec) or axis in free_names(whole[0]):
            return None
        return latex(factor).rpartition("_")[0]
    return None


def _vector(term: Expr, axis: Symbol) -> _Form | None:
    scale, groups = _split(term, axis)
    factors = groups.get(frozenset({axis}), [])
    if not factors:
        return None  # a vector of equal entries
    if len(factors) == 1 and isinstance(factors[0], Sum):
        product = _matrix_times_vector(factors[0], axis)
        return None if product is None else _scaled(scale, product)
    shown: list[_Form] = []
    for factor in factors:
        name = _entry(factor, axis)
        if name is not None:
            shown.append(_Form(name))
            continue
        if isinstance(factor, Pow) and factor.exp.is_Integer and factor.exp > 1:
            base = _entry(factor.base, axis)
            if base is not None:
                shown.extend([_Form(base)] * int(factor.exp))
                continue
        inner = _form(factor, (axis,)) if isinstance(factor, Add) else None
        if inner is None:
            return None
        shown.append(inner)
    if len(shown) == 1:
        return _scaled(scale, shown[0])
    return _scaled(scale, _Form(r" \odot ".join(form.tight for form in shown)))


def _matrix_times_vector(total: Sum, axis: Symbol) -> _Form | None:
    """``Σ_j W_kj h_j`` is ``W h``, and ``Σ_j W_jk r_j`` is ``Wᵀ r``."""
    if len(limits_of(total)) != 1:
        return None
    (index, _, _) = limits_of(total)[0]
    scale, groups = _split(total.function, axis, index)
    both = groups.pop(frozenset({axis, index}), [])
    rest = groups.pop(frozenset({index}), [])
    if groups or len(both) != 1 or not rest:
        return None
    matrix = _matrix(both[0], axis, index)
    vector = _form(Mul(*rest), (index,))
    if matrix is None or vector is None:
        return None
    return _scaled(scale, _Form(f"{matrix.tight} {vector.tight}"))


def _matrix_times_matrix(total: Sum, row: Symbol, column: Symbol) -> _Form | None:
    """``Σ_n X_nk R_nm`` is ``Xᵀ R``."""
    if len(limits_of(total)) != 1:
        return None
    (index, _, _) = limits_of(total)[0]
    scale, groups = _split(total.function, row, column, index)
    left = groups.pop(frozenset({row, index}), [])
    right = groups.pop(frozenset({index, column}), [])
    if groups or not left or not right:
        return None
    first, second = _matrix(Mul(*left), row, index), _matrix(Mul(*right), index, column)
    if first is None or second is None:
        return None
    return _scaled(scale, _Form(f"{first.tight} {second.tight}"))


def _matrix(term: Expr, row: Symbol, column: Symbol) -> _Form | None:
    scale, groups = _split(term, row, column)
    both = groups.get(frozenset({row, column}), [])
    left = groups.get(frozenset({row}), [])
    right = groups.get(frozenset({column}), [])
    if not both:
        first, second = _form(Mul(*left), (row,)), _form(Mul(*right), (column,))
        if first is None or second is None or not left or not right:
            return None
        return _scaled(scale, _Form(rf"{first.tight} {second.tight}^\top"))
    if len(both) != 1:
        return None
    (factor,) = both
    if isinstance(factor, KroneckerDelta):
        diagonal = substitute(Mul(*left, *right), {column: row})
        vector = _form(diagonal, (row,)) if left or right else None
        return None if vector is None else _scaled(scale, _Form(rf"\operatorname{{diag}}({vector.tex})"))
    if left or right:
        return None
    if isinstance(factor, Sum):
        product = _matrix_times_matrix(factor, row, column)
        return None if product is None else _scaled(scale, product)
    if isinstance(factor, Indexed) and len(factor.indices) == 2:
        name = _family(str(factor.base.label), 2)
        if tuple(factor.indices) == (row, column):
            return _scaled(scale, _Form(name))
        if tuple(factor.indices) == (column, row):
            return _scaled(scale, _Form(rf"{name}^\top"))
    inner = _form(factor, (row, column)) if isinstance(factor, Add) else None
    return None if inner is None else _scaled(scale, inner)
