"""The term nodes that SymPy lacks: comprehensions, extrema, applications, derivatives, indicators.

Every node is a SymPy expression, so that meaning lives in one language. Nodes never evaluate themselves:
SymPy's own automatic rules for delta functions and sums capture indices (see `substitution`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from sympy import Basic, Expr, Integer, Piecewise, Product, S, Sum, Symbol, Tuple, sympify

from symderive.terms.display import render_latex
from symderive.terms.symbols import Index, fresh_index

__all__ = [
    "BINDERS",
    "Apply",
    "IndexedMax",
    "IndexedMin",
    "Iverson",
    "Partial",
    "Vec",
    "as_written",
    "indexed_max",
    "indexed_min",
    "indexed_product",
    "indexed_sum",
    "limits_of",
    "product_of",
    "sum_of",
    "vec",
]


class Shown(Expr):
    """How our nodes print: as textbook LaTeX where a printer is registered, as plain text elsewhere."""

    def _latex(self, printer: Any) -> str:
        return render_latex(self) or printer.emptyPrinter(self)

    def _sympystr(self, printer: Any) -> str:
        from symderive.terms.plain import plain

        return plain(self)


class _Binder(Shown):
    """A node ``(body, (j, lower, upper), …)`` that binds its indices; axes are in the order of the limits."""

    is_commutative = True
    is_extended_real: ClassVar[bool] = True

    def __new__(cls, body: Expr, *limits: Any) -> _Binder:
        return Expr.__new__(cls, sympify(body), *(Tuple(*limit) for limit in limits))

    @property
    def body(self) -> Expr:
        """The expression under the binder."""
        return self.args[0]

    @property
    def limits(self) -> tuple[Tuple, ...]:
        """``(index, lower, upper)`` an axis."""
        return self.args[1:]

    @property
    def bound_symbols(self) -> list[Symbol]:
        """The indices that the node binds."""
        return [limit[0] for limit in self.limits]

    @property
    def free_symbols(self) -> set[Basic]:
        """Symbols of the body and the limits except the bound indices."""
        free = {s for s in self.body.free_symbols if s.is_Symbol} - set(self.bound_symbols)
        for _, lower, upper in self.limits:
            free |= lower.free_symbols | upper.free_symbols
        return free


class Vec(_Binder):
    """The comprehension ``(body)_{j = lower..upper}``: a vector argument of an `Apply` or an `Operation`."""

    is_number = False


class IndexedMax(_Binder):
    """``max_{lower ≤ j ≤ upper} body``."""


class IndexedMin(_Binder):
    """``min_{lower ≤ j ≤ upper} body``."""


#: Every node that binds indices.
BINDERS = (Sum, Product, Vec, IndexedMax, IndexedMin)


def limits_of(binder: Expr) -> tuple[Tuple, ...]:
    """The limits of a binder from the outermost to the innermost (SymPy writes the innermost first)."""
    limits = binder.args[1:]
    return tuple(reversed(limits)) if isinstance(binder, (Sum, Product)) else tuple(limits)


def as_written(kind: Any, body: Basic, *limits: Basic) -> Expr:
    """A binder of these arguments, as they are.

    SymPy takes cases out of every sum and product, out of those inside them, too: what a case says of their
    indices would stand outside.
    """
    binder: Expr = Expr.__new__(kind, body, *limits)
    binder.is_commutative = True
    return binder


def sum_of(body: Expr | int, *limits: Any) -> Expr:
    """``Σ body`` over limits that are bound already, the innermost first.

    Examples
    --------
    >>> from sympy import Piecewise
    >>> from symderive.terms import Dim, Index, Vector, fresh_index, indexed_sum
    >>> K = Dim("K"); x = Vector("x", K); i, j = Index("i", K), fresh_index("j")
    >>> above = indexed_sum(Piecewise((1, x[i] > x[j]), (0, True)), i)
    >>> sum_of(x[j] * above, (j, 1, K))
    Sum(x[_j]*Sum(Piecewise((1, x[_i] > x[_j]), (0, True)), (_i, 1, K)), (_j, 1, K))
    """
    return _over(Sum, body, limits)


def product_of(body: Expr | int, *limits: Any) -> Expr:
    """``Π body``, as `sum_of`."""
    return _over(Product, body, limits)


def _over(kind: Any, body: Expr | int, limits: Sequence[Any]) -> Expr:
    body = sympify(body)
    if not body.has(Piecewise):
        made: Expr = kind(body, *limits)
        return made
    inner: tuple[Any, ...] = ()
    if type(body) is kind:
        body, *inner = body.args
    return as_written(kind, body, *inner, *(Tuple(*limit) for limit in limits))


def _bind(node: Any, body: Expr | int, index: Symbol, lower: Expr | int, upper: Expr | int) -> Expr:
    bound = fresh_index(index.name)
    limit = (bound, sympify(lower), sympify(upper))
    body = _exchanged(sympify(body), index, bound)
    return _over(node, body, (limit,)) if node in (Sum, Product) else node(body, limit)


def _exchanged(term: Any, old: Symbol, new: Symbol) -> Any:
    if not term.has(Piecewise):
        return term.xreplace({old: new})
    args = [_exchanged(arg, old, new) for arg in term.args]
    return as_written(type(term), *args) if isinstance(term, (Sum, Product)) else term.func(*args)


def _range(index: Symbol, lower: Expr | int | None, upper: Expr | int | None) -> tuple[Any, Any]:
    if lower is None and upper is None and isinstance(index, Index):
        return index.lower, index.upper
    if lower is None or upper is None:
        raise TypeError(f"the sum over {index} needs both limits, or an Index that has a range")
    return lower, upper


def indexed_sum(
    body: Expr | int, index: Symbol, lower: Expr | int | None = None, upper: Expr | int | None = None
) -> Expr:
    """``Σ_{index = lower}^{upper} body`` with a bound index that nothing can capture.

    Parameters
    ----------
    body
        The summand, written with `index`.
    index
        Any integer symbol; an `Index` brings its own range when the limits are left out.
    lower, upper
        The limits, both included. An upper limit of ``lower - 1`` is the empty sum.

    Examples
    --------
    The bound index is another object than the free one of the same name: nothing is captured.

    >>> from symderive.terms import Dim, Index, Vector, differentiate
    >>> K = Dim("K"); x = Vector("x", K); j = Index("j", K)
    >>> differentiate(indexed_sum(x[j] ** 2, j), x[j])
    Sum(2*KroneckerDelta(_j, j)*x[_j], (_j, 1, K))
    """
    return _bind(Sum, body, index, *_range(index, lower, upper))


def indexed_product(
    body: Expr | int, index: Symbol, lower: Expr | int | None = None, upper: Expr | int | None = None
) -> Expr:
    """``Π_{index = lower}^{upper} body``, bound like `indexed_sum`."""
    return _bind(Product, body, index, *_range(index, lower, upper))


def indexed_max(
    body: Expr, index: Symbol, lower: Expr | int | None = None, upper: Expr | int | None = None
) -> Expr:
    """``max_{index} body``, bound like `indexed_sum`."""
    return _bind(IndexedMax, body, index, *_range(index, lower, upper))


def indexed_min(
    body: Expr, index: Symbol, lower: Expr | int | None = None, upper: Expr | int | None = None
) -> Expr:
    """``min_{index} body``, bound like `indexed_sum`."""
    return _bind(IndexedMin, body, index, *_range(index, lower, upper))


def vec(body: Expr, index: Symbol, lower: Expr | int | None = None, upper: Expr | int | None = None) -> Vec:
    """The vector ``(body)_{index = lower..upper}``, bound like `indexed_sum`."""
    node = _bind(Vec, body, index, *_range(index, lower, upper))
    assert isinstance(node, Vec)
    return node


class Apply(Shown):
    """A function by name, applied: ``J(θ)``, ``s_i(x)``, ``∂J/∂θ_k (θ(n))``.

    The function may be unspecified (then differentiable, its mixed derivatives equal) or given by a
    `Definition` in force.

    Parameters
    ----------
    head
        The function's name.
    args
        Its arguments: scalars, or `Vec` for vectors; a bare `Symbol` may stand for a function.
    components
        Index terms of a vector-valued function: ``s_i(x)`` has the components ``(i,)``.
    derivatives
        ``(slot,)`` for a derivative by a scalar argument, ``(slot, k)`` by the k-th entry of a vector one.
    """

    is_commutative = True
    is_extended_real: ClassVar[bool] = True
    is_number = False

    def __new__(
        cls,
        head: str | Symbol,
        args: Sequence[Any] = (),
        components: Sequence[Any] = (),
        derivatives: Sequence[Any] = (),
    ) -> Apply:
        name = Symbol(head, real=True) if isinstance(head, str) else head
        orders = sorted((Tuple(*derivative) for derivative in derivatives), key=Basic.sort_key)
        return Expr.__new__(cls, name, Tuple(*args), Tuple(*components), Tuple(*orders))

    @property
    def head(self) -> str:
        """The function's name."""
        return str(self.args[0])

    @property
    def arguments(self) -> tuple[Expr, ...]:
        """The arguments."""
        return tuple(self.args[1])

    @property
    def components(self) -> tuple[Expr, ...]:
        """The component indices."""
        return tuple(self.args[2])

    @property
    def derivatives(self) -> tuple[Tuple, ...]:
        """The partial derivatives taken, each ``(slot,)`` or ``(slot, index)``."""
        return tuple(self.args[3])


class Partial(Shown):
    """``∂^m term / ∂w_1 … ∂w_m``, not yet carried out.

    Kept as a node because the term may hold defined names, which must be unfolded before the derivative
    means anything.
    """

    is_commutative = True
    is_extended_real: ClassVar[bool] = True
    is_number = False

    def __new__(cls, term: Expr, *wrt: Expr) -> Partial:
        return Expr.__new__(cls, sympify(term), *wrt)

    @property
    def term(self) -> Expr:
        """What is differentiated."""
        return self.args[0]

    @property
    def wrt(self) -> tuple[Expr, ...]:
        """The variables, in order."""
        return self.args[1:]


class Iverson(Shown):
    """``[condition]``: 1 where the condition holds, else 0."""

    is_commutative = True
    is_extended_real: ClassVar[bool] = True
    is_integer = True

    def __new__(cls, condition: Basic) -> Expr:
        condition = sympify(condition)
        if condition == S.true:
            return Integer(1)
        if condition == S.false:
            return Integer(0)
        return Expr.__new__(cls, condition)

    @property
    def condition(self) -> Basic:
        """The condition."""
        return self.args[0]


def walk(term: Basic) -> Iterator[Basic]:
    """Every node of a term, parents first, without recursion."""
    stack = [term]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.args))
