"""The elementary functions of generated C: inline, branchless text that compilers vectorise inside a loop.

The library's `exp` is a call, and a loop with a call runs one element at a time. The functions here are
written so that gcc and clang vectorise the loops around them without `-ffast-math`: infinities and NaN keep
their meaning. The last part of a name says what a function promises:

| ending | argument and result | error |
|---|---|---|
| `_f64` | double | at most 0.6 ulp, 0.8 where the result is subnormal |
| `_f64w` | double | at most 2^-34 of the result: what one rounding to float needs, at half the cost |
| `_f32` | float | at most 1.1 ulp; expm1 2, tanh 3 |

Subnormal results are kept, but those of `sd_exp_f64w`, which no float can tell from 0. `pow` calls the
library. The bounds are measured against ball arithmetic in `tests/codegen`; the polynomials are minimax on
the reduced interval (Remez's exchange at 50 digits, each coefficient then rounded to nearest).

`sd_order_f32` and `sd_order_f64` are for the maximum of a row: a `reduction(max : …)` over integers, which
`sd_from_order_f32` and `sd_from_order_f64` turn back into numbers.

References: W. J. Cody and W. Waite, *Software Manual for the Elementary Functions*, 1980 (the reductions); T.
J. Dekker, Numer. Math. 18, 1971 (sums and products with their errors); P. T. P. Tang, ACM TOMS 16, 1990 (log
and log1p by 2 atanh).
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

__all__ = ["EXTENDED_PRECISION_CHECK", "c_function_names", "c_functions"]

FILES = ("support", "exp", "expm1", "log", "log_f32", "tanh", "pow", "maximum")
"""The files of `symderive/codegen/c/`, in an order in which each needs only those before it."""

EXTENDED_PRECISION_CHECK = """\
#include <float.h>

/* The sums below are taken in long double, for its 64 bits or more. */
#if LDBL_MANT_DIG < 64
#error "long double has no 64 bits here: generate this function with accuracy 'default' for this machine"
#endif
"""
"""The lines that refuse a machine whose `long double` is a plain double (MSVC, macOS on ARM)."""

_DEFINED = re.compile(r"^(?:SD_INLINE [\w ]+?|\} )(sd_\w+)[(;]", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NAME = re.compile(r"\bsd_\w+")


@cache
def _blocks() -> tuple[str, dict[str, str]]:
    """What stands before all functions, and the text of each function and type by its name, in order."""
    prelude = []
    blocks = {}
    for name in FILES:
        text = (files("symderive.codegen") / "c" / f"{name}.h").read_text(encoding="ascii")
        for block in text.strip().split("\n\n"):
            defined = _DEFINED.search(block)
            if defined:
                blocks[defined[1]] = block
            else:
                prelude.append(block)
    return "\n\n".join(prelude), blocks


@cache
def _needs(name: str) -> frozenset[str]:
    """The name and all names that its text uses, directly or not."""
    found = {name}
    for used in set(_NAME.findall(_COMMENT.sub("", _blocks()[1][name]))) - found:
        found |= _needs(used)
    return frozenset(found)


def c_function_names() -> tuple[str, ...]:
    """Every name that `c_functions` knows, the small ones that the others are made of included.

    >>> [name for name in c_function_names() if name.startswith("sd_exp_") and name.endswith("f32")]
    ['sd_exp_below_f32', 'sd_exp_f32']
    """
    return tuple(_blocks()[1])


def c_functions(names: Iterable[str]) -> str:
    """C11 text that defines the named functions and what they need, each once and before its use.

    The text begins with its `#include` lines and may stand at the top of a generated file.

    Args:
        names: names such as `sd_exp_f64w`; repeated ones count once, and their order does not matter.

    Returns:
        The text; without any name, the `#include` lines and macros alone.

    Raises:
        KeyError: a name is none of `c_function_names()`.

    >>> text = c_functions(["sd_exp_f64w"])
    >>> text.splitlines()[0]
    '#include <float.h>'
    >>> "SD_INLINE double sd_exp_f64w(double d) {" in text, "sd_log" in text
    (True, False)
    """
    prelude, blocks = _blocks()
    wanted: set[str] = set()
    for name in names:
        if name not in blocks:
            raise KeyError(f"{name} is no function of the C family: it has {', '.join(blocks)}")
        wanted |= _needs(name)
    return "\n\n".join([prelude, *(text for name, text in blocks.items() if name in wanted)]) + "\n"
