"""The self-test of generated C: the program that the text is with ``SYMDERIVE_MAIN`` defined."""

from __future__ import annotations

import math

from symderive.codegen.c_lines import wrapped
from symderive.codegen.functions import Function
from symderive.codegen.kernel import Kind
from symderive.codegen.plan import Plan
from symderive.codegen.samples import ROWS, Sample, sample_of

__all__ = ["ENDINGS", "TYPES", "self_test"]

TYPES = {"float32": "float", "float64": "double"}
ENDINGS = {"float32": "f32", "float64": "f64"}

_HEAD = """#ifdef SYMDERIVE_MAIN
#include <math.h>
#include <stdio.h>

/* Is every number right? NAN stands for one that the formula has not, and that is not compared. */
static int compared(
        const char *what, const char *note, int code, const double *found, const double *right, int count,
        double most) {
    if (code != 0) {
        printf("%s: WRONG, it returned %d\\n", what, code);
        return 1;
    }
    for (int n = 0; n < count; n++)
        if (right[n] == right[n] && found[n] != right[n] && !(fabs(found[n] - right[n]) <= most)) {
            printf("%s: WRONG, number %d is %.9g and should be %.9g, within %.1e\\n", what, n, found[n],
                right[n], most);
            return 1;
        }
    printf("%s: ok%s\\n", what, note);
    return 0;
}

<<largest>>int main(void) {
    int failed = 0;"""

_LARGEST = """static double largest(const double *numbers, int count) {
    double found = 0;
    for (int n = 0; n < count; n++)
        found = fmax(found, fabs(numbers[n]));
    return found;
}

"""

_TAIL = """    return failed;
}
#endif"""


def self_test(plan: Plan) -> str:
    """A program that compares every function with what ball arithmetic gave for its formula."""
    samples = [(function, sample_of(plan, function)) for function in plan.functions]
    unknown = any(sample is not None and sample.results is None for _, sample in samples)
    lines = [_HEAD.replace("<<largest>>", _LARGEST if unknown else "")]
    for function, sample in samples:
        if sample is not None:
            lines += _of_function(function, sample)
    return "\n".join([*lines, _TAIL])


def _of_function(function: Function, sample: Sample) -> list[str]:
    """One function, in both types."""
    lines = ["    {"]
    for place, argument in enumerate(function.arguments):
        if argument.kind is Kind.INDEX:
            labels = ", ".join(map(str, sample.arguments[place]))
            lines.append(f"        static const int64_t places_{place}[] = {{{labels}}};")
    for n, size in enumerate(sample.sizes):
        if sample.results is None:
            lines.append(f"        static double right_{n}[{size}];")
            continue
        numbers = ["NAN" if value is None else repr(value) for value in sample.results[n].numbers]
        lines.append(f"        static const double right_{n}[] = {{")
        lines += [f"            {', '.join(numbers[k : k + 4])}," for k in range(0, size, 4)]
        lines.append("        };")
    # Where nothing is known, float32 is compared with float64.
    for dtype in reversed(list(function.kernels)):
        block = ["{", *("    " + line for line in _of_type(function, sample, dtype)), "}"]
        lines += ["        " + line for line in block]
    return [*lines, "    }"]


def _of_type(function: Function, sample: Sample, dtype: str) -> list[str]:
    """One call, and the comparison of its results."""
    narrow, name = TYPES[dtype], f"{function.name}_{ENDINGS[dtype]}"
    lines: list[str] = []
    given, room = [str(ROWS), *(str(sample.length) for _ in function.kernels[dtype].dimensions)], 1
    for place, (argument, values) in enumerate(zip(function.arguments, sample.arguments, strict=True)):
        if argument.kind is Kind.INDEX:
            given += [f"places_{place}", "1"]
            continue
        first, shape = values
        assert isinstance(shape, tuple)
        if isinstance(first, tuple):
            lines.append(f"static const {narrow} shares_{place}[] = {{{', '.join(map(repr, first))}}};")
            given += [f"shares_{place}", str(math.prod(shape[1:]))]
            continue
        given += [f"numbers + {first}", str(math.prod(shape[1:]) if argument.axes else 0)]
        room = max(room, first + math.prod(shape))
    given += [f"made_{n}" for n in range(len(sample.sizes))]
    rooms = ", ".join(f"made_{n}[{size}]" for n, size in enumerate(sample.sizes))
    known = sample.results is not None or dtype == "float32"
    lines += [
        f"static {narrow} numbers[{room}], {rooms};",
        *([f"static double found[{max(sample.sizes)}];"] if known else []),
        f"for (int n = 0; n < {room}; n++)",
        f"    numbers[n] = ({narrow})((n * 7 % 11 + 1) / 16.0);",
        *wrapped(f"const int code = {name}(", [*given, "1"], ");").splitlines(),
    ]
    note = "" if sample.results is not None else ", as in float64; by ball arithmetic there is no value"
    for n, size in enumerate(sample.sizes):
        lines += [
            f"for (int n = 0; n < {size}; n++)",
            f"    {'found' if known else f'right_{n}'}[n] = made_{n}[n];",
        ]
        if not known:
            continue
        if sample.results is not None:
            most = f"{sample.results[n].tolerances[dtype]:.1e}"
        else:
            most = f"{sample.relative:.0e} * largest(right_{n}, {size})"
        result = f"{name} {function.outputs[n].name}"
        lines.append(f'failed |= compared("{result}", "{note}", code, found, right_{n}, {size}, {most});')
    return [*lines, "(void)code;"] if not known else lines
