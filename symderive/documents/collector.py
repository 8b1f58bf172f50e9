"""From the blocks of a document to its formulas: sections, sentences, and the directives before a display."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from symderive.documents import running_text
from symderive.documents.directives import Directive, read_directives
from symderive.documents.displays import Delimited, SourceFormula, label_of, sentence_ends

__all__ = ["Block", "Collector", "by_clause"]

#: A condition on indices, such as i = k: it belongs to a clause, not to a document.
_INDEX_CONDITION = re.compile(r"\s*[A-Za-z]\w?\s*(?:=|\\neq?\b|\\ne\b|≠|\\not\s*=)\s*[A-Za-z]\w?\s*")
_MOST_CLAUSES = 64
#: Text that cannot begin a sentence.
_GOES_ON = re.compile(r"\s*(?:[a-z]+\b|[,;])")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the document that holds formulas: its place, and its text with foreign marks blanked out.

    Offset ``o`` of `text` is offset ``start + o`` of the document.
    """

    kind: str  # "text", "heading", "html" or "math"
    start: int
    text: str
    closed: bool = True
    label: str | None = None


class Collector:
    """Blocks in, formulas out: counts sections and sentences, and binds each directive to the display after
    it.
    """

    def __init__(self) -> None:
        self.formulas: list[SourceFormula] = []
        self.pending: list[Directive] = []
        self.stray: list[Directive] = []
        self.section = 0
        self.sentence = 0
        #: the last sentence of the text just before, which a display may continue
        self.last_of_text: int | None = None
        #: does that sentence still wait for its full stop?
        self.open = False
        #: the sentence of the display just before, which a text in lower case continues
        self.display_sentence: int | None = None
        self.highest = 0

    def add(self, block: Block) -> None:
        if block.kind == "heading":
            self.section += 1
        # A display that nothing but comments part from the text before it belongs to that text's last
        # sentence: "On the diagonal, where $i = k$:" and then the formula.
        before = None if block.kind == "heading" else self.last_of_text
        self.sentence += 1
        after, self.display_sentence = self.display_sentence, None
        if block.kind == "math":
            formula = Delimited(0, 0, len(block.text), len(block.text), True, block.closed)
            self.formula(block, formula, before)
            self.last_of_text = None
            self.display_sentence = self.formulas[-1].sentence
            return
        found = running_text.scan(block.text)
        ends = sentence_ends(block.text, found.formulas)
        if block.kind == "text" and after is not None and _GOES_ON.match(block.text):
            # "…, where $\sum_i p_i = 1$" after a display goes on with its sentence.
            self.sentence = after
        first, passed = self.sentence, 0
        items: list[Delimited | running_text.Comment] = [*found.formulas, *found.comments]
        covered = _without(block.text, items)
        seen = spoken = 0  # how far the text was looked at, and where its last word before that ends
        for item in sorted(items, key=lambda item: item.start):
            while passed < len(ends) and ends[passed] <= item.start:
                passed += 1
            self.sentence = first + passed
            if isinstance(item, Delimited):
                if not item.display:
                    self.formula(block, item)
                    continue
                segment = covered[seen : item.start].rstrip()
                spoken = seen + len(segment) if segment else spoken
                seen = item.start
                if not spoken:
                    # Text that goes on after the display makes a sentence of its own with it.
                    continues = before is not None and (self.open or not covered.strip())
                    self.formula(block, item, before if continues else None)
                elif passed and ends[passed - 1] >= spoken:
                    self.formula(block, item, self.sentence - 1)
                else:
                    self.formula(block, item)
            else:
                for directive in read_directives(item.text, block.start + item.start, item.end - item.start):
                    (self.stray if directive.kind == "malformed" else self.pending).append(directive)
        self.sentence = max(first + len(ends), self.highest)
        self._close(block, covered, found.formulas, ends, first)
        if self.pending and covered.strip() and not self.open and not any(f.display for f in found.formulas):
            # A paragraph of its own, no lead-in, stands between the directive and what display comes next.
            self.stray += self.pending
            self.pending = []

    def _close(
        self, block: Block, covered: str, formulas: Sequence[Delimited], ends: Sequence[int], first: int
    ) -> None:
        """Remember which sentence a display in the next block, or a text after this one, continues."""
        text = covered.rstrip()
        self.highest = max(self.highest, self.sentence)
        last = max((f for f in formulas), key=lambda f: f.start, default=None)
        if last is not None and last.display and last.start >= len(text):
            self.display_sentence = self.formulas[-1].sentence
        if not text and not any(formula.display for formula in formulas):
            return  # comments alone do not come between a text and its display
        self.last_of_text = None
        if block.kind == "text" and text and not any(f.display and f.start >= len(text) for f in formulas):
            self.last_of_text = first + sum(1 for end in ends if end < len(text))
            self.open = not any(end >= len(text) for end in ends)

    def formula(self, block: Block, found: Delimited, sentence: int | None = None) -> None:
        latex = block.text[found.body : found.body_end]
        directives: tuple[Directive, ...] = ()
        if found.display:
            directives, self.pending = tuple(self.pending), []
        named = [directive.value for directive in directives if directive.kind == "label"]
        self.formulas.append(
            SourceFormula(
                latex=latex,
                position=block.start + found.body,
                start=block.start + found.start,
                end=block.start + found.end,
                display=found.display,
                closed=found.closed,
                section=self.section,
                sentence=self.sentence if sentence is None else sentence,
                label=named[-1] if named else label_of(latex) or block.label,
                directives=directives,
            )
        )


def _without(text: str, items: Iterable[Delimited | running_text.Comment]) -> str:
    """The text with displays and comments blanked: inline formulas are words of a sentence."""
    pieces, done = [], 0
    for item in sorted(items, key=lambda item: item.start):
        if (isinstance(item, running_text.Comment) or item.display) and item.start >= done:
            pieces += [text[done : item.start], " " * (item.end - item.start)]
            done = item.end
    return "".join([*pieces, text[done:]])


def by_clause(formulas: Sequence[SourceFormula]) -> Iterator[SourceFormula]:
    """Number clauses where a sentence holds several displays: each has the conditions next to it.

    A condition belongs to the display that follows it ("if $i = k$ then $$A$$ and for $i \\neq k$ $$B$$"),
    save where one stands behind the last display and none before the first ("$$A$$ if $i = k$, $$B$$ if
    $i \\neq k$"): there each belongs to the display before it.
    """
    for _, group in groupby(formulas, key=lambda formula: formula.sentence):
        members = list(group)
        displays = [n for n, formula in enumerate(members) if formula.display]
        conditions = [n for n, formula in enumerate(members) if _INDEX_CONDITION.fullmatch(formula.latex)]
        behind = (
            bool(displays and conditions) and conditions[0] > displays[0] and conditions[-1] > displays[-1]
        )
        for n, formula in enumerate(members):
            if len(displays) < 2:
                clause = 0
            elif behind:
                clause = max(bisect_right(displays, n) - 1, 0)
            else:
                clause = bisect_left(displays, n)
            number = formula.sentence * _MOST_CLAUSES + min(clause, _MOST_CLAUSES - 1)
            yield replace(formula, sentence=number)
