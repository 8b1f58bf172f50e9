"""The primitives in C: inline text for one working type each, beside the elementary functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Rational, atanh, log

from symderive.codegen.error_functions import SCALED_COMPLEMENT

__all__ = ["WORKING", "Working", "helpers_text"]


@dataclass(frozen=True)
class Working:
    """A type to compute in.

    Parameters
    ----------
    name
        How C calls it.
    suffix
        Of literals and of the library's functions.
    helper
        The ending of our helpers' names.
    family
        The ending of the elementary functions of `c_mathematics`; empty for the library's own.
    """

    name: str
    suffix: str
    helper: str
    family: str


#: (dtype, working type) → what it is in C.
WORKING = {
    ("float32", "float32"): Working("float", "f", "f32", "f32"),
    ("float32", "float64"): Working("double", "", "f64w", "f64w"),
    ("float64", "float64"): Working("double", "", "f64", "f64"),
    ("float64", "extended"): Working("long double", "l", "ext", ""),
}


@dataclass(frozen=True)
class _Limits:
    """What a type's precision and range ask for.

    `last`: the last denominator of the series of atanh s - s, |s| <= 1/5. `farthest`: log2 of the quotient
    beyond which a numerator is made 2^`scale` times smaller. `macro`: the type's letters in ``float.h``.
    """

    last: int
    farthest: int
    scale: int
    macro: str


_LIMITS = {
    "f32": _Limits(13, 110, 87, "FLT"),
    "f64w": _Limits(19, 1000, 948, "DBL"),  # 2^-40: one rounding to float hides the rest
    "f64": _Limits(25, 1000, 948, "DBL"),
    "ext": _Limits(31, 16000, 15900, "LDBL"),
}
_SHIFT = Rational(3, 8)

_TEXTS = {
    "select": """/* Both values are computed: a loop without branches becomes vector instructions. */
SD_INLINE {T} sd_select_{H}(int condition, {T} there, {T} elsewhere) {
    return condition ? there : elsewhere;
}""",
    "max": """/* The larger of two numbers; NaN where one is NaN. */
SD_INLINE {T} sd_max_{H}({T} a, {T} b) {
    return a >= b || a != a ? a : b;
}""",
    "min": """/* The smaller of two numbers; NaN where one is NaN. */
SD_INLINE {T} sd_min_{H}({T} a, {T} b) {
    return a <= b || a != a ? a : b;
}""",
    "sign": """SD_INLINE {T} sd_sign_{H}({T} a) {
    return a > 0 ? 1 : a < 0 ? -1 : a;
}""",
    "add": """/* total + term with the rounding error collected in `low` (TwoSum; Knuth 1969). */
SD_INLINE {T} sd_add_{H}({T} total, {T} term, {T} *low) {
    {T} sum = total + term;
    {T} back = sum - total;
    *low += (total - (sum - back)) + (term - back);
    return sum;
}""",
    "add_all": """\
/* All terms, added to *total with the rounding errors collected in *low: eight sums, then one. */
SD_INLINE void sd_add_all_{H}(ptrdiff_t size, const {T} *terms, {T} *total, {T} *low) {
    {T} sums[8] = {0}, lost[8] = {0};
    ptrdiff_t start = 0;
    for (; start + 8 <= size; start += 8) {
        #pragma omp simd
        for (int lane = 0; lane < 8; lane++) {
            {T} term = terms[start + lane], sum = sums[lane] + term, back = sum - sums[lane];
            lost[lane] += (sums[lane] - (sum - back)) + (term - back);
            sums[lane] = sum;
        }
    }
    for (int lane = 0; start && lane < 8; lane++) {
        *total = sd_add_{H}(*total, sums[lane], low);
        *low += lost[lane];
    }
    for (; start < size; start++)
        *total = sd_add_{H}(*total, terms[start], low);
}""",
    "total": """/* A sum with its collected rounding errors; these are NaN beside an infinite sum. */
SD_INLINE {T} sd_total_{H}({T} total, {T} low) {
    return total - total == 0 ? total + low : total;
}""",
    "shifted": """/* u - w; 0 where both are the same infinity. */
SD_INLINE {T} sd_shifted_{H}({T} u, {T} w) {
    return u == w ? 0 : u - w;
}""",
    "exp_shifted": """/* exp(u - w); 1 where both are the same infinity. */
SD_INLINE {T} sd_exp_shifted_{H}({T} u, {T} w) {
    return {exp}(u == w ? 0 : u - w);
}""",
    "exp_less": """/* exp(u - w) for u <= w, w finite. */
SD_INLINE {T} sd_exp_less_{H}({T} u, {T} w) {
    return {exp_below}(u - w);
}""",
    "exp_less_exactly": """\
/* exp(u - w) with the rounding error of u - w (TwoSum; Knuth 1969) for u <= w, w finite. */
SD_INLINE {T} sd_exp_less_exactly_{H}({T} u, {T} w) {
    {T} d = u - w, back = d - u;
    return {exp_sum_below}(d, (u - (d - back)) - (w + back));
}""",
    "difference_error": """/* The rounding error of d = u - w (TwoSum; Knuth 1969); 0 beside an infinity. */
SD_INLINE {T} sd_difference_error_{H}({T} u, {T} w, {T} d) {
    {T} back = d - u;
    {T} error = (u - (d - back)) - (w + back);
    return error - error == 0 ? error : 0;
}""",
    "exp_shifted_exactly": """\
/* exp(u - w) with the rounding error of u - w; 1 where both are the same infinity. */
SD_INLINE {T} sd_exp_shifted_exactly_{H}({T} u, {T} w) {
    {T} d = u == w ? 0 : u - w;
    {T} back = d - u;
    return {exp_sum}(d, (u - (d - back)) - (w + back));
}""",
    "exp_product": """/* exp(u * w); 1 where u is 0, whatever w. */
SD_INLINE {T} sd_exp_product_{H}({T} u, {T} w) {
    return {exp}(u == 0 ? 0 : u * w);
}""",
    "exp_product_exactly": """\
/* exp(u * w) with the rounding error of u * w (Dekker 1971); 1 where u is 0, whatever w. */
SD_INLINE {T} sd_exp_product_exactly_{H}({T} u, {T} w) {
    {T} product = u == 0 ? 0 : u * w;
    return {exp_sum}(product, sd_product_error_{H}(u, w, product));
}""",
    "shifted_less": """/* u - w - t; u - w is 0 where both are the same infinity. */
SD_INLINE {T} sd_shifted_less_{H}({T} u, {T} w, {T} t) {
    return (u == w ? 0 : u - w) - t;
}""",
    "shifted_less_exactly": """/* u - w - t with the rounding errors of both differences added back. */
SD_INLINE {T} sd_shifted_less_exactly_{H}({T} u, {T} w, {T} t) {
    {T} d = u == w ? 0 : u - w;
    {T} result = d - t;
    return result + (sd_difference_error_{H}(u, w, d) + sd_difference_error_{H}(d, t, result));
}""",
    "masked_product": """/* x * y; 0 where x is 0, whatever y. */
SD_INLINE {T} sd_masked_product_{H}({T} x, {T} y) {
    return x == 0 ? 0 * x : x * y;
}""",
    "log_ratio": """\
/* log(a/b) by log1p of (larger - smaller) / smaller: no digits are lost where a is near b. Where the quotient
   would overflow, it is made 2^{scale} times smaller, once or twice, and no part is subnormal then. */
SD_INLINE {T} sd_log_ratio_{H}({T} a, {T} b) {
    {T} u = fabs{L}(a), w = fabs{L}(b);
    int above = u >= w;
    {T} larger = above ? u : w, smaller = above ? w : u;
    int far = smaller < larger * {farthest};
    larger = far ? larger * {reducing} : larger;
    int farther = smaller < larger * {farthest};
    larger = farther ? larger * {reducing} : larger;
    {T} logarithm = (far ? {log_scale} : 0) + (farther ? {log_scale} : 0);
    {T} size = {log1p}((larger - smaller) / smaller) + logarithm;
    {T} result = above ? size : -size;
    return ((a < 0) & (b > 0)) | ((a > 0) & (b < 0)) ? ({T})NAN : result;
}""",
    "kl_bend": """\
/* atanh r - r for |r| < 0.53. */
SD_INLINE {T} sd_kl_bend_{H}({T} r) {
    {T} size = fabs{L}(r);
    /* atanh r = atanh c + atanh s with s = (r - c)/(1 - r c), where c = 3/8 for the larger ones */
    int small = size < ({T})0.2;
    {T} c = small ? 0 : ({T})0.375;
    {T} start = small ? 0 : {atanh_less}; /* atanh c - c */
    {T} s = (size - c) / (1 - size * c), square = s * s;
    /* atanh s - s = s^3 (1/3 + s^2/5 + s^4/7 + ...), for |s| < 1/5 */
    {T} series = {series};
    {T} bend = start + s * (size * c + square * series);
    return r < 0 ? -bend : bend;
}""",
    "kl_term": """\
/* p log(p/q) - p + q >= 0: by atanh r - r, r = (p - q)/(p + q), or by the logarithm where they are far.
   q where p = 0, 0 where both are, +inf where q = 0 < p. */
SD_INLINE {T} sd_kl_term_{H}({T} p, {T} q) {
    {T} difference = p - q, sum = p + q, r = difference / sum;
    {T} near_value = difference * r + 2 * p * sd_kl_bend_{H}(r);
    {T} far_value = p * sd_log_ratio_{H}(p, q) - difference;
    far_value = p == ({T})INFINITY ? p : far_value;
    {T} result = (fabs{L}(r) < ({T})0.51) & (sum < ({T})INFINITY) ? near_value : far_value;
    return p == 0 ? q : result;
}""",
    "kl_term_exactly": """\
/* As sd_kl_term, with the errors of every quotient, product and difference that count (Dekker 1971). */
SD_INLINE {T} sd_kl_term_exactly_{H}({T} p, {T} q) {
    {T} difference = p - q, back = difference - p, lost = (p - (difference - back)) - (q + back);
    {T} sum = p + q, sum_back = sum - p, sum_lost = (p - (sum - sum_back)) + (q - sum_back);
    {T} r = difference / sum, square = difference * r;
    {T} rest = sd_remainder_{H}(difference, r, sum) + (lost - r * sum_lost);
    {T} square_low = lost * r + rest * difference * (({T})0.5 / q);
    square_low += sd_product_error_{H}(difference, r, square);
    {T} near_value = square + (2 * p * sd_kl_bend_{H}(r) + square_low);
    {T} ratio = p / q, logarithm = {log}(ratio), product = p * logarithm;
    {T} low = sd_product_error_{H}(p, logarithm, product) + sd_remainder_{H}(p, ratio, q) - lost;
    {T} total = product - difference, behind = total - product;
    {T} error = (product - (total - behind)) - (difference + behind);
    {T} far_value = total + (error + low);
    int close = fabs{L}(r) < ({T})0.51;
    {T} result = close ? near_value : far_value;
    int exact = result - result == 0 && (close || ratio > {F}_MIN);
    return exact ? result : sd_kl_term_{H}(p, q);
}""",
    "erfcx": """\
/* exp(t * t) * erfc(t), by a Chebyshev series in 1 - 7/(|t| + 3.5) (Shepherd and Laframboise 1981). */
SD_INLINE {T} sd_erfcx_{H}({T} t) {
    {T} size = fabs{L}(t), place = 1 - 7 / (size + ({T})3.5), series = 0;
{scaled_complement}
    {T} value = series / (1 + 2 * size);
    return t < 0 ? 2 * {exp}(t * t) - value : value;
}""",
    "scaled": """/* u / c for a power of two: exact. */
SD_INLINE {T} sd_scaled_{H}({T} u, {T} c) {
    return u / c;
}""",
    "binade": """/* The power of two next below a magnitude, a normal number; 1 for 0, infinities and NaN. */
SD_INLINE {T} sd_binade_{H}({T} magnitude) {
    int exponent;
    (void)frexp{L}(magnitude, &exponent);
    exponent = exponent < {F}_MIN_EXP ? {F}_MIN_EXP : exponent;
    return magnitude > 0 && magnitude - magnitude == 0 ? ldexp{L}(1, exponent - 1) : 1;
}""",
}

_NEEDS = {
    "add_all": ("add",),
    "shifted_less_exactly": ("difference_error",),
    "kl_term": ("log_ratio", "kl_bend"),
    "kl_term_exactly": ("log_ratio", "kl_bend", "kl_term"),
}
#: Helper → the elementary functions that its text calls.
CALLS = {
    "exp_shifted": ("exp",),
    "exp_shifted_exactly": ("exp_sum",),
    "erfcx": ("exp",),
    "exp_product": ("exp",),
    "exp_product_exactly": ("exp_sum", "product_error"),
    "exp_less": ("exp_below",),
    "exp_less_exactly": ("exp_sum_below",),
    "kl_term": ("log1p",),
    "kl_term_exactly": ("log", "log1p", "product_error", "remainder"),
    "log_ratio": ("log1p",),
}


def function_name(function: str, working: Working) -> str:
    """How an elementary function is called for a working type."""
    if not working.family:
        return f"{function.removesuffix('_below')}l"
    return f"sd_{function}_{working.family}"


def elementary_functions(used: Iterable[tuple[str, Working]]) -> set[str]:
    """The functions of the C family that some helpers call."""
    return {
        function_name(function, working)
        for helper, working in used
        for function in CALLS.get(helper, ())
        if working.family
    }


def helpers_text(used: Iterable[tuple[str, Working]]) -> str:
    """The text of some helpers, each once and after those that it calls.

    Examples
    --------
    >>> print(helpers_text([("scaled", WORKING["float64", "float64"])]))
    /* u / c for a power of two: exact. */
    SD_INLINE double sd_scaled_f64(double u, double c) {
        return u / c;
    }
    """
    wanted: dict[tuple[str, Working], None] = {}
    for helper, working in sorted(used, key=lambda pair: (pair[1].helper, pair[0])):
        for needed in (*_NEEDS.get(helper, ()), helper):
            wanted[needed, working] = None
    return "\n\n".join(_filled(_TEXTS[helper], working) for helper, working in wanted)


def _filled(text: str, working: Working) -> str:
    limits = _LIMITS[working.helper]
    series = f"1 / ({{T}}){limits.last}"
    for k in range(limits.last - 2, 1, -2):
        series = f"({series}) * square + 1 / ({{T}}){k}"
    values = {
        "{scaled_complement}": "\n".join(
            f"    series = series * place + {number}{working.suffix};" for number in SCALED_COMPLEMENT[::-1]
        ),
        "{series}": series,
        "{scale}": str(limits.scale),
        "{reducing}": f"0x1p-{limits.scale}{working.suffix}",
        "{farthest}": f"0x1p-{limits.farthest}{working.suffix}",
        "{log_scale}": f"{(limits.scale * log(2)).n(25)}{working.suffix}",
        "{atanh_less}": f"{(atanh(_SHIFT) - _SHIFT).n(25)}{working.suffix}",
        "{H}": working.helper,
        "{L}": working.suffix,
        "{F}": limits.macro,
        **{
            f"{{{f}}}": function_name(f, working)
            for f in ("exp", "exp_sum", "exp_below", "exp_sum_below", "log", "log1p")
        },
        "{T}": working.name,
    }
    for key, value in values.items():
        text = text.replace(key, value)
    return text
