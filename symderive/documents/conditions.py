"""Equations that state nothing of every value: a condition on a name, or a definition in another form."""

from __future__ import annotations

from sympy import Basic, Expr, Indexed, IndexedBase, Symbol

from symderive.terms import Apply, Claim, free_names, unfold, walk

__all__ = ["condition_on"]


def condition_on(claim: Claim) -> tuple[str, ...]:
    """The names that an equation puts a condition on, where one side holds nothing else and only it does.

    ``∇J(θ) = 0`` for a J that nothing specifies is false for most J, and meant for one point. No finding: it
    would be news to nobody.

    Returns
    -------
    tuple of str
        The names, or nothing where the equation is a statement about all values of what it holds.
    """
    if claim.relation != "=":
        return ()
    try:
        lhs, rhs = (unfold(side, claim.definitions, derivatives=False) for side in (claim.lhs, claim.rhs))
    except ValueError:
        return ()
    settled = {definition.head for definition in claim.definitions}
    settled |= {recurrence.head for recurrence in claim.recurrences}
    for h in claim.hypotheses:
        settled |= _names(h.lhs) | _names(h.rhs)
    left, right = _names(lhs), _names(rhs)
    for here, there in ((left, right), (right, left)):
        if here and not here & (there | settled) and _holds_function(lhs if here is left else rhs):
            return tuple(sorted(here))
    return ()


def _holds_function(term: Expr) -> bool:
    """Does a side hold a function that nothing specifies? Of a number, a claim is a claim."""
    return any(isinstance(node, Apply) for node in walk(term))


def _names(term: Expr) -> set[str]:
    """The letters of a side that stand for values: no dimensions, no indices, no mere arguments."""
    found: set[str] = set()
    inside: set[Basic] = set()
    for node in walk(term):
        if isinstance(node, Apply):
            found.add(node.head)
            if not node.derivatives:
                continue
            # J(θ): what it is applied to is where the condition holds
            inside |= {name for argument in node.arguments for name in free_names(argument)}
    for name in free_names(term):
        if not name.is_integer and name not in inside:
            found.add(name.name)
    for node in walk(term):
        if isinstance(node, (Indexed, IndexedBase)):
            base = node.base if isinstance(node, Indexed) else node
            if not (isinstance(base.label, Symbol) and base.label in inside):
                found.add(str(base))
    return found
