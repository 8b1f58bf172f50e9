"""LaTeX in, LaTeX out: tokens, syntax, declarations, the reader and the printer."""

from symderive.notation.errors import ReadError
from symderive.notation.infer import infer
from symderive.notation.meaning import Statement, elaborate
from symderive.notation.notation import Entry, Notation
from symderive.notation.parser import parse
from symderive.notation.printer import claim_latex, hypothesis_latex, latex
from symderive.notation.schema import load_notation

__all__ = [
    "Entry",
    "Notation",
    "ReadError",
    "Statement",
    "claim_latex",
    "elaborate",
    "hypothesis_latex",
    "infer",
    "latex",
    "load_notation",
    "parse",
]
