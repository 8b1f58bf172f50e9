"""The error function in code: erf near 0 by its series, and e^{t²} erfc(t) by one polynomial.

``(1 + 2t) e^{t²} erfc(t)`` is smooth in ``u = (t − 7/2)/(t + 7/2)`` for every t ≥ 0, where it goes from 1 to
2/√π: its Chebyshev series (after M. M. Shepherd and J. G. Laframboise, 1981), worked out with 60 digits and
written in powers of u, is right to 10⁻¹⁸.
"""

from __future__ import annotations

from math import factorial

__all__ = ["SCALED_COMPLEMENT", "SERIES", "python_texts"]

#: ``(1 + 2t) e^{t²} erfc(t)`` in powers of u.
SCALED_COMPLEMENT = (
    "1.24234924487115437931202",
    "-0.140009180137619406396499",
    "-0.0105555963322181998337206",
    "0.0975190951532561585069504",
    "-0.115089598160199223913607",
    "0.0879831538249885439855853",
    "-0.0488233258276702647219143",
    "0.0190993309396745597574312",
    "-4.21501991157698456881046e-3",
    "-3.02267844660484101382557e-4",
    "5.6438445357462085210856e-4",
    "-1.21512658850935802186643e-4",
    "-4.27824400311320179968892e-5",
    "2.42620389162765405778954e-5",
    "2.32907749638290946262871e-6",
    "-3.81778637829782556669855e-6",
    "-4.60457822702304405038633e-8",
    "6.07032081770234561554496e-7",
    "-5.22806094762316498232117e-9",
    "-1.01852758988311166408763e-7",
    "-1.904641854746844708825e-9",
    "1.70516239451354186413937e-8",
    "1.28779068772334311510178e-9",
    "-2.41191648580559246328146e-9",
    "-3.28766182965752066640274e-10",
    "1.9939963150163615329144e-10",
    "3.66872768524110372843311e-11",
)
#: ``√π erf(t)/(2t)`` in powers of t², for |t| ≤ 1/2: 1 over these, with signs that alternate.
SERIES = tuple(factorial(n) * (2 * n + 1) for n in range(13))


def python_texts(library: str) -> dict[str, str]:
    """The helpers for arrays of NumPy, or of what has its functions under the same names.

    Examples
    --------
    >>> import numpy as np
    >>> names = {"np": np}
    >>> for text in python_texts("np").values():
    ...     exec(text, names)
    >>> names["_erf"](np.array([0.25, 2.0, -2.0]))
    array([ 0.27632639,  0.99532227, -0.99532227])
    """
    return {name: text.replace("XP.", f"{library}.") for name, text in _TEXTS.items()}


def _rows(numbers: list[str]) -> str:
    return "".join(f"        {number},\n" for number in numbers)


_TEXTS = {
    "_erf": f'''
def _erf(t):
    """The error function: by its series below 1/2, by what is left of 1 above."""
    square, size = t * t, XP.abs(t)
    series = 0
    for divisor in {SERIES[::-1]}:
        series = 1 / divisor - square * series
    return XP.where(
        size < 0.5,
        1.1283791670955126 * t * series,
        XP.sign(t) * (1 - XP.exp(-square) * _erfcx(size)),
    )
''',
    "_erfcx": f'''
def _erfcx(t):
    """exp(t * t) * erfc(t), by a Chebyshev series in 1 - 7/(|t| + 3.5) (Shepherd and Laframboise 1981)."""
    size = XP.where(t >= 0, t, -t)
    place, series = 1 - 7 / (size + 3.5), 0
    for coefficient in (
{_rows([repr(float(number)) for number in SCALED_COMPLEMENT[::-1]])}    ):
        series = series * place + coefficient
    value = series / (1 + 2 * size)
    return XP.where(t < 0, 2 * XP.exp(XP.where(t < 0, t, 0) ** 2) - value, value)
''',
}
