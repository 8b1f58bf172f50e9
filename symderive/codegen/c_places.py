"""Names and whole numbers in C: identifiers, places in arrays, and what is asked before a place is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sympy import Add, Expr, Indexed, Integer, Mul, Symbol

from symderive.codegen.kernel import Kernel, Kind
from symderive.terms import Dim, Index, free_names

__all__ = ["Places", "c_identifiers", "c_word"]

_WORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int "
    "long register restrict return short signed sizeof static struct switch typedef union unsigned void "
    "volatile while main rows row threads scratch start stop failed room NAN INFINITY NULL I assert errno "
    "fabs fabsf fabsl frexp ldexp malloc free printf memcpy size_t ptrdiff_t int64_t stdin stdout stderr "
    "unix linux i386".split()
)
_FUNCTIONS = frozenset(
    "exp log tanh pow sin cos tan sinh cosh asin acos atan asinh acosh atanh erf erfc floor ceil tgamma "
    "lgamma sqrt log1p expm1".split()
)
#: Endings of the variables that go with an argument or a statement.
_ENDINGS = ("_rows", "_stride", "_all", "_at", "_sum", "_part", "_low", "_nan")


def c_word(name: str) -> str:
    """A name that means nothing else in C.

    >>> c_word("x"), c_word("double"), c_word("_j")
    ('x', 'double_', 'v_j')
    """
    plain = name if name.isidentifier() and name.isascii() else "v"
    if plain.startswith(("sd_", "SD_", "_")):
        plain = f"v{plain}" if plain.startswith("_") else f"v_{plain}"
    known = plain in _WORDS or plain.removesuffix("f").removesuffix("l") in _FUNCTIONS
    return f"{plain}_" if known or plain.endswith(_ENDINGS) else plain


def c_identifiers(kernel: Kernel) -> dict[str, str]:
    """The names of a kernel → identifiers of C that clash with nothing."""
    names: dict[str, None] = {}
    for argument in kernel.arguments:
        names[argument.name] = None
        for size in argument.sizes:
            names.update((dim.name, None) for dim in size.free_symbols)
    names.update((statement.name, None) for statement in kernel.statements)
    found: dict[str, str] = {}
    for name in names:
        plain = c_word(name)
        while plain in found.values():
            plain += "_"
        found[name] = plain
    return found


class Places:
    """The part of the printer that knows where things are.

    Attributes
    ----------
    names
        The kernel's names → identifiers.
    loops
        Open loops → their variables, which count from 0.
    guards
        Conditions under which a place would lie outside its array, whatever the loops do.
    places
        Names of integers that were printed.
    """

    def know(self, kernel: Kernel, folded: Mapping[str, int]) -> None:
        """Make a kernel's names known; `folded`: how many leading axes of a target have no storage."""
        self.names = c_identifiers(kernel)
        self.loops: dict[Index, str] = {}
        self.guards: dict[str, None] = {}
        self.places: set[str] = set()
        self._folded = folded
        self._arguments = {argument.name for argument in kernel.arguments}
        self._axes: dict[str, tuple[tuple[Expr, Expr], ...]] = {}
        self._lower: dict[str, Expr] = {}
        self._upper: dict[str, Expr] = {}
        for argument in kernel.arguments:
            if argument.kind is Kind.INDEX:
                self._lower[argument.name], self._upper[argument.name] = argument.axes[0]
                self._axes[argument.name] = ()
            else:
                self._axes[argument.name] = argument.axes
        for statement in kernel.statements:
            if statement.integer:
                assert statement.index is not None
                self._lower[statement.name] = statement.index.lower
                self._upper[statement.name] = statement.index.upper
            self._axes[statement.name] = tuple((loop.lower, loop.upper) for loop in statement.indices)

    def element(self, name: str, indices: Sequence[Expr]) -> str:
        """An entry of an array, or the variable that stands for it."""
        skipped = self._folded.get(name, 0)
        axes, indices = self._axes[name][skipped:], indices[skipped:]
        if not axes:
            return self.names[name]
        text = ""
        for index, axis in zip(indices, axes, strict=True):
            place = self.position(index, axis)
            text = f"({text}) * {self.size(axis, parenthesised=True)} + {place}" if text else place
        return f"{self.names[name]}[{text}]"

    def size(self, axis: tuple[Expr, Expr], *, parenthesised: bool = False) -> str:
        """The length of a range."""
        text = self.integer(axis[1] - axis[0] + 1)
        return text if text.isidentifier() or not parenthesised else f"({text})"

    def position(self, index: Expr, axis: tuple[Expr, Expr]) -> str:
        """A place on an axis, counted from 0."""
        own = self._counted(index)
        if own is not None and own[1] == axis:
            return own[0]
        self._guard(index, axis)
        return self.integer(index - axis[0])

    def _counted(self, index: Expr) -> tuple[str, tuple[Expr, Expr]] | None:
        """A loop's or an integer's variable in C, and where it counts from."""
        if isinstance(index, Indexed) and index.base.name in self._lower:
            self.places.add(index.base.name)
            return self.element(index.base.name, index.indices), self._range_of(index.base.name)
        if isinstance(index, Index) and index in self.loops:
            return self.loops[index], (index.lower, index.upper)
        if isinstance(index, Symbol) and index.name in self._lower:
            self.places.add(index.name)
            return self.names[index.name], self._range_of(index.name)
        return None

    def _range_of(self, name: str) -> tuple[Expr, Expr]:
        return self._lower[name], self._upper[name]

    def _guard(self, index: Expr, axis: tuple[Expr, Expr]) -> None:
        """Where an index could leave its axis, the function looks before it reads."""
        low = high = index
        for _ in range(len(self.loops) + 1):
            used = [n for n in free_names(low) | free_names(high) if isinstance(n, Index)]
            if not used:
                break
            for loop in used:
                rise = low.diff(loop)
                if not rise.is_number or high.diff(loop) != rise:
                    raise ValueError(f"the index {index} has no bounds that are known before the loops run")
                ends = (loop.lower, loop.upper) if rise > 0 else (loop.upper, loop.lower)
                low, high = low.subs(loop, ends[0]), high.subs(loop, ends[1])
        if any(not isinstance(n, Dim) for n in free_names(low) | free_names(high)):
            raise ValueError(f"the index {index} has no bounds that are known before the loops run")
        for difference in (low - axis[0], axis[1] - high):
            if difference.is_number and difference < 0:
                raise ValueError(
                    f"the place {index} is outside {axis[0]}, ..., {axis[1]} for some value of its index: "
                    "code in C reads what stands under a condition, too"
                )
            if not (difference.is_number and difference >= 0):
                self.guards[f"{self.integer(difference)} < 0"] = None

    def integer(self, term: Any) -> str:
        """A whole number: a length, a place."""
        counted = self._counted(term)
        if counted is not None:
            name, (lower, _) = counted
            return name if lower == 0 else f"({name} + {self.integer(lower)})"
        if isinstance(term, Dim) and term.name in self.names:
            return self.names[term.name]
        if isinstance(term, Integer):
            return str(int(term))
        if isinstance(term, Add):
            parts = [self.integer(arg) for arg in term.as_ordered_terms()]
            return " + ".join(parts).replace("+ -", "- ")
        if isinstance(term, Mul):
            return " * ".join(
                f"({self.integer(arg)})" if arg.is_Add else self.integer(arg) for arg in term.args
            )
        raise ValueError(f"{term} has no code as a whole number")
