"""One assignment of exact values to names, and how it is made to satisfy an equation."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from flint import arb, fmpq
from sympy import Expr, Integer, Symbol

from symderive.decide.balls import NoValue, Number, Unclear, as_ball, compare, divide, subtract
from symderive.decide.evaluate import Evaluator
from symderive.terms import Hypothesis, Recurrence

__all__ = ["Bounds", "Point", "Ranges", "compare_or_none", "show_number"]

#: Lower and upper end of an interval, None where it is open.
Bounds = tuple[fmpq | None, fmpq | None]


class Ranges(Protocol):
    """What the hypotheses say of single names."""

    recurrences: dict[str, Recurrence]

    def scalar_range(self, name: Symbol) -> Bounds:
        """The interval of a scalar."""

    families: set[str]
    whole: set[Symbol]

    def family_range(self, name: str, rng: random.Random) -> Bounds:
        """The interval of the entries of a family."""


def show_number(value: Number, digits: int = 30) -> str:
    """An exact value as a fraction, a ball as a decimal whose shown digits are certain."""
    if isinstance(value, arb):
        return str(value.str(digits, radius=False))
    return str(value)


class Point:
    """One assignment of values to names; entries get theirs when they are first asked for."""

    def __init__(self, sampler: Ranges, sizes: dict[Symbol, int], style: str, seed: int) -> None:
        self.sampler = sampler
        self.sizes = sizes
        self.style = style
        self.random = random.Random(seed)
        self.symbols: dict[Symbol, Number] = {}
        self.entries: dict[tuple[str, tuple[int, ...]], Number] = {}
        self.functions: dict[Any, list[tuple[Number, dict[Any, Number]]]] = {}
        self.names: dict[str, Number] = {}
        self.touched: set[Any] | None = None
        self.evaluator = Evaluator(self)
        self._common: Number | None = None
        self._in_progress: set[Any] = set()
        self._unrolled: dict[tuple[str, tuple[int, ...]], tuple[Number, set[Any]]] = {}

    # -- Source ----------------------------------------------------------------------------------------

    @contextmanager
    def noting(self) -> Iterator[set[Any]]:
        """The names whose values are asked for inside, and nothing of them outside."""
        around = self.touched
        names: set[Any] = set()
        self.touched = names
        try:
            yield names
        finally:
            self.touched = around

    def note(self, names: set[Any]) -> None:
        """A value was used again that rests on these names."""
        if self.touched is not None:
            self.touched |= names

    def symbol(self, name: Symbol) -> Number | int:
        """The value of a scalar or dimension."""
        if name in self.sizes:
            return self.sizes[name]
        if name not in self.symbols:
            self.symbols[name] = self._draw(
                self.sampler.scalar_range(name), name.is_integer is True or name in self.sampler.whole
            )
        if self.touched is not None:
            self.touched.add(name)
        return self.symbols[name]

    def entry(self, family: str, indices: tuple[int, ...]) -> Number:
        """The value of an entry; of a sequence with a recurrence, what the recurrence gives."""
        key = (family, indices)
        if key not in self.entries:
            given = self._from_recurrence(family, indices)
            if given is not None:
                return given
            self.entries[key] = self._draw(self.sampler.family_range(family, self.random), False)
        if self.touched is not None:
            self.touched.add(key)
        return self.entries[key]

    def is_family(self, head: str) -> bool:
        """Is a function met at one argument only?"""
        return head in self.sampler.families

    def application(
        self,
        head: str,
        arguments: tuple[Any, ...],
        components: tuple[int, ...],
        derivatives: tuple[tuple[int, ...], ...],
    ) -> Number:
        """An unspecified function stands for Σ_r A_r exp(c_r · u): smooth, and its derivatives are plain."""
        if not arguments:
            key = (head, components)
            if key not in self.entries:
                self.entries[key] = self._draw(self.sampler.family_range(head, self.random), False)
            if self.touched is not None:
                self.touched.add(key)
            return self.entries[key]
        places = []
        for slot, argument in enumerate(arguments):
            if isinstance(argument, dict):
                places += [((slot, *place), value) for place, value in argument.items()]
            elif isinstance(argument, str):
                raise NoValue(f"{head} is applied to the name of a function")
            else:
                places.append(((slot,), argument))
        # A function that is said to be positive is one: its amplitudes are.
        bounds = self.sampler.family_range(head, self.random)
        parts = self.functions.setdefault(
            (head, components), [(self._draw(bounds, False), {}) for _ in range(5)]
        )
        total = arb(0)
        for amplitude, slopes in parts:
            exponent = arb(0)
            for place, value in places:
                if place not in slopes:
                    slopes[place] = fmpq(self.random.choice([-1, 1]) * self.random.randint(1, 13), 8)
                exponent += arb(slopes[place]) * value
            factor = arb(amplitude)
            for order in derivatives:
                if order not in slopes:
                    raise NoValue(f"{head} has no argument {order}")
                factor *= arb(slopes[order])
            total += factor * exponent.exp()
        return total

    def opaque(self, key: str) -> Number:
        """The value of something that is only a name."""
        if key not in self.names:
            self.names[key] = self._draw((None, None), False)
        return self.names[key]

    # -- drawing ---------------------------------------------------------------------------------------

    def _draw(self, bounds: Bounds, whole: bool) -> Number:
        lower, upper = bounds
        rng, style = self.random, self.style
        if whole:
            low = int(lower) if lower is not None else (-2 if style == "wide" else 0)
            return fmpq(rng.randint(low, low + 4))
        if lower is not None and upper is not None:
            share = (
                fmpq(rng.randint(1, 31), 32) if style != "wide" else fmpq(rng.choice([1, 2, 510, 511]), 512)
            )
            return lower + (upper - lower) * share
        if style == "equal":
            if self._common is None:
                self._common = fmpq(rng.randint(1, 24), 8)
            value = self._common
        elif style == "integer":
            value = fmpq(rng.randint(1, 4))
        elif style == "small":
            value = fmpq(rng.randint(1, 64), 256)
        elif style == "wide":
            value = fmpq(rng.randint(1, 16)) * fmpq(4) ** rng.randint(-3, 1)
        else:
            value = fmpq(rng.randint(3, 60), 16)
        if style == "zero" and rng.random() < 0.5:
            value = fmpq(0)
        if lower is not None:
            # Half of the points lie near the border, and so on the other side of zero where it is negative.
            near = style in ("small", "wide") and lower != 0
            return lower + (value * abs(lower) if near else value)
        if upper is not None:
            return upper - value
        if style not in ("equal", "zero") and rng.random() < 0.45:
            value = -value
        return value

    def _from_recurrence(self, family: str, indices: tuple[int, ...]) -> Number | None:
        recurrence = self.sampler.recurrences.get(family)
        if recurrence is None or not indices:
            return None
        key = (family, indices)
        if key in self._unrolled:
            value, names = self._unrolled[key]
            self.note(names)
            return value
        offset = recurrence.at - recurrence.step
        if not offset.is_Integer:
            raise NoValue(f"the recurrence of {family} does not name one step after the other")
        place = Integer(indices[-1]) - offset
        if not place.is_Integer or place < self.evaluator.integer(recurrence.step.lower, {}):
            return None
        bindings = dict(zip(recurrence.components, indices[:-1], strict=True))
        bindings[recurrence.step] = int(place)
        if key in self._in_progress or len(self._in_progress) > 60:
            raise NoValue(f"{family} at step {indices[-1]} is defined by itself")
        # A step is asked for by every later one: computed once, with the names that it rests on.
        self._in_progress.add(key)
        try:
            with self.noting() as names:
                value = self.evaluator(recurrence.body, bindings)
        finally:
            self._in_progress.discard(key)
        self._unrolled[key] = value, names
        self.note(names)
        return value

    # -- constraints -----------------------------------------------------------------------------------

    def value(self, term: Expr) -> Number:
        """The value of a term at this point."""
        return self.evaluator(term)

    def refresh(self) -> None:
        """Forget every computed value."""
        self.evaluator = Evaluator(self)
        self._unrolled.clear()

    def _forget(self, changed: set[Any]) -> None:
        """Forget the computed values that rest on names whose values were changed."""
        self.evaluator.forget(changed)
        self._unrolled = {key: held for key, held in self._unrolled.items() if held[1].isdisjoint(changed)}

    def satisfy(self, hypothesis: Hypothesis, fixed: set[Any]) -> bool:
        """Make an equation hold by changing values that no earlier equation uses."""
        with self.noting() as touched:
            residual = self._residual(hypothesis)
        if compare_or_none(residual) == 0:
            fixed |= touched
            return True
        open_names = sorted(touched - fixed, key=str)
        if not open_names or isinstance(residual, arb):
            return False  # what is solved below is exact at every value, and so it is at this one
        solved = self._rescale(hypothesis, open_names) or any(
            self._solve_for(hypothesis, name) for name in open_names
        )
        fixed |= touched
        return solved

    def _get(self, name: Any) -> Number:
        return self.symbols[name] if isinstance(name, Symbol) else self.entries[name]

    def _set(self, name: Any, value: Number) -> None:
        if isinstance(name, Symbol):
            self.symbols[name] = value
        else:
            self.entries[name] = value

    def _residual(self, hypothesis: Hypothesis) -> Number:
        return subtract(self.value(hypothesis.lhs), self.value(hypothesis.rhs))

    def _rescale(self, hypothesis: Hypothesis, names: Sequence[Any]) -> bool:
        """Scale all the names by one factor t, where the residual is a + b t^d with d = 1 or 2."""
        held = {name: self._get(name) for name in names}

        def at(t: Number) -> Number:
            for name, value in held.items():
                self._set(name, _times(value, t))
            self._forget(set(held))
            return self._residual(hypothesis)

        exact = _exact_values(at, 4)
        if exact is None:
            self._restore(held)
            return False
        zero, one, two, three = exact
        slope = one - zero
        if slope != 0:
            for degree in (1, 2):
                if two - zero == slope * 2**degree and three - zero == slope * 3**degree:
                    t: Number = divide(subtract(fmpq(0), zero), slope)
                    if degree == 2:
                        if compare(t) <= 0:
                            break
                        t = as_ball(t).sqrt()
                    if compare(t) <= 0:
                        break
                    at(t)
                    return True
        self._restore(held)
        return False

    def _solve_for(self, hypothesis: Hypothesis, name: Any) -> bool:
        held = self._get(name)

        def at(t: Number) -> Number:
            self._set(name, t)
            self._forget({name})
            return self._residual(hypothesis)

        exact = _exact_values(at, 3)
        if exact is not None:
            zero, one, two = exact
            slope = one - zero
            if slope != 0 and two - one == slope:
                self._set(name, -zero / slope)
                self._forget({name})
                return True
        self._restore({name: held})
        return False

    def _restore(self, held: dict[Any, Number]) -> None:
        for name, value in held.items():
            self._set(name, value)
        self._forget(set(held))

    def describe(self) -> dict[str, str]:
        """The point as name → value, for a counterexample."""
        shown = {str(name): str(value) for name, value in sorted(self.sizes.items(), key=lambda p: str(p[0]))}
        for name, value in sorted(self.symbols.items(), key=lambda p: str(p[0])):
            shown[str(name)] = show_number(value)
        for (family, indices), value in sorted(self.entries.items(), key=lambda p: (p[0][0], p[0][1])):
            place = ",".join(map(str, indices))
            shown[f"{family}[{place}]" if indices else family] = show_number(value)
        for (head, components), parts in sorted(self.functions.items(), key=str):
            place = f"[{','.join(map(str, components))}]" if components else ""
            shown[f"{head}{place}(u)"] = " + ".join(
                f"({amplitude})*exp("
                + " + ".join(f"({c})*u{list(at)}" for at, c in sorted(slopes.items()))
                + ")"
                for amplitude, slopes in parts
            )
        return shown


def _exact_values(at: Callable[[Number], Number], count: int) -> list[fmpq] | None:
    """The values at 0, 1, …; None as soon as one of them is a ball or does not exist."""
    values: list[fmpq] = []
    for t in range(count):
        try:
            value = at(fmpq(t))
        except ArithmeticError:
            return None
        if isinstance(value, arb):
            return None
        values.append(value)
    return values


def compare_or_none(value: Number) -> int | None:
    """The order of a value against zero, 0 for a ball around zero that a solved equation leaves."""
    try:
        return compare(value)
    except Unclear:
        return 0 if isinstance(value, arb) and value.contains(0) and value.rad() < arb("1e-60") else None


def _times(a: Number, b: Number) -> Number:
    if isinstance(a, arb) or isinstance(b, arb):
        return arb(a) * arb(b)
    return a * b
