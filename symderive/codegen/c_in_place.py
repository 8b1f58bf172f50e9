"""C: a step that writes new parameters and states where the old ones were, in one pass over memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from symderive.codegen.c_schedule import is_along_rows
from symderive.codegen.c_support import CFunction
from symderive.codegen.functions import Function
from symderive.codegen.generate import Generated
from symderive.codegen.plan import Plan

__all__ = ["StepInPlace", "in_place"]


def in_place(made: Generated) -> StepInPlace:
    """A step in C that changes the arrays that it is given.

    Parameters
    ----------
    made
        What `generate` made of an update rule for the target ``c``.

    Returns
    -------
    StepInPlace
        Call it as the step itself: ``step(theta, g, *states, *hyperparameters, n, threads=1)``; it returns
        None.

    Raises
    ------
    ValueError
        For another target, or a rule in which coordinates act on each other.

    Examples
    --------
    >>> import numpy as np
    >>> from symderive import generate
    >>> step = in_place(generate("momentum", target="c"))
    >>> theta, v = np.array([1.0, 2.0]), np.zeros(2)
    >>> step(theta, np.array([1.0, -1.0]), v, 0.1, 0.9)
    >>> theta, v
    (array([0.9, 2.1]), array([ 0.1, -0.1]))
    """
    if made.target != "c":
        raise ValueError(f"a step in place is made for the target c, not for {made.target}")
    (function,) = made.plan.functions
    if function.compute != "step" or not is_along_rows(next(iter(function.kernels.values()))):
        raise ValueError(f"{function.name} is no step of each coordinate alone: it cannot be made in place")
    return StepInPlace(made.plan, function, made.source)


class StepInPlace(CFunction):
    """A compiled step over one coordinate after the other; each result replaces the argument it renews.

    Parameters
    ----------
    plan, function, text
        As for `CFunction`.
    """

    def __init__(self, plan: Plan, function: Function, text: str) -> None:
        # A result lies where an argument lies: the promise that they do not is taken back. Rows are still
        # independent of each other, which is all that the vectorised loop asks for.
        super().__init__(plan, function, f"#define restrict\n{text}")
        names = [argument.name for argument in function.arguments]
        self._replaced = [names.index(output.name.removesuffix("_new")) for output in function.outputs]

    def __call__(self, *args: Any, threads: int = 1, **named: Any) -> None:
        """One step.

        Parameters
        ----------
        args
            As for the step: what is renewed must be arrays of one shape and type, contiguous and writable;
            the gradient an array like them; hyper-parameters are numbers.
        threads
            How many share the coordinates.

        Raises
        ------
        TypeError, ValueError
            For arrays that cannot be renewed in place, or that overlap.
        """
        given = self.__signature__.bind(*args, **named).args
        first = given[self._replaced[0]]
        arrays = {n: value for n, value in enumerate(given) if isinstance(value, np.ndarray) and value.ndim}
        for number in self._replaced:
            name, value = self._arguments[number].name, given[number]
            if not isinstance(value, np.ndarray) or value.dtype not in (np.float32, np.float64):
                raise TypeError(f"{name} must be an array of float32 or float64, to be renewed in place")
            if not value.flags.writeable or not value.flags.c_contiguous or not value.flags.aligned:
                raise ValueError(f"{name} must be writable, contiguous and aligned, to be renewed in place")
            arrays[number] = value
        for number, value in arrays.items():
            if value.shape != first.shape or value.dtype != first.dtype:
                wanted = f"{first.dtype} of shape {first.shape} is needed"
                name = self._arguments[number].name
                raise ValueError(f"{name} is {value.dtype} of shape {value.shape}, where {wanted}")
        several = list(arrays.values())
        if any(np.may_share_memory(a, b) for n, a in enumerate(several) for b in several[:n]):
            raise ValueError("two of the arrays overlap: each coordinate of each must have its own place")
        if not isinstance(threads, int) or threads < 1:
            raise ValueError(f"threads must be a positive integer, not {threads!r}")
        # Flat arrays of one entry are still arrays: a number alone is taken by its value, and never written.
        flat = [
            np.ascontiguousarray(arrays[n]).reshape(-1) if n in arrays else np.asarray(value, np.float64)
            for n, value in enumerate(given)
        ]
        if first.size == 0:
            return
        call, laid = self._prepared(flat, first.dtype, {}, (first.size,), threads)
        if call is None:
            assert self._substitute is not None
            found = self._substitute(*given)
            for number, value in zip(
                self._replaced, found if isinstance(found, tuple) else (found,), strict=True
            ):
                given[number][...] = value
            return
        values = list(call.values)
        for number, place, _ in call.pointers:
            values[place] = laid[number].ctypes.data
        for number, place in call.numbers:
            values[place] = float(flat[number].reshape(())[()])
        for place, number in enumerate(self._replaced, call.first_result):
            values[place] = given[number].ctypes.data
        call.run(*values)
