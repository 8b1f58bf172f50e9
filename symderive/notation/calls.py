"""Whether brackets after a name hold its arguments or a factor."""

from __future__ import annotations

from symderive.notation.access import Access, letters_of, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.notation import Known
from symderive.notation.scope import Scope
from symderive.notation.syntax import (
    Chain,
    Group,
    Name,
    Node,
    Product,
    Script,
    Sum,
    descend,
)
from symderive.notation.uses import index_like
from symderive.notation.values import Learn
from symderive.terms import Definition

__all__ = ["CallReader"]

#: Letters that usually name functions: before a bracket with a sum in it both readings are open.
USUAL_FUNCTIONS = frozenset(
    "f g h F G H J L U V Q phi psi ell Phi Psi mathcal(L) mathcal(J) mathcal(F) varphi E P R".split()
)


class CallReader(Scope):
    """Arguments or factors."""

    def is_call(self, head: Access, group: Group, subs: int) -> bool:
        """Do these brackets hold the arguments of the name before them, or a factor?"""
        name = head.name
        notation, facts = self.notation, self.facts
        entry = notation.declared.get(name)
        if entry is not None:
            if entry.kind in ("scalar", "dim", "index", "step", "tensor"):
                return False
            if entry.kind == "function":
                return True
        known = notation.known.get(name)
        # A letter that is an index or a dimension elsewhere is a function where it was defined as one.
        defined = (
            known is not None and isinstance(known.meaning, Definition) and bool(known.meaning.parameters)
        )
        if name in self.bound or (
            not defined and (name in facts.dims or (name in facts.letters and not subs))
        ):
            return False
        if len(group.items) != 1 or head.primes:
            if not group.items:
                raise ReadError("these brackets are empty", group.start, group.end, "write the argument")
            return True
        (argument,) = (unbraced(item) for item in group.items)
        if isinstance(argument, Chain):
            return name in ("bold(1)", "mathbb(1)", "mathbb(I)", "mathbf(1)", "I")
        if facts.step_place(name, "call") is not None:
            letters = letters_of(argument)
            return index_like(argument, facts.is_index) and all(
                facts.is_index(x) or x in self.bound for x in letters
            )
        if known is not None and isinstance(known.meaning, Definition):
            if not known.meaning.parameters:
                return False
            return self._fits(known, argument, name)
        if name in facts.functions or name in ("mathbb(1)", "bold(1)"):
            several = bool(subs) and isinstance(argument, Sum) and len(argument.terms) > 1
            return not _mentions_bare(argument, name) and not several
        if isinstance(argument, Name) and argument.bold:
            return True
        if head.word and entry is None and not self.rank_of(name) and self._is_operation(name):
            return True
        if head.power is not None:
            return False
        simple = _is_simple(argument) or (
            isinstance(argument, Product)
            and len(argument.factors) == 2
            and _is_simple(unbraced(argument.factors[0]))
            and isinstance(argument.factors[1], Group)
        )
        bare = any(name in names for names in facts.plain.values()) or bool(subs)
        if simple and not bare:
            return True
        if not simple and name == "sigma" and not subs and not bare:
            return True  # σ(−x), σ(0): nowhere a factor in this document
        if simple and name == "sigma" and not subs:
            raise self._ambiguous(head, group, "the sigmoid of the argument")
        if not simple and (bare or name not in USUAL_FUNCTIONS):
            return False
        if simple and self.rank_of(name):
            return False
        if simple and subs:
            return False
        raise self._ambiguous(head, group, "the function applied to an argument")

    def _is_operation(self, name: str) -> bool:
        """Is this the name of a named operation; written in `applications`."""
        raise NotImplementedError

    def _ambiguous(self, head: Access, group: Group, first: str) -> ReadError:
        return ReadError(
            f"{head.name}(…) can be {first} or a product",
            head.start,
            group.end,
            f"declare `names: {{{head.name}: function}}` or `names: {{{head.name}: scalar}}`",
            "ambiguous",
        )

    def _fits(self, known: Known, argument: Node, name: str) -> bool:
        """Is this an argument of a defined function, by its shape?"""
        if _mentions_bare(argument, name):
            return False
        rank = known.ranks[0] if known.ranks else 0
        if isinstance(argument, Name):
            return True
        if rank == 0:
            return True
        saved = len(self.domain), len(self.domain_places)
        try:
            return self.value(argument).rank == rank
        except Learn as unsettled:
            raise ReadError(
                f"{unsettled.name} is added to a vector and may be a number or a vector",
                argument.start,
                argument.end,
                f"declare `names: {{{unsettled.name}: scalar}}`, or where it is a vector its range",
                "ambiguous",
            ) from None
        except ReadError:
            return False
        finally:
            del self.domain[saved[0] :], self.domain_places[saved[1] :]


def _mentions_bare(node: Node, name: str) -> bool:
    """Does the name stand in `node` without brackets after it, as in ``σ(1-σ)``?"""
    for inner in descend(node):
        if isinstance(inner, Product):
            for number, factor in enumerate(inner.factors):
                follower = inner.factors[number + 1] if number + 1 < len(inner.factors) else None
                called = isinstance(unbraced(follower), Group) if follower is not None else False
                if _is_name(factor, name) and not called:
                    return True
        elif isinstance(inner, (Sum, Group)):
            members = inner.terms if isinstance(inner, Sum) else inner.items
            if any(_is_name(member, name) for member in members):
                return True
    return _is_name(node, name)


def _is_simple(node: Node) -> bool:
    return isinstance(node, Name) or (isinstance(node, Script) and isinstance(unbraced(node.base), Name))


def _is_name(node: Node, name: str) -> bool:
    node = unbraced(node)
    if isinstance(node, Script):
        node = unbraced(node.base)
    return isinstance(node, Name) and node.text == name
