"""Losses that nobody prepared: derived, proved, and compared with differences and with torch's autograd."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import mpmath
import pytest
from sympy import Expr, Indexed, Symbol, preorder_traversal

from derivation.cases import CASES
from derivation.unprepared import SIZES, Case
from oracle import World
from symderive.decide import Status
from symderive.derivation import Derivation
from symderive.derivation.derive import derive
from symderive.derivation.lines import LINES
from symderive.derivation.presenting import cost
from symderive.rules import LANGUAGES
from symderive.terms import Dim, Index, Partial, free_names, unfold, walk

#: The longest compact result, in symbols; a raw derivative of these is several times as long.
LONGEST = {"focal loss": 85, "layer normalisation, backwards": 110}
#: Exponentials that no name of ours covers.
EXPONENTIAL = {"Poisson negative log-likelihood", "Kullback–Leibler term of an autoencoder"}


@cache
def derived(name: str) -> Derivation:
    """The derivation of a case; each is used by several tests."""
    case = CASES[name]
    return derive(case.formula, case.by, hypotheses=case.hypotheses, name=name, **case.options)


class Sized(World):
    """Arrays of the sizes that the torch functions assume, positive numbers between 0.2 and 1.4."""

    def __init__(self, seed: int) -> None:
        super().__init__(4, seed)
        self.draw = random.Random(seed)

    def number(self, key: Any, name: str) -> mpmath.mpf:
        if key not in self.values:
            self.values[key] = mpmath.mpf(self.draw.uniform(0.2, 1.4))
        return self.values[key]

    def symbol(self, term: Symbol, bound: dict[Symbol, int]) -> Any:
        if isinstance(term, Dim):
            return mpmath.mpf(SIZES[term.name])
        return super().symbol(term, bound)


def variables(derivation: Derivation) -> tuple[Expr, ...]:
    """What is differentiated by."""
    return next(node.wrt for node in walk(derivation.problem.start) if isinstance(node, Partial))


def normalised(world: Sized, case: Case) -> None:
    """Targets that sum to one where the case says so."""
    if any(h.relation == "=" for h in case.hypotheses):
        targets = [world.number(("y", (at,)), "y") for at in range(1, SIZES["K"] + 1)]
        for at, value in enumerate(targets, 1):
            world.values["y", (at,)] = value / mpmath.fsum(targets)


def places(derivation: Derivation, world: Sized) -> dict[Symbol, int]:
    """A random value for every free index of the first line."""
    free = sorted((n for n in free_names(derivation.problem.start) if isinstance(n, Index)), key=str)
    return {index: world.draw.randint(1, SIZES[str(index.upper)]) for index in free}


def difference(world: Sized, term: Expr, by: tuple[Expr, ...], held: dict[Symbol, int]) -> Any:
    """Central differences at 50 digits, one variable inside the other."""
    if not by:
        return world(term, held)
    variable, rest = by[-1], by[:-1]
    if isinstance(variable, Indexed):
        key: Any = (str(variable.base), tuple(world.integer(index, held) for index in variable.indices))
    else:
        key = variable
    centre = world.number(key, "")
    step = mpmath.mpf("1e-13")
    sides = []
    for direction in (1, -1):
        world.values[key] = centre + direction * step
        sides.append(difference(world, term, rest, held))
    world.values[key] = centre
    return (sides[0] - sides[1]) / (2 * step)


@pytest.mark.parametrize("name", CASES)
def test_the_derivation_is_proved_in_few_lines_with_reasons(name: str) -> None:
    """A loss that is in no document has to come out as those of the book do."""
    derivation = derived(name)
    assert derivation.missing is None
    assert derivation.verdict.status is Status.PROVED
    assert 1 <= len(derivation.steps) <= LINES
    for step in derivation.steps:
        assert all(step.reason(language) for language in LANGUAGES)


@pytest.mark.parametrize("name", CASES)
def test_the_result_is_compact(name: str) -> None:
    """Raw exponentials and unsummed deltas are no answer to a person."""
    derivation = derived(name)
    result = derivation.result
    assert not any(isinstance(node, Partial) for node in walk(result))
    assert cost(result) <= LONGEST.get(name, 75)
    if name not in EXPONENTIAL:
        assert "exp" not in {type(node).__name__ for node in preorder_traversal(result)}


@pytest.mark.parametrize("name", CASES)
def test_the_result_agrees_with_differences(name: str) -> None:
    """The judge proves every line; numbers that share no code with it must agree all the same."""
    case, derivation = CASES[name], derived(name)
    result = unfold(derivation.result, derivation.problem.definitions)
    start = derivation.problem.start
    with mpmath.workdps(50):
        for seed in range(3):
            world = Sized(seed)
            normalised(world, case)
            held = places(derivation, world)
            expected = value_of_start(world, start, held)
            found = world(result, held)
            assert abs(found - expected) < mpmath.mpf("1e-12") * max(1, abs(expected)), (seed, held)


def value_of_start(world: Sized, start: Expr, held: dict[Symbol, int]) -> Any:
    """The first line by differences: a derivative, or a sum with one in it."""
    if isinstance(start, Partial):
        return difference(world, start.term, start.wrt, held)
    ((index, lower, upper),) = start.limits
    total = mpmath.mpf(0)
    for value in range(int(world(lower)), int(world(upper)) + 1):
        inner = {**held, index: value}
        weight, slope = mpmath.mpf(1), mpmath.mpf(1)
        for factor in start.function.args:
            if isinstance(factor, Partial):
                slope = difference(world, factor.term, factor.wrt, inner)
            else:
                weight *= world(factor, inner)
        total += weight * slope
    return total


@pytest.mark.frameworks
@pytest.mark.parametrize("name", CASES)
def test_the_result_agrees_with_autograd(name: str) -> None:
    """What users would otherwise trust: torch's own gradient of the same function."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    case, derivation = CASES[name], derived(name)
    result = unfold(derivation.result, derivation.problem.definitions)
    world = Sized(7)
    normalised(world, case)
    by = variables(derivation)
    formula_indices = sorted((n for n in free_names(case.formula) if isinstance(n, Index)), key=str)
    arrays = {}
    for node in {node for node in preorder_traversal(case.formula) if isinstance(node, Indexed)} | {
        v
        for v in (*by, *(case.options.get("vjp", ()) and [case.options["vjp"][formula_indices[0]]]))
        if isinstance(v, Indexed)
    }:
        shape = [SIZES[str(upper)] for _, upper in node.base.ranges]
        arrays[str(node.base)] = torch.tensor(
            [float(world.number((str(node.base), at), "")) for at in _all_places(shape)], dtype=torch.float64
        ).reshape(shape)
    for symbol in free_names(case.formula):
        if not symbol.is_integer and str(symbol) not in arrays:
            arrays[str(symbol)] = torch.tensor(float(world.number(symbol, "")), dtype=torch.float64)
    name_of = str(by[0].base) if isinstance(by[0], Indexed) else str(by[0])

    def function(variable: Any) -> Any:
        return case.torch(torch, {**arrays, name_of: variable})

    differentiate = torch.autograd.functional.hessian if len(by) == 2 else torch.autograd.functional.jacobian
    jacobian = differentiate(function, arrays[name_of])
    own = [index for variable in by if isinstance(variable, Indexed) for index in variable.indices]
    indices = own if "vjp" in case.options else [*formula_indices, *own]
    for _ in range(5):
        held = {index: world.draw.randint(1, SIZES[str(index.upper)]) for index in indices}
        expected = float(jacobian[tuple(held[index] - 1 for index in indices)])
        assert float(world(result, held)) == pytest.approx(expected, rel=1e-9, abs=1e-11)


def _all_places(shape: list[int]) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [()]
    for size in shape:
        found = [(*at, place) for at in found for place in range(1, size + 1)]
    return found
