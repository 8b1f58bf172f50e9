"""The finding codes: one row each, with what it means, an example and what to do. `docs/findings.md` is
this table.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

__all__ = ["CODES", "Code", "Level", "explanation", "page"]

#: How much a finding weighs: an ``error`` makes `symderive check` exit with 1, a ``warning`` only with
#: --strict, a ``note`` never.
Level = str


@dataclass(frozen=True, slots=True)
class Code:
    """What a finding code means.

    Parameters
    ----------
    id : ``SD`` and three digits; the first says what kind of finding it is
    name : for machines, in kebab case
    title : in one line
    level : ``error``, ``warning`` or ``note``
    meaning : what was found, why it matters, what to do
    example : Markdown that has the finding
    instead : Markdown that has not, or None
    """

    id: str
    name: str
    title: str
    level: Level
    meaning: str
    example: str
    instead: str | None = None


_ROWS = (
    Code(
        "SD101",
        "unclosed-display",
        "a display is opened and never closed",
        "error",
        "The opening delimiter ($$, \\[, \\begin{…} or a ```math fence) has no closing one before the "
        "paragraph ends, so what follows is not shown as the author meant it. The formula is counted "
        "as not understood; reading goes on behind the paragraph, so that one forgotten delimiter "
        "does not hide the rest of the document.",
        "$$s_i = \\frac{e^{x_i}}{\\sum_{j=1}^K e^{x_j}}",
        "$$s_i = \\frac{e^{x_i}}{\\sum_{j=1}^K e^{x_j}}$$",
    ),
    Code(
        "SD102",
        "not-understood",
        "a formula could not be read",
        "warning",
        "The notation at the marked place is not known to the reader. Nothing is said about the "
        "formula: it is neither right nor wrong, and it never counts as passed. The message names the"
        " place and the reason. Declare what cannot be inferred in the front matter or with "
        "--notation FILE, or write it in a way that docs/notation.md lists.",
        "$$x \\boxplus y = 1$$",
    ),
    Code(
        "SD103",
        "ambiguous",
        "a formula can be read in two ways",
        "warning",
        "Two readings remain after everything that the document declares, and they mean different "
        "things. The message shows both and the declaration that settles it; the reader never "
        "guesses.",
        "$$\\log x y = \\log x + \\log y$$",
        "$$\\log(x y) = \\log x + \\log y$$",
    ),
    Code(
        "SD104",
        "too-much-to-read",
        "a formula is too large, or took too long to read",
        "warning",
        "Reading stopped at a limit (the formula's length, its nesting, the size of its numbers, the "
        "deadline of --timeout, the memory of a worker), so that no formula can hold up the others. "
        "Nothing is said about the formula.",
        "$$10^{10^{10^{10}}} = x$$",
    ),
    Code(
        "SD105",
        "expectation-not-met",
        "a formula is not what its comment expects",
        "error",
        "A comment `<!-- symderive: expect STATUS -->` stands before the display, and the display's "
        "status is another. Where the status is the expected one, nothing is reported. `expect rmsprop` "
        "(any optimizer that `symderive explain` knows, or one variant: `rmsprop/epsilon-inside`) expects "
        "of a display that it belongs to an update that is recognised as this optimizer; the message says "
        "where it differs.",
        "<!-- symderive: expect REFUTED -->\n$$x + x = 2 x$$",
        "<!-- symderive: expect REFUTED -->\n$$x + x = 2 x^2$$",
    ),
    Code(
        "SD106",
        "directive-not-understood",
        "a symderive comment has no effect",
        "warning",
        "The comment is addressed to symderive but says nothing that it knows, or no display follows."
        ' The directives are ignore CODE…, expect STATUS, expect OPTIMIZER, cited "SOURCE" and label NAME; '
        "several are separated by semicolons.",
        "<!-- symderive: expct PROVED -->\n$$x + x = 2 x$$",
        "<!-- symderive: expect PROVED -->\n$$x + x = 2 x$$",
    ),
    Code(
        "SD201",
        "refuted-equality",
        "an equation is false",
        "error",
        "There is a point, within the hypotheses, at which the two sides differ. The point and the "
        "values of both sides are printed: anyone can compute them again. Where one edit of the "
        "formula (a sign, an index, a factor, a step) makes it provable, that formula is offered as a"
        " suggestion.",
        "$$(a + b)^2 = a^2 + b^2$$",
        "$$(a + b)^2 = a^2 + 2 a b + b^2$$",
    ),
    Code(
        "SD202",
        "refuted-inequality",
        "an inequality is false",
        "error",
        "There is a point, within the hypotheses, at which the relation does not hold; for a strict "
        "relation this may be a point of equality. The point and the values of both sides are "
        "printed.",
        "$$\\log t < t - 1$$",
        "$$\\log t \\le t - 1$$",
    ),
    Code(
        "SD203",
        "refuted-citation",
        "a formula that is cited from the literature is false as it stands",
        "error",
        "A citation shields nothing: a cited formula is sent to the refuter like every other, and a "
        "counterexample was found. Usually a condition of the theorem is missing, or a sign or an "
        "index changed on the way.",
        '<!-- symderive: cited "a textbook" -->\n$$\\sqrt{x^2} = x$$',
        '<!-- symderive: cited "a textbook" -->\n$$\\sqrt{x^2} = |x|$$',
    ),
    Code(
        "SD301",
        "recurrence-names-its-own-step",
        "a recurrence uses the very step that it defines",
        "error",
        "The right side names the step that the left side is to define, so the formula computes "
        "nothing: it is an equation that the value must satisfy. The message says which one; the "
        "suggestion names the step before. An update such as W = W - … is not meant by this.",
        "$$v(n) = \\gamma v(n) + g(n)$$\n\n$$\\theta(n+1) = \\theta(n) - v(n)$$",
        "$$v(n) = \\gamma v(n-1) + g(n)$$\n\n$$\\theta(n+1) = \\theta(n) - v(n)$$",
    ),
    Code(
        "SD302",
        "summation-index-not-used",
        "the index of a sum is not in its body, while another index is free there",
        "error",
        "Every term of the sum (product, mean) is the same, so the sum is a multiple of its body; and"
        " the body holds an index that nothing binds. Almost always one of the two was meant to be "
        "the other. A sum whose body holds no free index (Σ_i c = N c) is an ordinary formula.",
        "$$\\sqrt{\\frac{1}{N} \\sum_{i=0}^{N-1} x^2[n]}$$",
        "$$\\sqrt{\\frac{1}{N} \\sum_{i=0}^{N-1} x^2[i]}$$",
    ),
    Code(
        "SD401",
        "undecided",
        "a claim was neither proved nor refuted",
        "warning",
        "No method decided it: no proof was found and no counterexample. The message says how far the"
        " judge came. It may help to state a hypothesis (p_i > 0, Σ p_i = 1), to split the step, or "
        "to cite the source.",
        "$$\\sum_{i=1}^n \\frac{1}{i^2} < 1.6449341$$",
    ),
    Code(
        "SD402",
        "supported",
        "an equation holds wherever it was tried, and is not proved",
        "warning",
        "Both sides agree at random points to many digits, in ball arithmetic at several dimensions. "
        "That is evidence and no proof; it is never given to an inequality.",
        "$$\\sin^2 x + \\cos^2 x = 1$$",
    ),
    Code(
        "SD403",
        "judge-stopped",
        "judging a claim was stopped",
        "warning",
        "The deadline of --timeout passed, the memory of a worker was used up, or the worker broke "
        "down. The claim is undecided, never false; the other formulas are judged all the same. A "
        "longer --timeout may decide it.",
        "$$\\prod_{i=1}^{K} (1 + x_i)^{100} = \\prod_{i=1}^{K} (x_i + 1)^{100} + 10^{-20}$$",
    ),
    Code(
        "SD501",
        "note",
        "something worth knowing about a formula that is no error",
        "note",
        "For instance: the definition replaces an earlier one of the same name, or the formula is an "
        "update whose right side holds the old value. Never changes the exit code.",
        "$$v_t = \\gamma v_{t-1} + g_t$$\n\n# Another optimizer\n\n"
        "$$v_t = \\gamma v_{t-1} + (1 - \\gamma) g_t^2$$",
    ),
    Code(
        "SD502",
        "near-match",
        "an update differs from a known optimizer in one place",
        "note",
        "The recurrences are no rule of the registry, but one edit would make them one; the message says "
        "which rule, and what stands where. A definition is free, so this is advice and may be meant as "
        "it is: `symderive explain adam` shows the rule and its variants. Where the document says what it "
        "means (`<!-- symderive: expect adam -->`), the difference is a finding. Never changes the exit "
        "code otherwise.",
        "$$m_t = \\beta_1 m_{t-1} + (1 - \\beta_1) g_t$$\n\n"
        "$$v_t = \\beta_1 v_{t-1} + (1 - \\beta_2) g_t^2$$\n\n"
        "$$\\theta_{t+1} = \\theta_t - \\eta \\frac{m_t / (1 - \\beta_1^t)}"
        "{\\sqrt{v_t / (1 - \\beta_2^t)} + \\epsilon}$$",
        "$$m_t = \\beta_1 m_{t-1} + (1 - \\beta_1) g_t$$\n\n"
        "$$v_t = \\beta_2 v_{t-1} + (1 - \\beta_2) g_t^2$$\n\n"
        "$$\\theta_{t+1} = \\theta_t - \\eta \\frac{m_t / (1 - \\beta_1^t)}"
        "{\\sqrt{v_t / (1 - \\beta_2^t)} + \\epsilon}$$",
    ),
)

#: All codes by id.
CODES: dict[str, Code] = {row.id: row for row in _ROWS}

_GROUPS = {
    "SD1": "Reading",
    "SD2": "Refuted",
    "SD3": "Ill-defined",
    "SD4": "Undecided or supported",
    "SD5": "Advice",
}

_EXIT = {
    "error": "The command exits with 1.",
    "warning": "With `--strict` the command exits with 1.",
    "note": "Never changes the exit code.",
}

#: What the statuses mean, for `symderive explain`.
STATUSES: dict[str, str] = {
    "PROVED": "Decided for every value of every dimension and variable, under the printed hypotheses.",
    "REFUTED": "False, with a concrete counterexample that anyone can compute again.",
    "SUPPORTED": "An equation that agrees at many random points in ball arithmetic: evidence, no proof.",
    "CITED": "A theorem of the literature, named with its source by its author; not proved here nor refuted.",
    "UNDECIDED": "None of these; running out of time is undecided, never false.",
    "DEFINITION": "The display gives a name its meaning; there is nothing to prove.",
    "EXPRESSION": "A display without a relation: nothing is claimed.",
    "ILL_DEFINED": "A definition or expression that cannot mean what it says; the consequence is printed.",
    "NOT_UNDERSTOOD": "Could not be read, with the place and the reason; never counted as passed.",
}

_HEAD = """\
# Findings

What `symderive check` reports, by code. `symderive explain SD201` shows the same in the terminal. This page
is written from the table in `symderive/documents/codes.py` (`python -m symderive.documents.codes`).

An error makes the command exit with 1; a warning does so only with `--strict`; a note never does.

| code | name | finding | weight |
|---|---|---|---|
"""


def explanation(code: Code) -> str:
    """What `symderive explain` prints of a code."""
    parts = [f"{code.id} {code.name}: {code.title}", textwrap.fill(code.meaning, 88, break_on_hyphens=False)]
    parts += ["Example:", textwrap.indent(code.example, "    ")]
    if code.instead:
        parts += ["Instead:", textwrap.indent(code.instead, "    ")]
    return "\n\n".join([*parts, _EXIT[code.level].replace("`", "")])


def page() -> str:
    """The text of `docs/findings.md`."""
    table = [f"| [{r.id}](#{r.id.lower()}) | `{r.name}` | {r.title} | {r.level} |" for r in _ROWS]
    lines = ["\n## Statuses\n", *(f"- `{status}`: {meaning}" for status, meaning in STATUSES.items())]
    group = ""
    for row in _ROWS:
        if row.id[:3] != group:
            group = row.id[:3]
            lines.append(f"\n## {_GROUPS[group]}")
        lines.append(
            f"\n### {row.id}\n\n**{row.name}**: {row.title}.\n\n{row.meaning}\n\n{_fenced(row.example)}"
        )
        if row.instead:
            lines.append(f"\nInstead:\n\n{_fenced(row.instead)}")
        lines.append(f"\n{_EXIT[row.level]}")
    return _HEAD + "\n".join([*table, *lines]) + "\n"


def _fenced(text: str) -> str:
    return f"````markdown\n{text}\n````"


if __name__ == "__main__":
    import sys

    sys.stdout.write(page())
