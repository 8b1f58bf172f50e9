"""The text that generated torch files share: batches as rows, and differentiable primitives.

Nothing here depends on the numbers in a tensor, so that `torch.func.vmap` can map it; what is selected
against is computed from harmless numbers, so that no NaN enters a gradient from a branch not taken.
"""

from __future__ import annotations

from symderive.codegen.framework_helpers import NEEDS as SHARED_NEEDS
from symderive.codegen.framework_helpers import helpers

__all__ = ["DRIVER", "HELPERS", "NEEDS"]

#: The part that every file has.
DRIVER = '''
_BLOCK = 1 << 16  # numbers in a block: its intermediate tensors stay in the cache


def _real(value, dtype, device):
    if not isinstance(value, torch.Tensor):
        return torch.as_tensor(value, dtype=dtype, device=device)
    return value.to(dtype) if value.dim() else value.to(dtype=dtype, device=device)


def _common_dtype(reals):
    """The dtype of the results: that of the tensors with axes, or of the others where there are none."""
    for name, (value, _) in reals.items():
        if isinstance(value, torch.Tensor) and value.is_complex():
            raise TypeError(f"{name} must hold real numbers, not {value.dtype}")
    floats = [v for v, _ in reals.values() if isinstance(v, torch.Tensor) and v.is_floating_point()]
    dtypes = [v.dtype for v in floats if v.dim()] or [v.dtype for v in floats]
    return functools.reduce(torch.promote_types, dtypes) if dtypes else torch.get_default_dtype()


def _places(name, value, size, device):
    """Integers counted from 0, checked; one below 0 is moved out of range, where indexing raises."""
    place = torch.as_tensor(value, device=None if isinstance(value, torch.Tensor) else device)
    if place.is_floating_point() or place.is_complex() or place.dtype == torch.bool:
        raise TypeError(f"{name} must hold integers (counted from 0), not {place.dtype}")
    place = place.long()
    outside = (place < 0) | (place >= size)
    if place.device.type == "cpu":
        try:
            wrong = bool(outside.any())
        except RuntimeError:  # under vmap the numbers are not known; indexing checks them
            wrong = False
        if wrong:
            raise IndexError(f"{name} must lie in 0, ..., {size - 1}")
    return torch.where(outside, size, place)


def _evaluate(compute, reals, indices, results, dim=-1):
    """Compute for every batch element: all batch axes as one axis of rows, and back.

    `reals`: name -> (value, axis names). `indices`: name -> (value, the axis that it points into).
    `results`: the axis names of each result. `compute` takes the tensors in this order.
    """
    # An array of another library keeps its type; a Python number takes that of the tensors.
    reals = {n: (torch.as_tensor(v) if hasattr(v, "dtype") else v, axes) for n, (v, axes) in reals.items()}
    dtype = _common_dtype(reals)
    given = [v for v, _ in (*reals.values(), *indices.values()) if isinstance(v, torch.Tensor)]
    devices = [v.device for v in given if v.dim()] or [v.device for v in given]
    device = devices[0] if devices else None
    arrays = {name: _real(value, dtype, device) for name, (value, _) in reals.items()}
    if dim != -1:
        arrays = {n: a.movedim(dim, -1) if len(reals[n][1]) == 1 else a for n, a in arrays.items()}
    sizes = {}
    for name, (_, axes) in reals.items():
        array = arrays[name]
        if array.dim() < len(axes):
            needed = ", ".join(axes)
            raise ValueError(f"{name} has {array.dim()} axes, and needs at least {len(axes)}: {needed}")
        for size, label in zip(array.shape[array.dim() - len(axes):], axes):
            expected = int(label) if label.isdigit() else sizes.setdefault(label, size)
            if expected != size:
                raise ValueError(f"{name} has {size} entries along {label}, where {expected} are needed")
            if size == 0:
                raise ValueError(f"{name} is empty along {label}")
            sizes[label] = size
    <<lengths>>for name, (value, label) in indices.items():
        arrays[name] = _places(name, value, sizes[label], device)
    cores = {n: tuple(sizes[label] for label in axes) for n, (_, axes) in reals.items()}
    leads = {n: tuple(a.shape[: a.dim() - len(cores.get(n, ()))]) for n, a in arrays.items()}
    try:
        batch = torch.broadcast_shapes(*leads.values())
    except RuntimeError:
        raise ValueError(f"the batch axes {list(leads.values())} do not broadcast") from None
    rows = math.prod(batch)
    flat = []
    for name, array in arrays.items():
        core = cores.get(name, ())
        if math.prod(leads[name]) == 1:
            flat.append(array.reshape(1, *core))
        else:
            flat.append(array.expand(*batch, *core).reshape(rows, *core))
    values = compute(*flat)
    values = values if isinstance(values, tuple) else (values,)
    full = []
    for value, axes in zip(values, results):
        core = tuple(sizes[label] if label in sizes else int(label) for label in axes)
        value = value.expand(rows, *core).to(dtype).reshape((*batch, *core))
        full.append(value.movedim(-1, dim) if dim != -1 and len(core) == 1 else value)
    return full[0] if len(full) == 1 else tuple(full)


def _run(kernels, *arguments, shared=(), **options):
    """The kernel for the arguments' dtype, in its working dtype; by blocks of rows where no graph is kept.

    `shared`: for each result, whether it is summed over the rows.
    """
    dtype = next(a.dtype for a in arguments if a.is_floating_point())
    if dtype not in kernels:
        raise TypeError(f"the arguments must be float16, bfloat16, float32 or float64, not {dtype}")
    kernel, working = kernels[dtype]
    device = arguments[0].device
    one = torch.ones((), dtype=working, device=device)
    rows = max(a.shape[0] for a in arguments)
    step = max(1, _BLOCK // max(math.prod(a.shape[1:]) for a in arguments))
    if torch.is_grad_enabled() or device.type != "cpu":
        step = max(rows, 1)
    blocks = []
    for start in range(0, max(rows, 1), step):
        count = min(step, rows - start)
        part = [a if a.shape[0] == 1 else a[start:start + step] for a in arguments]
        part = [a.to(working) if a.is_floating_point() else a for a in part]
        values = kernel(*part, count, one, **options)
        summed = shared or (False,) * len(values)
        blocks.append([_settled(value, s, count, dtype) for value, s in zip(values, summed)])
    results = []
    for parts, s in zip(zip(*blocks), summed):
        if parts[0] is None:
            results.append(None)
        elif s:
            results.append(sum(parts[1:], parts[0]).to(dtype))
        else:
            results.append(parts[0] if len(parts) == 1 else torch.cat(parts))
    return tuple(results)


def _settled(value, summed, rows, dtype):
    """A block's result: its sum over the rows, or a row each, rounded."""
    if value is None:
        return None
    return value.sum(0, keepdim=True) if summed else value.expand(rows, *value.shape[1:]).to(dtype)
'''

HELPERS = {
    **helpers("torch", zero="0.0", one="1.0", constant="torch.Tensor.detach"),
    "_held": '''
def _held(case, t):
    """t, a constant to differentiation where a case is not taken."""
    return torch.where(case, t, t.detach()) if torch.is_grad_enabled() else t
''',
    "_row": """
def _row(array, loops):
    rows = torch.arange(array.shape[0], device=array.device)
    return rows.reshape((-1,) + (1,) * loops)
""",
    "_filled": """
def _filled(value, *shape):
    return value.expand(shape)
""",
    "_placed": '''
def _placed(whole, place, value):
    """`whole` with one entry a row of its last axis replaced."""
    places = torch.arange(whole.shape[-1], device=whole.device)
    return torch.where(places == place[..., None], (value * torch.ones_like(whole[..., 0]))[..., None], whole)
''',
    "_sum_except": '''
def _sum_except(terms, place):
    """The sum over the last axis without one term a row."""
    place = place.expand(terms.shape[:-1])[..., None]
    return terms.scatter(-1, place, 0.0).sum(dim=-1)
''',
    "_product_except": '''
def _product_except(terms, place):
    """The product over the last axis without one factor a row."""
    place = place.expand(terms.shape[:-1])[..., None]
    return terms.scatter(-1, place, 1.0).prod(dim=-1)
''',
    "_products_of_others": '''
def _products_of_others(factors):
    """For every place of the last axis the product of the other factors: those before it by those after."""
    one = torch.ones_like(factors[..., :1])
    before = torch.cat([one, factors[..., :-1].cumprod(-1)], dim=-1)
    after = torch.cat([one, factors.flip(-1)[..., :-1].cumprod(-1)], dim=-1)
    return before * after.flip(-1)
''',
    "_sign": '''
def _sign(t):
    """The sign; NaN of NaN."""
    return torch.where(torch.isnan(t), t, torch.sign(t))
''',
    "_two_difference": '''
def _two_difference(u, w):
    """u - w as a rounded difference and its error, a constant to differentiation; exact infinities."""
    d = torch.where((u == w) & torch.isinf(u), 0.0, u - w)
    a, b, c = u.detach(), w.detach(), d.detach()
    back = c - a
    error = (a - (c - back)) - (b + back)
    return d, torch.where(torch.isfinite(error), error, 0.0)
''',
    "_two_sum": '''
def _two_sum(u, w):
    """u + w as a rounded sum and its error, a constant to differentiation; NaN beside infinities."""
    total = u + w
    a, b, c = u.detach(), w.detach(), total.detach()
    back = c - a
    return total, (a - (c - back)) + (b - back)
''',
    "_two_product": '''
def _two_product(a, b):
    """a * b as a rounded product and its error (Dekker 1971), a constant to differentiation."""
    product = a * b
    a, b, c = a.detach(), b.detach(), product.detach()
    factor = 134217729.0 if c.dtype == torch.float64 else 4097.0
    a_high, b_high = factor * a, factor * b
    a_high, b_high = a_high - (a_high - a), b_high - (b_high - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - c) + a_high * b_low + a_low * b_high) + a_low * b_low
''',
    "_remainder": '''
def _remainder(a, quotient, divisor):
    """a - quotient * divisor for a rounded quotient, exactly; a constant to differentiation."""
    product, low = _two_product(quotient, divisor)
    return (a.detach() - product.detach()) - low
''',
    "_outer": '''
def _outer(left, right, shared):
    """The product over two axes a row; where all rows share the argument, their sum, without the products."""
    if shared:
        rows = max(left.shape[0], right.shape[0])
        left, right = left.expand(rows, -1), right.expand(rows, -1)
        return (left.transpose(0, 1) @ right)[None]
    return left[:, :, None] * right[:, None, :]
''',
    "_binade": '''
def _binade(magnitude):
    """A power of two near a magnitude, its exponent bits alone; 1 where that is 0 or not finite.

    A constant to differentiation: the result does not depend on it.
    """
    magnitude = magnitude.detach()
    if magnitude.dtype == torch.float64:
        scale = (magnitude.view(torch.int64) & 0x7FF0000000000000).view(torch.float64)
    else:
        scale = (magnitude.view(torch.int32) & 0x7F800000).view(torch.float32)
    scale = torch.clamp(scale, min=torch.finfo(scale.dtype).tiny)
    return torch.where((magnitude > 0) & torch.isfinite(magnitude), scale, 1.0)
''',
}

#: Helper → helpers that its text calls.
NEEDS = SHARED_NEEDS
