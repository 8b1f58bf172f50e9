"""Primitives that torch and JAX write alike: a branch that is not taken is computed from harmless numbers, so
that no NaN enters a gradient from it.
"""

from __future__ import annotations

from symderive.codegen.error_functions import python_texts

__all__ = ["NEEDS", "helpers"]

#: Helper → its text for a library XP whose numbers 0 and 1 are ZERO and ONE beside an array; what CONSTANT is
#: called with is not differentiated.
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
    "_exp_product": '''
def _exp_product(u, w):
    """exp(u * w); 1 where u is 0, whatever w."""
    return XP.exp(u * XP.where((u == 0) & ~XP.isfinite(w), ZERO, w))
''',
    "_exp_product:compensated": '''
def _exp_product_exactly(u, w):
    """exp(u * w) with the rounding error of u * w (Dekker 1971); 1 where u is 0, whatever w."""
    product, error = _two_product(u, XP.where((u == 0) & ~XP.isfinite(w), ZERO, w))
    e = XP.exp(product)
    known = XP.isfinite(error) & XP.isfinite(e)
    return e + XP.where(known, e, ZERO) * XP.where(known, error, ZERO)
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
    """p log(p/q) - p + q >= 0: by atanh r - r, r = (p - q)/(p + q), or by logarithms where they are far.

    q where p = 0, 0 where both are, +inf where q = 0 < p.
    """
    total = p + q
    close = (p > 0) & XP.isfinite(total) & (_absolute(p - q) < 0.6 * total)
    r = XP.where(close, p - q, ZERO) / XP.where(close, total, ONE)
    near = (p - q) * r + 2 * p * _kl_bend(r)
    apart = ~close & (p != 0) & ~XP.isposinf(p)
    a, b = XP.where(apart, p, ONE), XP.where(apart, q, ONE)
    far = XP.where(XP.isposinf(p), p, a * (XP.log(a) - XP.log(b)) - (a - b))
    return XP.where(p == 0, q, XP.where(close, near, far))
''',
    "_kl_bend": '''
def _kl_bend(r):
    """atanh r - r for |r| < 0.61."""
    # atanh r = atanh c + atanh s with s = (r - c)/(1 - r c), where c = 3/8 or -3/8 for the larger ones
    side = XP.where(r >= 0.2, XP.ones_like(r), ZERO) - XP.where(r <= -0.2, XP.ones_like(r), ZERO)
    c = side * 0.375
    s = (r - c) / (1 - r * c)
    square = s * s
    # atanh s - s = s^3 (1/3 + s^2/5 + s^4/7 + ...)
    series = square / 31
    for k in range(29, 3, -2):
        series = (series + 1 / k) * square
    return side * 0.019228680182135086 + s * (r * c + square * (series + 1 / 3))
''',
    "_kl_term:compensated": '''
def _kl_term_exactly(p, q):
    """As _kl_term, with the errors of every quotient, product and difference that count (Dekker 1971).

    These are constants to differentiation.
    """
    difference, lost = _two_sum(p, -q)
    total, total_lost = _two_sum(p, q)
    close = (p > 0) & XP.isfinite(total) & (_absolute(difference) < 0.6 * total)
    r = XP.where(close, difference, ZERO) / XP.where(close, total, ONE)
    square, low = _two_product(difference, r)
    rest = _remainder(difference, r, total) + (lost - r * total_lost)
    low = CONSTANT(low + (lost * r + rest * difference * (0.5 / XP.where(close, q, ONE))))
    near = square + (2 * p * _kl_bend(r) + XP.where(XP.isfinite(low), low, ZERO))
    ratio = CONSTANT(p) / XP.where(q == 0, ONE, CONSTANT(q))
    exact = (ratio > XP.finfo(ratio.dtype).tiny) & XP.isfinite(ratio) & (q != 0)
    apart = ~close & (p != 0) & ~XP.isposinf(p)
    a, b = XP.where(apart & exact, p, ONE), XP.where(apart & exact, q, ONE)
    ratio = a / b
    product, low = _two_product(a, XP.log(ratio))
    total, error = _two_sum(product, b - a)
    low = CONSTANT(error + (low + _remainder(a, ratio, b) - lost))
    far = total + XP.where(XP.isfinite(low), low, ZERO)
    a, b = XP.where(apart & ~exact, p, ONE), XP.where(apart & ~exact, q, ONE)
    far = XP.where(exact, far, a * (XP.log(a) - XP.log(b)) - (a - b))
    return XP.where(p == 0, q, XP.where(close, near, XP.where(XP.isposinf(p), p, far)))
''',
    "_carried_sum": '''
def _carried_sum(*terms):
    """The sum of all terms over the last axis, with all rounding errors (TwoSum; Knuth 1969), by halves.

    The errors are constants to differentiation.
    """
    plain = sum(term.sum(-1) for term in terms)
    total, low = CONSTANT(terms[0]), 0
    for term in terms[1:]:
        total, error = _two_sum(total, CONSTANT(term))
        low = low + error.sum(-1)
    while (size := total.shape[-1]) > 1:
        half = size // 2
        both, error = _two_sum(total[..., :half], total[..., size - half :])
        low = low + error.sum(-1)
        total = XP.concatenate([both, total[..., half : size - half]], -1) if size % 2 else both
    exact = total[..., 0] + low
    sound = XP.isfinite(plain) & XP.isfinite(exact)
    return plain + XP.where(sound, exact - CONSTANT(plain), ZERO)
''',
    "_erfcx": python_texts("XP")["_erfcx"],
    "_scaled": '''
def _scaled(u, c):
    """u / c for a power of two: exact."""
    return u / c
''',
}

#: Helper → helpers that its text calls.
NEEDS = {
    "_exp_shifted:compensated": ("_two_difference",),
    "_exp_product:compensated": ("_two_product",),
    "_shifted_less:compensated": ("_two_difference",),
    "_kl_term": ("_absolute", "_kl_bend"),
    "_kl_term:compensated": ("_absolute", "_kl_bend", "_remainder", "_two_product", "_two_sum"),
    "_remainder": ("_two_product",),
    "_carried_sum": ("_two_sum",),
}


def helpers(library: str, *, zero: str, one: str, constant: str, log1p: str = "") -> dict[str, str]:
    """The texts for one library; `log1p` is what it is to be called instead of the library's own.

    Examples
    --------
    >>> "jnp.log1p" in helpers("jnp", zero="0", one="1", constant="stop")["_log_ratio"]
    True
    """
    names = {
        "XP.log1p": log1p or f"{library}.log1p",
        "XP.": f"{library}.",
        "ZERO": zero,
        "ONE": one,
        "CONSTANT": constant,
    }
    found = {}
    for helper, text in _TEXTS.items():
        for name, value in names.items():
            text = text.replace(name, value)
        found[helper] = text
    return found
