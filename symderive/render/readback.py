"""A printed line read again by the reader: what a person reads must be what was judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Basic, Expr

from symderive.notation import Notation, ReadError, elaborate, parse
from symderive.notation.definitions import define, head_of_definition
from symderive.notation.meaning import Statement
from symderive.notation.notation import Known
from symderive.notation.syntax import Chain
from symderive.terms import Definition, Hypothesis, Index, Recurrence, free_names, substitute

__all__ = ["read_definition", "read_hypothesis", "read_line", "read_term"]

_FOR_ALL = r" \text{ for all } "


def read_line(text: str, notation: Notation) -> Statement:
    """The statement or the term of one line of LaTeX, over the indices as they are declared.

    Raises
    ------
    ReadError
        Where the reader does not understand the line.
    """
    statement = elaborate(parse(text, notation.words), notation)
    rhs = statement.rhs
    return replace(
        statement,
        lhs=_declared(statement.lhs, notation, made=statement.free),
        rhs=None if rhs is None else _declared(rhs, notation, made=statement.free),
    )


def read_term(text: str, notation: Notation) -> Expr:
    """The term of one line of LaTeX that states no relation.

    Raises
    ------
    ReadError
        Where the reader does not understand it, or a relation stands in it.
    """
    statement = read_line(text, notation)
    if statement.relation is not None:
        raise ReadError("a relation stands where a term is needed", 0, len(text), "write one side")
    return statement.lhs


def read_hypothesis(text: str, notation: Notation) -> Hypothesis:
    r"""A hypothesis as the printer writes it: ``p_i > 0 \text{ for all } i``.

    Raises
    ------
    ReadError
        Where the reader does not understand it, or it states nothing.
    """
    formula, _, letters = text.partition(_FOR_ALL)
    statement = read_line(formula, notation)
    if statement.relation is None or statement.rhs is None:
        raise ReadError("a hypothesis states a relation", 0, len(text), "write both sides")
    free = {
        index.name: index
        for index in free_names(statement.lhs) | free_names(statement.rhs)
        if isinstance(index, Index)
    }
    names = [str(read_term(letter, notation)) for letter in letters.split(",") if letter.strip()]
    return Hypothesis(
        statement.lhs,
        statement.relation,
        statement.rhs,
        tuple(free[name] for name in names if name in free),
    )


def read_definition(text: str, notation: Notation) -> Definition | Recurrence:
    """The definition or recurrence of ``head = body``.

    Raises
    ------
    ReadError
        Where the left side is no head, or the body has no reading.
    """
    display = parse(text, notation.words)
    items = [item for row in display.rows for item in row.items]
    chain = items[0] if len(items) == 1 else None
    if not isinstance(chain, Chain) or chain.relations != ("=",) or None in chain.operands:
        raise ReadError("a definition has the form head = body", 0, len(text), "write one equation")
    left, body = chain.operands
    assert left is not None
    assert body is not None
    head = head_of_definition(left, display, notation)
    if head is None:
        raise ReadError("the left side is no name", left.start, left.end, "write a name with its indices")
    known: Known = define(head, body, display, notation, 0, None).known
    meaning = known.meaning
    if isinstance(meaning, Recurrence):
        own: dict[Basic, Basic] = _ranged(meaning.at, notation)
        step = own.get(meaning.step, meaning.step)
        assert isinstance(step, Index)
        at, changed = substitute(meaning.at, own), substitute(meaning.body, own)
        return replace(meaning, step=step, at=at, body=changed)
    return meaning


def _declared(term: Expr, notation: Notation, made: Sequence[Index] = ()) -> Expr:
    """`term` over the indices that are declared: a line does not print the ranges of its letters, and one
    that it shifts (``n - 1``) may be read with another lower end. Indices that the reader made stay.
    """
    mapping = {index: other for index, other in _ranged(term, notation).items() if index not in made}
    result = substitute(term, mapping) if mapping else term
    assert isinstance(result, Expr)
    return result


def _ranged(term: Basic, notation: Notation) -> dict[Basic, Basic]:
    mapping: dict[Basic, Basic] = {}
    for name in free_names(term):
        entry = notation.declared.get(name.name) if isinstance(name, Index) else None
        if entry is not None and entry.kind in ("index", "step") and entry.axes:
            low, high = entry.axes[0]
            mine = Index(name.name, high, low)
            if mine != name:
                mapping[name] = mine
    return mapping
