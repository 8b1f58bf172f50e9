"""How code was reached, and what is known about it: for people and as JSON."""

from __future__ import annotations

import json
from typing import Any

from symderive.codegen.accuracy_findings import LEGEND, findings_json, findings_text, remarks
from symderive.codegen.accuracy_table import as_json, table, worst
from symderive.codegen.documentation import DERIVED, derived_in, distinct_steps, formula, reason_of
from symderive.codegen.generate import Generated
from symderive.decide import Status
from symderive.derivation import Step
from symderive.notation.printer import hypothesis_latex, latex

__all__ = ["report_json", "report_text"]


def report_text(made: Generated) -> str:
    """The report that ``symderive generate --report`` prints."""
    plan = made.plan
    lines = [f"{plan.origin or plan.name}: {made.target}, accuracy {plan.accuracy.value}"]
    if plan.wrt and any(function.compute in DERIVED for function in plan.functions):
        lines.append(f"  differentiated by {', '.join(variable.name for variable in plan.wrt)}")
    lines += [f"  hypothesis {hypothesis_latex(held)}" for held in plan.hypotheses]
    for function in plan.functions:
        lines += ["", f"{function.name}({', '.join(argument.name for argument in function.arguments)})"]
        for output in function.outputs:
            lines += (f"  {line}" for line in formula(output))
        lines += [f"  {line}" for line in derived_in(function)]
        if function.by_rule:
            lines.append("  differentiated by rule; the engine found no folded form")
        for step in distinct_steps(function):
            lines.append(f"  {_status(step)} {reason_of(step)}")
    if made.accuracy:
        lines += ["", "Worst errors against ball arithmetic:", table(worst(made.accuracy)), *LEGEND]
        lines += [*remarks(made.accuracy), *findings_text(made.accuracy)]
    elif made.unmeasured:
        lines += ["", f"not measured: {made.unmeasured}"]
    lines += [
        "",
        f"{made.verdict.status.value}: the weakest verdict on the way from the formula to the code",
        "",
    ]
    return "\n".join(lines)


def report_json(made: Generated) -> str:
    """The same as JSON, with the formulas as LaTeX."""
    plan = made.plan
    functions: list[dict[str, Any]] = [
        {
            "name": function.name,
            "computes": function.compute,
            "arguments": [argument.name for argument in function.arguments],
            "outputs": [{"name": o.name, "latex": latex(o.term)} for o in function.outputs],
            "derivations": [
                {"lines": len(d.steps), "status": d.verdict.status.value} for d in function.derivations
            ],
            "stable_forms": [
                {
                    "rule": step.rule,
                    "reason": reason_of(step),
                    "status": _status(step),
                    "before": latex(step.before),
                    "after": latex(step.after),
                }
                for step in distinct_steps(function)
            ],
        }
        for function in plan.functions
    ]
    data = {
        "version": 1,
        "name": plan.origin or plan.name,
        "target": made.target,
        "accuracy": plan.accuracy.value,
        "status": made.verdict.status.value,
        "hypotheses": [hypothesis_latex(held) for held in plan.hypotheses],
        "wrt": [variable.name for variable in plan.wrt],
        "functions": functions,
        "findings": findings_json(made.accuracy),
        "measured": json.loads(as_json(worst(made.accuracy)))["accuracy"],
        "source": made.source,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _status(step: Step) -> str:
    return Status.UNDECIDED.value if step.verdict is None else step.verdict.status.value
