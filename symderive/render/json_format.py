"""A derivation as JSON: every line in LaTeX, with the declarations that let the reader read it again.

The keys are a contract: more may come, none is renamed.

============== ===========================================================================================
key            what it holds
============== ===========================================================================================
version        1
name           how the problem is called, or null
status         that of the weakest step
problem        what was asked, in LaTeX: ``start relation goal``, or the start alone
declarations   every name: ``{"name", "kind"}`` in the words of a notation file; for a defined name kind is
               ``definition``, ``abbreviation`` (introduced by the derivation) or ``recurrence``, with its
               equation in ``latex`` and its own parameters and indices in ``names``
hypotheses     LaTeX, ``p_i > 0 \\text{ for all } i``
steps          ``{"before", "after", "where", "rule", "reason", "status", "method"}`` and relation, about,
               hypotheses, part (its place in ``parts``), steps (the finer steps that it stands for)
result         the last line
============== ===========================================================================================

Besides these: method, relation, start, goal, domain, conditions (what the lines need beyond these), language,
parts, conclusion, missing, vector.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sympy import Basic, Symbol

from symderive.decide import Verdict
from symderive.derivation import Derivation, Part, Step
from symderive.derivation.checking import checked
from symderive.derivation.step import ORDER
from symderive.notation import Entry
from symderive.render.declarations import declared_names, definitions_of, schema_kind, terms_of
from symderive.render.outline import Typesetter
from symderive.render.unicode_math import unicode_math
from symderive.render.vector_form import vector_form
from symderive.terms import Definition, Index, Recurrence, Tensor

__all__ = ["VERSION", "as_data", "render_json", "render_several_json"]

VERSION = 1


def render_json(derivation: Derivation, *, language: str = "en", detail: str = "full") -> str:
    """The derivation as JSON.

    Parameters
    ----------
    language
        Of the reasons, ``en`` or ``ko``.
    detail
        ``full`` holds the finer steps of every printed line, ``brief`` leaves them out.
    """
    data = as_data(derivation, language=language, detail=detail)
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def as_data(derivation: Derivation, *, language: str = "en", detail: str = "full") -> dict[str, Any]:
    """What `render_json` writes, as Python's own types."""
    writer = _Writer(derivation, language, finer=detail == "full")
    problem = derivation.problem
    setter = writer.setter
    verdict = derivation.verdict
    goal = problem.goal
    return {
        "version": VERSION,
        "name": problem.name,
        "status": verdict.status.value,
        "method": verdict.method,
        "problem": setter.term(problem.start)
        if goal is None
        else setter.relation(problem.start, problem.relation, goal),
        "relation": problem.relation,
        "start": setter.term(problem.start),
        "goal": None if goal is None else setter.term(goal),
        "language": language,
        "declarations": writer.declarations(),
        "hypotheses": [setter.hypothesis(h) for h in problem.hypotheses],
        "domain": [setter.hypothesis(h) for h in problem.domain],
        "conditions": [setter.hypothesis(h) for h in derivation.conditions],
        "parts": [writer.part(part) for part in derivation.parts],
        "steps": [
            writer.step(step, number) for number, part in enumerate(derivation.parts) for step in part.steps
        ],
        "result": setter.term(derivation.result) if derivation.steps else None,
        "vector": vector_form(derivation) if derivation.steps else None,
        "conclusion": _judged(derivation.conclusion) if derivation.conclusion is not None else None,
        "missing": derivation.missing or derivation.unmet,
    }


def render_several_json(
    derivations: Sequence[Derivation], *, language: str = "en", detail: str = "full"
) -> str:
    """Several derivations that belong together (the rows of cases, the lines of a chain) as one object.

    The contract's keys speak of all of them: every step, the weakest status, the last result; each derivation
    as it is written alone, to be replayed, is one of ``derivations``.
    """
    rows = [as_data(derivation, language=language, detail=detail) for derivation in derivations]
    statuses = [status.value for status in ORDER]
    weakest = max(rows, key=lambda row: statuses.index(row["status"]))
    declarations = {json.dumps(item): item for row in rows for item in row["declarations"]}
    data = {
        "version": VERSION,
        "name": rows[0]["name"],
        "status": weakest["status"],
        "method": weakest["method"],
        "problem": r" \\ ".join(row["problem"] for row in rows),
        "language": language,
        "declarations": list(declarations.values()),
        "hypotheses": list(dict.fromkeys(text for row in rows for text in row["hypotheses"])),
        "steps": [
            {**step, "derivation": number, "hypotheses": [*row["hypotheses"], *step["hypotheses"]]}
            for number, row in enumerate(rows)
            for step in row["steps"]
        ],
        "result": rows[-1]["result"],
        "derivations": rows,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _judged(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"status": "UNDECIDED", "method": None}
    return {"status": verdict.status.value, "method": verdict.method}


class _Writer:
    def __init__(self, derivation: Derivation, language: str, *, finer: bool) -> None:
        self.derivation = derivation
        self.language = language
        self.finer = finer
        self.setter = Typesetter(derivation)

    def declarations(self) -> list[dict[str, Any]]:
        problem = self.derivation.problem
        entries = declared_names(
            terms_of(self.derivation), definitions_of(self.derivation), problem.recurrences
        )
        found: list[dict[str, Any]] = [_declaration(entry) for entry in entries]
        for kind, definitions in (
            ("definition", [d for d in problem.definitions if d not in self.derivation.abbreviations]),
            ("abbreviation", self.derivation.abbreviations),
        ):
            for definition in definitions:
                latex = self.setter.definition(definition)
                names = _own_names(definition)
                found += [{"name": definition.head, "kind": kind, "latex": latex, "names": names}]
        for rule in problem.recurrences:
            own = [_declaration(_index(index)) for index in (*rule.components, rule.step)]
            found.append(
                {
                    "name": rule.head,
                    "kind": "recurrence",
                    "latex": self.setter.recurrence(rule),
                    "names": own,
                }
            )
        return found

    def part(self, part: Part) -> dict[str, Any]:
        return {
            "kind": part.kind.value,
            "subject": self.about(part.subject),
            "hypotheses": [self.setter.hypothesis(h) for h in part.hypotheses],
        }

    def about(self, about: Basic | str | None) -> dict[str, str] | None:
        """What a reason or a heading is about: a formula, or a plain name."""
        if about is None:
            return None
        return {"latex": self.setter.term(about)} if isinstance(about, Basic) else {"text": str(about)}

    def step(self, step: Step, part: int | None = None) -> dict[str, Any]:
        said = "".join(
            unicode_math(piece.text) if piece.math else piece.text
            for piece in self.setter.reason(step, self.language)
        )
        data: dict[str, Any] = {
            "before": self.setter.term(step.before),
            "after": self.setter.term(step.after),
            "relation": step.relation,
            "where": list(step.where),
            "rule": step.rule,
            "reason": said,
            "about": self.about(step.about),
            **_judged(step.verdict),
            "hypotheses": [self.setter.hypothesis(h) for h in step.hypotheses],
        }
        if part is not None:
            data["part"] = part
        finer = [inner for inner in step.fine if inner is not step] if self.finer else []
        data["steps"] = [self.step(checked(self.derivation.problem, inner)) for inner in finer]
        return data


def _declaration(entry: Entry) -> dict[str, Any]:
    return {"name": entry.name, "kind": schema_kind(entry)}


def _index(index: Symbol) -> Entry:
    if isinstance(index, Index):
        return Entry(index.name, "index", ((index.lower, index.upper),))
    return Entry(index.name, "index")


def _own_names(definition: Definition | Recurrence) -> list[dict[str, Any]]:
    """The parameters and indices of a definition, which may be called like other names outside."""
    assert isinstance(definition, Definition)
    inside = {entry.name: entry for entry in declared_names([definition.body])}
    entries: Iterable[Entry] = (
        *(_parameter(parameter, inside) for parameter in definition.parameters),
        *map(_index, definition.components),
    )
    return [_declaration(entry) for entry in entries]


def _parameter(parameter: Symbol | Tensor, inside: Mapping[str, Entry]) -> Entry:
    """A vector, a number, or a function or signal that the body applies."""
    if isinstance(parameter, Tensor):
        return Entry(str(parameter.label), "tensor", parameter.ranges)
    found = inside.get(parameter.name)
    return found if found is not None and found.kind != "dim" else Entry(parameter.name, "scalar")
