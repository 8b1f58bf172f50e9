"""Arrays as compiled functions read and write them: checked like the NumPy target's, and their addresses."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symderive.codegen.numpy_target import module_of
from symderive.codegen.out_arrays import OUT_ARRAYS

__all__ = [
    "F32",
    "F64",
    "I64",
    "NUMBERS",
    "Array",
    "address",
    "in_place",
    "index_array",
    "laid_out",
    "last_axis",
    "layout",
    "real_array",
    "rooms",
]

Array = npt.NDArray[Any]

F32, F64, I64 = np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.int64)
NUMBERS = (float, int, np.float64)
_KNOWN = {id(F32): "f", id(F64): "d", id(I64): "i"}
_address_of: Any = ctypes.addressof
_from_buffer: Any = ctypes.c_char.from_buffer
_text: Any = module_of(f"import numpy as np\n{OUT_ARRAYS}", "out_arrays")


def layout(value: Any) -> Any:
    """What a checked call depends on; None where it is not remembered."""
    if type(value) is np.ndarray:
        letter = _KNOWN.get(id(value.dtype))
        return None if letter is None else (letter, value.shape, value.strides)
    return "number" if type(value) in NUMBERS else None


def address(array: Array) -> int:
    """Where an array's numbers are; through its buffer, which takes a fifth of the time, where it has one."""
    try:
        return int(_address_of(_from_buffer(array)))
    except (TypeError, ValueError, BufferError):  # read-only, empty, or strided
        found: int = array.__array_interface__["data"][0]
        return found


def real_array(name: str, value: Any) -> Array:
    """An argument of real numbers, as float32 or float64."""
    if np.ma.is_masked(value):
        raise TypeError(f"{name} has masked entries: fill them first (a logit with -inf)")
    array: Array = np.asarray(value)
    if array.dtype.kind in "bui":
        array = array.astype(np.float64)
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name} must hold real numbers (float32 or float64), not {array.dtype}")
    return array


def index_array(name: str, value: Any) -> Array:
    """An argument of integers."""
    array: Array = np.asarray(value)
    if array.dtype.kind not in "ui":
        raise TypeError(f"{name} must hold integers (counted from 0), not {array.dtype}")
    if array.dtype == np.uint64:  # what does not fit would turn negative
        array = np.minimum(array, np.uint64(np.iinfo(np.int64).max))
    return array


def laid_out(
    array: Array, axes: int, dtype: np.dtype[Any], batch: tuple[int, ...], one: bool
) -> tuple[Array, int]:
    """An array whose rows C can read, itself where it can, and the distance of two rows."""
    core = array.shape[array.ndim - axes :]
    size = math.prod(core)
    native = array.dtype == dtype and array.dtype.isnative and array.flags.aligned
    if one:
        whole = native and array.flags.c_contiguous
        return array if whole else np.array(array, dtype, order="C"), 0
    if array.shape[: array.ndim - axes] != batch:
        array, native = np.broadcast_to(array, (*batch, *core)), False
    if native and array.flags.c_contiguous:
        return array, size
    if native and len(batch) == 1 and array.strides[0] % array.itemsize == 0:
        inner = array[0] if array.shape[0] else array
        if inner.flags.c_contiguous and (axes or array.strides[0] == array.itemsize):
            return array, array.strides[0] // array.itemsize
    return np.array(array, dtype, order="C"), size


def rooms(
    out: Any,
    shapes: Sequence[tuple[int, ...]],
    axes: Sequence[int],
    dtype: np.dtype[Any],
    read: Sequence[Array],
) -> tuple[list[Array | None], list[Array]]:
    """The caller's arrays for the results, and the arrays that C writes: those where it can.

    Parameters
    ----------
    out
        What the caller gave: an array, or a tuple with an array or None for each result.
    shapes, axes, dtype
        The results' shapes with their axes last; where the caller has each one's last axis; their type.
    read
        The arrays that C reads: their rows are promised (`restrict`) not to change.
    """
    given = _text._out_arrays(out, shapes, axes, dtype)
    written = []
    for array, axis, shape in zip(given, axes, shapes, strict=True):
        room = _text._room(array, axis, shape, dtype, read)
        written.append(room if room.flags.carray else np.empty(shape, dtype))
    return given, written


def in_place(given: Sequence[Array | None], results: Sequence[Any]) -> list[Any]:
    """The caller's arrays with the results in them, new ones where he gave none."""
    found: list[Any] = _text._in_place(given, results)
    return found


def last_axis(name: str, array: Array, axis: Any) -> Array:
    """An array with one of its axes last.

    Raises
    ------
    TypeError, numpy.exceptions.AxisError
        For an axis that is no integer, or that the array does not have.
    """
    if not isinstance(axis, (int, np.integer)):
        raise TypeError(f"axis must be an integer, not {axis!r}")
    if not -array.ndim <= axis < array.ndim:
        raise np.exceptions.AxisError(f"axis {axis} is out of range: {name} has {array.ndim} axes")
    return np.moveaxis(array, axis, -1)
