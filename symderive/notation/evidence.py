"""What single formulas show about names: how many indices they have, what they depend on, over what they
range.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Integer

from symderive.notation.access import letters_of, unbraced
from symderive.notation.facts import Facts, Located, RangeEvidence
from symderive.notation.forms import bound_value, listed, ranging, space_of, statements, subscripted
from symderive.notation.notation import Axis, Notation
from symderive.notation.ranges import component_slots, dims_of, slot_key
from symderive.notation.syntax import (
    Binomial,
    Chain,
    DerivativeNode,
    Display,
    DotsNode,
    Factorial,
    Group,
    Label,
    Listing,
    Nabla,
    Name,
    Node,
    Number,
    Operator,
    PartialSign,
    Prime,
    Product,
    Script,
    Sum,
    descend,
)
from symderive.notation.uses import Use, index_like, uses

__all__ = ["note_dependence", "note_heads", "note_numbers", "note_ranks", "note_stated_ranges", "running"]


_CUSTOMARY = frozenset("ijklmn")
_VECTOR_FUNCTIONS = frozenset("softmax logsumexp LSE diag RMS entropy".split())


def note_ranks(item: Located, found: Sequence[Use], facts: Facts) -> None:
    """With how many indices each name of a formula is used, and what hints at vectors."""
    ranks = facts.ranks.setdefault(item.section, {})
    plain = facts.plain.setdefault(item.section, set())
    hints = facts.hints.setdefault(item.section, {})
    for use in found:
        slots = component_slots(use, facts)
        lettered = [slot for slot in slots if not isinstance(unbraced(slot.node), Number)]
        if lettered:
            key = slot_key(use.name, slots[0])
            ranks[key] = max(ranks.get(key, 0), len(slots))
        elif not slots and not use.slots and not (item.inline and _alone(item.node)):
            plain.add(use.name)
        if len(slots) < len(use.slots) and any(
            (use.name, slot.style, slot.place) in facts.steps
            and index_like(slot.node, facts.is_index)
            and all(facts.is_index(letter) for letter in letters_of(slot.node))
            for slot in use.slots
        ):
            facts.stepped.setdefault(item.section, set()).add(use.name)
        if use.differentiated:
            facts.varied.add(use.name)
        if use.transposed or (use.access.bold and not lettered):
            big = use.access.name[:1].isupper() and len(use.access.name) == 1
            hints[use.name] = max(hints.get(use.name, 0), 2 if big else 1)
        if use.access.bold:
            hints.setdefault(use.name, 1)
    for node in descend(item.node):
        if isinstance(node, Nabla) and node.sub is not None:
            plain_sub = unbraced(node.sub)
            if isinstance(plain_sub, Name):
                hints.setdefault(plain_sub.text, 1)
                facts.varied.add(plain_sub.text)
        size = space_of(node)
        if size is not None:
            assert isinstance(node, Chain)
            left = node.operands[0]
            for member in (left.items if isinstance(left, Listing) else (left,)) if left is not None else ():
                member = unbraced(member)
                if isinstance(member, Name):
                    if size:
                        facts.stated.add(member.text)
                        ranks[member.text] = max(ranks.get(member.text, 0), len(size))
                    else:
                        ranks.setdefault(member.text, 0)
        if isinstance(node, Group) and node.open == "||" and len(node.items) == 1:
            inner = unbraced(node.items[0])
            for term in inner.terms if isinstance(inner, Sum) else (inner,):
                term = unbraced(term)
                if isinstance(term, Name):
                    hints.setdefault(term.text, 1)
        if isinstance(node, Product):
            for first, second in zip(node.factors, node.factors[1:], strict=False):
                if _is_transposed_vector(first) and isinstance(second, Name) and _is_small(second):
                    hints.setdefault(second.text, 1)  # w^\top x is a number: x is a vector as w is
                if isinstance(first, Operator) and first.name in _VECTOR_FUNCTIONS:
                    group = unbraced(second)
                    if isinstance(group, Script):
                        group = unbraced(group.base)
                    if isinstance(group, Group) and len(group.items) == 1:
                        inner = unbraced(group.items[0])
                        if isinstance(inner, Name):
                            hints.setdefault(inner.text, 1)


def _is_small(node: Node) -> bool:
    """Is this a lower-case Latin letter, as vectors are named?"""
    return isinstance(node, Name) and len(node.text) == 1 and node.text.islower() and not node.word


def _is_transposed_vector(node: Node) -> bool:
    """Is this ``w^\\top``?"""
    return (
        isinstance(node, Script)
        and node.sub is None
        and isinstance(node.sup, Label)
        and node.sup.text == "top"
        and _is_small(unbraced(node.base))
    )


def _alone(node: Node) -> bool:
    """Is this formula a mere mention of a name?"""
    return isinstance(node, Display) and all(
        isinstance(unbraced(item), (Name, Script)) for row in node.rows for item in row.items
    )


def note_heads(item: Located, facts: Facts) -> None:
    """Names that are applied to arguments: the left side of a definition, a mention such as ``J(θ)``,
    ``f'(x)``.
    """
    candidates: list[Node] = []
    for chain in statements(item.node):
        if chain.operands[0] is not None and chain.relations[0] in ("=", ":=", "equiv"):
            candidates.append(chain.operands[0])
        if chain.relations[0] == "colon" and isinstance(unbraced(chain.operands[0] or chain), Name):
            name = unbraced(chain.operands[0] or chain)
            assert isinstance(name, Name)
            facts.functions.setdefault(name.text, item.line)
    rows = item.node.rows if isinstance(item.node, Display) else ()
    for row in rows:
        if item.inline or len(row.items) == 1:
            candidates.extend(part for part in row.items if isinstance(part, (Product, Name)))
        for part in row.items:
            for inner in descend(part):
                if isinstance(inner, Group) and inner.items and isinstance(inner.items[0], Product):
                    if any(isinstance(i, DotsNode) for i in inner.items):
                        candidates.extend(i for i in inner.items if isinstance(i, Product))
    for candidate in candidates:
        for use in uses(candidate, facts.is_index):
            whole = use.end >= candidate.end
            if (
                use.call is not None
                and whole
                and not any((use.name, "call", n) in facts.steps for n in range(3))
            ):
                if all(isinstance(_argument(argument), Name) for argument in use.call.items):
                    facts.functions.setdefault(use.name, item.line)
            break
    for node in descend(item.node):
        if isinstance(node, Prime) and isinstance(unbraced(node.base), Name):
            continue
        if not isinstance(node, Product):
            continue
        for first, second in zip(node.factors, node.factors[1:], strict=False):
            group = unbraced(second)
            if isinstance(group, Script) and isinstance(group.base, Group):
                group = group.base
            if not (isinstance(group, Group) and group.open == "("):
                continue
            place = node.factors.index(first)
            before = node.factors[place - 1] if place else None
            differentiated = isinstance(before, (Nabla, PartialSign)) or (
                isinstance(before, DerivativeNode) and before.body is None and len(node.factors) == place + 2
            )
            if (
                differentiated
                and isinstance(unbraced(first), Name)
                and not any(isinstance(i, (Sum, Chain)) for i in group.items)
            ):
                name = unbraced(first)
                assert isinstance(name, Name)
                if not any((name.text, "call", n) in facts.steps for n in range(3)):
                    facts.functions.setdefault(name.text, item.line)
                continue
            name = unbraced(first)
            while isinstance(name, Script) and isinstance(unbraced(name.base), (Name, Prime, Script)):
                name = unbraced(name.base)
            primed = isinstance(name, Prime)
            if isinstance(name, Prime):
                name = unbraced(name.base)
            if isinstance(name, Name):
                bold = any(isinstance(unbraced(i), Name) and _bold(unbraced(i)) for i in group.items)
                if primed or bold:
                    facts.functions.setdefault(name.text, item.line)


def note_dependence(item: Located, found: Sequence[Use], facts: Facts) -> None:
    """On which names a function depends: ``J(θ)`` says it, ``∂J/∂θ_k`` shows it."""
    for use in found:
        if use.call is not None and use.name in facts.functions and use.name not in facts.arguments:
            names = [_base(argument) for argument in use.call.items]
            if all(names):
                facts.arguments[use.name] = tuple(name for name in names if name)
    for node in descend(item.node):
        if isinstance(node, DerivativeNode) and node.body is not None:
            name = _argument(node.body)
            if isinstance(name, Name):
                for variable in node.variables:
                    _note_gradient(facts, name.text, _base(variable))
        elif isinstance(node, Product):
            for first, second in zip(node.factors, node.factors[1:], strict=False):
                name = _argument(second)
                if not isinstance(name, Name):
                    continue
                if isinstance(first, (Nabla, PartialSign)) and first.sub is not None:
                    _note_gradient(facts, name.text, _base(first.sub))
                elif isinstance(first, DerivativeNode) and first.body is None:
                    for variable in first.variables:
                        _note_gradient(facts, name.text, _base(variable))


def _note_gradient(facts: Facts, name: str, base: str | None) -> None:
    have = facts.gradients.get(name, ())
    if base is not None and base not in have and base != name:
        facts.gradients[name] = (*have, base)


def _base(node: Node) -> str | None:
    """The letter by which an argument or a variable is named."""
    node = unbraced(node)
    if isinstance(node, Product):
        node = unbraced(node.factors[0])
    found = _argument(node)
    return found.text if isinstance(found, Name) else None


def _bold(node: Node) -> bool:
    return isinstance(node, Name) and node.bold


def _argument(node: Node) -> Node:
    """The name that an argument of a head is, without its scripts."""
    node = unbraced(node)
    if isinstance(node, Script) and isinstance(unbraced(node.base), Name):
        return unbraced(node.base)
    return node


def running(node: Node, facts: Facts) -> tuple[list[Name], Node, Node] | None:
    """What `ranging` finds, unless the letters between the ends are numbers: ``0 < t < T``."""
    found = ranging(node)
    if found is None or not _is_between(node):
        return found
    return None if any(name.text in facts.numbers for name in found[0]) else found


def _is_between(node: Node) -> bool:
    return isinstance(node, Chain) and len(node.relations) == 2 and set(node.relations) <= {"<", "<="}


def note_numbers(located: Sequence[Located], notation: Notation, facts: Facts) -> None:
    """Letters between two ends that are no indices: declared as scalars, or used as plain numbers only.

    The letters i to n are indices by custom; another one is, where it stands as one somewhere.
    """
    between: set[str] = set()
    placed: set[str] = set()
    for item in located:
        for node in descend(item.node):
            found = ranging(node)
            if found is not None and _is_between(node):
                assert isinstance(node, Chain)
                strict = set(node.relations) == {"<"}
                for name in found[0]:
                    kind = notation.kind(name.text)
                    if kind == "scalar":
                        facts.numbers.add(name.text)
                    elif kind is None and strict and name.text not in _CUSTOMARY:
                        between.add(name.text)
            elif found is not None:
                placed |= {name.text for name in found[0]}
            # A subscript, a step in a superscript, an argument, the entries of a binomial coefficient.
            parts: tuple[Node | None, ...] = ()
            if isinstance(node, Script):
                parts = (node.sub, node.sup)
            elif isinstance(node, Group):
                parts = tuple(inner for inner in node.items if isinstance(unbraced(inner), Name))
            elif isinstance(node, (Binomial, Factorial)):
                parts = (node,)
            placed |= {
                inner.text
                for part in parts
                if part is not None
                for inner in descend(part)
                if isinstance(inner, Name)
            }
    facts.numbers |= between - placed - facts.letters


def note_stated_ranges(item: Located, facts: Facts) -> None:
    """Ranges that are said: ``i = 1, …, K``, ``(x_1, …, x_K)``, ``x ∈ ℝ^K``."""
    is_dim = dims_of(facts)
    for node in descend(item.node):
        found = running(node, facts)
        if found is not None:
            lower, upper = bound_value(found[1], is_dim), bound_value(found[2], is_dim)
            if lower is not None and upper is not None:
                for name in found[0]:
                    evidence = RangeEvidence(item.position, item.section, (lower, upper), item.line, 3)
                    facts.ranges.setdefault(name.text, []).append(evidence)
        row = listed(node)
        if row is not None:
            lower, upper = bound_value(row[1], is_dim), bound_value(row[2], is_dim)
            named = subscripted(row[0])
            if lower is not None and upper is not None and named is not None:
                evidence = RangeEvidence(item.position, item.section, (lower, upper), item.line, 3)
                facts.slots.setdefault((named[0], 0), []).append(evidence)
                ranks = facts.ranks.setdefault(item.section, {})
                facts.stated.add(named[0])
                ranks[named[0]] = max(1, ranks.get(named[0], 0))
        if isinstance(node, Chain) and node.relations in (("=",), ("in",)) and len(node.operands) == 2:
            left, right = node.operands
            sizes = space_of(node)
            axes: list[Axis] | None = None
            if sizes:
                values = [bound_value(size, is_dim) for size in sizes]
                axes = [(Integer(1), value) for value in values if value is not None]
                if len(axes) != len(values):
                    axes = None
            elif right is not None and node.relations == ("=",):
                target = unbraced(right)
                if isinstance(target, Script) and isinstance(target.sup, Label):
                    target = unbraced(target.base)
                listing = listed(target)
                if listing is not None:
                    lower, upper = bound_value(listing[1], is_dim), bound_value(listing[2], is_dim)
                    if lower is not None and upper is not None:
                        axes = [(lower, upper)]
            if axes and left is not None:
                for member in left.items if isinstance(left, Listing) else (left,):
                    member = unbraced(member)
                    if isinstance(member, Product):
                        member = unbraced(member.factors[0])
                    if isinstance(member, Name):
                        ranks = facts.ranks.setdefault(item.section, {})
                        facts.stated.add(member.text)
                        ranks[member.text] = max(len(axes), ranks.get(member.text, 0))
                        for place, axis in enumerate(axes):
                            evidence = RangeEvidence(item.position, item.section, axis, item.line, 3)
                            facts.slots.setdefault((member.text, place), []).append(evidence)
