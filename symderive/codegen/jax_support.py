"""The text that generated JAX files share: batches as rows, and differentiable primitives.

What is selected against is computed from harmless numbers, so that no NaN enters a gradient from a branch
that was not taken. Rounding errors are taken along behind `optimization_barrier`, through which XLA does not
simplify: without it ``(u - w) - u`` may become ``-w``.
"""

from __future__ import annotations

from symderive.codegen.framework_helpers import NEEDS as SHARED_NEEDS
from symderive.codegen.framework_helpers import helpers

__all__ = ["CHOICES", "CUSTOM", "DRIVER", "HELPERS", "NEEDS"]

#: The part that every file has.
DRIVER = '''
def _places(name, value, size):
    """Integers counted from 0, and which of them are in range; known numbers are checked at once."""
    place = jnp.asarray(value)
    if not jnp.issubdtype(place.dtype, jnp.integer):
        raise TypeError(f"{name} must hold integers (counted from 0), not {place.dtype}")
    inside = (place >= 0) & (place < size)
    if not isinstance(inside, jax.core.Tracer) and not bool(inside.all()):
        raise IndexError(f"{name} must lie in 0, ..., {size - 1}")
    return jnp.where(inside, place, 0).astype(jnp.int32), inside


def _evaluate(compute, reals, indices, results, axis=-1):
    """Compute for every batch element: all batch axes as one axis of rows, and back.

    `reals`: name -> (value, axis names). `indices`: name -> (value, the axis that it points into).
    `results`: the axis names of each result. `compute` takes the arrays in this order. Under `jit` an index
    out of range gives NaN.
    """
    arrays = {name: jnp.asarray(value) for name, (value, _) in reals.items()}
    for name, array in arrays.items():
        if jnp.issubdtype(array.dtype, jnp.complexfloating):
            raise TypeError(f"{name} must hold real numbers, not {array.dtype}")
    # Integers and Python's numbers take the type of the arrays beside them.
    typed = [n for n, (v, _) in reals.items() if not isinstance(v, (int, float))]
    floats = [arrays[n] for n in typed if jnp.issubdtype(arrays[n].dtype, jnp.floating)]
    dtypes = [a.dtype for a in floats if a.ndim] or [a.dtype for a in floats]
    dtype = functools.reduce(jnp.promote_types, dtypes) if dtypes else jnp.asarray(0.0).dtype
    arrays = {name: array.astype(dtype) for name, array in arrays.items()}
    if axis != -1:
        arrays = {n: jnp.moveaxis(a, axis, -1) if len(reals[n][1]) == 1 else a for n, a in arrays.items()}
    sizes = {}
    for name, (_, axes) in reals.items():
        array = arrays[name]
        if array.ndim < len(axes):
            needed = ", ".join(axes)
            raise ValueError(f"{name} has {array.ndim} axes, and needs at least {len(axes)}: {needed}")
        for size, label in zip(array.shape[array.ndim - len(axes):], axes):
            expected = int(label) if label.isdigit() else sizes.setdefault(label, size)
            if expected != size:
                raise ValueError(f"{name} has {size} entries along {label}, where {expected} are needed")
            if size == 0:
                raise ValueError(f"{name} is empty along {label}")
            sizes[label] = size
    <<lengths>>valid = []
    for name, (value, label) in indices.items():
        arrays[name], inside = _places(name, value, sizes[label])
        valid.append(inside)
    cores = {n: tuple(sizes[label] for label in axes) for n, (_, axes) in reals.items()}
    leads = {n: a.shape[: a.ndim - len(cores.get(n, ()))] for n, a in arrays.items()}
    try:
        batch = jnp.broadcast_shapes(*leads.values())
    except ValueError:
        raise ValueError(f"the batch axes {list(leads.values())} do not broadcast") from None
    rows = math.prod(batch)
    flat = []
    for name, array in arrays.items():
        core = cores.get(name, ())
        if math.prod(leads[name]) == 1:
            flat.append(array.reshape(1, *core))
        else:
            flat.append(jnp.broadcast_to(array, (*batch, *core)).reshape(rows, *core))
    values = compute(*flat)
    values = values if isinstance(values, tuple) else (values,)
    full = []
    for value, axes in zip(values, results):
        core = tuple(sizes[label] if label in sizes else int(label) for label in axes)
        value = jnp.broadcast_to(value, (rows, *core)).astype(dtype).reshape((*batch, *core))
        for inside in valid:
            value = jnp.where(inside.reshape(inside.shape + (1,) * len(core)), value, jnp.nan)
        full.append(jnp.moveaxis(value, -1, axis) if axis != -1 and len(core) == 1 else value)
    return full[0] if len(full) == 1 else tuple(full)


def _run(kernels, *arguments, **options):
    """The kernel for the arguments' dtype, in its working dtype."""
    dtype = next(a.dtype for a in arguments if jnp.issubdtype(a.dtype, jnp.floating))
    if jnp.finfo(dtype).bits > 64:
        raise TypeError(f"the arguments must be float16, bfloat16, float32 or float64, not {dtype}")
    kernel, working = _chosen(kernels, dtype)
    given = [a.astype(working) if jnp.issubdtype(a.dtype, jnp.floating) else a for a in arguments]
    one = jnp.ones((), working)
    return kernel(*given, max(a.shape[0] for a in given), one, **options)
'''

#: How a kernel is chosen: by whether the working type may be wider.
CHOICES = {
    "fast": '''
def _chosen(kernels, dtype):
    """The caller's type throughout; float32 for what is shorter."""
    single = dtype != jnp.float64
    return (kernels["float32"], jnp.float32) if single else (kernels["float64"], jnp.float64)
''',
    "default": '''
def _chosen(kernels, dtype):
    """float32 in float64 where JAX has that type; else, like float64, with rounding errors taken along."""
    if dtype == jnp.float64:
        return kernels["float64"], jnp.float64
    if jax.config.jax_enable_x64:
        return kernels["float32"], jnp.float64
    return kernels["float64"], jnp.float32
''',
}

#: What a file with a `custom_vjp` has besides.
CUSTOM = '''
def _like(gradient, argument):
    """A gradient a row as the gradient of an argument: summed where all rows share the argument."""
    if argument.shape[0] == 1 and gradient.shape[0] != 1:
        gradient = gradient.sum(0, keepdims=True)
    return jnp.broadcast_to(gradient, argument.shape).astype(argument.dtype)
'''

HELPERS = {
    **helpers("jnp", zero="0", one="1", constant="jax.lax.stop_gradient", log1p="_log1p"),
    "_log1p": '''
def _log1p(t):
    """log(1 + t); from -1/2 to -0.29, XLA's own is off by a hundred units in the last place of float64."""
    low = t < -0.29
    return jnp.where(low, jnp.log(1 + jnp.where(low, t, 0)), jnp.log1p(jnp.where(low, 0, t)))
''',
    "_held": '''
def _held(case, t):
    """t, a constant to differentiation where a case is not taken."""
    return jnp.where(case, t, jax.lax.stop_gradient(t))
''',
    "_row": """
def _row(array, loops):
    return jnp.arange(array.shape[0]).reshape((-1,) + (1,) * loops)
""",
    "_filled": """
def _filled(value, *shape):
    return jnp.broadcast_to(value, shape)
""",
    "_total": """
def _total(terms):
    return terms.sum(axis=-1)
""",
    "_total:compensated": '''
def _total_exactly(terms):
    """The sum over the last axis, by halves: its rounding errors grow with the logarithm of the length."""
    size = terms.shape[-1]
    if size <= 8:
        return terms.sum(axis=-1)
    wide = 1 << (size - 1).bit_length()
    terms = jnp.pad(terms, [(0, 0)] * (terms.ndim - 1) + [(0, wide - size)])
    while wide > 8:
        wide //= 2
        terms = terms[..., :wide] + terms[..., wide:]
    return terms.sum(axis=-1)
''',
    "_placed": '''
def _placed(whole, place, value):
    """`whole` with one entry a row of its last axis replaced."""
    here = jnp.arange(whole.shape[-1]) == place[..., None]
    return jnp.where(here, jnp.broadcast_to(value, whole.shape[:-1])[..., None], whole)
''',
    "_sum_except": '''
def _sum_except(terms, place):
    """The sum over the last axis without one term a row."""
    return _total(jnp.where(jnp.arange(terms.shape[-1]) == place[..., None], 0, terms))
''',
    "_sum_except:compensated": '''
def _sum_except_exactly(terms, place):
    """The sum over the last axis without one term a row."""
    return _total_exactly(jnp.where(jnp.arange(terms.shape[-1]) == place[..., None], 0, terms))
''',
    "_product_except": '''
def _product_except(terms, place):
    """The product over the last axis without one factor a row."""
    return jnp.where(jnp.arange(terms.shape[-1]) == place[..., None], 1, terms).prod(axis=-1)
''',
    "_products_of_others": '''
def _products_of_others(factors):
    """For every place of the last axis the product of the other factors: those before it by those after."""
    one = jnp.ones_like(factors[..., :1])
    before = jnp.concatenate([one, jnp.cumprod(factors[..., :-1], axis=-1)], axis=-1)
    after = jnp.concatenate([one, jnp.cumprod(factors[..., :0:-1], axis=-1)], axis=-1)
    return before * after[..., ::-1]
''',
    "_two_difference": '''
def _two_difference(u, w):
    """u - w as a rounded difference and its error, a constant to differentiation; exact infinities."""
    d = jnp.where((u == w) & jnp.isinf(u), 0, u - w)
    a, b, c = (jax.lax.stop_gradient(part) for part in (u, w, d))
    c = jax.lax.optimization_barrier(c)
    back = jax.lax.optimization_barrier(c - a)
    rest = jax.lax.optimization_barrier(c - back)
    error = (a - rest) - (b + back)
    return d, jnp.where(jnp.isfinite(error), error, 0)
''',
    "_two_sum": '''
def _two_sum(u, w):
    """u + w as a rounded sum and its error, a constant to differentiation; NaN beside infinities."""
    total = u + w
    a, b, c = (jax.lax.stop_gradient(part) for part in (u, w, total))
    c = jax.lax.optimization_barrier(c)
    back = jax.lax.optimization_barrier(c - a)
    rest = jax.lax.optimization_barrier(c - back)
    return total, (a - rest) + (b - back)
''',
    "_two_product": '''
def _two_product(a, b):
    """a * b as a rounded product and its error (Dekker 1971), a constant to differentiation."""
    product = _kept(a * b)
    a, b, c = (jax.lax.stop_gradient(part) for part in (a, b, product))
    factor = 134217729.0 if c.dtype == jnp.float64 else 4097.0
    a_high, b_high = (jax.lax.optimization_barrier(factor * part) for part in (a, b))
    a_high = a_high - jax.lax.optimization_barrier(a_high - a)
    b_high = b_high - jax.lax.optimization_barrier(b_high - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - c) + a_high * b_low + a_low * b_high) + a_low * b_low
''',
    "_kept": '''
@jax.custom_jvp
def _kept(t):
    """t as it is rounded: no compiler makes one operation of it and what uses it."""
    return jax.lax.optimization_barrier(t)


_kept.defjvp(lambda primals, tangents: (_kept(*primals), *tangents))
''',
    "_remainder": '''
def _remainder(a, quotient, divisor):
    """a - quotient * divisor for a rounded quotient, exactly; a constant to differentiation."""
    a, quotient, divisor = (jax.lax.stop_gradient(part) for part in (a, quotient, divisor))
    product, low = _two_product(quotient, divisor)
    return (a - product) - low
''',
    "_outer": '''
def _outer(left, right, shared):
    """The product over two axes a row; where all rows share the argument, their sum, without the products."""
    if shared:
        rows = max(left.shape[0], right.shape[0])
        left, right = (jnp.broadcast_to(a, (rows, a.shape[1])) for a in (left, right))
        return jnp.matmul(left.T, right, precision="highest")[None]
    return left[:, :, None] * right[:, None, :]
''',
    "_binade": '''
def _binade(magnitude):
    """A power of two near a magnitude, its exponent bits alone; 1 where that is 0 or not finite.

    A constant to differentiation: the result does not depend on it.
    """
    magnitude = jax.lax.stop_gradient(magnitude)
    double = magnitude.dtype == jnp.float64
    bits, mask = (jnp.int64, 0x7FF0000000000000) if double else (jnp.int32, 0x7F800000)
    scale = jax.lax.bitcast_convert_type(magnitude, bits) & jnp.asarray(mask, bits)
    scale = jax.lax.bitcast_convert_type(scale, magnitude.dtype)
    scale = jnp.maximum(scale, jnp.finfo(scale.dtype).tiny)
    return jnp.where((magnitude > 0) & jnp.isfinite(magnitude), scale, 1)
''',
}

#: Helper → helpers that its text calls.
NEEDS = {
    **SHARED_NEEDS,
    "_log_ratio": ("_log1p",),
    "_two_product": ("_kept",),
    "_sum_except": ("_total",),
    "_sum_except:compensated": ("_total:compensated",),
}
