"""Primitives that torch and JAX write alike: a branch that is not taken is computed from harmless numbers, so
that no NaN enters a gradient from it.
"""

from __future__ import annotations

__all__ = ["NEEDS", "helpers"]

#: Helper → its text for a library XP whose numbers 0 and 1 are ZERO and ONE beside an array.
_TEXTS = {
    "_absolute": '''
def _absolute(t):
    """|t|, with the right-hand derivative at 0: parts with a corner add up to what is smooth."""
    return XP.where(t >= 0, t, -t)
''',
    "_maximum": '''
def _maximum(u, w):
    """The larger of two, with the derivative of the first where they are equal; NaN where one is."""
    return XP.where((u >= w) | XP.isnan(u), u, w)
''',
    "_minimum": '''
def _minimum(u, w):
    """The smaller of two, with the derivative of the first where they are equal; NaN where one is."""
    return XP.where((u <= w) | XP.isnan(u), u, w)
''',
    "_shifted": '''
def _shifted(u, w):
    """u - w; 0 where both are the same infinity."""
    return XP.where((u == w) & XP.isinf(u), ZERO, u - w)
''',
    "_exp_shifted": '''
def _exp_shifted(u, w):
    """exp(u - w); 1 where both are the same infinity."""
    return XP.exp(XP.where((u == w) & XP.isinf(u), ZERO, u - w))
''',
    "_exp_shifted:compensated": '''
def _exp_shifted_exactly(u, w):
    """exp(u - w) with the rounding error of u - w (TwoSum; Knuth 1969); 1 at the same infinity."""
    d, error = _two_difference(u, w)
    e = XP.exp(d)
    return e + e * error
''',
    "_shifted_less": '''
def _shifted_less(u, w, t):
    """u - w - t; u - w is 0 where both are the same infinity."""
    return XP.where((u == w) & XP.isinf(u), ZERO, u - w) - t
''',
    "_shifted_less:compensated": '''
def _shifted_less_exactly(u, w, t):
    """u - w - t with the rounding errors of both differences added back (TwoSum)."""
    d, first = _two_difference(u, w)
    result, second = _two_difference(d, t)
    return result + (first + second)
''',
    "_masked_product": '''
def _masked_product(x, y):
    """x * y; 0 where x is 0, whatever y."""
    return x * XP.where((x == 0) & ~XP.isfinite(y), ZERO, y)
''',
    "_log_ratio": '''
def _log_ratio(a, b):
    """log(a/b): by log1p where a is near b, by both logarithms where the quotient leaves the range."""
    ratio = a / b
    near = (ratio > 0.5) & (ratio < 2)
    lost = (a > 0) & (b > 0) & ((ratio < XP.finfo(ratio.dtype).tiny) | XP.isinf(ratio))
    lost = lost & XP.isfinite(a) & XP.isfinite(b)
    close = XP.log1p(XP.where(near, a - b, ZERO) / XP.where(near, b, ONE))
    apart = XP.log(XP.where(lost, a, ONE)) - XP.log(XP.where(lost, b, ONE))
    middle = XP.log(XP.where(near | lost, ONE, ratio))
    return XP.where(near, close, XP.where(lost, apart, middle))
''',
    "_kl_term": '''
def _kl_term(p, q):
    """p log(p/q) - p + q >= 0: by the series of r (atanh r - r) near p = q, by logarithms elsewhere.

    q where p = 0, 0 where both are, +inf where q = 0 < p.
    """
    total = p + q
    r = (p - q) / XP.where(total == 0, ONE, total)
    close = XP.abs(r) < 0.125
    r = XP.where(close, r, ZERO)
    square = r * r
    # atanh r - r = r^3 (1/3 + r^2/5 + r^4/7 + ...), for |r| < 1/8
    series = XP.zeros_like(square)
    for k in range(27, 1, -2):
        series = series * square + XP.ones_like(square) / k
    near = (p - q) * r + 2 * p * (r * square * series)
    apart = ~close & (p != 0)
    a, b = XP.where(apart, p, ONE), XP.where(apart, q, ONE)
    far = a * (XP.log(a) - XP.log(b)) - (a - b)
    return XP.where(p == 0, q, XP.where(close, near, far))
''',
    "_scaled": '''
def _scaled(u, c):
    """u / c for a power of two: exact."""
    return u / c
''',
}

#: Helper → helpers that its text calls.
NEEDS = {
    "_exp_shifted:compensated": ("_two_difference",),
    "_shifted_less:compensated": ("_two_difference",),
}


def helpers(library: str, *, zero: str, one: str) -> dict[str, str]:
    """The texts for one library.

    Examples
    --------
    >>> "jnp.log1p" in helpers("jnp", zero="0", one="1")["_log_ratio"]
    True
    """
    names = {"XP.": f"{library}.", "ZERO": zero, "ONE": one}
    found = {}
    for helper, text in _TEXTS.items():
        for name, value in names.items():
            text = text.replace(name, value)
        found[helper] = text
    return found
