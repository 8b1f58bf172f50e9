"""The words of mathematical LaTeX: which command or character is which symbol. Tables only."""

from __future__ import annotations

__all__ = [
    "ACCENTS",
    "BIG",
    "BOLD",
    "DELIMITERS",
    "DOTS",
    "FONTS",
    "FUNCTIONS",
    "GREEK",
    "IGNORED",
    "INFIX",
    "RELATIONS",
    "SPACES",
    "TEXT",
    "UNICODE",
    "WIDE_SPACES",
]

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma "
    "tau upsilon "
    "phi chi psi omega varepsilon vartheta varpi varrho varsigma varphi varkappa digamma "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar imath jmath aleph"
)
GREEK = frozenset(_GREEK.split())

#: Commands that only move the pen.
SPACES = frozenset(
    [",", ";", ":", "!", ">", " ", "thinspace", "medspace", "thickspace", "negthinspace", "enspace"]
)
WIDE_SPACES = frozenset(["quad", "qquad", "hspace", "hfill", "hskip"])

#: Commands without a meaning of their own, taking no argument.
IGNORED = frozenset(
    "displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag allowbreak nobreak "
    "relax strut mathstrut hline noindent centering bigskip medskip smallskip rm bf it sf cal small "
    "large Large "
    "normalsize footnotesize scriptsize tiny".split()
)

#: Commands that size the delimiter after them.
SIZES = frozenset(
    f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")
) | {"middle"}

BOLD = frozenset("mathbf boldsymbol bm bold vec mathbfit symbf mathbfsf pmb".split())
#: Fonts that make another name of a letter (the name remembers the font), or only set a word upright.
FONTS = frozenset("mathcal mathscr mathfrak mathbb Bbb mathds".split())
UPRIGHT = frozenset(
    "mathrm mathit mathsf mathtt mathnormal operatorname operatorname* mathop textrm textit textsf "
    "texttt".split()
)
TEXT = frozenset(
    "text textrm textit textbf textsf texttt textnormal mbox hbox intertext shortintertext textup".split()
)
ACCENTS = {
    "hat": "hat",
    "widehat": "hat",
    "tilde": "tilde",
    "widetilde": "tilde",
    "bar": "bar",
    "overline": "bar",
    "dot": "dot",
    "ddot": "ddot",
    "check": "check",
    "widecheck": "check",
    "breve": "breve",
    "acute": "acute",
    "grave": "grave",
    "mathring": "mathring",
    "underline": "underline",
}

#: Relation signs and what they state. A sign that states nothing exact maps to itself.
RELATIONS = {
    "=": "=",
    "<": "<",
    ">": ">",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "leq": "<=",
    "leqslant": "<=",
    "leqq": "<=",
    "ge": ">=",
    "geq": ">=",
    "geqslant": ">=",
    "geqq": ">=",
    "ne": "!=",
    "neq": "!=",
    "in": "in",
    "ni": "ni",
    "notin": "notin",
    ":=": ":=",
    "=:": "=:",
    "coloneqq": ":=",
    "coloneq": ":=",
    "colonequals": ":=",
    "eqqcolon": "=:",
    "triangleq": ":=",
    "doteq": ":=",
    "stackrel=": ":=",
    "equiv": "equiv",
    "leftarrow": "<-",
    "gets": "<-",
    "longleftarrow": "<-",
    "Leftarrow": "<-",
    "approx": "approx",
    "simeq": "simeq",
    "cong": "cong",
    "sim": "sim",
    "propto": "propto",
    "ll": "ll",
    "gg": "gg",
    "lesssim": "lesssim",
    "gtrsim": "gtrsim",
    "to": "to",
    "rightarrow": "to",
    "longrightarrow": "to",
    "mapsto": "mapsto",
    "subset": "subset",
    "subseteq": "subseteq",
    "supset": "supset",
    "supseteq": "supseteq",
    "implies": "implies",
    "Rightarrow": "implies",
    "Longrightarrow": "implies",
    "iff": "iff",
    "Leftrightarrow": "iff",
    "Longleftrightarrow": "iff",
    "therefore": "implies",
    "perp": "perp",
    "prec": "prec",
    "succ": "succ",
    "preceq": "preceq",
    "succeq": "succeq",
}

#: Signs between factors.
INFIX = {
    "cdot": "*",
    "times": "*",
    "ast": "*",
    "*": "*",
    "cdotp": "*",
    "bullet": "*",
    "/": "/",
    "div": "/",
    "odot": "odot",
    "circ": "circ",
    "otimes": "otimes",
    "oplus": "oplus",
    "oslash": "oslash",
    "cap": "cap",
    "cup": "cup",
    "wedge": "wedge",
    "land": "wedge",
    "vee": "vee",
    "lor": "vee",
    "setminus": "setminus",
    "bmod": "bmod",
}

DOTS = frozenset("dots ldots cdots dotsc dotsb dotsm dotsi dotso vdots ddots hdots".split())

#: Operators with limits that bind an index over what follows.
BIG = {
    "sum": "sum",
    "prod": "prod",
    "max": "max",
    "min": "min",
    "sup": "sup",
    "inf": "inf",
    "argmax": "argmax",
    "argmin": "argmin",
    "lim": "lim",
    "limsup": "lim",
    "liminf": "lim",
    "int": "int",
    "iint": "int",
    "oint": "int",
    "bigcup": "bigcup",
    "bigcap": "bigcap",
    "bigoplus": "bigoplus",
    "coprod": "coprod",
}

#: Functions of one argument that may be written without brackets. (Named operations such as softmax are
#: names:
#: a document may define them.)
FUNCTIONS = frozenset(
    "exp log ln lg sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan det tr Tr trace "
    "diag sgn sign "
    "dim ker deg gcd Pr".split()
)
#: Those that people also type as bare letters.
BARE_FUNCTIONS = frozenset("exp log ln sin cos tan sinh cosh tanh arctan diag sgn sign tr".split())
BARE_BIG = frozenset(["sum", "max", "min", "sup", "inf", "argmax", "argmin"])

#: Delimiter commands, opening -> (kind). `|` and `\|` are both.
DELIMITERS = {
    "lvert": ("open", "|"),
    "rvert": ("close", "|"),
    "lVert": ("open", "||"),
    "rVert": ("close", "||"),
    "vert": ("fence", "|"),
    "Vert": ("fence", "||"),
    "|": ("fence", "||"),
    "lbrace": ("open", "{"),
    "rbrace": ("close", "}"),
    "{": ("open", "{"),
    "}": ("close", "}"),
    "lbrack": ("open", "["),
    "rbrack": ("close", "]"),
    "lparen": ("open", "("),
    "rparen": ("close", ")"),
    "langle": ("open", "<"),
    "rangle": ("close", ">"),
    "lfloor": ("open", "floor"),
    "rfloor": ("close", "floor"),
    "lceil": ("open", "ceil"),
    "rceil": ("close", "ceil"),
    "llbracket": ("open", "["),
    "rrbracket": ("close", "]"),
    "lgroup": ("open", "("),
    "rgroup": ("close", ")"),
}
CLOSERS = {"(": ")", "[": "]", "{": "}", "|": "|", "||": "||", "<": ">", "floor": "floor", "ceil": "ceil"}

#: One character of Unicode mathematics -> the LaTeX tokens it stands for.
UNICODE = {
    "−": "-",
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "﹣": "-",
    "－": "-",
    "＋": "+",
    "＝": "=",
    "×": "\\times",
    "·": "\\cdot",
    "⋅": "\\cdot",
    "∙": "\\cdot",
    "•": "\\cdot",
    "∗": "*",
    "÷": "\\div",
    "∕": "/",
    "⁄": "/",
    "≤": "\\le",
    "≦": "\\le",
    "⩽": "\\le",
    "≥": "\\ge",
    "≧": "\\ge",
    "⩾": "\\ge",
    "≠": "\\ne",
    "≡": "\\equiv",
    "≈": "\\approx",
    "∼": "\\sim",
    "∝": "\\propto",
    "≜": "\\triangleq",
    "≔": ":=",
    "∈": "\\in",
    "∉": "\\notin",
    "∀": "\\forall",
    "∂": "\\partial",
    "∇": "\\nabla",
    "∑": "\\sum",
    "∏": "\\prod",
    "√": "\\sqrt",
    "∞": "\\infty",
    "…": "\\dots",
    "⋯": "\\dots",
    "⋮": "\\dots",
    "ℝ": "\\mathbb{R}",
    "ℕ": "\\mathbb{N}",
    "ℤ": "\\mathbb{Z}",
    "ℚ": "\\mathbb{Q}",
    "ℂ": "\\mathbb{C}",
    "ℓ": "\\ell",
    "‖": "\\|",
    "∥": "\\|",
    "∣": "|",
    "｜": "|",
    "←": "\\leftarrow",
    "→": "\\to",
    "↦": "\\mapsto",
    "⇒": "\\implies",
    "⇔": "\\iff",
    "⊙": "\\odot",
    "∘": "\\circ",
    "⊤": "\\top",
    "ᵀ": "^T",
    "′": "'",
    "’": "'",
    "″": "''",
    "⟨": "\\langle",
    "⟩": "\\rangle",
    "（": "(",
    "）": ")",
    "［": "[",
    "］": "]",
    "，": ",",
    "、": ",",
    "：": ":",
    "；": ";",
    "µ": "\\mu",
    "ϵ": "\\epsilon",
    "ε": "\\varepsilon",
    "ϑ": "\\vartheta",
    "φ": "\\varphi",
    "ϕ": "\\phi",
    "ς": "\\varsigma",
    "ϱ": "\\varrho",
    "∧": "\\wedge",
    "∨": "\\vee",
    "⊂": "\\subset",
    "⊆": "\\subseteq",
    "∪": "\\cup",
    "∩": "\\cap",
    "½": "\\frac{1}{2}",
    "𝟙": "\\mathbb{1}",
}
for _letter, _name in zip(
    "αβγδζηθικλμνξπρστυχψωΓΔΘΛΞΠΣΥΦΨΩ",
    "alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon chi "
    "psi omega Gamma "
    "Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split(),
    strict=True,
):
    UNICODE[_letter] = f"\\{_name}"
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱ", "0123456789+-()ni", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-()aehijklmnoprstuvx", strict=True))
