"""The work on one batch element in C: the loops of a schedule, written out for one arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Indexed, exp

from symderive.codegen.arithmetic import Arithmetic
from symderive.codegen.c_schedule import (
    Assign,
    Loop,
    Node,
    Others,
    Place,
    Spread,
    at_place,
    elsewhere,
    loops_of,
    places_in,
    scheduled,
)
from symderive.codegen.c_search import SEARCH_NAMES, Search
from symderive.codegen.c_whole_axes import WholeAxes
from symderive.codegen.kernel import Kernel, Reduction, Statement
from symderive.codegen.primitives import Primitive
from symderive.terms import substitute

__all__ = ["BLOCK", "KernelText"]

#: Numbers in a block: sums are taken block by block, so that their error grows with the number of blocks.
BLOCK = 512
_SHORT_BLOCK = 128  # where the sums of blocks are added with their rounding errors
_OPERATORS = {Reduction.SUM: "+", Reduction.PRODUCT: "*", Reduction.MAX: "max", Reduction.MIN: "min"}


class KernelText(WholeAxes):
    """The statements of one kernel as lines of C.

    Parameters
    ----------
    kernel, numbers
        What is computed, and in which arithmetic.
    function
        The function's name, where the loop over the batch is the one around these lines: results are then
        entries of arrays, and arguments may be shared by all rows.

    Attributes
    ----------
    lines
        The body of a function of one batch element.
    shared_lines
        What is computed before the loop over the batch, if `function` is given.
    scratch
        Names and lengths of the arrays that the lines need, reals and integers apart.
    printer
        Knows the helpers and functions that the lines call, and the guards that come first.
    """

    def __init__(self, kernel: Kernel, numbers: Arithmetic, *, function: str | None = None) -> None:
        super().__init__(kernel, numbers, function)
        # a double holds the sums for a float's digits without
        self._blocked = numbers.dtype == numbers.working or numbers.working == "extended"
        self._write(kernel, frozenset())
        # Often what stands at the place of a maximum is needed, and not the place.
        self._write(kernel, frozenset(self.printer.places))

    def _write(self, kernel: Kernel, places: frozenset[str]) -> None:
        schedule = scheduled(kernel)
        self._start_again(kernel, schedule.folded)
        self._places = places
        for node in schedule.nodes:
            self._node(node)
        self.shared_lines = self.printer.shared.before if self.printer.shared is not None else []

    # -- nodes --------------------------------------------------------------------------------------------

    def _node(self, node: Node) -> None:
        self.printer.within(None, {}, self._fresh)
        if isinstance(node, Assign):
            if node.statement.reduction is None:
                self._assign(node.statement)
            else:
                self._fold(node.statement)
        elif isinstance(node, Place):
            self._place(node)
        elif isinstance(node, Spread):
            self._spread(node)
        elif isinstance(node, Others):
            self._others(node)
        elif node.innermost:
            self._innermost(node)
        else:
            self._outer(node)

    def _assign(self, statement: Statement) -> None:
        self._look(statement)
        shared, text = self.printer.shared, self.printer.real(statement.expression)
        if shared is None:
            self._say(self._set(statement, text))
            return
        plain = statement.name in self._outputs or statement.integer
        early = not plain and shared.statement(statement, text)
        self._say(*shared.written(), *([] if early else [self._set(statement, text)]))

    def _folds(self, loop: Loop) -> list[Statement]:
        """The members that the loop folds away."""
        return [s for s in loop.members if s.reduction is not None and len(loops_of(s)) == loop.depth + 1]

    def _term(self, statement: Statement) -> str:
        """What a reduction takes in, the neutral number where a value is left out."""
        text = self.printer.real(statement.expression)
        if statement.excluding is None:
            return text
        assert statement.index is not None
        neutral = "0" if statement.reduction is Reduction.SUM else "1"
        place = self.printer.position(statement.excluding, (statement.index.lower, statement.index.upper))
        loop = self.printer.loops[statement.index]
        return f"{self.printer.helper('select')}({loop} == {place}, {neutral}, {text})"

    def _step(self, statement: Statement, total: str, lost: str) -> list[str]:
        """One iteration of a reduction."""
        text = self._term(statement)
        if statement.reduction is Reduction.SUM:
            return [f"{total} += {text};"]
        if statement.reduction is Reduction.PRODUCT:
            return [f"{total} *= {text};"]
        sign = ">" if statement.reduction is Reduction.MAX else "<"
        value = self._fresh("v")
        return [
            f"const {self.real} {value} = {text};",
            f"{total} = {value} {sign} {total} ? {value} : {total};",
            f"{lost} |= {value} != {value};",
        ]

    def _outer(self, loop: Loop) -> None:
        """A loop with loops inside."""
        for fold in self._folds(loop):
            self._begin(fold)
        name = self._open(loop.members, loop.depth)
        self._say(
            f"for (ptrdiff_t {name} = 0; {name} < {self._range(loop.members[0], loop.depth)}; {name}++) {{"
        )
        self._deep += 1
        maxima = dict(self.printer.maxima)
        for node in loop.body:
            self._node(node)
        self.printer.maxima = maxima
        self._deep -= 1
        self._say("}")
        for fold in self._folds(loop):
            self._end(fold)

    def _fold(self, fold: Statement) -> None:
        """One term of a reduction whose loop has others inside."""
        name = self.printer.names[fold.name]
        self._look(fold)
        if fold.reduction is Reduction.SUM and self._numbers.compensated:
            add = self.printer.helper("add")
            for term in [self.printer.real(part) for part in self._carried(fold)] or [self._term(fold)]:
                self._say(f"{name}_sum = {add}({name}_sum, {term}, &{name}_low);")
            return
        self._say(*self._step(fold, f"{name}_sum", f"{name}_nan"))

    def _innermost(self, loop: Loop) -> None:
        """A loop that becomes vector instructions; a second, slower one for infinite maxima."""
        printer = self.printer
        folds = self._folds(loop)
        name = self._open(loop.members, loop.depth)
        hoisted: dict[Any, str] = {}
        printer.finite = {}
        self._block: tuple[str, str] | None = None
        body = self._body(loop, folds, hoisted)
        finite = list(printer.finite)
        printer.finite = None
        general = self._body(loop, folds, hoisted) if finite else []
        self._hoist(hoisted)
        for fold in folds:
            self._begin(fold)
        if finite:
            self._say(f"if ({' && '.join(f'{top} - {top} == 0' for top in finite)}) {{")
            self._deep += 1
            self._run(loop, folds, name, body)
            self._deep -= 1
            self._say("} else {")
            self._deep += 1
            self._run(loop, folds, name, general)
            self._deep -= 1
            self._say("}")
        else:
            self._run(loop, folds, name, body)
        printer.within(None, {}, self._fresh)
        for fold in folds:
            if self._subtracted(fold):
                self._subtract(fold, name, self._range(loop.members[0], loop.depth))
            self._end(fold)
        for statement in loop.patched:
            self._patch(statement)

    def _body(self, loop: Loop, folds: Sequence[Statement], hoisted: dict[Any, str]) -> list[str]:
        """One iteration of an innermost loop."""
        body: list[str] = []
        for statement in loop.members:
            self._look(statement)
            self.printer.within(loops_of(statement)[loop.depth], hoisted, self._fresh)
            if statement in folds:
                total = self.printer.names[statement.name]
                part = "_part" if self._blocked and statement.reduction is Reduction.SUM else "_sum"
                if parts := self._carried(statement):
                    assert statement.index is not None
                    self._block = self._block or (self._fresh("start"), self._fresh("stop"))
                    place = f"{self.printer.loops[statement.index]} - {self._block[0]}"
                    for number, term in enumerate(parts):
                        body.append(f"{total}_terms[{number}][{place}] = {self.printer.real(term)};")
                elif self._subtracted(statement):
                    body.append(f"{total}{part} += {self.printer.real(statement.expression)};")
                else:
                    body += self._step(statement, f"{total}{part}", f"{total}_nan")
            else:
                expression = elsewhere(statement) if statement in loop.patched else statement.expression
                body.append(self._set(statement, self.printer.real(expression)))
        return body

    def _run(self, loop: Loop, folds: Sequence[Statement], name: str, body: Sequence[str]) -> None:
        """The loop itself, block by block where sums lose digits."""
        length = self._range(loop.members[0], loop.depth)
        sums = [self.printer.names[f.name] for f in folds if f.reduction is Reduction.SUM]
        blocked = self._blocked and bool(sums)
        clauses = ["#pragma omp simd"]
        carried = {self.printer.names[f.name]: len(parts) for f in folds if (parts := self._carried(f))}
        for fold in folds:
            total = self.printer.names[fold.name]
            assert fold.reduction is not None
            if total in carried:
                continue
            part = "_part" if blocked and fold.reduction is Reduction.SUM else "_sum"
            clauses.append(f"reduction({_OPERATORS[fold.reduction]}:{total}{part})")
            if fold.reduction in (Reduction.MAX, Reduction.MIN):
                clauses.append(f"reduction(|:{total}_nan)")
        pragma = " ".join(clauses)
        if not blocked:
            self._simd(pragma, f"ptrdiff_t {name} = 0; {name} < {length}; {name}++", body)
            return
        start, stop = self._block or (self._fresh("start"), self._fresh("stop"))
        block = _SHORT_BLOCK if self._numbers.compensated else BLOCK
        self._say(
            f"for (ptrdiff_t {start} = 0; {start} < {length}; {start} += {block}) {{",
            f"    const ptrdiff_t {stop} = {length} - {start} < {block} ? {length} : {start} + {block};",
        )
        self._deep += 1
        for total in sums:
            count = carried.get(total)
            self._say(
                f"{self.real} {total}_terms[{count}][{block}];" if count else f"{self.real} {total}_part = 0;"
            )
        self._simd(pragma, f"ptrdiff_t {name} = {start}; {name} < {stop}; {name}++", body)
        for total in sums:
            if total in carried:
                add = self.printer.helper("add_all")
                for number in range(carried[total]):
                    terms = f"{total}_terms[{number}]"
                    self._say(f"{add}({stop} - {start}, {terms}, &{total}_sum, &{total}_low);")
            elif self._numbers.compensated:
                add = self.printer.helper("add")
                self._say(f"{total}_sum = {add}({total}_sum, {total}_part, &{total}_low);")
            else:
                self._say(f"{total}_sum += {total}_part;")
        self._deep -= 1
        self._say("}")

    def _subtracted(self, fold: Statement) -> bool:
        """Is a sum without one term the whole sum less that term, where no digits that count are lost?

        So it is in a wider type, for terms that are not negative, unless the term is most of the sum.
        """
        entry = fold.expression
        if fold.excluding is None or self._blocked or fold.reduction is not Reduction.SUM:
            return False
        made = self._made.get(entry.base.name) if isinstance(entry, Indexed) else None
        if made is None or entry.indices != loops_of(fold) or self._folded[made.name] > len(fold.indices):
            return False
        value = made.expression
        return isinstance(value, exp) or (isinstance(value, Primitive) and value.name == "exp_shifted")

    def _subtract(self, fold: Statement, name: str, length: str) -> None:
        """Take the left-out term off; where it is most of the sum, sum the others."""
        printer = self.printer
        self._look(fold)
        assert fold.index is not None
        assert fold.excluding is not None
        left_out = self._fresh("left_out")
        total = f"{printer.names[fold.name]}_sum"
        entry = printer.real(substitute(fold.expression, {fold.index: fold.excluding}))
        self._say(
            f"const {self.real} {left_out} = {entry};",
            f"if ({total} - {left_out} >= {left_out}) {{",
            f"    {total} -= {left_out};",
            "} else {",
            f"    {total} = 0;",
        )
        self._deep += 1
        step = self._step(fold, total, "")
        self._simd(
            f"#pragma omp simd reduction(+:{total})",
            f"ptrdiff_t {name} = 0; {name} < {length}; {name}++",
            step,
        )
        self._deep -= 1
        self._say("}")

    def _patch(self, statement: Statement) -> None:
        """The entries of an array that are another formula than the rest."""
        loop = statement.indices[-1]
        self._look(statement)
        self.printer.within(None, {}, self._fresh)
        for place in places_in(statement):
            text = self.printer.real(substitute(statement.expression, {loop: place}))
            self._say(self._set(statement, text, (*statement.indices[:-1], place)))

    def _place(self, node: Place) -> None:
        """Where a vector is largest first; where it is not a number, if it is so anywhere."""
        statement, printer = node.statement, self.printer
        loop = self._open([statement], node.depth)
        hoisted: dict[Any, str] = {}
        printer.within(loops_of(statement)[node.depth], hoisted, self._fresh)
        text = printer.real(statement.expression)
        real, text = self._narrow(text)
        self._hoist(hoisted)
        names = {letter: self._fresh(letter) for letter in SEARCH_NAMES}
        search = Search(real, self._range(statement, node.depth), loop, text, names)
        vector = self._numbers.working != "extended"
        if vector:
            ending = "f32" if real == "float" else "f64"
            printer.functions |= {f"sd_order_{ending}", f"sd_from_order_{ending}"}
        wanted = statement.name in self._places
        self._say(*search.maximum(place=wanted, vector=vector))
        best = names["largest"]
        printer.maxima[at_place(statement)] = (
            best if real == self.real else f"({self.real}){best}",
            statement,
        )
        if wanted:
            self._say(*search.place(vector=vector), self._set(statement, search.result))

    def _narrow(self, text: str) -> tuple[str, str]:
        """Entries of an argument are compared in their own type: twice as many at once."""
        cast = f"({self.real})"
        narrow = "float" if self._numbers.dtype == "float32" else "double"
        bare = text.removeprefix(cast)
        plain = bare.replace("[", "").replace("]", "").replace("_", "").replace(" ", "")
        if self._numbers.wider and text.startswith(cast) and plain.isalnum() and bare.endswith("]"):
            return narrow, bare
        return self.real, text
