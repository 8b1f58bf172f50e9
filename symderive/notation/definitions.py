"""``head = body``: what a head is, and the definition or recurrence that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr, Symbol

from symderive.notation.access import letters_of, unbraced
from symderive.notation.elaborate import Elaborator
from symderive.notation.errors import ReadError
from symderive.notation.facts import Facts
from symderive.notation.forms import shift
from symderive.notation.meaning import fresh_letters, learning
from symderive.notation.naming import Part
from symderive.notation.notation import Known, Notation
from symderive.notation.syntax import Group, Name, Node, Number, Product, Script, Sum
from symderive.notation.uses import Use, uses
from symderive.notation.values import Learn, Value, likeliest
from symderive.terms import Definition, Index, Recurrence, Tensor, scalar

__all__ = ["Defined", "Head", "applied_dimension", "define", "head_of_definition"]


@dataclass(frozen=True)
class Head:
    """The left side of a definition: a name with letters as indices and names as arguments."""

    name: str
    part: Part
    node: Node
    components: tuple[Node, ...]
    step: Node | None
    arguments: tuple[Node, ...]
    numeric: bool = False  # an index is a number: one entry of a family

    def _same(self, use: Use, facts: Facts) -> bool:
        mine = [unbraced(component) for component in self.components]
        theirs = [
            unbraced(slot.node)
            for slot in use.slots
            if slot.style != "call" and (use.name, slot.style, slot.place) not in facts.steps
        ]
        return len(mine) == len(theirs) and all(
            letters_of(one) == letters_of(two) for one, two in zip(mine, theirs, strict=True)
        )

    def _own_uses(self, body: Node, facts: Facts) -> list[tuple[Use, Node | None]]:
        found = []
        for use in uses(body, facts.is_index):
            if use.name == self.name and not use.differentiated:
                step = next((s.node for s in use.slots if (use.name, s.style, s.place) in facts.steps), None)
                found.append((use, step))
        return found

    def is_own(self, body: Node, facts: Facts) -> bool:
        """Does the body name exactly what the left side defines?"""
        for use, step in self._own_uses(body, facts):
            if (self.step is None) != (step is None) or not self._same(use, facts):
                continue
            if self.step is None or (step is not None and shift(self.step, step) == 0):
                return True
        return False

    def recurs(self, body: Node, facts: Facts) -> bool:
        """Does the body name another step of the sequence?"""
        return any(
            step is not None and self.step is not None and shift(self.step, step) not in (None, 0)
            for _, step in self._own_uses(body, facts)
        )

    def is_update(self, body: Node, facts: Facts) -> bool:
        """Is ``W = W - …`` an assignment of a new value: a sum with the old value as a term?"""
        if self.step is not None or self.arguments:
            return False
        body = unbraced(body)
        terms = body.terms if isinstance(body, Sum) else ()
        return len(terms) > 1 and any(self.is_own(term, facts) and _carries(term) for term in terms)


def _carries(term: Node) -> bool:
    """Is this term a name, or a multiple of one?"""
    term = unbraced(term)
    if isinstance(term, (Name, Script)):
        return True
    return isinstance(term, Product) and all(
        isinstance(unbraced(factor), (Name, Script, Number, Group)) for factor in term.factors
    )


@dataclass(frozen=True)
class Defined:
    """A definition as read, and the notation with what was learned while reading it."""

    known: Known
    notation: Notation


def head_of_definition(left: Node, root: Node, notation: Notation) -> Head | None:
    """The head that a left side is; None where it is a formula."""
    left = unbraced(left)
    factors: Sequence[Node] = left.factors if isinstance(left, Product) else (left,)
    if isinstance(left, Product) and any(operator != "juxt" for operator in left.operators):
        return None
    reader = Elaborator(root, notation)
    # The head declares that its name applies to arguments: read it as if that were known already.
    try:
        part = reader.part(factors, ("juxt",) * len(factors), 0)
        if part is not None and part.end < len(factors):
            part = _assume_call(reader, factors)
    except ReadError:
        part = _assume_call(reader, factors)
    if (
        part is None
        or part.end != len(factors)
        or part.power is not None
        or part.transposed
        or part.head.primes
    ):
        return None
    facts = reader.facts
    name = part.head.name
    if name == "delta" and len(part.head.subs) == 2 and name not in notation.declared:
        return None
    if name in ("e", "pi") and not part.head.subs and part.call is None and name not in notation.declared:
        return None
    kind = notation.kind(name)
    if kind in ("index", "dim", "step") or (name in facts.dims and not part.head.subs):
        return None
    if not part.head.subs and part.call is None and part.bracket is None and part.head.step is None:
        if facts.is_strong_index(name) and not part.head.bold and not facts.rank(name, notation.section):
            if ("free", name) in reader.letters:
                return None
    step = reader.step_node(part)
    components = tuple(node for node in reader.component_nodes(part) if node is not step)
    arguments = part.call.items if part.call is not None and step is None else ()
    if not all(_is_argument(argument) for argument in arguments):
        return None
    if len({_spelled(argument) for argument in arguments}) != len(arguments):
        return None  # d(x, x) is a value of d
    numeric = False
    letters: set[str] = set()
    for component in components:
        plain = unbraced(component)
        if isinstance(plain, Number):
            numeric = bool(reader.rank_of(name)) or numeric
        elif not isinstance(plain, Name) or plain.text in letters:
            return None
        else:
            letters.add(plain.text)
    if step is not None and not letters_of(step):
        return None
    if any(isinstance(unbraced(component), Number) for component in components):
        if numeric:
            return Head(name, part, left, components, step, arguments, True)
        label = ",".join(getattr(unbraced(component), "text", "") for component in components)
        name, components = f"{name}_{label}", ()
    return Head(name, part, left, components, step, arguments)


def applied_dimension(left: Node, notation: Notation) -> str | None:
    """M where a left side is ``M(x)`` and sums of the document end at M; None for any other left side."""
    node, facts = unbraced(left), notation.facts
    if facts is None or not isinstance(node, Product) or len(node.factors) != 2:
        return None
    name, group = (unbraced(factor) for factor in node.factors)
    if not (isinstance(name, Name) and isinstance(group, Group) and group.open == "("):
        return None
    if name.text not in facts.dims or notation.kind(name.text) is not None:
        return None
    arguments = [unbraced(item) for item in group.items]
    if arguments and all(isinstance(item, Name) and item.text not in facts.dims for item in arguments):
        return name.text
    return None


def _assume_call(reader: Elaborator, factors: Sequence[Node]) -> Part | None:
    from symderive.notation.access import head_of, split_indices

    if len(factors) != 2:
        return None
    head = head_of(factors[0], reader.facts.is_index)
    group = unbraced(factors[1])
    post: tuple[Node, ...] = ()
    if (
        isinstance(group, Script)
        and isinstance(group.base, Group)
        and group.sup is None
        and group.sub is not None
    ):
        indices, label = split_indices(group.sub, reader.facts.is_index, force=True)
        if label is not None:
            return None
        post, group = tuple(indices), group.base
    if head is None or not isinstance(group, Group) or group.open != "(" or head.power is not None:
        return None
    if not group.items or not all(_is_argument(item) for item in group.items):
        return None
    if reader.notation.kind(head.name) in ("scalar", "dim", "index", "step", "tensor"):
        return None
    return Part(head, None, group, post, None, False, 2)


def _spelled(node: Node) -> str:
    node = unbraced(node)
    if isinstance(node, Script):
        return f"{_spelled(node.base)}_{_spelled(node.sub) if node.sub is not None else ''}"
    return getattr(node, "text", "")


def _is_argument(node: Node) -> bool:
    """A parameter: a name, possibly bold or decorated."""
    node = unbraced(node)
    return isinstance(node, Name) or (
        isinstance(node, Script) and isinstance(unbraced(node.base), Name) and node.sup is None
    )


def define(head: Head, body: Node, root: Node, notation: Notation, section: int, line: int | None) -> Defined:
    """The definition or recurrence of ``head = body``.

    Raises
    ------
    ReadError
        Where the body has no reading.
    """
    result = learning(root, notation, lambda reader: _define(reader, head, body, section, line))
    assert isinstance(result, Defined)
    return result


def _define(reader: Elaborator, head: Head, body: Node, section: int, line: int | None) -> Defined:
    if head.step is not None:
        return _recurrence(reader, head, body, section, line)
    parameters: list[Symbol | Tensor] = []
    ranks: list[int] = []
    for argument in head.arguments:
        parameter, rank = _parameter(reader, argument)
        parameters.append(parameter)
        ranks.append(rank)
        reader.parameters[str(parameter.label if isinstance(parameter, Tensor) else parameter.name)] = rank
    components = [_component(reader, node) for node in head.components]
    reader.step = None
    value = reader.value(body)
    value, extra, term = _components_of(reader, head, value, components)
    axes = tuple((c.lower, c.upper) for c in (*components, *extra))
    definition = Definition(head.name, (*components, *extra), tuple(parameters), term)
    domain = tuple(reader.domain)
    known = Known(definition, axes, tuple(ranks), "", domain, line, section)
    return Defined(known, reader.notation)


def _component(reader: Elaborator, node: Node) -> Index:
    plain = unbraced(node)
    assert isinstance(plain, Name)
    return reader.index(plain.text)


def _components_of(
    reader: Elaborator, head: Head, value: Value, components: Sequence[Index]
) -> tuple[Value, list[Index], Expr]:
    """The scalar body of a definition; a vector body gives the head components of its own."""
    if value.rank == 0:
        learned = reader.rank_of(head.name) or 0
        if learned > len(components) and value.open:
            axes = reader.axes_of(head.name, learned)[len(components) :]
            raise likeliest(value, axes, head.node)
        return value, [], value.scalar()
    letters = fresh_letters(reader.root, value.rank)
    extra = [Index(letter, axis[1], axis[0]) for letter, axis in zip(letters, value.axes, strict=True)]
    return value, extra, value.entry(tuple(extra))


def _parameter(reader: Elaborator, argument: Node) -> tuple[Symbol | Tensor, int]:
    """What a parameter is: a vector, a number, or a function that the body applies."""
    plain = unbraced(argument)
    head = None
    if isinstance(plain, Script):
        from symderive.notation.access import head_of

        head = head_of(plain, lambda _: False)
        name, bold = (head.name, head.bold) if head is not None else ("", False)
    else:
        assert isinstance(plain, Name)
        name, bold = plain.text, plain.bold
    facts = reader.facts
    entry = reader.notation.declared.get(name)
    if entry is not None:
        # A function is named alone, whatever it maps into: KL(p, q) of p(x)_i.
        rank = 0 if entry.kind == "function" else len(entry.axes)
    elif name in facts.functions and name not in reader.notation.known:
        return scalar(name), 0
    else:
        rank = reader.rank_of(name) or (1 if bold else 0)
    if rank == 0:
        return scalar(name), 0
    return Tensor(name, *reader.axes_of(name, rank)), rank


def _recurrence(reader: Elaborator, head: Head, body: Node, section: int, line: int | None) -> Defined:
    """``v(n) = γ v(n-1) + …``: a rule for every step."""
    assert head.step is not None
    letters = [letter for letter in sorted(letters_of(head.step)) if reader.facts.is_index(letter)]
    if len(letters) != 1:
        raise ReadError("the step has no one letter", head.step.start, head.step.end, "write v(n) or v_t")
    index = reader.index(letters[0])
    reader.step = index
    at = reader.integer(head.step)
    components = [_component(reader, node) for node in head.components]
    value = reader.value(body)
    name = head.name
    rank = reader.rank_of(name)
    if value.rank and (rank or 0) < len(components) + value.rank:
        axes = tuple((c.lower, c.upper) for c in components) + value.axes
        raise Learn(name, axes)
    if value.rank == 0 and (rank or 0) > len(components):
        axes = reader.axes_of(name, rank or 0)[len(components) :]
        if value.open:
            raise likeliest(value, axes, head.node)
        raise ReadError(
            f"{name} is a vector, but this side is a number",
            body.start,
            body.end,
            "declare what is a vector",
            "ambiguous",
        )
    value, extra, term = _components_of(reader, head, value, components)
    every = (*components, *extra)
    recursive = head.recurs(body, reader.facts)
    known = Known(
        Recurrence(name, every, index, at, term),
        tuple((c.lower, c.upper) for c in every),
        (),
        _style(head),
        tuple(reader.domain),
        line,
        section,
        recursive,
    )
    return Defined(known, reader.notation)


def _style(head: Head) -> str:
    if head.part.call is not None:
        return "call"
    if head.part.bracket is not None:
        return "bracket"
    return "sup" if head.part.head.step is head.step else "sub"
