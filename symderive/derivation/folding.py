"""From raw exponentials and sums back to the names and the form that a textbook writes.

Deltas are summed over first; then, as long as that makes the line shorter, a name is put back, an equation
of the hypotheses or a known sum is used, and the line is factored.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Expr, Mul

from symderive.decide.conditions import unimplied
from symderive.derivation.conditions import presumed_by
from symderive.derivation.fold_names import Fold, applications, folds_of
from symderive.derivation.fold_sums import collapsed, constrained, known_sums, spread
from symderive.derivation.presenting import cost, present
from symderive.derivation.recognising import recognise
from symderive.derivation.rewriting import Rewriting
from symderive.derivation.shapes import covering
from symderive.rules import Scope

__all__ = ["Rewriting", "applications", "compact"]

_ROUNDS = 6


def compact(term: Expr, scope: Scope, *, keep: Sequence[Expr] = ()) -> list[Rewriting]:
    """The steps from a term without derivatives to its compact textbook form.

    Parameters
    ----------
    term
        The line.
    scope
        Definitions and hypotheses in force.
    keep
        Names as they were applied in the problem: what may be folded to.

    Returns
    -------
    list of Rewriting
        Each shorter than the line before it; empty where nothing is gained.

    Examples
    --------
    >>> from sympy import KroneckerDelta, exp
    >>> from symderive.terms import Definition, Dim, Index, Vector, indexed_sum, vec, Apply
    >>> K = Dim("K"); x = Vector("x", K); i, j, k = (Index(name, K) for name in "ijk")
    >>> total = indexed_sum(exp(x[j]), j)
    >>> softmax = Definition("s", (i,), (x,), exp(x[i]) / total)
    >>> s_i = Apply("s", (vec(x[j], j),), (i,))
    >>> raw = exp(x[i]) * KroneckerDelta(i, k) / total - exp(x[i]) * exp(x[k]) / total**2
    >>> (step,) = compact(raw, Scope({"s": softmax}), keep=[s_i])
    >>> step.rule, cost(raw), cost(step.after)
    ('definition.fold', 44, 9)
    """
    line, steps = term, list[Rewriting]()
    after = collapsed(line, scope)
    if after != line and cost(after) <= cost(line):
        steps.append(Rewriting("delta.collapse", after))
        line = after
    names = (*keep, *applications(term))
    ways = [_rounds(line, scope, folds_of(scope, names))]
    shapes = () if scope.definitions else covering(line)
    if shapes:
        # Where nothing has a name yet, the exponentials that are left are those of a softmax or a sigmoid.
        last = ways[0][-1].after if ways[0] else line
        ways.append([*ways[0], *recognise(last, scope)])
        ways.append(_rounds(line, scope, folds_of(scope, (*names, *shapes))))
    return [*steps, *min(ways, key=lambda way: cost(way[-1].after if way else line))]


def _rounds(line: Expr, scope: Scope, folds: Sequence[Fold]) -> list[Rewriting]:
    """The steps that each make a line shorter, the best one first."""
    steps: list[Rewriting] = []
    for _ in range(_ROUNDS):
        step = _shorter(line, scope, folds) or _presented(line)
        if step is None:
            break
        steps.append(step)
        line = step.after
    return steps


def _shorter(line: Expr, scope: Scope, folds: Sequence[Fold]) -> Rewriting | None:
    """The name, the equation or the known sum whose use makes the line shortest, if any does."""
    choices: list[tuple[str, Expr | None, Expr]] = [
        ("definition.fold", fold.into(line), fold.head) for fold in folds
    ]
    choices += [("sum.constraint", after, about) for after, about in constrained(line, scope)]
    choices += [("sum.known", after, about) for after, about in known_sums(line, scope)]
    better = [
        (cost(after), rank, Rewriting(rule, after, about))
        for rank, (rule, after, about) in enumerate(choices)
        if after is not None and after != line and cost(after) < cost(line)
    ]
    best_first = sorted(better, key=lambda choice: choice[:2])
    return next((choice for *_, choice in best_first if not _opens_a_hole(line, choice.after, scope)), None)


def _opens_a_hole(line: Expr, after: Expr, scope: Scope) -> bool:
    """Has the second line no value somewhere where the first has one?

    ``z = Σ a x/(|a| |x|)`` says ``1/|a| = z |x|/Σ a x`` where Σ a x is not 0: the line would be shorter, and
    of no use where a and x are orthogonal.
    """
    definitions = tuple(scope.definitions.values())
    had = presumed_by(line, definitions)
    known = set(had)
    new = [h for h in presumed_by(after, definitions) if h not in known]
    return bool(unimplied((*scope.hypotheses, *had), new))


def _presented(line: Expr) -> Rewriting | None:
    shown = min((present(line), present(spread(line))), key=cost)
    if shown == line or cost(shown) >= cost(line):
        return None
    factored = isinstance(shown, Mul) and isinstance(line, Add)
    return Rewriting("algebra.factor" if factored else "algebra.simplify", shown)
