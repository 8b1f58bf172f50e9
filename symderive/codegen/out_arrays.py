"""``out=``: results written into the caller's arrays, in the text of NumPy files and, the same text, for C.

What is written is what a call without ``out`` returns, whatever the arrays share with arguments: where they
may, a result is computed elsewhere first, as NumPy's ufuncs do.
"""

from __future__ import annotations

from symderive.codegen.functions import Function
from symderive.codegen.plan import COMPUTE

__all__ = ["GIVEN", "NEW", "OUT_ARRAYS", "takes_out"]


def takes_out(function: Function) -> bool:
    """Has a function the argument ``out``? The steps of optimizers have not: `c_in_place` is for them."""
    return function.compute in COMPUTE


_FULL = "[result[()] if result.ndim == 0 else result for result in full]"

#: What the NumPy driver says where results are always new.
NEW = {
    "out": "",
    "rooms": "outs = [np.empty((rows, *core), dtype) for core in shaped]",
    "full": _FULL,
}

#: What it says where the caller may give arrays for them.
GIVEN = {
    "out": ", out=None",
    "rooms": """moved = [axis if len(core) == 1 else -1 for core in shaped]
    kept = _out_arrays(out, [(*batch, *core) for core in shaped], moved, dtype)
    read = [*given.values(), *places.values()]
    outs = [_room(k, m, (rows, *core), dtype, read) for k, m, core in zip(kept, moved, shaped)]""",
    "full": f"_in_place(kept, {_FULL})",
}

#: The functions that this calls.
OUT_ARRAYS = '''
def _out_arrays(out, shapes, axes, dtype):
    """The caller's array for each result, None for a new one; an error where it is none for the result.

    `shapes`: of the results, their axes last. `axes`: where the caller has each one's last axis.
    """
    if out is None:
        return [None] * len(shapes)
    if len(shapes) > 1 and not isinstance(out, tuple):
        raise TypeError(f"out must be a tuple of {len(shapes)} arrays, not {type(out).__name__}")
    arrays = list(out) if isinstance(out, tuple) else [out]
    if len(arrays) != len(shapes):
        raise ValueError(f"out has {len(arrays)} entries, and there must be one a result: {len(shapes)}")
    for n, (array, shape, axis) in enumerate(zip(arrays, shapes, axes)):
        if array is None:
            continue
        name = f"out[{n}]" if isinstance(out, tuple) else "out"
        if not isinstance(array, np.ndarray) or isinstance(array, np.ma.MaskedArray):
            raise TypeError(f"{name} must be a NumPy array without a mask, not {type(array).__name__}")
        if axis != -1:
            place = axis % len(shape)
            shape = (*shape[:-1][:place], shape[-1], *shape[:-1][place:])
        if array.dtype != dtype:
            raise TypeError(f"{name} holds {array.dtype}, and the result is {dtype}")
        if array.shape != shape:
            raise ValueError(f"{name} has the shape {array.shape}, and the result has {shape}")
        if not array.flags.writeable:
            raise ValueError(f"{name} is read-only")
        if _overlaps_itself(array):
            raise ValueError(f"{name} has entries that share memory")
        for m, other in enumerate(arrays[:n]):
            if other is not None and _overlap(array, other):
                raise ValueError(f"out[{m}] and {name} share memory")
    return arrays


def _overlap(a, b):
    """Do arrays share memory? Where that would take long to find out: yes."""
    return np.may_share_memory(a, b, max_work=1000)


def _overlaps_itself(array):
    """May entries share memory? Not where each stride passes what the smaller ones reach."""
    reach = array.itemsize
    for stride, size in sorted((abs(s), n) for s, n in zip(array.strides, array.shape) if n > 1):
        if stride < reach:
            return array.size > 0
        reach += stride * (size - 1)
    return False


def _room(array, axis, shape, dtype, read):
    """Where a result is computed: in the caller's array, or in a new one where that is read from."""
    if array is not None:
        last = np.asarray(array) if axis == -1 else np.moveaxis(np.asarray(array), axis, -1)
        room = last.reshape(shape)  # a copy where gaps forbid a view
        if not any(_overlap(room, other) for other in read):
            return room
    return np.empty(shape, dtype)


def _in_place(arrays, results):
    """The results in the caller's arrays, where there are some."""
    for array, result in zip(arrays, results):
        if array is not None and not _overlap(array, result):
            array[...] = result
    return [result if array is None else array for array, result in zip(arrays, results)]
'''
