"""Derivatives carried out by the rules, one level a step; a name by a lemma of its own."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Any

from sympy import Basic, Expr, KroneckerDelta, Sum, preorder_traversal

from symderive.derivation.folding import applications, compact
from symderive.derivation.lemmas import Lemmas, takes_families
from symderive.derivation.rewriting import Path, Trace, node_at
from symderive.rules import FAMILIES, RULES, Scope
from symderive.rules.dependence import free_body_names, label
from symderive.terms import Apply, Operation, Partial

__all__ = ["Differentiation"]

#: Rules that say at once what a derivative is, before any name in it is looked at.
_AT_ONCE = ("derivative.order", "derivative.constant", "derivative.variable")
_RULES = tuple(row for row in FAMILIES["derivative"] if row.rewrite is not None and row.id not in _AT_ONCE)
#: A derivation of more steps than this is no derivation that anybody reads.
_STEPS = 4000


class Differentiation:
    """Carries out the derivatives of a line; lemmas are kept for the whole derivation."""

    def __init__(self, deadline: float | None = None) -> None:
        self.lemmas = Lemmas(self._lemma)
        self.deadline = deadline

    @property
    def late(self) -> bool:
        """Is the time up?"""
        return self.deadline is not None and monotonic() > self.deadline

    def carry_out(self, trace: Trace, asked: str | None = None) -> None:
        """Every ``∂`` of the line, then the deltas; the name `asked` is unfolded, others have lemmas."""
        for _ in range(_STEPS):
            if self.late or not self._next(trace, asked):
                break
        self.sift(trace)

    def sift(self, trace: Trace) -> None:
        """Sums over a delta collapse; sums are split where that sets a delta free."""
        known = [RULES[name] for name in ("delta.equal", "delta.different", "sum.zero")]
        for _ in range(_STEPS):
            if self.late or not (any(trace.use(row) for row in known) or _collapse(trace)):
                return

    def _next(self, trace: Trace, asked: str | None) -> bool:
        """One more step; False where nothing is left, or nothing is known."""
        for path, node, known, inside in _derivatives(trace.line, trace.scope):
            if inside:
                # A derivative of a derivative: the inner one is brought to its compact form first.
                inner = Trace(node, known, binders=trace.binders)
                self.carry_out(inner)
                if not self.late:
                    fold(inner)
                if inner.steps:
                    trace.include(path, inner.steps)
                    return True
                continue
            if self._step(trace, path, node, known, asked):
                return True
        return False

    def _step(self, trace: Trace, path: Path, node: Any, known: Scope, asked: str | None) -> bool:
        if isinstance(node, Apply):
            return self._by_lemma(trace, path, node, known)
        for name in _AT_ONCE:
            if _try(trace, path, node, known, name):
                return True
        inner, variable = node.term, node.wrt[0]
        if isinstance(inner, Apply) and inner.head in known.definitions:
            definition = known.definitions[inner.head]
            if label(variable) in free_body_names(definition, known.definitions) or (
                inner.head == asked and path == () and not inner.derivatives
            ):
                return _unfold(trace, path, node, known, "definition.unfold")
            if self._by_lemma(trace, path, node, known):
                return True
            if takes_families(definition) and _unfold(trace, path, node, known, "definition.unfold"):
                return True
        if isinstance(inner, Operation):
            if (path == () and asked == inner.name) or not _try(
                trace, path, node, known, "derivative.operation", inner
            ):
                return _unfold(trace, path, node, known, "definition.operation")
            return True
        return any(_try(trace, path, node, known, row.id) for row in _RULES)

    def _by_lemma(self, trace: Trace, path: Path, node: Any, known: Scope) -> bool:
        found = self.lemmas.instance(node, known)
        if found is None:
            return False
        result, steps = found
        about = node if isinstance(node, Apply) else node.term
        return trace.rewrite(path, "derivative.known", result, about, steps)

    def _lemma(self, statement: Expr, scope: Scope) -> Trace:
        """The derivation of a lemma: the derivative of one name by one of its parameters."""
        trace = Trace(statement, scope)
        assert isinstance(statement, Partial)
        self.carry_out(trace, statement.term.head)
        if not self.late:
            fold(trace)
        return trace


def fold(trace: Trace) -> None:
    """Bring a line without derivatives into its compact form."""
    # The names that the problem is written in: those of its first lines, before they are unfolded.
    early = [step.before for step in trace.steps[:4]]
    for rewriting in compact(trace.line, trace.scope, keep=applications(*early)):
        trace.rewrite((), rewriting.rule, rewriting.after, rewriting.about)


def _try(trace: Trace, path: Path, node: Expr, known: Scope, name: str, about: Expr | None = None) -> bool:
    rewrite = RULES[name].rewrite
    assert rewrite is not None
    contractum = rewrite(node, known)
    return contractum is not None and trace.rewrite(path, name, contractum, about)


def _unfold(trace: Trace, path: Path, node: Any, known: Scope, name: str) -> bool:
    rewrite = RULES[name].rewrite
    assert rewrite is not None
    body = rewrite(node.term, known.under(node))
    return body is not None and trace.rewrite((*path, 0), name, body, node.term)


def _derivatives(term: Basic, scope: Scope) -> Iterator[tuple[Path, Any, Scope, bool]]:
    """What is still to be differentiated, innermost first; and does it stand under another ``∂``?"""

    def visit(node: Basic, path: Path, known: Scope, under: bool) -> Iterator[tuple[Path, Any, Scope, bool]]:
        below = under or isinstance(node, Partial)
        inner = known.under(node)
        for position, arg in enumerate(node.args):
            if arg.args and not (isinstance(node, Partial) and position > 0):
                yield from visit(arg, (*path, position), inner if position == 0 else known, below)
        if isinstance(node, Partial) or (
            isinstance(node, Apply) and node.derivatives and node.head in known.definitions
        ):
            yield path, node, known, under

    yield from visit(term, (), scope, False)


def _collapse(trace: Trace) -> bool:
    """The next collapse, innermost sum first: split the sum, or move a factor out, only to reach a delta."""
    from symderive.derivation.rewriting import redexes

    for path, node, known in redexes(trace.line, trace.scope):
        if not isinstance(node, Sum) or not _has_own_delta(node):
            continue
        for name in ("delta.collapse", "sum.linear"):
            if _try(trace, path, node_at(trace.line, path), known, name):
                return True
    return False


def _has_own_delta(node: Sum) -> bool:
    bound = {limit[0] for limit in node.limits}
    return any(
        isinstance(inner, KroneckerDelta) and inner.free_symbols & bound
        for inner in preorder_traversal(node.function)
    )
