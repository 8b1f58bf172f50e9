"""Floor 0: what a formula is. Every meaning is a SymPy expression; nothing here decides or reads anything."""

from symderive.terms.assembling import rebuild
from symderive.terms.calculus import NotDifferentiable, differentiate
from symderive.terms.claim import RELATIONS, Claim, Condition, Definition, Hypothesis, Recurrence, Update
from symderive.terms.display import register_renderer, render_latex
from symderive.terms.free import free_indices, free_names, is_whole, occurs
from symderive.terms.nodes import (
    BINDERS,
    Apply,
    IndexedMax,
    IndexedMin,
    Iverson,
    Partial,
    Vec,
    as_written,
    indexed_max,
    indexed_min,
    indexed_product,
    indexed_sum,
    limits_of,
    product_of,
    sum_of,
    vec,
    walk,
)
from symderive.terms.operations import OPERATIONS, Operation, OperationRow, is_operation, operation
from symderive.terms.plain import plain, plain_hypothesis
from symderive.terms.substitution import alpha_equal, freshen, substitute
from symderive.terms.symbols import Dim, Index, Matrix, Tensor, Vector, fresh_index, scalar
from symderive.terms.unfolding import CircularDefinition, MisusedDefinition, unfold

__all__ = [
    "BINDERS",
    "OPERATIONS",
    "RELATIONS",
    "Apply",
    "CircularDefinition",
    "Claim",
    "Condition",
    "Definition",
    "Dim",
    "Hypothesis",
    "Index",
    "IndexedMax",
    "IndexedMin",
    "Iverson",
    "Matrix",
    "MisusedDefinition",
    "NotDifferentiable",
    "Operation",
    "OperationRow",
    "Partial",
    "Recurrence",
    "Tensor",
    "Update",
    "Vec",
    "Vector",
    "alpha_equal",
    "as_written",
    "differentiate",
    "free_indices",
    "free_names",
    "fresh_index",
    "freshen",
    "indexed_max",
    "indexed_min",
    "indexed_product",
    "indexed_sum",
    "is_operation",
    "is_whole",
    "limits_of",
    "occurs",
    "operation",
    "plain",
    "plain_hypothesis",
    "product_of",
    "rebuild",
    "register_renderer",
    "render_latex",
    "scalar",
    "substitute",
    "sum_of",
    "unfold",
    "vec",
    "walk",
]
