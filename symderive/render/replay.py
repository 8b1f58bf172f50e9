"""A derivation read back from JSON: every line is read by our reader and every step judged anew.

Nothing in the file is believed but what it declares and what a step cites: a line that was changed is caught,
whatever status the file gives it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from sympy import Expr, oo

from symderive.decide import Status, Verdict, judge_claim
from symderive.derivation import Derivation, Part, PartKind, Problem, Step
from symderive.derivation.checking import checked
from symderive.derivation.witness import contradiction
from symderive.notation import Entry, Notation, ReadError, load_notation
from symderive.notation.notation import Known
from symderive.render.declarations import known_notation
from symderive.render.json_format import VERSION
from symderive.render.place_of_change import located
from symderive.render.readback import read_definition, read_hypothesis, read_line, read_term
from symderive.render.unicode_math import unicode_math
from symderive.rules import rule
from symderive.terms import Definition, Hypothesis, Recurrence, alpha_equal
from symderive.terms.claim import RELATIONS

__all__ = ["from_data", "from_json"]

_SECONDS = 20.0
_DEFINED = ("definition", "abbreviation", "recurrence")


def from_json(text: str, *, timeout: float = _SECONDS) -> Derivation:
    """The derivation that a JSON text holds, with the verdicts that its steps get now.

    Parameters
    ----------
    text
        What ``symderive derive --format json`` wrote.
    timeout
        Seconds for the judge, a step.

    Raises
    ------
    ValueError
        Where the text is no derivation, a line cannot be read, a rule is unknown, or the steps do not hang
        together. A step that is false is no error: its verdict, and so the derivation's, says so.
    """
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"this is no JSON: {error}") from None
    return from_data(data, timeout=timeout)


def from_data(data: Any, *, timeout: float = _SECONDS) -> Derivation:
    """`from_json` of a text that is parsed already."""
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise ValueError(f"this is no derivation of version {VERSION}")
    if "derivations" in data:
        raise ValueError("this holds several derivations: replay each of 'derivations' with from_data")
    return _Replay(data, timeout).derivation()


class _Replay:
    def __init__(self, data: Mapping[str, Any], timeout: float) -> None:
        self.data = data
        self.timeout = timeout
        self.definitions: list[Definition] = []
        self.abbreviations: list[Definition] = []
        self.recurrences: list[Recurrence] = []
        self.notation = self._notation()

    # --- reading ------------------------------------------------------------------------------------------

    def _field(self, data: Any, key: str, kind: type, *, optional: bool = False) -> Any:
        value = data.get(key) if isinstance(data, dict) else None
        if value is None and optional:
            return None
        if not isinstance(value, kind):
            raise ValueError(f"{key!r} is missing or of the wrong kind")
        return value

    def _entries(self, rows: Sequence[Any]) -> list[Entry]:
        """Declarations, in the words of a notation file."""
        kinds = {
            self._field(row, "name", str): self._field(row, "kind", str)
            for row in rows
            if self._field(row, "kind", str) not in _DEFINED
        }
        dims = [name for name, kind in kinds.items() if kind == "dim"]
        entries = []
        for name, kind in kinds.items():
            # One name at a time: each is spelled as in the terms, and reads in its own words.
            declared = load_notation(json.dumps({"names": {**dict.fromkeys(dims, "dim"), "x": kind}}))
            entry = replace(declared.declared["x"], name=name)
            if entry.kind == "index" and entry.axes and entry.axes[0][1] is oo:
                entry = replace(entry, kind="step")
            entries.append(entry)
        return entries

    def _notation(self) -> Notation:
        rows = self._field(self.data, "declarations", list)
        entries = self._entries(rows)
        defined = [row for row in rows if row["kind"] in _DEFINED]
        # Heads first: a body may apply a name that is defined after it.
        notation = known_notation(entries, ())
        for row in defined:
            if row["kind"] != "recurrence":
                notation = notation.define(row["name"], self._head(row, entries))
        known = dict(notation.known)
        for row in defined:
            own = self._entries(self._field(row, "names", list))
            names = [entry for entry in entries if entry.name not in {mine.name for mine in own}]
            inside = known_notation([*names, *own], ())
            others = {name: item for name, item in notation.known.items() if name != row["name"]}
            meaning = self._read(read_definition, row, "latex", replace(inside, known=others))
            if isinstance(meaning, Recurrence):
                self.recurrences.append(meaning)
                continue
            (self.abbreviations if row["kind"] == "abbreviation" else self.definitions).append(meaning)
            known[row["name"]] = replace(known[row["name"]], meaning=meaning)
        return replace(notation, known=known)

    def _head(self, row: Any, entries: Sequence[Entry]) -> Known:
        """What a definition's head looks like, before its body is read."""
        own = self._entries(self._field(row, "names", list))
        names = [entry for entry in entries if entry.name not in {mine.name for mine in own}]
        left = self._field(row, "latex", str).partition("=")[0]
        shape = {**row, "latex": f"{left} = 0"}
        meaning = self._read(read_definition, shape, "latex", known_notation([*names, *own], ()))
        assert isinstance(meaning, Definition)
        (known,) = known_notation((), [meaning]).known.values()
        return known

    def _read(self, reader: Any, data: Any, key: str, notation: Notation) -> Any:
        text = self._field(data, key, str)
        try:
            return reader(text, notation)
        except (ReadError, RecursionError) as error:
            raise ValueError(f"{key}: {text!r} is not understood: {error}") from None

    def _term(self, data: Any, key: str) -> Expr:
        term = self._read(read_term, data, key, self.notation)
        assert isinstance(term, Expr)
        return term

    def _hypotheses(self, data: Any, key: str) -> tuple[Hypothesis, ...]:
        rows = self._field(data, key, list, optional=True) or []
        return tuple(self._read(read_hypothesis, {key: row}, key, self.notation) for row in rows)

    def _about(self, data: Any, key: str) -> Expr | str | None:
        about = self._field(data, key, dict, optional=True)
        if about is None:
            return None
        if "text" in about:
            return str(self._field(about, "text", str))
        try:
            return self._term(about, "latex")
        except ValueError:  # about a piece whose indices are bound in the line: words, on which nothing rests
            return unicode_math(self._field(about, "latex", str))

    def _relation(self, data: Any) -> str:
        relation = self._field(data, "relation", str, optional=True) or "="
        if relation not in RELATIONS:
            raise ValueError(f"{relation!r} is no relation")
        return str(relation)

    def _step(self, data: Any) -> Step:
        name = self._field(data, "rule", str)
        try:
            rule(name)
        except LookupError as error:
            raise ValueError(str(error)) from None
        where = self._field(data, "where", list)
        if not all(isinstance(place, int) for place in where):
            raise ValueError("'where' is a list of argument places")
        return Step(
            self._term(data, "before"),
            self._term(data, "after"),
            name,
            tuple(where),
            self._relation(data),
            self._about(data, "about"),
            steps=tuple(self._step(inner) for inner in self._field(data, "steps", list, optional=True) or ()),
            hypotheses=self._hypotheses(data, "hypotheses"),
            verdict=self._cited(data),
        )

    def _cited(self, data: Any) -> Verdict | None:
        """A citation is its author's word, and stays one; every other status is found again."""
        if self._field(data, "status", str) == Status.CITED.value:
            return Verdict(Status.CITED, self._field(data, "method", str, optional=True))
        return None

    # --- judging ------------------------------------------------------------------------------------------

    def derivation(self) -> Derivation:
        """The whole, its steps hanging together and judged."""
        data = self.data
        goal = self._field(data, "goal", str, optional=True)
        problem = Problem(
            self._term(data, "start"),
            None if goal is None else self._term(data, "goal"),
            self._relation(data),
            self._hypotheses(data, "hypotheses"),
            tuple(self.definitions),
            tuple(self.recurrences),
            self._hypotheses(data, "domain"),
            self._field(data, "name", str, optional=True),
        )
        in_force = replace(problem, definitions=(*self.definitions, *self.abbreviations))
        missing = self._field(data, "missing", str, optional=True)
        self._asks(problem)
        parts = self._parts(in_force)
        _hangs_together(parts, self._term(data, "result") if parts else None)
        conclusion = None
        assumed = any(part.hypotheses for part in parts)
        if problem.goal is None and assumed:
            raise ValueError("a part assumes what the problem does not")
        if (
            problem.goal is not None
            and missing is None
            and (assumed or not _leads_to_the_goal(problem, parts))
        ):
            # Cases, an induction, or lines that meet the goal otherwise: the whole claim is judged as well.
            concluded = self._field(data, "conclusion", dict, optional=True)
            conclusion = self._cited(concluded) if concluded is not None else None
            if conclusion is None:
                claim = in_force.claim(problem.start, problem.goal, problem.relation)
                conclusion = judge_claim(claim, timeout=self.timeout)
        elif problem.goal is None and not _starts_from_the_problem(problem, parts):
            raise ValueError("the derivation does not start from the problem")
        if missing is None:
            missing = contradiction(in_force)
        return Derivation(problem, parts, tuple(self.abbreviations), missing, conclusion)

    def _asks(self, problem: Problem) -> None:
        """Refuse a problem that is shown otherwise than it was solved."""
        shown = self._read(read_line, self.data, "problem", self.notation)
        same = _same(shown.lhs, problem.start) and (
            (problem.goal is None and shown.rhs is None)
            or (
                problem.goal is not None
                and shown.rhs is not None
                and shown.relation == problem.relation
                and _same(shown.rhs, problem.goal)
            )
        )
        if not same:
            raise ValueError("'problem' says something else than 'start', 'relation' and 'goal'")

    def _parts(self, problem: Problem) -> tuple[Part, ...]:
        rows = self._field(self.data, "steps", list)
        found = []
        for number, row in enumerate(self._field(self.data, "parts", list)):
            try:
                kind = PartKind(self._field(row, "kind", str))
            except ValueError:
                raise ValueError(f"{row.get('kind')!r} is no kind of part") from None
            hypotheses = self._hypotheses(row, "hypotheses")
            steps = tuple(
                self._judged(self._step(step), problem, hypotheses)
                for step in rows
                if self._field(step, "part", int) == number
            )
            found.append(Part(kind, steps, hypotheses, self._about(row, "subject")))
        if sum(len(part.steps) for part in found) != len(rows):
            raise ValueError("a step belongs to no part")
        return tuple(found)

    def _judged(self, step: Step, problem: Problem, given: tuple[Hypothesis, ...]) -> Step:
        """The step with the judge's word on it, and on the finer steps that it stands for."""
        _assumes_only(step, (*problem.hypotheses, *given))
        finer = tuple(self._judged(inner, problem, given) for inner in step.steps)
        # What was read from the file, but its place, its verdict and its word on where it changes the line.
        asked = replace(located(step), verdict=None, steps=tuple(map(located, step.steps)))
        anew = checked(problem, asked, self.timeout).verdict
        assert anew is not None
        if anew.status is not Status.PROVED and given:
            # A case, an induction hypothesis: said of the part, not of each of its steps.
            more = replace(asked, hypotheses=tuple(dict.fromkeys((*step.hypotheses, *given))))
            anew = checked(problem, more, self.timeout).verdict
            assert anew is not None
        verdict = step.verdict if step.verdict is not None and anew.status is not Status.REFUTED else anew
        for inner in finer:
            if inner.verdict is not None and inner.verdict.status is Status.REFUTED:
                verdict = inner.verdict  # the line may be true: what is said to lead to it is not
        return replace(step, verdict=verdict, steps=finer)


def _assumes_only(step: Step, allowed: Sequence[Hypothesis]) -> None:
    """Refuse a step that rests on what neither the problem nor its part says."""
    for mine in step.hypotheses:
        if not any(_same_hypothesis(mine, other) for other in allowed):
            raise ValueError(f"a step assumes {mine}, which neither the problem nor its part does")


def _same_hypothesis(one: Hypothesis, two: Hypothesis) -> bool:
    return (one.relation, one.forall) == (two.relation, two.forall) and (
        _same(one.lhs, two.lhs) and _same(one.rhs, two.rhs)
    )


def _hangs_together(parts: Sequence[Part], result: Expr | None) -> None:
    """Refuse lines that do not follow each other: true steps that start elsewhere would prove nothing."""
    for part in parts:
        _consecutive(part.steps)
        for step in part.steps:
            if step.steps:
                _consecutive(step.steps)
                if not _same(step.steps[0].before, step.before) or not _same(
                    step.steps[-1].after, step.after
                ):
                    raise ValueError("the finer steps of a step lead from another line, or to another")
    if parts and parts[-1].steps and (result is None or not _same(parts[-1].last, result)):
        raise ValueError("the last line is not the result")


def _starts_from_the_problem(problem: Problem, parts: Sequence[Part]) -> bool:
    """Does the last chain start from what was asked?"""
    if not parts or not parts[-1].steps:
        return True
    return parts[-1].kind is PartKind.MAIN and _same(parts[-1].first, problem.start)


def _leads_to_the_goal(problem: Problem, parts: Sequence[Part]) -> bool:
    """Does the last chain lead from the start to the goal by relations that give the problem's?"""
    if not _starts_from_the_problem(problem, parts) or not parts or not parts[-1].steps:
        return False
    if problem.goal is None or not _same(parts[-1].last, problem.goal):
        return False
    relations = {step.relation for step in parts[-1].steps} - {"="}
    if not relations:
        return problem.relation in ("=", "<=", ">=")
    if relations <= {"<", "<="}:
        return problem.relation == "<=" or (problem.relation == "<" and "<" in relations)
    if relations <= {">", ">="}:
        return problem.relation == ">=" or (problem.relation == ">" and ">" in relations)
    return False


def _consecutive(steps: Sequence[Step]) -> None:
    for number, (one, two) in enumerate(pairwise(steps), 1):
        if not _same(one.after, two.before):
            raise ValueError(f"step {number + 1} starts from another line than step {number} ends in")


def _same(one: Expr, two: Expr) -> bool:
    return bool(one == two or alpha_equal(one, two))
