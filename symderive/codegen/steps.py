"""One step of an optimizer as a function: new parameters and states from old ones and a gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sympy import Add, Expr, Indexed, Integer, Symbol, expand_mul, log

from symderive.codegen.arguments import arguments_of
from symderive.codegen.arithmetic import Accuracy, Arithmetic, arithmetic_of
from symderive.codegen.form_steps import FormStep
from symderive.codegen.functions import Function, Output
from symderive.codegen.identifiers import identifier
from symderive.codegen.kernel import Argument, Kernel, Statement
from symderive.codegen.lowering import lowered
from symderive.codegen.plan import DTYPES, Plan
from symderive.codegen.primitives import Primitive
from symderive.codegen.stabilising import stabilised
from symderive.optimizers import UpdateRule
from symderive.optimizers.update_rule import GRADIENT, PARAMETER, STEP
from symderive.terms import Hypothesis, Index, free_names, rebuild, substitute, walk
from symderive.terms.remembering import forget_other_ranges

__all__ = ["planned_change", "planned_point", "planned_start", "planned_step", "renamed"]

#: What a caller has under another name than the registry's letters.
_NAMES = {PARAMETER: "theta", GRADIENT: "g", STEP: "n"}


def planned_step(rule: UpdateRule, *, accuracy: Accuracy | str = Accuracy.DEFAULT) -> Plan:
    """The plan of one step: ``step(theta, g, *states, *hyperparameters, n)``.

    Parameters
    ----------
    rule
        A row of the registry.
    accuracy
        ``fast``, ``default`` or ``high``.

    Returns
    -------
    Plan
        One function: it returns the new parameters and the new states, in the rule's order. The step's
        number n, from 1, is an argument where the rule has need of it.

    Examples
    --------
    >>> from symderive.optimizers import RULES
    >>> plan = planned_step(RULES["rmsprop/epsilon-inside"])
    >>> [a.name for a in plan.functions[0].arguments], [o.name for o in plan.functions[0].outputs]
    (['theta', 'g', 'v', 'mu', 'gamma', 'epsilon'], ['theta_new', 'v_new'])
    """
    return _planned(renamed(rule), "step", accuracy)


def planned_change(rule: UpdateRule, *, accuracy: Accuracy | str = Accuracy.DEFAULT) -> Plan:
    """The plan of a step that gives what is added to the parameters in the place of the new parameters.

    The parameters are an argument where the change depends on them, and only there.

    Examples
    --------
    >>> from symderive.optimizers import RULES
    >>> plan = planned_change(RULES["rmsprop/epsilon-inside"])
    >>> [a.name for a in plan.functions[0].arguments], [o.name for o in plan.functions[0].outputs]
    (['g', 'v', 'mu', 'gamma', 'epsilon'], ['change_of_theta_new', 'v_new'])
    """
    rule = renamed(rule)
    if sum(target == PARAMETER for target, _ in rule.updates) != 1:
        raise ValueError(f"{rule.name} does not change the parameters by one assignment")
    change = Symbol("change_of_theta", real=True)
    updates: list[tuple[Expr, Expr]] = []
    for number, (target, body) in enumerate(rule.updates):
        if target != PARAMETER:
            updates.append((target, body))
            continue
        # The old value is subtracted where it is still that: before the assignment.
        updates.append((change, _less_parameter(body)))
        if any(PARAMETER in free_names(later) for _, later in rule.updates[number + 1 :]):
            updates.append((target, body))
    results = [change, *(state.symbol for state in rule.states)]
    return _planned(replace(rule, updates=tuple(updates)), "change", accuracy, results)


def _less_parameter(body: Expr) -> Expr:
    """``body − θ``, multiplied out where θ then occurs less often: (1 − λ) θ − θ is −λ θ."""
    terms = Add.make_args(body)
    opened = Add(*(expand_mul(term, deep=False) if term.has(PARAMETER) else term for term in terms))
    forms = (body - PARAMETER, opened - PARAMETER)
    return min(forms, key=lambda form: form.count(PARAMETER))


def planned_start(rule: UpdateRule, *, accuracy: Accuracy | str = Accuracy.DEFAULT) -> Plan | None:
    """The plan of the states before the first step, by parameters and hyper-parameters; None without any."""
    rule = renamed(rule)
    if not rule.states:
        return None
    updates = tuple((state.symbol, state.initial) for state in rule.states)
    results = [state.symbol for state in rule.states]
    # A start holds for every state alone: none of them sees another one's.
    return _planned(replace(rule, updates=updates, elementwise=True), "start", accuracy, results)


def planned_point(rule: UpdateRule, *, accuracy: Accuracy | str = Accuracy.DEFAULT) -> Plan | None:
    """The plan of the point at which the gradient is taken; None where that is the parameter itself."""
    rule = renamed(rule)
    if rule.gradient_at == PARAMETER:
        return None
    point = Symbol("point", real=True)
    return _planned(replace(rule, updates=((point, rule.gradient_at),)), "point", accuracy, [point])


def _planned(
    rule: UpdateRule, compute: str, accuracy: Accuracy | str, results: Sequence[Any] | None = None
) -> Plan:
    accuracy = Accuracy(accuracy)
    arithmetic = {dtype: arithmetic_of(dtype, accuracy) for dtype in DTYPES}
    name = f"{rule.family}_{rule.variant}_{compute}".replace("-", "_")
    held = tuple(
        Hypothesis(row.symbol, ">", Integer(0)) for row in rule.hyperparameters if 0 < row.default < 1
    )
    if rule.elementwise:
        function = _elementwise(rule, name, arithmetic, held, results or _written(rule))
    else:
        function = _together(rule, name, arithmetic, held)
    function = replace(function, compute=compute)
    return Plan(name, PARAMETER, (function,), arithmetic, accuracy, held, f"optimizers/{rule.name}")


def renamed(rule: UpdateRule) -> UpdateRule:
    """The rule with hyper-parameters and states whose names are identifiers (λ is none in Python)."""
    taken: set[str] = set()
    names: dict[Any, Any] = {}
    for symbol in (*(s.symbol for s in rule.states), *(h.symbol for h in rule.hyperparameters)):
        new = identifier(symbol.name, taken)
        if new != symbol.name:
            names[symbol] = Symbol(new, **symbol.assumptions0)
    if not names:
        return rule
    return replace(
        rule,
        hyperparameters=tuple(replace(h, symbol=names.get(h.symbol, h.symbol)) for h in rule.hyperparameters),
        states=tuple(replace(s, symbol=names.get(s.symbol, s.symbol)) for s in rule.states),
        updates=tuple((names.get(t, t), substitute(body, names)) for t, body in rule.updates),
    )


def _inputs(rule: UpdateRule, terms: Sequence[Expr]) -> tuple[Argument, ...]:
    """The arguments of a step, those alone that occur."""
    order = [
        PARAMETER,
        GRADIENT,
        *(state.symbol for state in rule.states),
        *(row.symbol for row in rule.hyperparameters),
        STEP,
    ]
    used = set().union(*(free_names(term) for term in terms))
    kept = [s for s in order if s in used or (s in (PARAMETER, GRADIENT) and _changes(rule, s))]
    return tuple(Argument(_NAMES.get(symbol, symbol.name), symbol) for symbol in kept)


def _changes(rule: UpdateRule, symbol: Symbol) -> bool:
    return any(target == symbol for target, _ in rule.updates)


def _written(rule: UpdateRule) -> list[Any]:
    """What a step gives back: the parameters (or the gradient, where that alone is changed), the states."""
    first = PARAMETER if _changes(rule, PARAMETER) else GRADIENT
    return [first, *(state.symbol for state in rule.states)]


def _elementwise(
    rule: UpdateRule,
    name: str,
    arithmetic: Mapping[str, Arithmetic],
    held: tuple[Hypothesis, ...],
    results: Sequence[Any],
) -> Function:
    """A rule that acts on each coordinate alone: a batch element is a coordinate."""
    varying = {PARAMETER, GRADIENT, *(state.symbol for state in rule.states)}
    now: dict[Symbol, Symbol] = {}
    lines: list[tuple[Symbol, Expr]] = []
    meaning: dict[Symbol, Expr] = {}
    for target, body in rule.updates:
        value = substitute(body, now)
        symbol = Symbol(f"{_NAMES.get(target, target.name)}_new", real=True)
        while symbol in meaning:
            symbol = Symbol(f"{symbol.name}_", real=True)
        lines.append((symbol, value))
        meaning[symbol] = substitute(value, meaning)
        now[target] = symbol
    finals = [now.get(target, target) for target in results]
    outputs = tuple(
        Output(f"{_NAMES.get(t, t.name)}_new", meaning.get(f, f), ())
        for t, f in zip(results, finals, strict=True)
    )
    arguments = _inputs(rule, [output.term for output in outputs])
    needed = _needed(lines, finals)
    needed, read = _read_by_name(needed, finals, {a.name for a in arguments})
    kernels: dict[str, Kernel] = {}
    steps: dict[str, tuple[FormStep, ...]] = {}
    for dtype, numbers in arithmetic.items():
        statements: list[Statement] = []
        used: list[FormStep] = []
        taken = {a.name for a in arguments} | {s.name for s, _ in (*lines, *needed)}
        moving = {a.term for a in arguments if a.term in varying}
        for symbol, value in needed:
            form = stabilised(value, held, numbers.level)
            used += form.steps
            before, expression = _hoisted(form.term, moving, taken)
            statements += before
            statements.append(Statement(symbol, (), expression))
            if moving & free_names(expression):
                moving.add(symbol)
        statements += [Statement(final, (), name) for final, name in read.items()]
        targets = tuple((o.name, f) for o, f in zip(outputs, finals, strict=True))
        unchanged = [f for f in finals if f not in {s.target for s in statements}]
        assert not unchanged, f"{rule.name} does not assign {unchanged}"
        kernels[dtype] = Kernel(name, arguments, tuple(statements), targets)
        steps[dtype] = tuple(used)
    return Function("step", name, arguments, outputs, (), kernels, steps)


def _read_by_name(
    lines: Sequence[tuple[Symbol, Expr]], finals: Sequence[Symbol], taken: set[str]
) -> tuple[list[tuple[Symbol, Expr]], dict[Symbol, Symbol]]:
    """A result that other assignments read gets a name of its own: a result is written, and not read back."""
    taken = taken | {symbol.name for symbol, _ in lines}
    read: dict[Symbol, Symbol] = {}
    for final in finals:
        if any(final in free_names(value) for _, value in lines):
            name = final.name.removesuffix("_new") + "_next"
            while name in taken:
                name += "_"
            taken.add(name)
            read[final] = Symbol(name, real=True)
    return [(read.get(symbol, symbol), substitute(value, read)) for symbol, value in lines], read


def _needed(lines: Sequence[tuple[Symbol, Expr]], finals: Sequence[Symbol]) -> list[tuple[Symbol, Expr]]:
    """The assignments that the results depend on."""
    wanted: set[Any] = set(finals)
    kept = []
    for symbol, value in reversed(lines):
        if symbol in wanted:
            kept.append((symbol, value))
            wanted |= free_names(value)
    return kept[::-1]


def _hoisted(term: Expr, moving: set[Any], taken: set[str]) -> tuple[list[Statement], Expr]:
    """What is the same for every coordinate and costs something (1 − βⁿ), as statements of its own."""
    found: dict[Expr, Symbol] = {}

    def change(node: Any) -> Any:
        if not node.args or isinstance(node, Indexed):
            return node
        if (
            isinstance(node, Expr)
            and not node.is_number
            and not (moving & free_names(node))
            and _costly(node)
        ):
            if node not in found:
                number = len(taken)
                while f"c{number}" in taken:
                    number += 1
                taken.add(f"c{number}")
                found[node] = Symbol(f"c{number}", real=True)
            return found[node]
        return rebuild(node, change)

    rest = change(term)
    return [Statement(symbol, (), node) for node, symbol in found.items()], rest


def _costly(term: Expr) -> bool:
    return any(
        isinstance(node, (Primitive, log)) or (node.is_Pow and not node.exp.is_Integer) for node in walk(term)
    ) or bool(term.is_Add or term.is_Pow)


def _together(
    rule: UpdateRule, name: str, arithmetic: Mapping[str, Arithmetic], held: tuple[Hypothesis, ...]
) -> Function:
    """A rule in which coordinates act on each other: the coordinates are an axis of the arguments."""
    values: dict[Any, Expr] = {}
    outputs = []
    forget_other_ranges([body for _, body in rule.updates])
    for target, body in rule.updates:
        value = substitute(body, values)
        if isinstance(target, Indexed):
            axes = tuple(index for index in target.indices if isinstance(index, Index))
            outputs.append(Output(f"{target.base.name}_new", value, axes))
        else:
            values[target] = value
    arguments = arguments_of([output.term for output in outputs])
    order = ["theta", "g", *(row.symbol.name for row in rule.hyperparameters)]
    arguments = tuple(sorted(arguments, key=lambda a: order.index(a.name) if a.name in order else 99))
    kernels = {}
    steps = {}
    for dtype, numbers in arithmetic.items():
        forms = {o.name: stabilised(o.term, held, numbers.level) for o in outputs}
        kernels[dtype] = lowered(name, {o.name: (forms[o.name].term, o.axes) for o in outputs}, arguments)
        steps[dtype] = tuple(step for form in forms.values() for step in form.steps)
    return Function("step", name, arguments, tuple(outputs), (), kernels, steps)
