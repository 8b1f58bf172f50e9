"""The text that generated NumPy files share: broadcasting over batches in blocks, and the primitives.

Only what a file uses is put into it, so that it stands alone; ``<<names>>`` are filled in by `out_arrays`.
"""

from __future__ import annotations

from symderive.codegen.error_functions import python_texts

__all__ = ["DRIVER", "HELPERS"]

#: The part that every file has: from the caller's arrays to blocks of rows and back.
DRIVER = '''
_BLOCK = 1 << 17  # numbers in a block: what a kernel holds in between stays small, whatever the batch


def _real(name, value):
    if np.ma.is_masked(value):
        raise TypeError(f"{name} has masked entries: fill them first (a logit with -inf)")
    array = np.asarray(value)
    if array.dtype.kind in "bui":
        array = array.astype(np.float64)
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name} must hold real numbers (float32 or float64), not {array.dtype}")
    return array


def _index(name, value):
    array = np.asarray(value)
    if array.dtype.kind not in "ui":
        raise TypeError(f"{name} must hold integers (counted from 0), not {array.dtype}")
    return array.astype(np.intp, copy=False)


def _last(name, array, axis):
    """The array with one of its axes last."""
    if not isinstance(axis, (int, np.integer)):
        raise TypeError(f"axis must be an integer, not {axis!r}")
    if not -array.ndim <= axis < array.ndim:
        raise np.exceptions.AxisError(f"axis {axis} is out of range: {name} has {array.ndim} axes")
    return np.moveaxis(array, axis, -1)


def _evaluate(kernels, reals, indices, results, axis=-1<<out>>):
    """Run a kernel for every batch element, a block of rows at a time.

    `kernels`: dtype -> (function, working dtype). `reals`: name -> (value, axis names). `indices`: name ->
    (value, the axis that it points into). `results`: the axis names of each result.
    """
    arrays = {name: _real(name, value) for name, (value, _) in reals.items()}
    arrays = {
        name: _last(name, array, axis) if axis != -1 and len(reals[name][1]) == 1 else array
        for name, array in arrays.items()
    }
    places = {name: _index(name, value) for name, (value, _) in indices.items()}
    wide = [a.dtype for a in arrays.values() if a.ndim] or [a.dtype for a in arrays.values()]
    dtype = np.result_type(*wide) if wide else np.dtype(np.float64)
    sizes = {}
    for name, (_, axes) in reals.items():
        array = arrays[name]
        if array.ndim < len(axes):
            wanted = ", ".join(axes)
            raise ValueError(f"{name} has {array.ndim} axes, and needs at least {len(axes)}: {wanted}")
        for size, label in zip(array.shape[array.ndim - len(axes):], axes):
            if sizes.setdefault(label, size) != size:
                raise ValueError(f"{name} has {size} entries along {label}, where {sizes[label]} were given")
            if size == 0:
                raise ValueError(f"{name} is empty along {label}")
    <<lengths>>for name, (_, label) in indices.items():
        place = places[name]
        if place.size and (place.min() < 0 or place.max() >= sizes[label]):
            raise IndexError(f"{name} must lie in 0, ..., {sizes[label] - 1}")
    shapes = [arrays[n].shape[: arrays[n].ndim - len(axes)] for n, (_, axes) in reals.items()]
    try:
        batch = np.broadcast_shapes(*shapes, *(place.shape for place in places.values()))
    except ValueError:
        raise ValueError(f"the batch axes {shapes} do not broadcast") from None
    rows = math.prod(batch)

    def flat(array, core):
        lead = array.shape[: array.ndim - len(core)]
        if math.prod(lead) == 1:
            return array.reshape((1, *core))
        if lead != batch:
            array = np.broadcast_to(array, (*batch, *core))
        return array.reshape((rows, *core))

    given = {n: flat(arrays[n], tuple(sizes[label] for label in axes)) for n, (_, axes) in reals.items()}
    places = {n: flat(place, ()) for n, place in places.items()}
    kernel, working = kernels[dtype.name]
    shaped = [tuple(sizes[label] for label in axes) for axes in results]
    <<rooms>>
    most = max([1, *(math.prod(array.shape[1:]) for array in given.values()), *map(math.prod, shaped)])
    step = max(1, _BLOCK // most)
    one = working(1)
    with np.errstate(all="ignore"):
        for start in range(0, rows, step):
            block = slice(start, start + step)
            part = {n: a if a.shape[0] == 1 else a[block] for n, a in (*given.items(), *places.items())}
            part.update((n, part[n].astype(working, copy=False)) for n in given)
            count = min(step, rows - start)
            values = kernel(**part, <<sizes>>, rows=count, one=one)
            for room, value in zip(outs, values):
                room[block] = value
    full = [room.reshape((*batch, *core)) for room, core in zip(outs, shaped)]
    if axis != -1:
        full = [np.moveaxis(r, -1, axis) if len(core) == 1 else r for r, core in zip(full, shaped)]
    full = <<full>>
    return full[0] if len(full) == 1 else tuple(full)
'''

#: Helper's name → its text. A second entry, ``NAME:compensated``, takes rounding errors along.
HELPERS = {
    "_row": """
def _row(array, loops):
    rows = np.arange(array.shape[0]) if array.shape[0] > 1 else np.zeros(1, np.intp)
    return rows.reshape((-1,) + (1,) * loops)
""",
    "_filled": """
def _filled(value, *shape):
    return np.broadcast_to(value, shape)
""",
    "_rowwise": '''
def _rowwise(array, *others):
    """An array with a row for every row of the others; itself where it has them."""
    shape = np.broadcast_shapes(array.shape[:-1], *map(np.shape, others))
    return array if shape == array.shape[:-1] else np.broadcast_to(array, (*shape, array.shape[-1])).copy()
''',
    "_placed": '''
def _placed(whole, place, value):
    """`whole` with one entry a row of its last axis replaced, in place where it holds every row."""
    whole = _rowwise(whole, place, value)
    whole = whole.astype(np.result_type(whole, value), copy=False)
    place = np.broadcast_to(place, whole.shape[:-1])[..., None]
    np.put_along_axis(whole, place, np.broadcast_to(value, whole.shape[:-1])[..., None], axis=-1)
    return whole
''',
    "_sum_except": '''
def _sum_except(terms, place):
    """The sum over the last axis without one term a row."""
    terms = _rowwise(terms, place)
    place = np.broadcast_to(place, terms.shape[:-1])[..., None]
    left_out = np.take_along_axis(terms, place, axis=-1)
    np.put_along_axis(terms, place, 0, axis=-1)
    total = terms.sum(axis=-1)
    np.put_along_axis(terms, place, left_out, axis=-1)
    return total
''',
    "_product_except": '''
def _product_except(terms, place):
    """The product over the last axis without one factor a row."""
    terms = _rowwise(terms, place)
    place = np.broadcast_to(place, terms.shape[:-1])[..., None]
    left_out = np.take_along_axis(terms, place, axis=-1)
    np.put_along_axis(terms, place, 1, axis=-1)
    total = terms.prod(axis=-1)
    np.put_along_axis(terms, place, left_out, axis=-1)
    return total
''',
    "_products_of_others": '''
def _products_of_others(factors):
    """For every place of the last axis the product of the other factors: those before it by those after."""
    before, after = np.ones(factors.shape, factors.dtype), np.ones(factors.shape, factors.dtype)
    np.cumprod(factors[..., :-1], axis=-1, out=before[..., 1:])
    np.cumprod(factors[..., :0:-1], axis=-1, out=after[..., -2::-1])
    before *= after
    return before
''',
    "_shifted": '''
def _shifted(u, w):
    """u - w; 0 where both are the same infinity."""
    d = u - w
    return d if np.isfinite(w).all() else np.where(u == w, 0, d)
''',
    "_exp_shifted": '''
def _exp_shifted(u, w):
    """exp(u - w); 1 where both are the same infinity."""
    d = u - w
    if not np.isfinite(w).all():
        d = np.where(u == w, 0, d)
    return np.exp(d, out=d) if isinstance(d, np.ndarray) else np.exp(d)
''',
    "_exp_shifted:compensated": '''
def _exp_shifted_exactly(u, w):
    """exp(u - w) with the error of u - w (TwoSum; Knuth 1969); 1 where both are the same infinity."""
    d, error = _two_difference(u, w)
    e = np.exp(d)
    return e + e * error
''',
    "_exp_product": '''
def _exp_product(u, w):
    """exp(u * w); 1 where u is 0, whatever w."""
    return np.exp(np.where(u == 0, u, u * w))
''',
    "_exp_product:compensated": '''
def _exp_product_exactly(u, w):
    """exp(u * w) with the rounding error of u * w (Dekker 1971); 1 where u is 0, whatever w."""
    product, error = _two_product(u, w)
    e = np.exp(np.where(u == 0, u, product))
    return np.where(np.isfinite(error) & np.isfinite(e), e + e * error, e)
''',
    "_two_difference": '''
def _two_difference(u, w):
    """u - w as a rounded difference and its error; exact infinities."""
    d = u - w
    if not np.isfinite(w).all():
        d = np.where(u == w, 0, d)
    back = d - u
    error = (u - (d - back)) - (w + back)
    return d, np.where(np.isfinite(error), error, 0)
''',
    "_shifted_less": '''
def _shifted_less(u, w, t):
    """u - w - t; u - w is 0 where both are the same infinity."""
    d = u - w
    if not np.isfinite(w).all():
        d = np.where(u == w, 0, d)
    return d - t
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
    product = x * y
    return np.where(x == 0, 0 * x, product)
''',
    "_log_ratio": '''
def _log_ratio(a, b):
    """log(a/b): by log1p where a is near b, by both logarithms where the quotient leaves the range."""
    a, b = np.broadcast_arrays(a, b)
    ratio = np.asarray(a / b)
    near = (ratio > 0.5) & (ratio < 2)
    result = np.where(near, np.log1p((a - b) / b), np.log(ratio))
    lost = (ratio < np.finfo(ratio.dtype).smallest_normal) | np.isinf(ratio)
    if lost.any():
        lost &= (a > 0) & (b > 0)
        result[lost] = np.log(a[lost]) - np.log(b[lost])
    return result
''',
    "_carried_sum": '''
def _carried_sum(*terms):
    """The sum of all terms over the last axis, by halves, with all rounding errors (TwoSum; Knuth 1969)."""
    total, low = terms[0].copy(), 0
    for term in terms[1:]:
        total, error = _two_sum(total, term)
        low = low + error.sum(axis=-1)
    while (size := total.shape[-1]) > 1:
        both, error = _two_sum(total[..., : size // 2], total[..., -(size // 2) :])
        low = low + error.sum(axis=-1)
        total[..., : size // 2] = both
        total = total[..., : size - size // 2]
    total = total[..., 0]
    return np.where(np.isfinite(total), total + low, total)
''',
    "_two_sum": '''
def _two_sum(u, w):
    """u + w as a rounded sum and its error."""
    total = u + w
    back = total - u
    return total, (u - (total - back)) + (w - back)
''',
    "_kl_term": '''
def _kl_term(p, q):
    """p log(p/q) - p + q >= 0: by atanh r - r, r = (p - q)/(p + q), or by logarithms where they are far.

    q where p = 0, 0 where both are, +inf where q = 0 < p.
    """
    p, q = np.broadcast_arrays(p, q)
    difference = p - q
    total = p + q
    r = np.asarray(difference / total)
    near = difference * r + 2 * p * _kl_bend(r)
    far = p * (np.log(p) - np.log(q)) - difference
    far = np.where(p == np.inf, p, far)
    return np.where(p == 0, q, np.where((np.abs(r) < 0.61) & np.isfinite(total), near, far))
''',
    "_kl_bend": '''
def _kl_bend(r):
    """atanh r - r for |r| < 0.61."""
    size = np.abs(r)
    one = size.dtype.type(1)
    # atanh a = atanh c + atanh s with s = (a - c)/(1 - a c), where c = 3/8 for the larger ones
    large = size >= 0.2
    c = large * (3 * one / 8)
    s = (size - c) / (one - size * c)
    square = s * s
    # atanh s - s = s^3 (1/3 + s^2/5 + s^4/7 + ...)
    series = square * (one / 31)
    for k in range(29, 3, -2):
        series += one / k
        series *= square
    series += one / 3
    start = large * (one * 0.019228680182135086 - one * 1.5267635160255128e-18)
    return np.copysign(start + s * (size * c + square * series), r)
''',
    "_kl_term:compensated": '''
def _kl_term_exactly(p, q):
    """As _kl_term, with the errors of every quotient, product and difference that count (Dekker 1971)."""
    p, q = np.broadcast_arrays(p, q)
    difference, lost = _two_sum(p, -q)
    total, total_lost = _two_sum(p, q)
    r = np.asarray(difference / total)
    square, low = _two_product(difference, r)
    again, under = _two_product(r, total)
    rest = ((difference - again) - under) + (lost - r * total_lost)
    near = square + (2 * p * _kl_bend(r) + (low + (lost * r + rest * difference / (2 * q))))
    ratio = np.asarray(p / q)
    logarithm = np.log(ratio)
    product, low = _two_product(p, logarithm)
    again, under = _two_product(ratio, q)
    total, error = _two_sum(product, -difference)
    far = total + (error + (low + ((p - again) - under) - lost))
    close = np.abs(r) < 0.6
    result = np.where(close, near, far)
    exact = np.isfinite(result) & (close | (ratio > np.finfo(ratio.dtype).smallest_normal))
    return result if exact.all() else np.where(exact, result, _kl_term(p, q))
''',
    "_two_product": '''
def _two_product(a, b):
    """a * b as a rounded product and its error (Dekker 1971)."""
    product = a * b
    a_high, b_high = (134217729.0 * a), (134217729.0 * b)
    a_high, b_high = a_high - (a_high - a), b_high - (b_high - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
''',
    "_scaled": '''
def _scaled(u, c):
    """u / c for a power of two: exact."""
    return u / c
''',
    "_binade": '''
def _binade(magnitude):
    """The power of two next below a magnitude, at least the smallest normal; 1 for 0, infinities and NaN."""
    _, exponent = np.frexp(magnitude)
    scale = np.ldexp(np.ones_like(magnitude), np.maximum(exponent - 1, np.finfo(magnitude.dtype).minexp))
    return np.where((magnitude > 0) & np.isfinite(magnitude), scale, 1)
''',
}

HELPERS |= python_texts("np")

#: Helper → helpers that its text calls.
NEEDS = {
    "_erf": ("_erfcx",),
    "_placed": ("_rowwise",),
    "_sum_except": ("_rowwise",),
    "_product_except": ("_rowwise",),
    "_exp_shifted:compensated": ("_two_difference",),
    "_exp_product:compensated": ("_two_product",),
    "_shifted_less:compensated": ("_two_difference",),
    "_carried_sum": ("_two_sum",),
    "_kl_term": ("_kl_bend",),
    "_kl_term:compensated": ("_kl_term", "_two_product", "_two_sum"),
}
