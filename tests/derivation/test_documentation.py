"""The list of losses in the documentation is what the engine makes of them today."""

from __future__ import annotations

from pathlib import Path

from derivation.cases import CASES
from derivation.test_unprepared import derived
from symderive import latex
from symderive.notation.printer import hypothesis_latex

PAGE = Path(__file__).parents[2] / "docs" / "derivations.md"
MARK = "<!-- the list: pytest --update writes it -->\n"


def listed() -> str:
    """The page's list."""
    rows = []
    for name in CASES:
        derivation = derived(name)
        lines = len(derivation.steps)
        rows.append(f"### {name[0].upper()}{name[1:]}\n")
        where = [latex_of(definition) for definition in derivation.abbreviations]
        given = ", ".join(f"${hypothesis_latex(h)}$" for h in derivation.problem.hypotheses)
        under = f" for {given}" if given else ""
        end = ", with\n" if where else ":\n"
        rows.append(f"{derivation.verdict.status}, {lines} lines{under}{end}")
        if where:
            rows.append("\n".join(f"$$\n{text}\n$$\n" for text in where))
        rows.append(f"$$\n{latex(derivation.problem.start)} = {latex(derivation.result)}\n$$\n")
    return "\n".join(rows)


def latex_of(definition: object) -> str:
    """``head = body`` of an abbreviation."""
    from symderive.terms import Apply, Definition

    assert isinstance(definition, Definition)
    return f"{latex(Apply(definition.head, (), definition.components))} = {latex(definition.body)}"


def test_the_documented_list_is_what_comes_out(update: bool) -> None:
    """A list that was true once is worse than none."""
    before, mark, after = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert mark
    if update:
        PAGE.write_text(before + mark + "\n" + listed(), encoding="utf-8")
    else:
        assert after == "\n" + listed()
