"""From a folded term to one that floating point evaluates well: identities, each judged where it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Symbol

from symderive.codegen import (
    case_forms,
    error_function_forms,
    exponential_forms,
    exponential_sums,
    odds_forms,
    power_forms,
    product_forms,
    scalar_forms,
    scaled_forms,
    sigmoid_differences,
    softmax_forms,
)
from symderive.codegen.cases import selected
from symderive.codegen.form_steps import FormStep
from symderive.codegen.form_verdicts import Form, for_any_argument, identity_verdict, judged, surroundings
from symderive.decide import Status, Verdict
from symderive.derivation.recognising import abbreviate, recognise
from symderive.derivation.rewriting import shared
from symderive.rules import Scope
from symderive.terms import (
    BINDERS,
    Apply,
    Definition,
    Hypothesis,
    Index,
    Operation,
    Tensor,
    Vec,
    freshen,
    rebuild,
    substitute,
    walk,
)
from symderive.terms.remembering import remembered

__all__ = ["Level", "Stabilised", "stabilised"]

_PASSES = 40

#: Operations that have a form of their own; every other one is unfolded.
_KEPT = ("softmax", "log_softmax", "logsumexp", "sigmoid", "softplus")


@dataclass(frozen=True)
class Level:
    """How far a term is rewritten.

    `stable`: complements, log1p and divergences; without it the shift by the maximum alone, as one writes by
    hand. `scaled`: roots of sums of squares by powers of two, where the working type has no exponents to
    spare.
    """

    stable: bool = True
    scaled: bool = False


@dataclass(frozen=True)
class Stabilised:
    """A term, and the judged steps that led to it."""

    term: Expr
    steps: tuple[FormStep, ...]


def _unfolded(term: Expr, scope: Scope) -> Expr | None:
    if isinstance(term, Operation) and term.name not in _KEPT:
        return freshen(term.unfold())
    return selected(term)


_INACTIVE: tuple[tuple[str, Form], ...] = (
    ("stable.one_of_two", case_forms.one_of_two),
    ("stable.inactive", case_forms.inactive),
)
_ERROR_FUNCTION: tuple[tuple[str, Form], ...] = (
    ("stable.log_of_complement", error_function_forms.logarithm_of_complement),
    ("stable.probabilities_apart", error_function_forms.probabilities_apart),
    ("stable.ratio_to_complement", error_function_forms.ratio_to_complement),
    ("stable.complement_of_erf", error_function_forms.complement_of_erf),
)
_ODDS: tuple[tuple[str, Form], ...] = (
    ("stable.log_of_odds", odds_forms.logarithm_of_odds),
    ("stable.odds", odds_forms.odds),
    ("stable.without_a_term", odds_forms.sum_without_a_term),
)
_FORMS: tuple[tuple[str, Form], ...] = (
    ("stable.unfold", _unfolded),
    ("stable.complement_of_tanh", exponential_forms.complement_of_tanh),
    ("stable.log_of_sigmoids", sigmoid_differences.logarithm_of_difference),
    ("stable.between_sigmoids", sigmoid_differences.difference_of_sigmoids),
    *_ERROR_FUNCTION,
    *_ODDS,
    ("stable.other_factors", product_forms.other_factors),
    ("stable.weighted_mean", softmax_forms.weighted_mean),
    ("stable.together", scalar_forms.together),
    ("stable.divergence", scalar_forms.divergence),
    ("stable.common_part", softmax_forms.shifted_product),
    ("stable.target", softmax_forms.cancelled_target),
    ("stable.delta", softmax_forms.cancelled_delta),
    ("stable.complement", softmax_forms.cancelled_complement),
    ("stable.opposite_sigmoid", scalar_forms.opposite_sigmoid),
    ("stable.sigmoid_powers", power_forms.powers_of_sigmoid),
    ("stable.quotient_of_shares", power_forms.quotient_of_shares),
    ("stable.share_less_one", power_forms.power_of_share_less_one),
    ("stable.label", scalar_forms.hard_label),
    ("stable.shifted_total", exponential_sums.shifted_total),
    ("stable.log_of_softmax", softmax_forms.logarithm_of_softmax),
    ("stable.less_logsumexp", softmax_forms.less_logsumexp),
    ("stable.masked", scalar_forms.masked),
    ("stable.largest", softmax_forms.split_largest),
    ("stable.sigmoid_power", power_forms.power_of_sigmoid),
    ("stable.logistic", scalar_forms.logistic),
    ("stable.log_cosh", exponential_forms.logarithm_of_cosh),
    ("stable.less_root", scalar_forms.root_less_its_constant),
    ("stable.expm1", exponential_forms.exponential_less_one),
    ("stable.log1p", scalar_forms.logarithm_of_one_plus),
    ("stable.log_ratio", scalar_forms.logarithm_of_quotient),
    ("stable.vanishing", power_forms.vanishing),
    ("stable.lowered_exponent", power_forms.lowered_exponent),
    ("stable.exp_of_square", exponential_forms.exponential_of_square),
    *_INACTIVE,
)
_ROOT: tuple[tuple[str, Form], ...] = (("stable.one_root", scalar_forms.one_root),)
_SCALED: tuple[tuple[str, Form], ...] = (
    ("stable.roots_apart", scaled_forms.roots_apart),
    ("stable.scale", scaled_forms.scaled_root),
    ("stable.scaled_terms", scaled_forms.scaled_terms),
    *_ROOT,
    ("stable.scaled_quotient", scalar_forms.scaled_quotient),
)
_SIMPLE: tuple[tuple[str, Form], ...] = (
    ("stable.unfold", _unfolded),
    *_ERROR_FUNCTION,
    *_ODDS,
    ("stable.other_factors", product_forms.other_factors),
    ("stable.weighted_mean", softmax_forms.weighted_mean),
    ("stable.opposite_sigmoid", scalar_forms.opposite_sigmoid),
    ("stable.sigmoid_powers", power_forms.powers_of_sigmoid),
    ("stable.quotient_of_shares", power_forms.quotient_of_shares),
    ("stable.shifted_total", exponential_sums.shifted_total),
    ("stable.log_of_softmax", softmax_forms.logarithm_of_softmax),
    ("stable.less_logsumexp", softmax_forms.less_logsumexp),
    ("stable.masked", scalar_forms.masked),
    ("stable.shift", softmax_forms.simple_softmax),
    ("stable.sigmoid_power", power_forms.power_of_sigmoid),
    ("stable.logistic", scalar_forms.logistic),
    ("stable.lowered_exponent", power_forms.lowered_exponent),
    *_INACTIVE,
)


def stabilised(
    term: Expr,
    hypotheses: tuple[Hypothesis, ...] = (),
    level: Level | None = None,
    names: tuple[Definition, ...] = (),
) -> Stabilised:
    """A form of `term` that loses no digits where that can be had, equal to it over the reals.

    Parameters
    ----------
    term
        A term without definitions and derivatives; named operations may occur.
    hypotheses
        What may be used (Σ y = 1).
    level
        How far to go.
    names
        Names of long vectors that `term` is written with, innermost first: what is an identity for every
        vector is one for theirs, so that they are rewritten apart from it, and put in last.

    Returns
    -------
    Stabilised
        The term, with primitives, and one step a rule that was used; a step's verdict is the weakest of
        the places where the rule was used.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, operation, vec
    >>> K = Dim("K"); x = Vector("x", K); i, j = Index("i", K), Index("j", K)
    >>> form = stabilised(operation("logsumexp", vec(x[j], j)))
    >>> [(step.rule, step.verdict.status.name) for step in form.steps]
    [('stable.largest', 'PROVED')]
    """
    level, hypotheses = level or Level(), tuple(hypotheses)
    first: tuple[FormStep, ...] = ()
    if not names:
        term, first = _recognised(term, hypotheses)
        taken = {node.name for node in walk(term) if isinstance(node, Symbol)}
        term, names = abbreviate(term, Scope(hypotheses=hypotheses), taken)
    form = _by_names(term, hypotheses, level, names) if names else _whole(term, hypotheses, level)
    return Stabilised(form.term, (*first, *form.steps))


def _whole(term: Expr, hypotheses: tuple[Hypothesis, ...], level: Level) -> Stabilised:
    """The form of a term that no names are given in."""
    line, first = _recognised(term, hypotheses)
    line, before = _first(line, hypotheses, level.stable)
    if not level.stable:
        return Stabilised(line, (*first, *before))
    line, after = _rewritten(line, _SCALED if level.scaled else _ROOT, Scope(hypotheses=hypotheses))
    return Stabilised(line, (*first, *before, *after))


def _by_names(
    term: Expr, hypotheses: tuple[Hypothesis, ...], level: Level, names: tuple[Definition, ...]
) -> Stabilised:
    """The form of a term in names: of what they stand for, of the rest for any values of theirs, together."""
    steps: list[FormStep] = []
    known: dict[Tensor, Vec] = {}
    for name in names:
        form = _whole(_entries(name.body, names), hypotheses, level)
        steps += form.steps
        body = substitute(form.term, known)
        limits = ((i, i.lower, i.upper) for i in name.components if isinstance(i, Index))
        known[_family(name)] = Vec(body, *limits)
    form = _whole(_entries(term, names), hypotheses, level)
    steps += (replace(step, names=tuple(known.items())) for step in form.steps)
    return Stabilised(substitute(form.term, known), tuple(steps))


def _family(name: Definition) -> Tensor:
    ranges = ((i.lower, i.upper) for i in name.components if isinstance(i, Index))
    return Tensor(f"{name.head}\u0332", *ranges)


def _entries(term: Any, names: tuple[Definition, ...]) -> Any:
    """The names, applied, as entries of families of any values."""
    families = {name.head: _family(name) for name in names}

    def change(node: Any) -> Any:
        if isinstance(node, Apply) and node.head in families:
            return families[node.head][node.components]
        return rebuild(node, change)

    return change(term)


@remembered(maxsize=256)
def _recognised(term: Expr, hypotheses: tuple[Hypothesis, ...]) -> tuple[Expr, tuple[FormStep, ...]]:
    """The term by named operations."""
    line, steps = freshen(term), list[FormStep]()
    for found in recognise(line, Scope(hypotheses=hypotheses)):
        verdict = identity_verdict(line, found.after, hypotheses)
        steps.append(FormStep("definition.fold", (line, found.after), verdict, found.about))
        line = found.after
    # Forms that cancel see what is literally the same.
    return shared(line, {}), tuple(steps)


@remembered(maxsize=256)
def _first(term: Expr, hypotheses: tuple[Hypothesis, ...], stable: bool) -> tuple[Expr, tuple[FormStep, ...]]:
    """What both types share; remembered, since fused functions share their terms, too."""
    return _rewritten(term, _FORMS if stable else _SIMPLE, Scope(hypotheses=hypotheses))


def _rewritten(
    line: Expr, forms: tuple[tuple[str, Form], ...], scope: Scope
) -> tuple[Expr, tuple[FormStep, ...]]:
    """A line after every form has been taken wherever it fits."""
    steps: list[FormStep] = []
    for name, form in forms:
        search = _Search(form)
        for _ in range(_PASSES):
            after, verdicts = search.taken(line, scope)
            if after == line:
                break
            steps.append(FormStep(name, (line, after), _weakest(verdicts)))
            line = after
    return line, tuple(steps)


def _weakest(verdicts: Sequence[Verdict]) -> Verdict:
    order = (Status.REFUTED, Status.UNDECIDED, Status.SUPPORTED, Status.CITED, Status.PROVED)
    return min(verdicts, key=lambda verdict: order.index(verdict.status))


class _Search:
    """One form, taken at every place that it fits, outermost first; a place is rewritten only once it is
    proved, or at least supported, by the judge. What it made of a part is remembered.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._known: dict[Any, tuple[Any, tuple[Verdict, ...]]] = {}

    def taken(self, node: Any, around: Scope) -> tuple[Any, tuple[Verdict, ...]]:
        """The term after the form was taken, and the verdicts on its places."""
        if not node.args:
            return node, ()
        key = node, surroundings(node, around)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._sought(node, around)
        return found

    def _sought(self, node: Any, around: Scope) -> tuple[Any, tuple[Verdict, ...]]:
        if isinstance(node, Expr) and not isinstance(node, Vec):
            for after in self._reached(node, around):
                verdict = judged(*for_any_argument(self._form, node, after, around), around)
                if verdict.status in (Status.PROVED, Status.SUPPORTED):
                    return after, (verdict,)
        inner = around.under(node) if isinstance(node, BINDERS) else around
        verdicts: list[Verdict] = []

        def change(arg: Any) -> Any:
            after, below = self.taken(arg, inner)
            verdicts.extend(below)
            return after

        return rebuild(node, change), tuple(verdicts)

    def _reached(self, node: Expr, around: Scope) -> Iterator[Expr]:
        """What the form makes of a node where it is taken as often as it fits, and where it is taken once."""
        line = [node]
        while len(line) <= _PASSES:
            after = self._form(line[-1], around)
            if after is None or after == line[-1]:
                break
            line.append(after)
        if len(line) > 2:
            yield line[-1]
        if len(line) > 1:
            yield line[1]
