"""What a name means where it stands: an index, a dimension, a family's entry, a sequence at a step, a
function's value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import E, Expr, Indexed, Integer, KroneckerDelta, Symbol, pi

from symderive.notation.access import Access, unbraced
from symderive.notation.calls import CallReader
from symderive.notation.errors import ReadError
from symderive.notation.notation import Known
from symderive.notation.syntax import (
    Group,
    Name,
    Node,
    Number,
)
from symderive.notation.values import Open, Value, scalar_value, to_argument
from symderive.notation.vocabulary import GREEK
from symderive.terms import Apply, Definition, Dim, Tensor, Vec, fresh_index, scalar, walk

__all__ = ["NameReader", "Part"]


@dataclass(frozen=True)
class Part:
    """A name with the brackets that belong to it."""

    head: Access
    bracket: Group | None
    call: Group | None
    post: tuple[Node, ...]
    power: Node | None
    transposed: bool
    end: int


class NameReader(CallReader):
    """Names."""

    def part_value(self, part: Part) -> Value:
        """The value of a name with its subscripts, step and arguments (without power and transpose)."""
        head = part.head
        name = head.name
        plain = (
            not head.subs
            and part.bracket is None
            and part.call is None
            and not part.post
            and head.step is None
        )
        if plain and name in self.bound:
            return scalar_value(self.bound[name])
        if plain and name in self.dims and name not in self.facts.dims:
            return scalar_value(Dim(name))
        if plain and not head.bold and ("free", name) in self.letters and name not in self.dims:
            return scalar_value(self.index(name))
        if name == "delta" and self._is_delta(part):
            first, second = (self.integer(sub) for sub in head.subs)
            return scalar_value(KroneckerDelta(first, second))
        known = self.notation.known.get(name)
        if known is not None and isinstance(known.meaning, Definition):
            return self._defined(part, known, known.meaning)
        labelled = self._labelled(head) if part.call is None and part.bracket is None else None
        if labelled is not None:
            return self.part_value(replace(part, head=labelled))
        if self.notation.kind(name) == "sequence" or (
            self.facts.is_sequence(name)
            and (self.step_node(part) is not None or self.facts.is_sequence(name, self.notation.section))
        ):
            return self._sequence(part)
        if plain:
            return self._plain(head)
        if part.call is not None:
            return self._applied(part)
        return self._family(part)

    def _labelled(self, head: Access) -> Access | None:
        """``F_1`` of a name without indices: the number is a part of the name."""
        if not head.subs or not all(isinstance(unbraced(sub), Number) for sub in head.subs):
            return None
        if self.rank_of(head.name) or self.facts.is_sequence(head.name) or head.name in self.notation.known:
            return None
        if self.notation.kind(head.name) == "sequence":
            return None
        label = ",".join(getattr(unbraced(sub), "text", "") for sub in head.subs)
        return replace(head, name=f"{head.name}_{label}", subs=())

    def _is_delta(self, part: Part) -> bool:
        return (
            len(part.head.subs) == 2
            and part.call is None
            and "delta" not in self.notation.declared
            and "delta" not in self.notation.known
        )

    def _plain(self, head: Access) -> Value:
        """A bare name."""
        name = head.name
        entry = self.notation.declared.get(name)
        kind = entry.kind if entry else None
        if kind == "dim" or (kind is None and name in self.dims):
            return scalar_value(Dim(name))
        if kind in ("index", "step"):
            return scalar_value(self.index(name))
        if kind == "scalar":
            return scalar_value(scalar(name))
        if kind is None and (("free", name) in self.letters or name in self.step_lower) and not head.bold:
            return scalar_value(self.index(name))
        rank = self.rank_of(name)
        if rank is None and head.bold and not head.word:
            rank = 1
        if name == "pi" and not rank and not head.bold:
            return scalar_value(pi)
        if name == "e" and not rank and name not in self.parameters:
            return scalar_value(E)
        if name == "infty":
            raise ReadError(
                "∞ is not a number", head.start, head.end, "use it as a limit only", "unsupported"
            )
        if name == "bold(1)" or name == "bold(0)":
            return self._constant_vector(head, 1 if name == "bold(1)" else 0)
        if rank and kind is None and name in self.facts.functions and name not in self.parameters:
            return self._bare_function(head, rank)
        if rank:
            family = Tensor(name, *self.axes_of(name, rank))
            return Value(self.axes_of(name, rank), lambda at: family[at], open=self._open(name))
        if kind == "function" or (name in self.facts.functions and name not in self.parameters):
            raise ReadError(
                f"{name} is a function, but stands here without its argument",
                head.start,
                head.end,
                f"write {name}(…), or declare `names: {{{name}: scalar}}`",
                "ambiguous",
            )
        if (
            self.facts.is_strong_index(name)
            and not head.bold
            and name not in self.parameters
            and len(name) == 1
        ):
            if self.facts.letter_axis(name, self.notation.position, self.notation.section) or (
                self.facts.is_step_letter(name)
            ):
                return scalar_value(self.index(name))
        return scalar_value(scalar(name), self._open(name, head.bold) if rank is None else ())

    def _open(self, name: str, bold: bool = False) -> tuple[Open, ...]:
        """A name whose rank is not declared, with how likely it is a vector: sequences and bold letters
        first,
        Greek letters last.
        """
        entry = self.notation.declared.get(name)
        if entry is not None and (entry.axes or entry.kind != "sequence"):
            return ()
        if (
            bold
            or self.facts.is_sequence(name, self.notation.section)
            or self.facts.hint(name, self.notation.section)
        ):
            return (Open(0, name),)
        return (Open(2 if name in GREEK else 1, name),)

    def _constant_vector(self, head: Access, number: int) -> Value:
        raise ReadError(
            f"the length of the vector of {'ones' if number else 'zeros'} is not said",
            head.start,
            head.end,
            "write the sum or the entries instead",
            "unsupported",
        )

    def _bare_function(self, head: Access, rank: int) -> Value:
        raise ReadError(
            f"{head.name} is a function, but stands here without its argument",
            head.start,
            head.end,
            f"write {head.name}(…)",
            "ambiguous",
        )

    def component_nodes(self, part: Part) -> list[Node]:
        """The component indices of a use, in the order of its axes: all index places that are not the
        step's.
        """
        steps = self.facts.steps
        name = part.head.name
        found: list[Node] = []
        for place, node in enumerate(part.head.subs):
            if (name, "sub", place) not in steps:
                found.append(node)
        if part.head.step is not None and (name, "sup", 0) not in steps:
            found.append(part.head.step)
        if part.bracket is not None:
            for place, node in enumerate(part.bracket.items):
                if (name, "bracket", place) not in steps:
                    found.append(node)
        found.extend(part.post)
        return found

    def step_node(self, part: Part) -> Node | None:
        name, steps = part.head.name, self.facts.steps
        for place, node in enumerate(part.head.subs):
            if (name, "sub", place) in steps:
                return node
        if part.head.step is not None and (name, "sup", 0) in steps:
            return part.head.step
        for style, group in (("bracket", part.bracket), ("call", part.call)):
            for place, node in enumerate(group.items if group is not None else ()):
                if (name, style, place) in steps:
                    return node
        if self.notation.kind(name) == "sequence":
            if part.call is not None:
                return part.call.items[0]
            if part.head.step is not None:
                return part.head.step
            rank = self.rank_of(name) or 0
            if len(part.head.subs) > rank:
                return part.head.subs[0]
        return None

    def _sequence(self, part: Part) -> Value:
        """A sequence at a step; without one written, at the step that the statement is about."""
        name = part.head.name
        node = self.step_node(part)
        step = self.integer(node) if node is not None else self.step
        components = [n for n in self.component_nodes(part) if n is not node]
        rank = self.rank_of(name)
        if rank is None:
            rank = len(components)
        axes = self.axes_of(name, max(rank, len(components)))
        if step is None:
            raise ReadError(
                f"{name} is a sequence, but the step is not written",
                part.head.start,
                part.end,
                f"write {name}(n) or {name}_t",
                "ambiguous",
            )
        family = Tensor(name, *axes, (Integer(0), _infinity()))
        at = [self.integer(component) for component in components]
        if len(at) > len(axes):
            raise self._too_many(part.head, len(axes))
        rest = axes[len(at) :]
        open_names = self._open(name) if not components else ()
        current = step
        return Value(rest, lambda more: family[(*at, *more, current)], open=open_names)

    def _too_many(self, head: Access, rank: int) -> ReadError:
        return ReadError(
            f"{head.name} has {rank} indices elsewhere, but more here",
            head.start,
            head.end,
            "use the same number of indices everywhere",
            "ambiguous",
        )

    def _family(self, part: Part) -> Value:
        """An entry, or a slice, of an indexed family."""
        head = part.head
        name = head.name
        components = self.component_nodes(part)
        key = f"{name}[]" if part.bracket is not None else name
        rank = self.rank_of(key)
        rank = max(rank or 0, len(components))
        axes = self.axes_of(key, rank)
        at = [self.integer(component) for component in components]
        family = Tensor(name, *axes)
        rest = axes[len(at) :]
        entry = self.notation.declared.get(name)
        settled = (
            (entry is not None and entry.axes) or name in self.facts.stated or key in self.notation.learned
        )
        open_names = () if rest or settled else (Open(3, name, axes),)
        return Value(rest, lambda more: family[(*at, *more)], open=open_names)

    def _applied(self, part: Part) -> Value:
        """A function that no document definition gives."""
        assert part.call is not None
        named = self.named_operation(part)
        if named is not None:
            return named
        head = part.head
        arguments = self.arguments(part.call)
        components = [self.integer(node) for node in self.component_nodes(part)]
        rank = max(self.facts.rank(head.name, self.notation.section) or 0, len(components))
        entry = self.notation.declared.get(head.name)
        if entry is not None and entry.axes:
            rank = len(entry.axes)
        axes = self.axes_of(head.name, rank) if rank else ()
        derivatives = ((0,),) * head.primes
        rest = axes[len(components) :]
        return Value(rest, lambda more: Apply(head.name, arguments, (*components, *more), derivatives))

    def arguments(self, group: Group, meaning: Definition | None = None) -> list[Expr]:
        """The arguments in brackets: scalars, vectors as comprehensions, functions and signals by name."""
        found: list[Expr] = []
        for number, item in enumerate(group.items):
            plain = unbraced(item)
            if isinstance(plain, Name) and (
                self._is_function_name(plain.text) or (meaning is not None and _is_signal(meaning, number))
            ):
                found.append(scalar(plain.text))
            else:
                found.append(to_argument(self.value(item)))
        return found

    def _is_function_name(self, name: str) -> bool:
        return (
            name in self.facts.functions
            and name not in self.facts.dims
            and name not in self.notation.known
            and self.notation.kind(name) in (None, "function")
            and name not in self.bound
            and not (self.facts.rank(name, self.notation.section) and not self._applied_somewhere(name))
        )

    def _applied_somewhere(self, name: str) -> bool:
        return name in self.facts.functions

    def _defined(self, part: Part, known: Known, meaning: Definition) -> Value:
        """A name that the document defined: an application, to be unfolded by the judge."""
        head = part.head
        nodes = self.component_nodes(part)
        components = [self.integer(node) for node in nodes]
        if len(components) > len(meaning.components):
            raise ReadError(
                f"{head.name} is defined with {len(meaning.components)} indices, but has "
                f"{len(components)} here",
                head.start,
                part.end,
                "use it as it is defined",
                "ambiguous",
            )
        if part.call is not None:
            arguments = self.arguments(part.call, meaning)
            if len(arguments) != len(meaning.parameters):
                raise ReadError(
                    f"{head.name} is defined with {len(meaning.parameters)} arguments, but has "
                    f"{len(arguments)} here",
                    head.start,
                    part.end,
                    "use it as it is defined",
                    "ambiguous",
                )
            for number, (parameter, argument) in enumerate(zip(meaning.parameters, arguments, strict=True)):
                if isinstance(parameter, Tensor) != isinstance(argument, Vec):
                    item = part.call.items[number]
                    wanted = "a vector" if isinstance(parameter, Tensor) else "a number"
                    raise ReadError(
                        f"{head.name} is defined for {wanted} as argument {number + 1}",
                        item.start,
                        item.end,
                        "declare what the argument is, for example `x: vector K`",
                        "ambiguous",
                    )
        else:
            arguments = [own_argument(parameter) for parameter in meaning.parameters]
        derivatives = ((0,),) * head.primes
        rest = known.axes[len(components) :]
        return Value(
            rest, lambda more: Apply(head.name, arguments, (*components, *more), derivatives), open=()
        )

    def named_operation(self, part: Part) -> Value | None:
        """A named operation such as KL or softmax; written in `applications`."""
        raise NotImplementedError


def _is_signal(meaning: Definition, number: int) -> bool:
    """Does the body take entries of a parameter that is named alone: RMS(x) by x[n]?"""
    parameter = meaning.parameters[number] if number < len(meaning.parameters) else None
    return isinstance(parameter, Symbol) and any(
        isinstance(node, Indexed) and node.base.label == parameter for node in walk(meaning.body)
    )


def own_argument(parameter: object) -> Expr:
    """A parameter as its own argument: ``s_i`` alone means ``s_i(x)``."""
    if isinstance(parameter, Tensor):
        indices = tuple(fresh_index("jkl"[n % 3]) for n in range(len(parameter.ranges)))
        limits = ((index, *axis) for index, axis in zip(indices, parameter.ranges, strict=True))
        return Vec(parameter[indices], *limits)
    assert isinstance(parameter, Expr)
    return parameter


def _infinity() -> Expr:
    from sympy import oo

    return oo
