"""LaTeX as one line of Unicode, for terminals and plain text: ``∂/∂xₖ sᵢ(x) = sᵢ(x) (δᵢₖ − sₖ(x))``."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from symderive.notation import ReadError, parse
from symderive.notation.syntax import (
    Accent,
    Big,
    Binomial,
    Braced,
    Cases,
    Chain,
    DerivativeNode,
    DotsNode,
    Evaluated,
    Factorial,
    Fraction,
    Group,
    Label,
    Listing,
    Nabla,
    Name,
    Node,
    Number,
    Operator,
    PartialSign,
    Percent,
    Prime,
    Product,
    Quantifier,
    Root,
    Row,
    Script,
    Sum,
    TextNode,
)

__all__ = ["subscript", "superscript", "unicode_math"]

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    "ell": "ℓ", "infty": "∞",
}  # fmt: skip
_SIGNS = {
    "=": "=", ":=": ":=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥", "in": "∈", "<-": "←",
    "equiv": "≡", "approx": "≈", "to": "→", "colon": ":",
}  # fmt: skip
_BIG = {"sum": "Σ", "prod": "Π", "int": "∫"}
_COMBINING = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7"}
_LOW = dict(
    zip("0123456789aehijklmnoprstuvx+-=()βγρφχ", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₊₋₌₍₎ᵦᵧᵨᵩᵪ", strict=True)
)
_HIGH = dict(
    zip(
        "0123456789abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW+-=()",
        "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ⁺⁻⁼⁽⁾",
        strict=True,
    )
)
#: A superscript of more characters than this is hard to read small.
_LONGEST_SCRIPT = 6


def subscript(text: str) -> str | None:
    """The text in subscript characters; None where there is none for some of it.

    >>> subscript("ik"), subscript("q")
    ('ᵢₖ', None)
    """
    return _small(text, _LOW)


def superscript(text: str) -> str | None:
    """The text in superscript characters; None where there is none for some of it."""
    return _small(text, _HIGH)


def _small(text: str, table: dict[str, str]) -> str | None:
    plain = text.replace("−", "-").replace(" ", "")
    if len(plain) > _LONGEST_SCRIPT or not all(character in table for character in plain):
        return None
    return "".join(table[character] for character in plain)


def unicode_math(latex: str) -> str:
    r"""A formula in one line of Unicode.

    Parameters
    ----------
    latex
        What our printer writes, or an author; a formula that has no reading comes back as it is.

    Examples
    --------
    >>> print(unicode_math(r"\frac{\partial}{\partial x_k} s_i(\mathbf{x}) = s_i (\delta_{ik} - 1)"))
    ∂/∂xₖ sᵢ(x) = sᵢ (δᵢₖ − 1)
    >>> print(unicode_math(r"\frac{e^{x_i}}{\sum_{j=1}^K e^{x_j}}"))
    exp(xᵢ) / Σⱼ₌₁ᴷ exp(xⱼ)
    """
    try:
        display = parse(latex)
    except (ReadError, RecursionError):
        return latex
    line = _Line(latex)
    text = "; ".join(line.row(row.items) for row in display.rows)
    return unicodedata.normalize("NFC", text)


class _Line:
    """One formula being written."""

    def __init__(self, latex: str) -> None:
        self.latex = latex

    def row(self, items: Sequence[Node]) -> str:
        text = ""
        for item in items:
            if isinstance(item, TextNode):
                # A Korean particle stands at the word before it: 모든 i에 대해.
                gap = "" if "가" <= item.text[:1] <= "힣" else " "
                text = f"{text.rstrip()}{gap}{item.text.strip()} "
            else:
                text += (", " if text and not text.endswith(" ") else "") + self.node(item)
        return text.strip()

    def node(self, node: Node) -> str:
        match node:
            case Number():
                return node.text
            case Name():
                return _name(node.text)
            case Label():
                return {"top": "ᵀ", "star": "*"}.get(node.text, node.text)
            case Operator():
                return node.name
            case Braced():
                return self.node(node.body)
            case Script():
                return self.script(node)
            case Prime():
                return self.node(node.base) + "′" * node.order
            case Group():
                return self.group(node)
            case Product():
                return self.product(node)
            case Sum():
                return self.sum(node)
            case Fraction():
                return f"{self.part(node.numerator, above=True)} / {self.part(node.denominator)}"
            case DerivativeNode():
                return self.derivative(node)
            case PartialSign():
                return "∂" + self.low(node.sub) + self.high(node.sup)
            case Nabla():
                return "∇" + self.low(node.sub) + self.high(node.sup)
            case Root():
                return self.root(node)
            case Binomial():
                return f"C({self.node(node.top)}, {self.node(node.bottom)})"
            case Factorial():
                return self.part(node.body) + "!"
            case Percent():
                return self.node(node.body) + "%"
            case Big():
                return self.big(node)
            case Evaluated():
                return f"{self.node(node.body)} |{self.low(node.sub)}"
            case Cases():
                rows = (
                    self.node(value) + (f" {self.node(condition)}" if condition is not None else "")
                    for value, condition in node.rows
                )
                return "{ " + "; ".join(rows)
            case Row():
                return self.row(node.items)
            case TextNode():
                return node.text.strip()
            case Listing():
                return ", ".join(self.node(item) for item in node.items)
            case Quantifier():
                return f"∀ {self.node(node.body)}"
            case DotsNode():
                return "…"
            case Accent():
                return self.node(node.body) + _COMBINING.get(node.accent, "")
            case Chain():
                return self.chain(node)
        return self.latex[node.start : node.end]

    def chain(self, node: Chain) -> str:
        first, *rest = node.operands
        text = self.node(first) if first is not None else ""
        for relation, operand in zip(node.relations, rest, strict=True):
            right = self.node(operand) if operand is not None else ""
            text += f" {_SIGNS.get(relation, relation)} {right}"
        return text.strip()

    def sum(self, node: Sum) -> str:
        text = ""
        for sign, term in zip(node.signs, node.terms, strict=True):
            mark = "−" if sign == "-" else "+"
            printed = self.node(term)
            if text:
                text += f" {mark} {printed}"
            else:
                text = ("−" if sign == "-" else "") + printed
        return text

    def product(self, node: Product) -> str:
        text, before = "", None
        for operator, factor in zip(node.operators, node.factors, strict=True):
            printed = self.node(factor)
            inside = isinstance(factor, Sum) or (
                # A fraction on one line would take in what stands beside it.
                isinstance(_plain(factor), Fraction) and len(node.factors) > 1
            )
            if inside:
                printed = f"({printed})"
            if before is not None:
                text += self.between(before, operator, factor, printed)
            text += printed
            before = factor
        return text

    def between(self, before: Node, operator: str, factor: Node, printed: str) -> str:
        """What stands between two factors: nothing between a name and its arguments."""
        if operator == "/":
            return "/"
        if operator != "juxt":
            return " · "
        if isinstance(before, Operator):
            return "" if printed.startswith("(") else " "
        return "" if _bracketed(factor) and before.end == factor.start else " "

    def part(self, node: Node, *, above: bool = False) -> str:
        """A part of a fraction, in brackets where one line would not show where it ends."""
        printed = self.node(node)
        plain = _plain(node)
        if isinstance(plain, (Sum, Fraction)) or (isinstance(plain, Big) and above):
            return f"({printed})"
        if isinstance(plain, Product):
            first, second = plain.factors[:2]
            called = len(plain.factors) == 2 and (
                isinstance(first, Operator) or (_bracketed(second) and first.end == second.start)
            )
            if not called and not above:
                return f"({printed})"
            if above and any(isinstance(_plain(f), Big) for f in plain.factors):
                return f"({printed})"
        return printed

    def script(self, node: Script) -> str:
        base = _plain(node.base)
        if isinstance(base, Name) and base.text == "e" and node.sub is None and node.sup is not None:
            power = self.node(node.sup)
            short = len(power) <= 3 and (len(power) == 1 or superscript(power) is not None)
            return superscript_of("e", power) if short else f"exp({power})"
        printed = self.node(node.base)
        if isinstance(base, (Sum, Product, Fraction, Big, DerivativeNode)):
            printed = f"({printed})"
        return printed + self.low(node.sub) + self.high(node.sup)

    def low(self, node: Node | None) -> str:
        if node is None:
            return ""
        plain = _plain(node)
        if isinstance(plain, Product) and all(isinstance(_plain(f), (Name, Number)) for f in plain.factors):
            text = "".join(self.node(factor) for factor in plain.factors)
        else:
            text = self.node(node)
        small = subscript(text)
        if small is not None:
            return small
        return f"_{text}" if len(text) == 1 or text.isalnum() else f"_{{{text}}}"

    def high(self, node: Node | None) -> str:
        if node is None:
            return ""
        text = self.node(node)
        if text in ("ᵀ", "*"):
            return text
        return superscript_of("", text)

    def group(self, node: Group) -> str:
        inner = ", ".join(self.node(item) for item in node.items)
        pair = {"|": "||", "||": "‖‖", "<": "⟨⟩", "{": "{}", "[": "[]", "floor": "⌊⌋", "ceil": "⌈⌉"}.get(
            node.open, "()"
        )
        return pair[0] + inner + pair[1]

    def derivative(self, node: DerivativeNode) -> str:
        sign = "∂" if node.sign == "partial" else "d"
        above = sign + self.high(node.order)
        if node.body is not None:
            body = self.node(node.body)
            above += f" {body}" if len(body) > 2 and not body.isalpha() else body
        below = "".join(
            f"{sign}{self.node(variable)}{self.high(count)}"
            for variable, count in zip(node.variables, node.counts, strict=True)
        )
        return f"{above}/{below}"

    def root(self, node: Root) -> str:
        inner = self.node(node.radicand)
        sign = {"": "√", "3": "∛", "4": "∜"}
        degree = self.node(node.degree) if node.degree is not None else ""
        mark = sign.get(degree) or (superscript(degree) or f"{degree}") + "√"
        return f"{mark}{inner}" if len(inner) == 1 else f"{mark}({inner})"

    def big(self, node: Big) -> str:
        sign = _BIG.get(node.kind)
        body = self.node(node.body)
        if isinstance(_plain(node.body), (Sum, Fraction)):
            body = f"({body})"
        if sign is None:
            name = f"{ {'expect': 'E'}.get(node.kind, node.kind) }{self.low(node.sub)}{self.high(node.sup)}"
            return f"{name}{body}" if _bracketed(node.body) and node.sub is None else f"{name} {body}"
        low = self.node(node.sub).replace(" ", "") if node.sub is not None else ""
        high = self.node(node.sup).replace(" ", "") if node.sup is not None else ""
        small_low, small_high = subscript(low), superscript(high)
        if small_low is not None and small_high is not None:
            return f"{sign}{small_low}{small_high} {body}"
        limits = low if not high else f"{low}..{high}"
        return f"{sign}[{limits}] {body}"


def superscript_of(base: str, power: str) -> str:
    """A base with a power: x², x^(n + 1)."""
    small = superscript(power)
    if small is not None:
        return base + small
    if len(power) == 1 or power.isdigit():
        return f"{base}^{power}"
    return f"{base}^{power}" if power.startswith("(") and power.endswith(")") else f"{base}^({power})"


def _plain(node: Node) -> Node:
    while isinstance(node, Braced):
        node = node.body
    return node


def _bracketed(node: Node) -> bool:
    """Does the factor begin with a bracket, which may hold an argument?"""
    node = _plain(node)
    if isinstance(node, Script):
        node = _plain(node.base)
    return isinstance(node, Group) and node.open in ("(", "[")


def _name(text: str) -> str:
    for mark in "^_":
        stem, found, rest = text.rpartition(mark)
        if found and stem and rest and not rest.endswith(")"):
            small = (superscript if mark == "^" else subscript)(rest)
            return _name(stem) + (small if small is not None else f"{mark}{_name(rest)}")
    if text.endswith(")") and "(" in text:
        wrapper, _, inner = text[:-1].partition("(")
        return _name(inner) + _COMBINING.get(wrapper, "")
    if text.endswith("'"):
        return _name(text[:-1]) + "′"
    return _GREEK.get(text, text)
