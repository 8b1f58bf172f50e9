"""The names of a derivation: what the reader must know in order to read its lines back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sympy import Basic, Dummy, Expr, Indexed, Integer, Symbol, oo

from symderive.derivation import Derivation
from symderive.notation import Entry, Notation, latex
from symderive.notation.facts import Facts
from symderive.notation.notation import Axis, Known
from symderive.terms import (
    BINDERS,
    Apply,
    Definition,
    Dim,
    Hypothesis,
    Index,
    Operation,
    Recurrence,
    Tensor,
    limits_of,
)

__all__ = ["declared_names", "definitions_of", "hypotheses_of", "notation_of", "schema_kind", "terms_of"]

_Ranges = Mapping[Symbol, Axis]


def definitions_of(derivation: Derivation) -> tuple[Definition, ...]:
    """The definitions in force: the problem's, and the abbreviations that the derivation introduced."""
    return (*derivation.problem.definitions, *derivation.abbreviations)


def hypotheses_of(derivation: Derivation) -> Iterator[Hypothesis]:
    """Every hypothesis that a line of the derivation may rest on."""
    yield from derivation.problem.hypotheses
    yield from derivation.problem.domain
    for part in derivation.parts:
        yield from part.hypotheses
        for step in part.steps:
            for each in (step, *step.fine):
                yield from each.hypotheses


def terms_of(derivation: Derivation) -> Iterator[Expr]:
    """Every term that is printed."""
    problem = derivation.problem
    yield problem.start
    if problem.goal is not None:
        yield problem.goal
    for step in derivation.steps:
        for each in (step, *step.fine):
            yield each.before
            yield each.after
            if isinstance(each.about, Basic):
                yield each.about
    for part in derivation.parts:
        if isinstance(part.subject, Basic):
            yield part.subject
    for hypothesis in hypotheses_of(derivation):
        yield hypothesis.lhs
        yield hypothesis.rhs


def notation_of(derivation: Derivation) -> Notation:
    """The notation that reads the derivation's lines back: every name declared, every definition known."""
    entries = declared_names(terms_of(derivation), definitions_of(derivation), derivation.problem.recurrences)
    return known_notation(entries, definitions_of(derivation))


def known_notation(entries: Iterable[Entry], definitions: Iterable[Definition]) -> Notation:
    """A notation of declared names and definitions, with nothing left to be inferred from a text."""
    entries = tuple(entries)
    notation = Notation(facts=_facts(entries)).declare(*entries)
    for definition in definitions:
        axes = tuple((low, high) for low, high in map(_own_range, definition.components))
        ranks = tuple(p.rank if isinstance(p, Tensor) else 0 for p in definition.parameters)
        notation = notation.define(definition.head, Known(definition, axes, ranks))
    return notation


def _facts(entries: tuple[Entry, ...]) -> Facts:
    facts = Facts(settled=True, declared=True)
    for entry in entries:
        if entry.kind in ("index", "step"):
            facts.letters.add(entry.name)
        elif entry.kind == "dim":
            facts.dims[entry.name] = None
        elif entry.kind == "function":
            facts.functions[entry.name] = None
        elif entry.kind == "sequence":
            # However its step is written: v(n), v^{(n)}, v[n], and v_n where it has no components.
            styles = ("call", "sup", "bracket", *(() if entry.axes else ("sub",)))
            facts.steps |= {(entry.name, style, 0) for style in styles}
    return facts


def _own_range(index: Symbol) -> Axis:
    return (index.lower, index.upper) if isinstance(index, Index) else (Integer(1), oo)


@dataclass
class _Names:
    """What is found about names, first come first served."""

    entries: dict[str, Entry] = field(default_factory=dict)
    defined: frozenset[str] = frozenset()
    signals: Mapping[tuple[str, int], tuple[Axis, ...]] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        mine = self.entries.get(entry.name)
        # A function or a signal may also stand as a bare argument (KL(p, q)), where it looks like a number.
        if mine is None or (mine.kind == "scalar" and entry.kind in ("function", "tensor", "sequence")):
            self.entries[entry.name] = entry

    def ends(self, axes: Iterable[Axis]) -> None:
        for axis in axes:
            for end in axis:
                self.term(end, {})

    def term(self, term: Basic, ranges: _Ranges) -> None:
        if isinstance(term, BINDERS):
            inner = dict(ranges)
            for index, lower, upper in limits_of(term):
                self.term(lower, inner)
                self.term(upper, inner)
                inner[index] = (lower, upper)
            self.term(term.args[0], inner)
        elif isinstance(term, Indexed):
            self._family(term, ranges)
            for index in term.indices:
                self.term(index, ranges)
        elif isinstance(term, Apply):
            if term.head not in self.defined:
                axes = tuple(_range(c, ranges) for c in term.components)
                self.add(Entry(term.head, "function", axes))
                self.ends(axes)
            for place, argument in enumerate(term.arguments):
                axes = self.signals.get((term.head, place), ())
                if axes and isinstance(argument, Symbol):
                    self.add(Entry(argument.name, "tensor", axes))
            for argument in (*term.arguments, *term.components):
                self.term(argument, ranges)
            for derivative in term.derivatives:
                for index in derivative[1:]:
                    self.term(index, ranges)
        elif isinstance(term, Operation):
            for argument in term.arguments:
                self.term(argument, ranges)
        elif isinstance(term, Symbol):
            self._symbol(term, ranges)
        else:
            for argument in term.args:
                self.term(argument, ranges)

    def _symbol(self, symbol: Symbol, ranges: _Ranges) -> None:
        if symbol in ranges or isinstance(symbol, Dummy) or symbol.name in self.defined:
            return
        if isinstance(symbol, Dim):
            self.add(Entry(symbol.name, "dim"))
        elif isinstance(symbol, Index):
            kind = "step" if symbol.upper is oo else "index"
            self.add(Entry(symbol.name, kind, ((symbol.lower, symbol.upper),)))
            self.ends([(symbol.lower, symbol.upper)])
        elif symbol.is_integer:
            self.add(Entry(symbol.name, "dim" if symbol.is_positive else "step"))
        else:
            self.add(Entry(symbol.name, "scalar"))

    def _family(self, term: Indexed, ranges: _Ranges) -> None:
        base = term.base
        axes = tuple(base.ranges) if isinstance(base, Tensor) else ()
        axes = axes or tuple(_range(index, ranges) for index in term.indices)
        name = str(base.label)
        if axes and axes[-1][1] is oo:
            self.add(Entry(name, "sequence", axes[:-1]))
            self.ends(axes[:-1])
        else:
            self.add(Entry(name, "tensor", axes))
            self.ends(axes)


def _range(index: Expr, ranges: _Ranges) -> Axis:
    """The range of an index, bound or free; of a number or a shifted index, what is certain to hold it."""
    if index in ranges:
        return ranges[index]
    if isinstance(index, Index):
        return index.lower, index.upper
    inside = [name for name in index.free_symbols if name in ranges or isinstance(name, Index)]
    return _range(inside[0], ranges) if inside else (Integer(1), oo)


def declared_names(
    terms: Iterable[Basic], definitions: Iterable[Definition] = (), recurrences: Iterable[Recurrence] = ()
) -> tuple[Entry, ...]:
    """An entry for every name of the terms that is not defined, by name.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector
    >>> K = Dim("K")
    >>> [(e.name, e.describe()) for e in declared_names([Vector("x", K)[Index("i", K)]])]
    [('K', 'dim'), ('i', 'index 1..K'), ('x', 'vector 1..K')]
    """
    definitions = tuple(definitions)
    names = _Names(
        defined=frozenset(definition.head for definition in definitions), signals=_signals(definitions)
    )
    for term in terms:
        names.term(term, {})
    for definition in definitions:
        own = {p.label if isinstance(p, Tensor) else p for p in definition.parameters}
        inner: dict[Symbol, Axis] = {c: _own_range(c) for c in definition.components}
        inner |= {p: (Integer(1), oo) for p in own if isinstance(p, Symbol)}
        for component in definition.components:
            names.ends([_own_range(component)])
        _definition(names, definition, inner)
    for rule in recurrences:
        axes = tuple(map(_own_range, rule.components))
        names.add(Entry(rule.head, "sequence", axes))
        names.ends(axes)
        inner = {c: _own_range(c) for c in (*rule.components, rule.step)}
        names.term(rule.body, inner)
    return tuple(sorted(names.entries.values(), key=lambda entry: entry.name))


def _signals(definitions: Iterable[Definition]) -> dict[tuple[str, int], tuple[Axis, ...]]:
    """The parameters that are named alone and whose entries the body takes: x of RMS(x), by x[n]."""
    found = {}
    for definition in definitions:
        inside = _Names()
        inside.term(definition.body, {c: _own_range(c) for c in definition.components})
        for place, parameter in enumerate(definition.parameters):
            entry = inside.entries.get(str(parameter)) if isinstance(parameter, Symbol) else None
            if entry is not None and entry.kind == "tensor":
                found[definition.head, place] = entry.axes
    return found


def _definition(names: _Names, definition: Definition, inner: _Ranges) -> None:
    """The names of a definition's body that are not its own parameters."""
    parameters = {str(p.label if isinstance(p, Tensor) else p) for p in definition.parameters}
    body = _Names(defined=names.defined)
    body.term(definition.body, inner)
    for parameter in definition.parameters:
        if isinstance(parameter, Tensor):
            body.ends(parameter.ranges)
    for entry in body.entries.values():
        if entry.name not in parameters:
            names.add(entry)


def schema_kind(entry: Entry) -> str:
    """What an entry is, in the words of a notation file: ``vector K``, ``index 0..N-1``, ``function into K``.

    Examples
    --------
    >>> from sympy import Integer
    >>> from symderive.terms import Dim
    >>> schema_kind(Entry("x", "tensor", ((Integer(0), Dim("N") - 1),)))
    'vector 0..N-1'
    """
    axes = " ".join(_axis(axis) for axis in entry.axes)
    match entry.kind:
        case "tensor":
            return f"{ {1: 'vector', 2: 'matrix'}.get(len(entry.axes), 'tensor') } {axes}"
        case "sequence" if entry.axes:
            return f"sequence of {'vector' if len(entry.axes) == 1 else 'matrix'} {axes}"
        case "function" if entry.axes:
            return f"function into {axes}"
        case "index" | "step" if entry.axes:
            return f"index {axes}"
    return entry.kind


def _axis(axis: Axis) -> str:
    low, high = (r"\infty" if end is oo else latex(end).replace(" ", "") for end in axis)
    return high if axis[0] == 1 else f"{low}..{high}"
