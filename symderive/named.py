"""Formulas by name: ``softmax/jacobian`` of the book, ``notes.md#loss`` of a document; and code for them."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symderive.codegen.generate import Generated
    from symderive.decide import Verdict
    from symderive.documents.examination import Document
    from symderive.documents.labels import Labelled
    from symderive.optimizers import Schedule, UpdateRule
    from symderive.terms import Definition, Hypothesis, Index

__all__ = ["NothingToCompute", "RefutedFormula", "document_and_label", "generate", "read_document"]

_SECONDS = 20.0  # to find out whether a claim holds before code is made of it


class NothingToCompute(ValueError):
    """The name stands for something that has no value: an inequality, a formula that was not understood."""


class RefutedFormula(ValueError):
    """The claim is false: no code is made of it. `counterexample` holds the numbers."""

    def __init__(self, message: str, counterexample: dict[str, str]) -> None:
        super().__init__(message)
        self.counterexample = counterexample


def document_and_label(name: str) -> tuple[Document, str]:
    """The document and the label that a name stands for.

    Raises
    ------
    LookupError, OSError, ValueError
        Where there is no such thing, with advice.
    """
    from symderive.documents.examination import Document

    path, sign, label = name.rpartition("#")
    if sign:
        if not path or not label:
            raise ValueError(f"{name!r}: write FILE#LABEL, for example notes.md#gradient")
        return read_document(path), label
    from symderive import book

    split = re.fullmatch(r"(.+\.(?:md|tex|markdown)):(.+)", name)
    if split is not None:
        raise ValueError(f"{name}: a formula of a document is named {split[1]}#{split[2]}")
    stem, _, suffix = os.path.basename(name).rpartition(".")
    if stem and suffix in ("md", "tex", "markdown"):
        if os.path.exists(name):
            raise ValueError(f"{name}: say which formula: {name}#LABEL, or {name}#LINE")
        raise OSError(errno.ENOENT, "no such file", name)
    topic, entry = book.find(name)
    return Document(f"{topic.name}.md", topic.path().read_text(encoding="utf-8")), entry.label


def read_document(path: str) -> Document:
    """A document from a file; ValueError or OSError says of which path and why not."""
    from symderive.documents.check import format_of, read_text
    from symderive.documents.examination import Document

    try:
        return Document(path, read_text(path), format_of(path))
    except OSError:
        raise
    except ValueError as error:  # a directory, a device, binary data: say of which path
        raise ValueError(f"{path}: {error.args[0] if error.args else error}") from None


@dataclass(frozen=True)
class _Formula:
    """What a name says that code can be made of."""

    expression: Any
    identifier: str
    axes: tuple[Index, ...]
    order: tuple[str, ...]
    hypotheses: tuple[Hypothesis, ...]
    definitions: tuple[Definition, ...]
    verdict: Verdict | None = None


def generate(
    expression: Any,
    wrt: Any = None,
    *,
    target: str = "numpy",
    compute: str | Sequence[str] = "value",
    accuracy: str = "default",
    index: Any = (),
    axes: Any = None,
    arguments: Sequence[Any] = (),
    hypotheses: Sequence[Hypothesis] = (),
    definitions: Sequence[Definition] = (),
    name: str | None = None,
    measure: bool = False,
) -> Generated:
    """Generate functions for a formula: a term, or the name of one in the book or in a document; or for an
    update rule, by its name in the registry.

    Parameters
    ----------
    expression
        A term; or ``"softmax/softmax"``, ``"notes.md#loss"``. A definition gives the function that it
        defines, a claim its right side, once the claim is not refuted. ``"rmsprop"`` or
        ``"rmsprop/epsilon-inside"`` gives one step of the optimizer: see
        `symderive.codegen.generate_step.generate_step`. ``"schedule/cosine"`` gives a learning rate as a
        function of the step.
    wrt, index, axes
        Terms, or their names where the formula is given by name.
    target, compute, accuracy, arguments, hypotheses, definitions, measure
        As in `symderive.codegen.generate.generate`.
    name
        The functions' identifier; by default the label, or ``function``.

    Raises
    ------
    LookupError, OSError
        For a name that stands for nothing.
    RefutedFormula
        For a claim that is false.
    ValueError
        For a formula that has no code, an unknown target or computation.

    Examples
    --------
    >>> import numpy as np
    >>> softmax = generate("softmax/softmax", compute="value,vjp")
    >>> softmax(np.array([0.0, 1000.0]))
    array([0., 1.])
    >>> softmax.verdict.status.name
    'PROVED'
    >>> descent = generate("gradient-descent")
    >>> descent(np.array([1.0, 2.0]), np.array([0.0, 1.0]), 0.5)
    array([1. , 1.5])
    """
    from symderive.codegen.generate import generate as generate_term

    if not isinstance(expression, str):
        _objects({"wrt": wrt, "index": index, "axes": axes})
        made = generate_term(
            expression,
            wrt,
            target=target,
            compute=compute,
            accuracy=accuracy,
            index=index,
            axes=axes,
            arguments=arguments,
            hypotheses=hypotheses,
            definitions=definitions,
            name=name or "function",
            measure=measure,
        )
        _check_arguments(arguments, expression, made)
        return made
    rule = _rule(expression)
    if rule is not None:
        from symderive.codegen.generate_step import generate_step

        _step_alone(expression, compute, {"wrt": wrt, "index": index, "axes": axes, "name": name})
        return generate_step(rule, target=target, accuracy=accuracy, asked=expression.strip())
    schedule = _schedule(expression)
    if schedule is not None:
        from symderive.codegen.generate_step import generate_schedule

        if compute not in ("value", ["value"], ("value",)):
            raise ValueError(
                f"{expression} is a schedule, of which the value is generated: leave out compute"
            )
        return generate_schedule(schedule, target=target, accuracy=accuracy)
    formula = _formula(expression)
    term = formula.expression
    chosen = _indices(term, index)
    made = generate_term(
        term,
        _variables(term, wrt, formula.order),
        target=target,
        compute=compute,
        accuracy=accuracy,
        index=chosen,
        axes=[a for a in formula.axes if a not in chosen] if axes is None else _indices(term, axes),
        arguments=arguments or formula.order,
        hypotheses=(*formula.hypotheses, *hypotheses),
        definitions=(*formula.definitions, *definitions),
        name=name or formula.identifier,
        origin=expression,
        measure=measure,
    )
    _check_arguments(arguments, term, made)
    return made if formula.verdict is None else replace(made, claim=formula.verdict)


def _objects(given: dict[str, Any]) -> None:
    """A term comes with the families and indices themselves: names would have to be guessed."""
    for key, value in given.items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(one, str):
                raise TypeError(
                    f"{key}={one!r}: with a term, give the family or the Index object itself; strings are "
                    "for formulas that are given by name"
                )


def _check_arguments(arguments: Sequence[Any], term: Any, made: Generated) -> None:
    """Is every name in `arguments` one of the formula's, or of an argument that was made of it?"""
    from sympy import Basic, Indexed

    from symderive.terms import free_names, walk

    has = list(dict.fromkeys(a.name for function in made.plan.functions for a in function.arguments))
    known = set(has)
    if isinstance(term, Basic):
        known |= {n.base.name for n in walk(term) if isinstance(n, Indexed)} | set(map(str, free_names(term)))
    unknown = [str(name) for a in arguments if (name := getattr(a, "name", a)) not in known]
    if unknown:
        raise ValueError(
            f"arguments names {', '.join(unknown)}, which the formula does not have; it has {', '.join(has)}"
        )


def _rule(name: str) -> UpdateRule | None:
    """The update rule of a name, a family's usual variant; None where the registry has no such name."""
    from symderive.optimizers.names import canonical

    if canonical(name) is None:  # which needs no SymPy
        return None
    from symderive.optimizers import rules_named

    return rules_named(name)[0]


def _schedule(name: str) -> Schedule | None:
    """The schedule that ``schedule/NAME`` stands for; None for another name."""
    kind, _, rest = name.strip().lower().partition("/")
    if kind != "schedule":
        return None
    from symderive.optimizers import SCHEDULES

    if rest not in SCHEDULES:
        raise LookupError(f"there is no schedule {rest!r}; there are {', '.join(SCHEDULES)}")
    return SCHEDULES[rest]


def _step_alone(name: str, compute: str | Sequence[str], others: dict[str, Any]) -> None:
    """An update rule has a step, and nothing else to be chosen."""
    wanted = {w.strip() for w in (compute.split(",") if isinstance(compute, str) else compute)}
    if not wanted <= {"value", "step"}:
        raise ValueError(f"{name} is an update rule, of which its step is generated: leave out compute")
    given = [key for key, value in others.items() if value not in (None, (), [])]
    if given:
        raise ValueError(f"{name} is an update rule: {given[0]} says nothing about its step")


def _formula(name: str) -> _Formula:
    """The definition or the claim of a name."""
    from symderive.documents.labels import find_label

    try:
        document, label = document_and_label(name)
    except LookupError as error:
        raise LookupError(f"{error.args[0]}{_near_rules(name)}") from None
    found = find_label(document, label)
    identifier = label if not label.isdigit() else f"line_{label}"
    return _defined(found, name, identifier) or _claimed(found, name, identifier)


def _near_rules(name: str) -> str:
    """Advice on names of update rules that are near."""
    import difflib

    from symderive.optimizers.names import known_names

    near = difflib.get_close_matches(name.strip().lower(), known_names(), n=3)
    return f"; an update rule is {' or '.join(near)}" if near else ""


def _defined(found: Labelled, name: str, identifier: str) -> _Formula | None:
    from symderive.terms import Definition, Index, Recurrence, unfold

    for statement in found.reading.statements:
        definition = statement.definition
        if isinstance(definition, Recurrence):
            raise NothingToCompute(
                f"{name} is a step of a sequence: `symderive generate` knows update rules by name "
                "(rmsprop, adam/epsilon-hat)"
            )
        if isinstance(definition, Definition):
            known = tuple(d for d in found.definitions if d.head != definition.head)
            term = unfold(definition.body, known, operations=False)
            axes = tuple(c for c in definition.components if isinstance(c, Index))
            order = tuple(parameter.name for parameter in definition.parameters)
            return _Formula(term, identifier, axes, order, (), known)
    return None


def _claimed(found: Labelled, name: str, identifier: str) -> _Formula:
    from symderive.decide import Status, judge_claim
    from symderive.terms import unfold

    if not found.claims:
        message = found.reading.main.message or "it claims and defines nothing"
        raise NothingToCompute(f"{name} has no value to compute: {message}")
    if len(found.claims) > 1:
        raise NothingToCompute(f"{name} states {len(found.claims)} claims: give each a label of its own")
    (claim,) = found.claims
    if claim.relation != "=":
        raise NothingToCompute(f"{name} states an inequality, which has no value to compute")
    verdict = judge_claim(claim, timeout=_SECONDS)
    if verdict.status is Status.REFUTED:
        raise RefutedFormula(f"{name} is REFUTED: no code is made of it", verdict.counterexample or {})
    definitions = claim.definitions
    term = unfold(claim.rhs, definitions, operations=False)
    order = tuple(dict.fromkeys(p.name for d in reversed(definitions) for p in d.parameters))
    return _Formula(
        term, identifier, _in_order(claim.lhs, term), order, claim.hypotheses, definitions, verdict
    )


def _in_order(left: Any, right: Any) -> tuple[Index, ...]:
    """The free indices of the right side, in the order in which the left side names them."""
    from symderive.terms import Index, free_names, walk

    free = {n for n in free_names(right) if isinstance(n, Index)}
    seen = [node for node in walk(left) if node in free]
    return tuple(dict.fromkeys([*seen, *sorted(free, key=str)]))


def _indices(term: Any, given: Any) -> list[Index]:
    """Free indices by their names, or as they are."""
    from symderive.terms import Index, free_names

    free = {str(n): n for n in free_names(term) if isinstance(n, Index)}
    wanted = [given] if isinstance(given, (str, Index)) else list(given)
    unknown = [w for w in wanted if isinstance(w, str) and w not in free]
    if unknown:
        listed = ", ".join(sorted(free)) or "none"
        raise ValueError(f"{unknown[0]!r} is no free index of the formula; its free indices: {listed}")
    return [free[w] if isinstance(w, str) else w for w in wanted]


def _variables(term: Any, given: Any, order: Sequence[str]) -> Any:
    """Families and scalars by their names, or as they are."""
    from sympy import Indexed

    from symderive.terms import Dim, Index, free_names, walk

    known: dict[str, Any] = {n.base.name: n.base for n in walk(term) if isinstance(n, Indexed)}
    labels = {family.label for family in known.values()}
    for symbol in free_names(term) - labels:
        if not isinstance(symbol, (Dim, Index)) and symbol.is_real:
            known.setdefault(symbol.name, symbol)
    if given is None:
        # The first parameter that occurs: the loss by its logits, softmax by x.
        first = [known[n] for n in order if n in known][:1]
        return first or None
    wanted = [given] if not isinstance(given, (list, tuple)) else list(given)
    unknown = [w for w in wanted if isinstance(w, str) and w not in known]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no variable of the formula; it has {', '.join(sorted(known))}")
    return [known[w] if isinstance(w, str) else w for w in wanted]
