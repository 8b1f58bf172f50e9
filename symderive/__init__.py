"""Machine-checked mathematics of machine learning: judge every formula of a document, or one from Python.

>>> from symderive import Dim, Index, Vector, indexed_sum, judge
>>> K = Dim("K")
>>> x, i = Vector("x", K), Index("i", K)
>>> judge(indexed_sum(2 * x[i], i, 1, K), 2 * indexed_sum(x[i], i, 1, K)).status
<Status.PROVED: 'PROVED'>
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symderive.codegen.generate import Generated
    from symderive.decide import Status, Verdict, judge, judge_claim
    from symderive.documents.check import check_paths as check
    from symderive.documents.check import check_text
    from symderive.documents.findings import Declaration, FileError, Finding, Formula, Report
    from symderive.named import generate
    from symderive.notation.printer import latex
    from symderive.terms import (
        Apply,
        Claim,
        Definition,
        Dim,
        Hypothesis,
        Index,
        Iverson,
        Matrix,
        Partial,
        Recurrence,
        Tensor,
        Vector,
        differentiate,
        indexed_max,
        indexed_min,
        indexed_product,
        indexed_sum,
        operation,
        scalar,
        substitute,
        unfold,
        vec,
    )

__version__ = "0.1.0"

__all__ = [
    "Apply",
    "Claim",
    "Declaration",
    "Definition",
    "Derivation",
    "Dim",
    "FileError",
    "Finding",
    "Formula",
    "Generated",
    "Hypothesis",
    "Index",
    "Iverson",
    "Matrix",
    "Partial",
    "Recurrence",
    "Report",
    "Status",
    "Tensor",
    "Vector",
    "Verdict",
    "check",
    "check_text",
    "derive",
    "differentiate",
    "explain_chain",
    "generate",
    "indexed_max",
    "indexed_min",
    "indexed_product",
    "indexed_sum",
    "judge",
    "judge_claim",
    "latex",
    "operation",
    "scalar",
    "substitute",
    "unfold",
    "vec",
]

# A name is imported when it is asked for: `symderive --help` and `symderive list` must not wait for SymPy.
_HOMES = {
    "symderive.codegen.generate": ("Generated",),
    "symderive.decide": ("Status", "Verdict", "judge", "judge_claim"),
    "symderive.derivation": ("Derivation", "Problem", "Step"),
    "symderive.derivation.chains": ("explain_chain",),
    "symderive.derivation.derive": ("derive",),
    "symderive.documents.check": ("check_text",),
    "symderive.documents.findings": ("Declaration", "FileError", "Finding", "Formula", "Report"),
    "symderive.named": ("generate",),
    "symderive.notation.printer": ("latex",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "check":
        value = importlib.import_module("symderive.documents.check").check_paths
    elif name in __all__ and not name.startswith("_"):
        value = getattr(importlib.import_module(_HOME_OF.get(name, "symderive.terms")), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if _HOME_OF.get(name, "symderive.terms") in ("symderive.terms", "symderive.decide"):
        _show_in_notebooks()
    if _HOME_OF.get(name, "").startswith("symderive.derivation"):
        importlib.import_module("symderive.render")  # derivations write themselves by what it registers
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _show_in_notebooks() -> None:
    """Let terms and claims show as textbook LaTeX: the printer stands above them."""
    from sympy import Basic

    from symderive.notation.printer import claim_latex, hypothesis_latex, latex
    from symderive.terms import Claim, Hypothesis, register_renderer

    for kind, renderer in ((Basic, latex), (Claim, claim_latex), (Hypothesis, hypothesis_latex)):
        register_renderer(kind, renderer)
