"""Names of sizes: ``d_{\\text{out}}`` is one name, as it stands."""

from __future__ import annotations

from collections.abc import Callable

from symderive.notation.access import letters_of, split_indices, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.syntax import Label, Name, Node, Product, Script, children

__all__ = ["labelled_size", "names_in_size"]


def labelled_size(node: Node, is_index: Callable[[str], bool]) -> str | None:
    """``d_{\\text{in}}``, ``d_{out}``: a name with a word for its label; None where the subscript may be
    an index.
    """
    node = unbraced(node)
    if not isinstance(node, Script) or node.sub is None or node.sup is not None:
        return None
    base, sub = unbraced(node.base), unbraced(node.sub)
    if (
        not isinstance(base, Name)
        or base.bold
        or not (isinstance(sub, (Label, Product)) or (isinstance(sub, Name) and sub.word))
    ):
        return None
    try:
        indices, label = split_indices(sub, is_index)
    except ReadError:
        return None
    return f"{base.text}_{label}" if label and not indices else None


def names_in_size(node: Node, is_index: Callable[[str], bool]) -> set[str]:
    """The names in a size or a limit, each with its label: ``d_{\\text{out}}`` is one name, and no d."""
    node = unbraced(node)
    labelled = labelled_size(node, is_index)
    if labelled is not None:
        return {labelled}
    if isinstance(node, Script):
        return letters_of(node)
    if isinstance(node, Name):
        return {node.text}
    return {name for inner in children(node) for name in names_in_size(inner, is_index)}
