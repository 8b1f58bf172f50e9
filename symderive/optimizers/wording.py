"""Rules and their differences in words."""

from __future__ import annotations

import re

from sympy import Add, Expr, Mul, Pow, Symbol, fraction
from sympy.printing.str import StrPrinter

from symderive.optimizers.recurrent_system import GRADIENT_NAME, TIME, split
from symderive.optimizers.update_rule import Implementation, UpdateRule

__all__ = ["LIBRARIES", "apart", "described", "in_text"]

#: The libraries as they write themselves.
LIBRARIES = {"torch": "torch", "optax": "optax", "keras": "Keras"}

_GREEK_NAMES = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta kappa lambda mu nu xi pi rho sigma "
    "tau phi varphi chi psi omega"
)
_GREEK = dict(zip(_GREEK_NAMES.split(), "αβγδεεζηθϑκλμνξπρστφφχψω", strict=True))
_ACCENTS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304"}
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def described(rule: UpdateRule, changing_rate: bool = False) -> str:
    """A rule in one line: what it is, which libraries step so, how the others differ.

    Parameters
    ----------
    rule
        The rule.
    changing_rate
        The learning rate depends on the step: what holds for a constant one is left out.

    Examples
    --------
    >>> from symderive.optimizers import RULES
    >>> print(described(RULES["rmsprop/epsilon-inside"]))
    RMSprop with ε inside the root: Keras, optax default; torch differs: ε outside the root;
    equal iff ε_n = √(v+ε) − √v
    >>> print(described(RULES["momentum/rate-inside"], changing_rate=True))
    momentum with the learning rate inside the velocity: optax (chain), Keras
    """
    made = [
        call
        for call in rule.implementations
        if not (changing_rate and call.condition == "constant learning rate")
    ]
    libraries = (
        ", ".join(dict.fromkeys(_library(call) for call in made)) or "no library that is compared here"
    )
    relations = [text for text in rule.relations if not (changing_rate and "constant" in text)]
    rest = f"; {relations[0]}" if relations and not changing_rate else ""
    return f"{rule.title}: {libraries}{rest}"


def _library(call: Implementation) -> str:
    name = LIBRARIES[call.library]
    if call.call.startswith("optax.rmsprop"):
        name += " with eps_in_sqrt=False" if "eps_in_sqrt=False" in call.call else " default"
    if call.call.startswith("optax.chain"):
        name += " (chain)"
    return f"{name} ({call.condition})" if call.condition else name


def in_text(term: Expr) -> str:
    """A term in one line, with Greek letters: old values of sequences are shown by their names alone.

    Examples
    --------
    >>> from sympy import sqrt
    >>> from symderive.terms import scalar
    >>> in_text(scalar("mu") / sqrt(scalar("hat(v)") + scalar("epsilon")) - scalar("beta_1") ** 2)
    'μ/√(ε + v̂) − β₁²'
    """
    return _Text({"order": "none"}).doprint(term)


class _Text(StrPrinter):
    """SymPy's text with mathematics' own signs."""

    def _print_Symbol(self, symbol: Symbol) -> str:
        if symbol == TIME:
            return "n"
        parts = split(symbol)
        if parts is None:
            return _name(symbol.name)
        name, lag = parts
        shown = "g" if name == GRADIENT_NAME else _name(name)
        return shown if (lag <= 1 and name != GRADIENT_NAME) or lag == 0 else f"{shown}(n−{lag})"

    def _print_Pow(self, power: Expr, rational: bool = False) -> str:
        base, exponent = power.args
        if exponent.is_Rational and exponent.q == 2 and abs(exponent.p) == 1:
            inner = self._print(base)
            root = f"√{inner}" if base.is_Symbol else f"√({inner})"
            return root if exponent.p == 1 else f"1/{root}"
        if exponent == 2:
            return f"{self._grouped(base)}²"
        if exponent.could_extract_minus_sign() and exponent.is_number:
            return f"1/{self._grouped(base**-exponent)}"
        shown = self._print(exponent)
        return f"{self._grouped(base)}^{shown if exponent.is_Atom else f'({shown})'}"

    def _print_Mul(self, term: Expr) -> str:
        if term.as_coeff_Mul()[0].is_negative:
            return f"−{self._grouped(-term, Add)}"
        above, below = fraction(term)
        if below != 1:
            return f"{self._grouped(above, Add)}/{self._grouped(below, (Add, Mul))}"
        return " ".join(self._grouped(factor, Add) for factor in Mul.make_args(term))

    def _print_Add(self, term: Expr, order: object = None) -> str:
        text = ""
        # What is subtracted stands last, and a constant after what changes: v + ε.
        parts = sorted(Add.make_args(term), key=lambda part: (part.could_extract_minus_sign(), _rank(part)))
        for part in parts:
            shown = self._print(part)
            if not text:
                text = shown
            elif shown.startswith("−"):
                text += f" − {shown[1:]}"
            else:
                text += f" + {shown}"
        return text

    def _grouped(self, term: Expr, kinds: type | tuple[type, ...] = (Add, Mul)) -> str:
        shown = str(self._print(term))
        return f"({shown})" if isinstance(term, kinds) else shown


def _rank(term: Expr) -> int:
    if term.is_number:
        return 0
    return 1 if any(split(symbol) for symbol in term.free_symbols) else 2


def _name(name: str) -> str:
    """A document's name in text: ``hat(m)_1`` → ``m̂₁``."""
    accent = ""
    match = re.fullmatch(r"(hat|tilde|bar)\((.+)\)(.*)", name)
    if match:
        accent, name = _ACCENTS[match[1]], match[2] + match[3]
    head, _, tail = name.partition("_")
    shown = _GREEK.get(head, head) + accent
    if not tail:
        return shown
    return shown + (tail.translate(_SUBSCRIPTS) if tail.isdigit() else f"_{_GREEK.get(tail, tail)}")


def apart(mine: Expr, theirs: Expr) -> tuple[Expr, Expr]:
    """The smallest parts in which two terms differ.

    Examples
    --------
    >>> from symderive.terms import scalar
    >>> a, b, c = scalar("a"), scalar("b"), scalar("c")
    >>> apart(a + b * c, a + b * c**2)
    (c, c**2)
    """
    while mine.func == theirs.func and mine.args and theirs.args:
        if isinstance(mine, Pow) and mine.exp != theirs.exp:
            # A root in a denominator: the denominators are what people compare.
            if mine.exp.is_negative and theirs.exp.is_negative:
                return 1 / mine, 1 / theirs
            return mine, theirs
        left, right = list(mine.args), list(theirs.args)
        if isinstance(mine, (Add, Mul)):
            for shared in mine.args:
                if shared in right:
                    left.remove(shared)
                    right.remove(shared)
            if len(left) != 1 or len(right) != 1:
                if not left or not right:
                    return mine, theirs
                return mine.func(*left), mine.func(*right)
        else:
            if len(left) != len(right):
                return mine, theirs
            differing = [n for n, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1]]
            if len(differing) != 1:
                return mine, theirs
            left, right = [left[differing[0]]], [right[differing[0]]]
        mine, theirs = left[0], right[0]
    return mine, theirs
