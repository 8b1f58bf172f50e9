"""The self-test of generated Python: what ``python FILE`` compares, and how it says what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from symderive.codegen.functions import Function
from symderive.codegen.kernel import Kind
from symderive.codegen.plan import Plan
from symderive.codegen.python_layout import filled, laid_out
from symderive.codegen.samples import Sample, sample_of

__all__ = ["Framework", "self_test"]

_TEXT = '''if __name__ == "__main__":
    import sys

    def _self_test(cases):
        """What is wrong, in words; None where nothing is.

        `cases`: functions, their arguments (places, or numbers and their shape: where they begin, or as they
        are), their results, and what those may be off by in float32 and in float64.
        """

        def numbers(first, shape):
            if isinstance(first, tuple):
                return first
            return [(n * 7 % 11 + 1) / 16 for n in range(first, first + math.prod(shape))]

        def called(function, given, dtype):
            arguments = [<<places>> if isinstance(a, list) else <<reals>> for a in given]
            found = function(*arguments)
            return [<<listed>> for r in (found if isinstance(found, tuple) else (found,))]

        def differences(found, wanted, most):
            for n, (values, true, limit) in enumerate(zip(found, wanted, most)):
                if len(values) != len(true):
                    yield f"result {n} has {len(values)} numbers and should have {len(true)}"
                for place, (value, right) in enumerate(zip(values, true)):
                    if right is None or right != right or value == right:
                        continue
                    if not abs(value - right) <= limit:
                        where = f"number {place} of result {n}"
                        yield f"{where} is {value:.9g} and should be {right:.9g}, within {limit:.1e}"

        failures = []
        for function, given, wanted, most in cases:
            <<loop>>
                note = ""
                if wanted is not None:
                    right, limits = wanted, most[0 if dtype == <<narrow>> else 1]
                elif dtype == <<wide>>:
                    continue
                else:
                    note = ", as in float64; by ball arithmetic there is no value"
                    right = called(function, given, <<wide>>)
                    limits = [most * max([abs(v) for v in values if v == v], default=0) for values in right]
                wrong = list(differences(called(function, given, dtype), right, limits))
                what = f"{function.__name__} <<name>>"
                print(f"{what}: {'WRONG' if wrong else 'ok'}{note}")
                failures += [f"{what}: {line}" for line in wrong[:1]]
        return "\\n".join(failures) or None

    # Right is what ball arithmetic gave for the formulas when this file was written.
    sys.exit(
        _self_test([
<<cases>>
        ])
    )'''


@dataclass(frozen=True)
class Framework:
    """How a framework makes arrays, and shows their numbers.

    Parameters
    ----------
    places, reals
        An array of the labels ``a``; one of the numbers of ``a`` (where they begin, the shape), of ``dtype``.
    listed
        The numbers of a result ``r`` as a list.
    loop
        What runs over the types that there are.
    narrow, wide
        float32 and float64.
    name
        What ``dtype`` is called, in a formatted string.
    """

    places: str
    reals: str
    listed: str
    loop: str
    narrow: str
    wide: str
    name: str


def self_test(plan: Plan, framework: Framework) -> str:
    """The end of a file: it compares every function with what ball arithmetic gave for its formula."""
    cases = []
    for function in plan.functions:
        sample = sample_of(plan, function)
        if sample is not None:
            cases.append(laid_out(_case(function, sample)))
    return filled(_TEXT, {"cases": "\n".join(cases), **framework.__dict__})


def _case(function: Function, sample: Sample) -> str:
    given = ", ".join(
        f"[{', '.join(map(str, a))}]" if argument.kind is Kind.INDEX else f"({a[0]}, {a[1]})"
        for argument, a in zip(function.arguments, sample.arguments, strict=True)
    )
    if sample.results is None:
        return f"            ({function.name}, [{given}], None, {sample.relative:.0e}),"
    expected = ", ".join(
        f"[{', '.join('None' if n is None else _figure(n) for n in result.numbers)}]"
        for result in sample.results
    )
    most = ", ".join(
        f"({', '.join(f'{result.tolerances[dtype]:.1e}' for result in sample.results)},)"
        for dtype in ("float32", "float64")
    )
    return f"            ({function.name}, [{given}], [{expected}], [{most}]),"


def _figure(number: float) -> str:
    return "0.0" if number == 0 else repr(number)
