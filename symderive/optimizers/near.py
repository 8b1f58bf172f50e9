"""One mistake away from a rule: which rule, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sympy import Expr, Symbol

from symderive.optimizers.matching import Candidates, Pairing, assignments, equal, pairings, solutions
from symderive.optimizers.numeric import Unvalued
from symderive.optimizers.recurrent_system import TIME, Form
from symderive.optimizers.rule_system import rule_form
from symderive.optimizers.update_rule import PARAMETER, UpdateRule
from symderive.optimizers.wording import apart, in_text
from symderive.terms import Claim
from symderive.terms.slips import slips

__all__ = ["Near", "first_difference", "near"]

_MOST_SLIPS = 160


@dataclass(frozen=True)
class Near:
    """A rule that a system would be but for one place.

    Parameters
    ----------
    rule
        The rule.
    sequence
        The rule's sequence whose update differs.
    mine, theirs
        The parts that differ: of the system, and of the rule in the system's names.
    """

    rule: UpdateRule
    sequence: str
    mine: Expr
    theirs: Expr

    @property
    def text(self) -> str:
        """The difference in a sentence."""
        where = _called(self.rule, self.sequence)
        return (
            f"differs from {self.rule.title} in one place: {in_text(self.mine)} where {where} has "
            f"{in_text(self.theirs)}"
        )


def _called(rule: UpdateRule, sequence: str) -> str:
    """What a sequence of a rule is called."""
    if sequence == PARAMETER.name:
        return "the step of the parameter"
    return f"the {next(state.meaning for state in rule.states if state.symbol.name == sequence)}"


def near(forms: Iterable[Form], rules: Iterable[UpdateRule]) -> Near | None:
    """The first rule that a system would be after one edit; None where there is none.

    Methods without a state are left out: one edit turns many sound things into gradient descent.
    """
    forms = list(forms)
    for rule in rules:
        for form in forms:
            if not form.states:
                continue
            for pairing in pairings(form, rule, loose=True):
                if all(sign == 1 for _, sign in pairing.states.values()):
                    try:
                        found = _near(pairing)
                    except Unvalued:
                        continue
                    if found is not None:
                        return found
    return None


def first_difference(forms: list[Form], rules: Sequence[UpdateRule]) -> str | None:
    """Where systems and rules differ that are more than one edit apart; None where nothing can be said."""
    known = [(rule, form) for rule in rules if (form := rule_form(rule)) is not None]
    if not forms or not known:
        return None
    best: tuple[int, str] | None = None
    for form in forms:
        for rule, _ in known:
            for pairing in pairings(form, rule, loose=True):
                if any(sign < 0 for _, sign in pairing.states.values()):
                    continue
                failing = [row for row in pairing.equations(kept=True) if not _agree(rule, *row[1:])]
                if failing and (best is None or len(failing) < best[0]):
                    sequence, mine, theirs = failing[0]
                    where = _called(rule, sequence)
                    best = (
                        len(failing),
                        f"{where} is {in_text(mine)} where {rule.title} has {in_text(theirs)}",
                    )
    if best is not None:
        return best[1]
    counts = " or ".join(str(count) for count in sorted({len(other.states) for _, other in known}))
    mine = len(forms[0].states)
    kept = f"{mine} sequence" if mine == 1 else f"{mine} sequences"
    return f"beside the parameter it keeps {kept} where {counts} would be kept"


def _agree(rule: UpdateRule, mine: Expr, theirs: Expr) -> bool:
    """Do two equations agree for some values of the hyper-parameters?"""
    own = [row.symbol for row in rule.hyperparameters if row.symbol in theirs.free_symbols]
    if TIME in theirs.free_symbols:
        own.append(TIME)
    try:
        return next(assignments([(mine, theirs)], own), None) is not None
    except Unvalued:
        return False


def _near(pairing: Pairing) -> Near | None:
    equations = list(pairing.equations(kept=True))
    rule, form = pairing.rule, pairing.form
    own = [row.symbol for row in rule.hyperparameters]
    for number, (sequence, mine, theirs) in enumerate(equations):
        rest = [(one, other) for n, (_, one, other) in enumerate(equations) if n != number]
        if form.point is not None and pairing.rule_form.point is not None:
            rest.append((form.point, pairing.translated(pairing.rule_form.point)))
        used = set().union(*(other.free_symbols for _, other in rest))
        unknown = [symbol for symbol in (*own, TIME) if symbol in used]
        for values in islice(assignments(rest, unknown), 2):
            if not all(equal(one, other.xreplace(values)) for one, other in rest):
                continue
            found = _slip(mine, theirs, [*own, TIME], values)
            if found is not None:
                slipped, settled = found
                parts = apart(slipped.xreplace(settled), theirs.xreplace(settled))
                return Near(rule, sequence, *parts)
    return None


def _slip(
    mine: Expr, theirs: Expr, own: list[Symbol], values: dict[Symbol, Expr]
) -> tuple[Expr, dict[Symbol, Expr]] | None:
    """An edit of the rule's equation that makes it the system's, with what its names then are."""
    candidates = Candidates([(mine, theirs)])
    for slipped in _slips(theirs, [symbol for symbol in own if symbol != TIME]):
        used = slipped.free_symbols | theirs.free_symbols
        unknown = tuple(symbol for symbol in own if symbol in used and symbol not in values)
        if not set(unknown) <= slipped.free_symbols:
            continue  # the edit removed the only trace of a hyper-parameter
        candidates.pairs = [(mine, slipped)]
        try:
            settled = next(solutions(candidates, unknown, values), None)
        except Unvalued:
            continue
        if settled is not None and equal(mine, slipped.xreplace(settled)):
            return slipped, settled
    return None


def _slips(body: Expr, own: list[Symbol]) -> Iterator[Expr]:
    """The edits of a body: a hyper-parameter in the place of another first, then what people slip on."""
    for symbol in own:
        if symbol in body.free_symbols:
            for other in own:
                if other != symbol:
                    yield from _replaced_once(body, symbol, other)
    left = Symbol("·left", real=True)
    for slip in slips(Claim(left, "=", body), limit=_MOST_SLIPS):
        if slip.side == "rhs" and slip.claim.relation == "=":
            yield slip.claim.rhs


def _replaced_once(body: Expr, symbol: Symbol, other: Symbol) -> Iterator[Expr]:
    """The terms with one occurrence of a symbol replaced."""
    if body == symbol:
        yield other
        return
    for number, argument in enumerate(body.args):
        if symbol in argument.free_symbols:
            for changed in _replaced_once(argument, symbol, other):
                yield body.func(*body.args[:number], changed, *body.args[number + 1 :])
