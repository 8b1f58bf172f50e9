"""Calls of compiled functions: from arrays to pointers and back, with the NumPy target's checks."""

from __future__ import annotations

import ctypes
import inspect
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Expr

from symderive.codegen import numpy_target
from symderive.codegen.c_arrays import (
    F32,
    F64,
    I64,
    NUMBERS,
    Array,
    address,
    in_place,
    index_array,
    laid_out,
    last_axis,
    layout,
    real_array,
    rooms,
)
from symderive.codegen.c_compiler import CompilationError, CompilerNotFound, compiler, load
from symderive.codegen.c_schedule import is_along_rows
from symderive.codegen.c_shared import shared_macro
from symderive.codegen.documentation import docstring, signature_axes
from symderive.codegen.functions import Function
from symderive.codegen.kernel import Kind
from symderive.codegen.out_arrays import takes_out
from symderive.codegen.plan import Plan
from symderive.terms import Dim

__all__ = ["CFunction", "has_compiler"]

_REMEMBERED = 64  # layouts of arguments whose checks are not repeated
_MOST_THREADS = 256
_UNBOUND = object()


@dataclass(frozen=True)
class _Call:
    """A call that was checked: what to fill in for arguments of the same types, shapes and strides.

    Parameters
    ----------
    run
        The compiled function.
    values
        Its arguments, with None where a pointer or a number is filled in.
    pointers
        (number of the caller's argument, place in `values`, item size) of each array.
    numbers
        (number of the caller's argument, place in `values`) of each number.
    results
        The shape of each result.
    dtype
        Its type.
    first_result
        The place of the first result's pointer in `values`.
    """

    run: Any
    values: tuple[Any, ...]
    pointers: tuple[tuple[int, int, int], ...]
    numbers: tuple[tuple[int, int], ...]
    results: tuple[tuple[int, ...], ...]
    dtype: np.dtype[Any]
    first_result: int


class CFunction:
    """A compiled function with the signature, checks and results of the NumPy target's.

    It is compiled when it is first called, into a cache on disk. The keyword ``threads`` is the number of
    threads that share the batch, 1 by default; Python's other threads run on meanwhile.

    Parameters
    ----------
    plan, function
        What it computes.
    text
        The C text.
    """

    def __init__(self, plan: Plan, function: Function, text: str) -> None:
        self._plan, self._function, self._text = plan, function, text
        self._arguments = function.arguments
        self._dims = next(iter(function.kernels.values())).dimensions
        self._one_axis = any(len(a.axes) == 1 and a.kind is Kind.REAL for a in function.arguments)
        self._takes_out = takes_out(function)
        self._calls: dict[Any, _Call] = {}
        self._substitute: Callable[..., Any] | None = None
        self.__name__ = self.__qualname__ = function.name
        self.__doc__ = docstring(plan, function, out=self._takes_out)
        self.__signature__ = _signature(function, self._one_axis, self._takes_out)

    def __repr__(self) -> str:
        return f"<compiled function {self.__name__}>"

    def __call__(
        self, *args: Any, axis: Any = _UNBOUND, out: Any = None, threads: int = 1, **named: Any
    ) -> Any:
        if self._substitute is not None:
            return self._by_numpy(*args, axis=axis, out=out, **named)
        if out is not None and not self._takes_out:
            raise TypeError(f"{self.__name__}() got an unexpected keyword argument 'out'")
        if named or len(args) != len(self._arguments):
            try:
                args = self.__signature__.bind(*args, **named).args
            except TypeError as error:
                raise TypeError(f"{self.__name__}(): {error}") from None
        if axis is _UNBOUND or axis == -1:
            key: Any = (threads, *(layout(value) for value in args))
            call = self._calls.get(key)
            if call is not None:
                values = list(call.values)
                for number, place, size in call.pointers:
                    pointer = address(args[number])
                    if pointer % size:
                        break
                    values[place] = pointer
                else:
                    for number, place in call.numbers:
                        values[place] = args[number]
                    return self._run(call, values, args, out)
        elif not self._one_axis:
            raise TypeError(f"{self.__name__}() got an unexpected keyword argument 'axis'")
        else:
            key = None
        return self._checked(args, -1 if axis is _UNBOUND else axis, out, threads, key)

    def _run(
        self, call: _Call, values: list[Any], arrays: Sequence[Any], out: Any = None, axis: int = -1
    ) -> Any:
        """The results of a call over arrays that C reads as they are."""
        moved = [axis if len(output.axes) == 1 else -1 for output in self._function.outputs]
        if out is None:
            given: list[Array | None] = []
            results = [np.empty(shape, call.dtype) for shape in call.results]
        else:
            read = [arrays[number] for number, _, _ in call.pointers]
            given, results = rooms(out, call.results, moved, call.dtype, read)
        for number, result in enumerate(results, call.first_result):
            values[number] = address(result)
        code = call.run(*values)
        if code:
            self._fail(code, arrays, call)
        if axis != -1:
            results = [
                result if place == -1 else np.moveaxis(result, -1, place)
                for result, place in zip(results, moved, strict=True)
            ]
        found = [result if result.ndim else result[()] for result in results]
        if given:
            found = in_place(given, found)
        return found[0] if len(found) == 1 else tuple(found)

    def _fail(self, code: int, args: Sequence[Any], call: _Call) -> None:
        if code == 3:
            raise MemoryError(f"{self.__name__} finds no memory for its arrays of one row")
        sizes = dict(zip(self._dims, call.values[1:], strict=False))
        for argument, value in zip(self._arguments, args, strict=True):
            if argument.kind is Kind.INDEX:
                size = int(argument.sizes[0].subs(sizes))
                place = np.asarray(value)
                if place.size and (place.min() < 0 or place.max() >= size):
                    raise IndexError(f"{argument.name} must lie in 0, ..., {size - 1}")
        raise IndexError(f"{self.__name__} reads past the end of an axis of this length")

    # -- the whole way ------------------------------------------------------------------------------------

    def _checked(self, args: Sequence[Any], axis: int, out: Any, threads: int, key: Any) -> Any:
        if not isinstance(threads, int) or threads < 1:
            raise ValueError(f"threads must be a positive integer, not {threads!r}")
        arrays = [
            index_array(a.name, value) if a.kind is Kind.INDEX else real_array(a.name, value)
            for a, value in zip(self._arguments, args, strict=True)
        ]
        if axis != -1:
            arrays = [
                last_axis(a.name, array, axis) if a.kind is Kind.REAL and len(a.axes) == 1 else array
                for a, array in zip(self._arguments, arrays, strict=True)
            ]
        reals = [array for a, array in zip(self._arguments, arrays, strict=True) if a.kind is Kind.REAL]
        wide = [array.dtype for array in reals if array.ndim] or [array.dtype for array in reals]
        dtype = np.result_type(*wide) if wide else F64
        sizes = self._sizes(arrays)
        batch = self._batch(arrays)
        call, arrays = self._prepared(arrays, dtype, sizes, batch, threads)
        if call is None:
            return self._by_numpy(*args, axis=_UNBOUND if axis == -1 else axis, out=out)
        direct = all(
            array is value or (not array.ndim and isinstance(value, NUMBERS) and a.kind is Kind.REAL)
            for a, array, value in zip(self._arguments, arrays, args, strict=True)
        )
        if key is not None and direct and all(part is not None for part in key):
            if len(self._calls) >= _REMEMBERED:
                self._calls.clear()
            self._calls[key] = call
        values = list(call.values)
        for number, place, _ in call.pointers:
            values[place] = address(arrays[number])
        for number, place in call.numbers:
            values[place] = float(arrays[number].reshape(())[()])
        return self._run(call, values, arrays, out, axis)

    def _sizes(self, arrays: Sequence[Array]) -> dict[Dim, int]:
        """The dimensions, from the arrays' shapes."""
        labels: dict[str, int] = {}
        dims: dict[Dim, int] = {}
        for argument, array in zip(self._arguments, arrays, strict=True):
            if argument.kind is Kind.INDEX:
                continue
            axes, name = signature_axes(argument), argument.name
            if array.ndim < len(axes):
                raise ValueError(
                    f"{name} has {array.ndim} axes, and needs at least {len(axes)}: {', '.join(axes)}"
                )
            for size, label, term in zip(
                array.shape[array.ndim - len(axes) :], axes, argument.sizes, strict=True
            ):
                if labels.setdefault(label, size) != size:
                    raise ValueError(
                        f"{name} has {size} entries along {label}, where {labels[label]} were given"
                    )
                if size == 0:
                    raise ValueError(f"{name} is empty along {label}")
                _solve(term, size, dims)
        for argument, array in zip(self._arguments, arrays, strict=True):
            if argument.kind is Kind.INDEX:
                continue
            for size, term in zip(
                array.shape[array.ndim - len(argument.axes) :], argument.sizes, strict=True
            ):
                wanted = term.subs(dims)
                if wanted != size:
                    raise ValueError(
                        f"{argument.name} has {size} entries along {term}, where {wanted} were given"
                    )
        missing = [str(dim) for dim in self._dims if dim not in dims]
        if missing:
            raise ValueError(f"no array says how large {', '.join(missing)} is")
        return dims

    def _batch(self, arrays: Sequence[Array]) -> tuple[int, ...]:
        pairs = zip(self._arguments, arrays, strict=True)
        reals = [array.shape[: array.ndim - len(a.axes)] for a, array in pairs if a.kind is Kind.REAL]
        pairs = zip(self._arguments, arrays, strict=True)
        places = [array.shape for a, array in pairs if a.kind is Kind.INDEX]
        try:
            return np.broadcast_shapes(*reals, *places)
        except ValueError:
            raise ValueError(f"the batch axes {reals} do not broadcast") from None

    def _prepared(
        self,
        arrays: Sequence[Array],
        dtype: np.dtype[Any],
        dims: Mapping[Dim, int],
        batch: tuple[int, ...],
        threads: int,
    ) -> tuple[_Call | None, list[Array]]:
        """The call, and the arrays as C reads them."""
        values: list[Any] = [math.prod(batch), *(dims[dim] for dim in self._dims)]
        pointers: list[tuple[int, int, int]] = []
        numbers: list[tuple[int, int]] = []
        laid: list[Array] = []
        shared: dict[str, int] = {}
        for number, (argument, array) in enumerate(zip(self._arguments, arrays, strict=True)):
            index = argument.kind is Kind.INDEX
            axes = 0 if index else len(argument.axes)
            one = math.prod(array.shape[: array.ndim - axes]) == 1
            if not index and not axes:
                shared[argument.name] = int(one)
                if one:
                    laid.append(array.reshape(()))
                    numbers.append((number, len(values) + 1))
                    values += [None, None]
                    continue
            array, stride = laid_out(array, axes, I64 if index else dtype, batch, one)
            laid.append(array)
            pointers.append((number, len(values), array.itemsize))
            values += [None, stride if index or axes else 0.0]
        run = self._compiled(dtype, shared, threads)
        if run is None:
            return None, laid
        shapes = tuple(
            (*batch, *(int((axis.upper - axis.lower + 1).subs(dims)) for axis in output.axes))
            for output in self._function.outputs
        )
        first = len(values)
        values += [None] * len(shapes) + [min(threads, _MOST_THREADS)]
        return _Call(run, tuple(values), tuple(pointers), tuple(numbers), shapes, dtype, first), laid

    def _compiled(self, dtype: np.dtype[Any], shared: Mapping[str, int], threads: int) -> Any:
        """The function in its library; None, with a warning, where there is no compiler."""
        kernel = self._function.kernels[dtype.name]
        head = ""
        if is_along_rows(kernel):
            # Which numbers are the same for all rows is known to the compiler, and they leave the loop.
            head = "".join(
                f"#define {shared_macro(self._function.name, name)} {value}\n"
                for name, value in shared.items()
            )
        try:
            library = load(head + self._text, threads=threads > 1)
        except (CompilerNotFound, CompilationError) as error:
            self.fall_back(str(error))
            return None
        run = library[f"{self._function.name}_{'f32' if dtype == F32 else 'f64'}"]
        types: list[Any] = [ctypes.c_ssize_t] * (1 + len(self._dims))
        for argument in self._arguments:
            scalar = argument.kind is Kind.REAL and not argument.axes
            types += [ctypes.c_void_p, ctypes.c_double if scalar else ctypes.c_ssize_t]
        run.argtypes = [*types, *([ctypes.c_void_p] * len(self._function.outputs)), ctypes.c_int]
        run.restype = ctypes.c_int
        return run

    def _by_numpy(self, *args: Any, axis: Any, out: Any, **named: Any) -> Any:
        assert self._substitute is not None
        if axis is not _UNBOUND:
            named["axis"] = axis
        if out is not None:
            named["out"] = out
        return self._substitute(*args, **named)

    def fall_back(self, reason: str) -> None:
        """Compute by the NumPy target from now on, and say why."""
        warnings.warn(f"{self.__name__} is computed by NumPy: {reason}", RuntimeWarning, stacklevel=4)
        functions = numpy_target.load(self._plan, numpy_target.source(self._plan))
        self._substitute = functions[self._function.name]


def has_compiler() -> str | None:
    """Why there is no compiler; None where there is one."""
    try:
        compiler()
    except CompilerNotFound as error:
        return str(error)
    return None


def _signature(function: Function, one_axis: bool, out: bool) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(argument.name, kind) for argument in function.arguments]
    last = inspect.Parameter.KEYWORD_ONLY
    if one_axis:
        parameters.append(inspect.Parameter("axis", last, default=-1))
    if out:
        parameters.append(inspect.Parameter("out", last, default=None))
    return inspect.Signature([*parameters, inspect.Parameter("threads", last, default=1)])


def _solve(term: Expr, size: int, dims: dict[Dim, int]) -> None:
    """The dimension that an axis of this length gives."""
    free = [dim for dim in term.free_symbols if isinstance(dim, Dim)]
    if len(free) == 1 and free[0] not in dims and term.diff(free[0]) == 1:
        dims[free[0]] = int(size - term.subs(free[0], 0))
