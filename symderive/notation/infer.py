"""Inference over the formulas of a whole document: its indices, dimensions, sequences, functions and ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from sympy import Expr, Integer, oo

from symderive.notation.access import Binder, binder_of, bound_letters, letters_of, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.facts import Facts, Located, RangeEvidence
from symderive.notation.notation import Axis, Notation
from symderive.notation.syntax import (
    Big,
    Chain,
    DerivativeNode,
    Display,
    DotsNode,
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
    Quantifier,
    Row,
    Script,
    Sum,
    descend,
)
from symderive.notation.uses import Slot, Use, index_like, uses
from symderive.terms import Dim

__all__ = [
    "bound_value",
    "component_slots",
    "infer",
    "listed",
    "ranging",
    "resolve_ranges",
    "shift",
    "space_sizes",
]

_VECTOR_FUNCTIONS = frozenset("softmax logsumexp LSE diag RMS entropy".split())


def infer(formulas: Iterable[Located | Display], notation: Notation | None = None) -> Notation:
    """Everything that a document's formulas show about its names.

    Parameters
    ----------
    formulas
        All formulas of the document in order, displayed and inline (bare displays count as one after another).
    notation
        What is declared; declarations override inference.
    """
    notation = notation or Notation()
    located = [
        item if isinstance(item, Located) else Located(item, position)
        for position, item in enumerate(formulas)
    ]
    facts = Facts()
    _declared_letters(facts, notation)
    facts.letters |= bound_letters([item.node for item in located])
    for item in located:
        for node in descend(item.node):
            _ranging_letters(node, item, facts)
    facts.letters -= set(facts.labels)
    for item in located:
        _dimensions(item, facts)
    facts.letters -= {name for name in facts.dims if name in facts.letters and _is_dim_only(name, located)}
    collected = [(item, list(uses(item.node, facts.is_index))) for item in located]
    for item, found in collected:
        _shifts(item, facts)
        for use in found:
            facts.lines.setdefault(use.name, item.line)
    for letter, _ in facts.step_letters:
        if notation.kind(letter) != "dim":
            facts.dims.pop(letter, None)
    _spread_steps(collected, facts, notation)
    for item, found in collected:
        _ranks(item, found, facts)
        _heads(item, facts)
        _stated_ranges(item, facts)
    for item, found in collected:
        _dependence(item, found, facts)
    notation = replace(notation, facts=facts)
    for weight in (2, 1, 1, 0):
        for item, _ in collected:
            _gather_ranges(item, facts, notation, weight)
    return notation


def _declared_letters(facts: Facts, notation: Notation) -> None:
    for entry in notation.declared.values():
        if entry.kind in ("index", "step"):
            facts.letters.add(entry.name)
        if entry.kind == "index" and entry.axes:
            evidence = RangeEvidence(-1, -1, entry.axes[0], entry.line, 3)
            facts.ranges.setdefault(entry.name, []).append(evidence)
        if entry.kind == "step":
            facts.step_letters |= {(entry.name, style) for style in ("sub", "sup", "call", "bracket")}
        if entry.kind == "dim":
            facts.dims[entry.name] = entry.line
        for low, high in entry.axes:
            for end in (low, high):
                for symbol in end.free_symbols:
                    if isinstance(symbol, Dim) and not symbol.name.startswith("dim "):
                        facts.dims.setdefault(symbol.name, entry.line)
        if entry.kind == "function":
            facts.functions[entry.name] = entry.line
            if entry.arguments:
                facts.arguments[entry.name] = entry.arguments
        if entry.kind in ("scalar",) and len(entry.name) > 2 and "_" in entry.name:
            facts.labels.add(entry.name.split("_", 1)[1])


def bound_value(node: Node, is_dim: Callable[[str], Expr | None]) -> Expr | None:
    """A limit of a range as a term: numbers, dimensions and their sums and products; None if it is anything else."""
    node = unbraced(node)
    if isinstance(node, Number):
        return Integer(node.text) if node.text.isdigit() and len(node.text) < 10 else None
    if isinstance(node, Name):
        if node.text == "infty":
            return oo
        return is_dim(node.text) if not node.bold else None
    if isinstance(node, Sum):
        total: Expr = Integer(0)
        for term, sign in zip(node.terms, node.signs, strict=True):
            value = bound_value(term, is_dim)
            if value is None:
                return None
            total = total + value if sign == "+" else total - value
        return total
    if isinstance(node, Product):
        product: Expr = Integer(1)
        for factor, operator in zip(node.factors, node.operators, strict=True):
            value = bound_value(factor, is_dim)
            if value is None or operator not in ("juxt", "*"):
                return None
            product = product * value
        return product
    if isinstance(node, Group) and len(node.items) == 1 and node.open == "(":
        return bound_value(node.items[0], is_dim)
    if isinstance(node, Group) and node.open == "|" and len(node.items) == 1:
        inner = unbraced(node.items[0])
        if isinstance(inner, Name):
            return Dim(f"|{inner.text}|")
    if isinstance(node, Script) and isinstance(unbraced(node.base), Name) and node.sup is None:
        base, sub = unbraced(node.base), node.sub
        if isinstance(sub, Label) and isinstance(base, Name):
            return Dim(f"{base.text}_{sub.text}")
    return None


def ranging(node: Node) -> tuple[list[Name], Node, Node] | None:
    """The letters and ends of a statement that says how an index runs: ``i = 1, …, K``, ``1 ≤ i ≤ K``, ``i ∈ {1, …, K}``."""
    if isinstance(node, Quantifier):
        return ranging(node.body)
    if not isinstance(node, Chain) or node.operands[0] is None:
        return None
    operands = [operand for operand in node.operands if operand is not None]
    names: list[Name] = []
    if node.relations in (("=",), ("in",)) and len(operands) == 2:
        for item in operands[0].items if isinstance(operands[0], Listing) else (operands[0],):
            plain = unbraced(item)
            if not isinstance(plain, Name) or plain.bold:
                return None
            names.append(plain)
        right = unbraced(operands[1])
        items: Sequence[Node]
        if isinstance(right, Listing) and node.relations == ("=",):
            items = right.items
        elif isinstance(right, Group) and node.relations == ("in",) and right.open in "{[" and right.items:
            items = right.items
            if right.open == "[" and len(items) == 1:  # i ∈ [K]
                return names, Number(right.start, right.start, "1"), items[0]
        else:
            return None
        if any(isinstance(item, DotsNode) for item in items) and not isinstance(items[0], DotsNode):
            first, last = items[0], items[-1]
            if isinstance(last, DotsNode):
                last = Name(last.start, last.end, "infty")
            return names, first, last
        return None
    if len(operands) == 3 and set(node.relations) <= {"<", "<="}:
        for item in operands[1].items if isinstance(operands[1], Listing) else (operands[1],):
            plain = unbraced(item)
            if not isinstance(plain, Name) or plain.bold or plain.text in ("x", "y", "p", "q"):
                return None
            names.append(plain)
        first, last = operands[0], operands[2]
        one = Number(last.start, last.start, "1")
        if not all(isinstance(unbraced(end), (Name, Number, Sum)) for end in (first, last)):
            return None
        if node.relations[0] == "<":
            first = Sum(first.start, first.end, (first, one), ("+", "+"))
        if node.relations[1] == "<":
            last = Sum(last.start, last.end, (last, one), ("+", "-"))
        if isinstance(unbraced(operands[2]), Number) or isinstance(unbraced(operands[0]), Name):
            return None  # 0 < γ < 1 is about a number
        return names, first, last
    return None


def _ranging_letters(node: Node, item: Located, facts: Facts) -> None:
    found = ranging(node)
    if found is not None:
        for name in found[0]:
            facts.letters.add(name.text)
    if isinstance(node, Script) and node.sub is not None:
        shifted = unbraced(node.sub)
        if isinstance(shifted, Sum) and len(shifted.terms) == 2:
            letter, number = (unbraced(term) for term in shifted.terms)
            if isinstance(letter, Name) and isinstance(number, Number) and not letter.text[:1].isupper():
                facts.letters.add(letter.text)
    if isinstance(node, Quantifier):
        for inner in (node.body.items if isinstance(node.body, Listing) else (node.body,)):
            plain = unbraced(inner)
            if isinstance(plain, Name) and not plain.bold:
                facts.letters.add(plain.text)


def _dimensions(item: Located, facts: Facts) -> None:
    """Names that end a range are dimensions, unless they are indices themselves."""

    def add(node: Node) -> None:
        plain = unbraced(node)
        for letter in [plain.text] if isinstance(plain, Name) else sorted(letters_of(plain)):
            if letter not in facts.letters and letter not in ("infty", "pi"):
                facts.dims.setdefault(letter, item.line)

    for node in descend(item.node):
        if isinstance(node, Big) and node.kind in ("sum", "prod", "max", "min", "sup", "inf"):
            try:
                binder = binder_of(node)
            except ReadError:
                continue
            for bound in (*binder.upper.values(), *binder.lower.values()) if binder else ():
                if index_like(bound, facts.is_index):
                    add(bound)
        found = ranging(node)
        if found is not None:
            add(found[1])
            add(found[2])
        size = _space(node)
        if size is not None:
            for bound in size:
                add(bound)
        row = listed(node)
        if row is not None:
            add(row[2])


def _is_dim_only(name: str, located: Sequence[Located]) -> bool:
    return name not in bound_letters([item.node for item in located])


def _space(node: Node) -> list[Node] | None:
    """The sizes of ``x ∈ ℝ^K``, ``W ∈ ℝ^{M×N}``, ``p ∈ Δ^{K-1}``, ``y ∈ {0,1}^K``; an empty list for ``a ∈ ℝ``."""
    if not (isinstance(node, Chain) and node.relations == ("in",) and len(node.operands) == 2):
        return None
    return space_sizes(node.operands[1])


def space_sizes(space: Node | None) -> list[Node] | None:
    """The sizes of a space, None where it is no space that is known."""
    if space is None:
        return None
    space = unbraced(space)
    sup: Node | None = None
    base = space
    if isinstance(space, Script):
        base, sup = unbraced(space.base), space.sup
    if isinstance(base, Group) and base.open == "{" and sup is not None and len(base.items) == 2:
        return [sup]
    if isinstance(base, Group) and base.open in "([" and len(base.items) == 2 and sup is not None:
        return [sup]
    if not isinstance(base, Name):
        return None
    if base.text == "Delta" and sup is not None:
        plain = unbraced(sup)
        if isinstance(plain, Sum) and plain.signs == ("+", "-"):
            return [plain.terms[0]]
        return None
    if base.text not in ("mathbb(R)", "mathbf(R)", "R") and not (base.text == "R" and base.bold):
        return None
    if sup is None or isinstance(unbraced(sup), Label):
        return []
    plain = unbraced(sup)
    if isinstance(plain, Product) and all(operator in ("juxt", "*") for operator in plain.operators):
        return list(plain.factors) if "*" in plain.operators else [sup]
    return [sup]


def listed(node: Node) -> tuple[Node, Node, Node] | None:
    """Name, first and last index of ``(x_1, …, x_K)``."""
    items: Sequence[Node]
    if isinstance(node, (Group, Listing)):
        items = node.items
    else:
        return None
    if len(items) < 3 or not any(isinstance(item, DotsNode) for item in items):
        return None
    first, last = _subscripted(items[0]), _subscripted(items[-1])
    if first is None or last is None or first[0] != last[0] or not isinstance(unbraced(first[1]), Number):
        return None
    return items[0], first[1], last[1]


def _subscripted(node: Node) -> tuple[str, Node] | None:
    node = unbraced(node)
    if isinstance(node, Product):
        node = unbraced(node.factors[0])
    if isinstance(node, Script) and node.sub is not None and isinstance(unbraced(node.base), Name):
        base = unbraced(node.base)
        assert isinstance(base, Name)
        return base.text, node.sub
    return None


def shift(left: Node, right: Node) -> int | None:
    """By how much one index expression is ahead of another with the same letter; None if they are unrelated."""

    def split(node: Node) -> tuple[tuple[str, ...], int] | None:
        node = unbraced(node)
        if isinstance(node, Group) and len(node.items) == 1:
            node = unbraced(node.items[0])
        if isinstance(node, Name):
            return (node.text,), 0
        if isinstance(node, Number) and node.text.isdigit() and len(node.text) < 10:
            return (), int(node.text)
        if isinstance(node, Sum):
            letters: list[str] = []
            number = 0
            for term, sign in zip(node.terms, node.signs, strict=True):
                inner = split(term)
                if inner is None or (inner[0] and sign == "-"):
                    return None
                letters.extend(inner[0])
                number += inner[1] if sign == "+" else -inner[1]
            return tuple(sorted(letters)), number
        return None

    first, second = split(left), split(right)
    if first is None or second is None or first[0] != second[0] or len(first[0]) != 1:
        return None
    return first[1] - second[1]


def statements(node: Node) -> list[Chain]:
    """The relations of a formula, outermost only."""
    if isinstance(node, Chain):
        return [node]
    if isinstance(node, Display):
        return [chain for row in node.rows for chain in statements(row)]
    if isinstance(node, Row):
        return [item for item in node.items if isinstance(item, Chain)]
    return []


def _shifts(item: Located, facts: Facts) -> None:
    """Slots that a recurrence shifts: ``v(n) = … v(n-1) …``."""
    for chain in statements(item.node):
        if chain.relations[0] not in ("=", ":=", "<-") or chain.operands[0] is None:
            continue
        left = next(iter(uses(chain.operands[0], facts.is_index)), None)
        if left is None or left.end < chain.operands[0].end or left.differentiated:
            continue
        for operand in chain.operands[1:]:
            if operand is None:
                continue
            for use in uses(operand, facts.is_index):
                if use.name == left.name and len(use.slots) == len(left.slots):
                    for mine, theirs in zip(left.slots, use.slots, strict=True):
                        difference = shift(mine.node, theirs.node) if mine.style == theirs.style else None
                        if difference:
                            (letter,) = letters_of(mine.node) or {""}
                            if letter in use.scope:
                                continue
                            facts.steps.add((left.name, mine.style, mine.place))
                            facts.step_letters.add((letter, mine.style))
                            facts.letters.add(letter)
                            facts.lines.setdefault(left.name, item.line)


def _spread_steps(
    collected: Sequence[tuple[Located, list[Use]]], facts: Facts, notation: Notation
) -> None:
    """A name that is used at a step letter, in the same style, is a sequence too: ``G_k(n)`` beside ``θ_k(n+1)``."""
    finite: set[tuple[str, str, int]] = set()
    letters = {letter for letter, _ in facts.step_letters}
    for item, found in collected:
        moving = {
            inner.start
            for inner in descend(item.node)
            if isinstance(inner, Big) and inner.sup is not None and letters & letters_of(inner.sup)
        }
        for use in found:
            for slot in use.slots:
                node = unbraced(slot.node)
                if isinstance(node, Name) and node.text in use.scope and use.scope[node.text] not in moving:
                    finite.add((use.name, slot.style, slot.place))
    for item, found in collected:
        for use in found:
            entry = notation.declared.get(use.name)
            if entry is not None and entry.kind not in ("sequence",):
                continue
            for slot in use.slots:
                if not index_like(slot.node, facts.is_index):
                    continue
                letters = letters_of(slot.node)
                key = (use.name, slot.style, slot.place)
                if len(letters) != 1 or key in facts.steps or key in finite or slot.style == "post":
                    continue
                (letter,) = letters
                if letter in use.scope or (letter, slot.style) not in facts.step_letters:
                    continue
                if facts.ranges.get(letter) and any(e.section == item.section for e in facts.ranges[letter]):
                    continue
                if any(n == use.name and s == slot.style for n, s, _ in facts.steps):
                    continue
                facts.steps.add(key)


def component_slots(use: Use, facts: Facts) -> list[Slot]:
    """The slots of a use that hold component indices: all but its step and the arguments of a function."""
    return [
        slot
        for slot in use.slots
        if slot.style != "call" and (use.name, slot.style, slot.place) not in facts.steps
    ]


def slot_key(use_name: str, slot: Slot) -> str:
    """Names in square brackets have ranges of their own: ``x[n]`` is a signal, ``x_i`` may be a vector elsewhere."""
    return f"{use_name}[]" if slot.style == "bracket" else use_name


def _ranks(item: Located, found: Sequence[Use], facts: Facts) -> None:
    ranks = facts.ranks.setdefault(item.section, {})
    plain = facts.plain.setdefault(item.section, set())
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
            facts.hints[use.name] = max(facts.hints.get(use.name, 0), 2 if big else 1)
        if use.access.bold:
            facts.hints.setdefault(use.name, 1)
    for node in descend(item.node):
        if isinstance(node, Nabla) and node.sub is not None:
            plain_sub = unbraced(node.sub)
            if isinstance(plain_sub, Name):
                facts.hints.setdefault(plain_sub.text, 1)
                facts.varied.add(plain_sub.text)
        size = _space(node)
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
                    facts.hints.setdefault(term.text, 1)
        if isinstance(node, Product):
            for first, second in zip(node.factors, node.factors[1:], strict=False):
                if isinstance(first, Operator) and first.name in _VECTOR_FUNCTIONS:
                    group = unbraced(second)
                    if isinstance(group, Script):
                        group = unbraced(group.base)
                    if isinstance(group, Group) and len(group.items) == 1:
                        inner = unbraced(group.items[0])
                        if isinstance(inner, Name):
                            facts.hints.setdefault(inner.text, 1)


def _alone(node: Node) -> bool:
    """Is this formula a mere mention of a name?"""
    return isinstance(node, Display) and all(
        isinstance(unbraced(item), (Name, Script)) for row in node.rows for item in row.items
    )


def _heads(item: Located, facts: Facts) -> None:
    """Names that are applied to arguments: the left side of a definition, a mention such as ``J(θ)``, ``f'(x)``."""
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
            if use.call is not None and whole and not any((use.name, "call", n) in facts.steps for n in range(3)):
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
            if differentiated and isinstance(unbraced(first), Name) and not any(
                isinstance(i, (Sum, Chain)) for i in group.items
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


def _dependence(item: Located, found: Sequence[Use], facts: Facts) -> None:
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


def _dim(facts: Facts, notation: Notation | None = None) -> Callable[[str], Expr | None]:
    def value(name: str) -> Expr | None:
        return Dim(name) if name in facts.dims else None

    return value


def _stated_ranges(item: Located, facts: Facts) -> None:
    """Ranges that are said: ``i = 1, …, K``, ``(x_1, …, x_K)``, ``x ∈ ℝ^K``."""
    is_dim = _dim(facts)
    for node in descend(item.node):
        found = ranging(node)
        if found is not None:
            lower, upper = bound_value(found[1], is_dim), bound_value(found[2], is_dim)
            if lower is not None and upper is not None:
                for name in found[0]:
                    evidence = RangeEvidence(item.position, item.section, (lower, upper), item.line, 3)
                    facts.ranges.setdefault(name.text, []).append(evidence)
        row = listed(node)
        if row is not None:
            lower, upper = bound_value(row[1], is_dim), bound_value(row[2], is_dim)
            named = _subscripted(row[0])
            if lower is not None and upper is not None and named is not None:
                evidence = RangeEvidence(item.position, item.section, (lower, upper), item.line, 3)
                facts.slots.setdefault((named[0], 0), []).append(evidence)
                ranks = facts.ranks.setdefault(item.section, {})
                facts.stated.add(named[0])
                ranks[named[0]] = max(1, ranks.get(named[0], 0))
        if isinstance(node, Chain) and node.relations in (("=",), ("in",)) and len(node.operands) == 2:
            left, right = node.operands
            sizes = _space(node)
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


class _Classes:
    """Index letters and slots that must run over the same range (union-find)."""

    def __init__(self) -> None:
        self.parent: dict[tuple[object, ...], tuple[object, ...]] = {}

    def find(self, key: tuple[object, ...]) -> tuple[object, ...]:
        self.parent.setdefault(key, key)
        while self.parent[key] != key:
            self.parent[key] = self.parent[self.parent[key]]
            key = self.parent[key]
        return key

    def join(self, first: tuple[object, ...], second: tuple[object, ...]) -> None:
        self.parent[self.find(second)] = self.find(first)


def resolve_ranges(
    node: Node, notation: Notation, implicit: bool = True
) -> tuple[dict[tuple[object, ...], Axis], dict[tuple[str, int], Axis]]:
    """The ranges of the letters and slots of one formula.

    Returns
    -------
    letters : ``("free", letter)`` or ``(start of the operator, letter)`` to a range
    slots : (name, place) to a range
    """
    facts = notation.facts or Facts()
    classes = _Classes()
    known: dict[tuple[object, ...], tuple[int, Axis]] = {}
    dims = set(facts.dims) | local_dims(node, notation)

    def is_dim(name: str) -> Expr | None:
        return Dim(name) if name in dims else None

    members: list[tuple[object, ...]] = []

    def settle(key: tuple[object, ...], axis: Axis | None, weight: int) -> None:
        if axis is not None and (key not in known or known[key][0] < weight):
            known[key] = (weight, axis)

    for use in uses(node, facts.is_index):
        entry = notation.declared.get(use.name)
        for place, slot in enumerate(component_slots(use, facts)):
            name = slot_key(use.name, slot)
            key: tuple[object, ...] = ("slot", name, place)
            index = unbraced(slot.node)
            members.append(key)
            if entry is not None and place < len(entry.axes):
                settle(key, entry.axes[place], 9)
            elif use.name in notation.known and place < len(notation.known[use.name].axes):
                settle(key, notation.known[use.name].axes[place], 4)
            elif use.name in notation.learned and place < len(notation.learned[use.name]):
                settle(key, notation.learned[use.name][place], 4)
            else:
                settle(key, facts.axis(name, place, notation.position, notation.section), 5)
            if isinstance(index, Name) and (index.text not in facts.dims or index.text in use.scope):
                scope = use.scope.get(index.text, "free")
                letter = (scope, index.text)
                members.append(letter)
                if not (name in ("delta", "mathbf(1)", "mathbb(1)", "bold(1)") and name not in notation.declared):
                    classes.join(key, letter)
        if use.name == "delta" and "delta" not in notation.declared and len(use.slots) == 2:
            letters = [unbraced(slot.node) for slot in use.slots]
            if all(isinstance(letter, Name) for letter in letters):
                one, two = ((use.scope.get(x.text, "free"), x.text) for x in letters if isinstance(x, Name))
                classes.join(one, two)
    for inner in descend(node):
        if isinstance(inner, Big):
            try:
                binder = binder_of(inner)
            except ReadError:
                continue
            if binder is not None:
                _binder_ranges(inner, binder, is_dim, settle, members)
        if isinstance(inner, Chain) and inner.relations in (("!=",), ("=",), ("<",)) and len(inner.operands) == 2:
            left, right = (unbraced(operand) if operand is not None else None for operand in inner.operands)
            if isinstance(left, Name) and isinstance(right, Name):
                if facts.is_index(left.text) and facts.is_index(right.text) and not {left.text, right.text} & set(facts.dims):
                    for owner in {m[0] for m in members if m[-1] in (left.text, right.text)} | {"free"}:
                        if owner == "slot":
                            continue
                        if (owner, left.text) in members and (owner, right.text) in members:
                            classes.join((owner, left.text), (owner, right.text))
                        elif ("free", right.text) in members and (owner, left.text) in members:
                            classes.join((owner, left.text), ("free", right.text))
                        elif ("free", left.text) in members and (owner, right.text) in members:
                            classes.join((owner, right.text), ("free", left.text))
    for key in list(dict.fromkeys(members)):
        if key[0] != "slot" and isinstance(key[1], str):
            if key[0] == "free":
                entry = notation.declared.get(key[1])
                if entry is not None and entry.kind == "index" and entry.axes:
                    settle(key, entry.axes[0], 8)
            stated = facts.letter_axis(key[1], notation.position, notation.section)
            local = any(e.position == notation.position for e in facts.ranges.get(key[1], ()))
            settle(key, stated, 7 if local else 3)
    best: dict[tuple[object, ...], tuple[int, Axis]] = {}
    for key in dict.fromkeys(members):
        root = classes.find(key)
        if key in known and (root not in best or best[root][0] < known[key][0]):
            best[root] = known[key]
    if implicit:
        for key in dict.fromkeys(members):
            root = classes.find(key)
            if root not in best:
                best[root] = (0, (Integer(1), Dim(_implicit_name(root, members, classes, facts))))
    letters: dict[tuple[object, ...], Axis] = {}
    slots: dict[tuple[str, int], Axis] = {}
    for key in dict.fromkeys(members):
        root = classes.find(key)
        if root not in best:
            continue
        if key[0] == "slot":
            if key in known and known[key][0] >= 5:
                slots[str(key[1]), int(str(key[2]))] = known[key][1]
            else:
                slots[str(key[1]), int(str(key[2]))] = best[root][1]
        else:
            letters[key] = known[key][1] if key in known and known[key][0] >= 6 else best[root][1]
    return letters, slots


def local_dims(node: Node, notation: Notation) -> set[str]:
    """Letters that end a range in this formula and are no index in it, whatever they are elsewhere."""
    facts = notation.facts or Facts()
    ends: set[str] = set()
    indices: set[str] = set()
    for inner in descend(node):
        if isinstance(inner, Big) and inner.kind in ("sum", "prod", "max", "min", "sup", "inf"):
            try:
                binder = binder_of(inner)
            except ReadError:
                continue
            if binder is not None:
                indices |= {letter.text for letter in binder.letters}
                for bound in (*binder.upper.values(), *binder.lower.values()):
                    if index_like(bound, facts.is_index):
                        ends |= letters_of(bound)
    if not ends:
        return ends
    for use in uses(node, facts.is_index):
        for slot in use.slots:
            if slot.style != "call" or (use.name, slot.style, slot.place) in facts.steps:
                indices |= letters_of(slot.node)
    return {
        name for name in ends - indices
        if name not in notation.known and notation.kind(name) in (None, "dim") and name not in ("infty", "pi")
    }


def _implicit_name(
    root: tuple[object, ...],
    members: Sequence[tuple[object, ...]],
    classes: _Classes,
    facts: Facts,
) -> str:
    """A dimension that nothing names is called after a family that it belongs to."""
    names = [str(key[1]) for key in members if key[0] == "slot" and classes.find(key) == root and key[1] != "delta"]
    varied = [name for name in names if name in facts.varied]
    letters = [str(key[1]) for key in members if key[0] != "slot" and classes.find(key) == root]
    chosen = (varied or names or letters or ["x"])[0]
    return f"dim {chosen.removesuffix('[]')}"


def _binder_ranges(
    big: Big,
    binder: Binder,
    is_dim: Callable[[str], Expr | None],
    settle: Callable[[tuple[object, ...], Axis | None, int], None],
    members: list[tuple[object, ...]],
) -> None:
    for letter in binder.letters:
        key = (big.start, letter.text)
        members.append(key)
        lower, upper = binder.lower.get(letter.text), binder.upper.get(letter.text)
        values = binder.values or {}
        if letter.text in values:
            chain = Chain(big.start, big.end, (letter, values[letter.text]), ("in",))
            found = ranging(chain)
            if found is not None:
                lower, upper = found[1], found[2]
        if lower is not None and upper is not None:
            low, high = bound_value(lower, is_dim), bound_value(upper, is_dim)
            if low is not None and high is not None:
                if letter.text in binder.strict_lower:
                    low += 1
                if letter.text in binder.strict_upper:
                    high -= 1
                settle(key, (low, high), 8)


def _gather_ranges(item: Located, facts: Facts, notation: Notation, weight: int) -> None:
    """Carry ranges from formula to formula through the slots that share them."""
    here = notation.at(item.position, item.section, item.line)
    try:
        _, slots = resolve_ranges(item.node, here, implicit=weight == 0)
    except ReadError:
        return
    for key, axis in slots.items():
        have = facts.slots.setdefault(key, [])
        if any(e.position == item.position and (e.axis == axis or e.weight >= 3) for e in have):
            continue
        if weight == 0 and have:
            continue
        have.append(RangeEvidence(item.position, item.section, axis, item.line, weight))


def known_letters(facts: Facts | None) -> Mapping[str, list[RangeEvidence]]:
    """The letters whose ranges were stated."""
    return facts.ranges if facts else {}
