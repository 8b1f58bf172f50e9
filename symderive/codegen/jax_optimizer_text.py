"""The text that generated JAX optimizers share; ``<<names>>`` are filled in for each rule."""

from __future__ import annotations

__all__ = ["AVERAGE", "CLIP", "DRIVER", "TRANSFORMATION"]

#: What every file has.
DRIVER = '''
class GradientTransformation(NamedTuple):
    """A pair of functions as optax has them: `init(params)`, and `update(updates, state, params)`."""

    init: Any
    update: Any


def _kernels(array):
    """The kernels for an array's type, and the type that they work in."""
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(f"parameters must be floating-point numbers, not {array.dtype}")
    return {what: _chosen(table, array.dtype) for what, table in _TABLES.items()}


def _flat(array, working):
    """The entries one after the other, in the working type."""
    return jnp.ravel(array).astype(working)


def _like(value, array):
    """A result as an array of the shape and type that it stands for."""
    return jnp.broadcast_to(value, (array.size,)).reshape(array.shape).astype(array.dtype)


def _numbers(values, working):
    """Hyper-parameters as arrays of the working type."""
    return {name: jnp.asarray(value, working).reshape(1) for name, value in values.items()}


def _checked(values):
    """Hyper-parameters within their limits, or an error, where their numbers are known."""
    for name, (below, least) in _LIMITS.items():
        if callable(values[name]) or isinstance(values[name], jax.core.Tracer):
            continue
        value = float(values[name])
        if not value >= 0 or (least and value > 1) or (below and value >= 1):
            limit = "in [0, 1)" if below else "in [0, 1]" if least else "0 or greater"
            raise ValueError(f"{name} must be {limit}, not {value}")


def _next(count):
    """The number of the next step; it stays at the largest one there is."""
    return jnp.where(count < jnp.iinfo(count.dtype).max, count + 1, count)


def _start(parameter, values):
    """The states of one array before the first step."""
    parameter = jnp.asarray(parameter)
    chosen = _kernels(parameter)
    if "start" not in chosen:
        return ()
    kernel, working = chosen["start"]
    numbers, theta = _numbers(values, working), _flat(parameter, working)
    one = jnp.ones((), working)
    return tuple(_like(value, parameter) for value in <<start>>)


def _started(params, values):
    """The states before the first step: for each a tree like the parameters."""
    leaves, tree = jax.tree.flatten(params)
    found = [_start(leaf, values) for leaf in leaves]
    return [tree.unflatten([row[number] for row in found]) for number in range(<<state_count>>)]
'''

TRANSFORMATION = '''
class <<state_class>>(NamedTuple):
    """The number of steps done<<state_words>>."""

    count: Any
<<state_fields>>

def <<factory>>(<<signature>>):
    r"""<<docstring>>
    """
    _checked({<<defaults>>})

    def init(params):
        values = {<<constants>>}
        return <<state_class>>(jnp.zeros((), jnp.int32), *_started(params, values))

    def update(updates, state, params=None, **_):
<<needs>>        count = _next(state.count)
        values = {<<numbers>>}
        leaves, tree = jax.tree.flatten(updates)
        columns = [tree.flatten_up_to(column) for column in (<<columns>>)]
        rows = [_changed(values, count, *row) for row in zip(leaves, *columns)]
        found = [tree.unflatten(column) for column in zip(*rows)] if rows else [updates, *state[1:]]
        return found[0], <<state_class>>(count, *found[1:])

    return GradientTransformation(init, update)


def _changed(values, count, <<row>>):
    """What is added to one array of parameters, and its new states."""
    gradient = jnp.asarray(gradient)
    kernel, working = _kernels(gradient)["step"]
    numbers = _numbers(values, working)
    n = count.astype(working).reshape(1)
    one = jnp.ones((), working)
    results = kernel(<<arguments>>, rows=1, one=one)
    return tuple(_like(value, array) for value, array in zip(results, (<<likes>>)))
'''

CLIP = '''
class <<state_class>>(NamedTuple):
    """Clipping keeps nothing."""


def clip(<<signature>>):
    r"""<<docstring>>
    """
    _checked({<<defaults>>})

    def init(params):
        return <<state_class>>()

    def update(updates, state, params=None, **_):
        leaves, tree = jax.tree.flatten(updates)
        leaves = [jnp.asarray(leaf) for leaf in leaves]
        groups = <<groups>>
        found = [clipped for group in groups for clipped in _clipped({<<numbers>>}, group)]
        return tree.unflatten(found), state

    return GradientTransformation(init, update)


def _clipped(values, arrays):
    """Arrays clipped together."""
    widest = max(arrays, key=lambda array: jnp.finfo(array.dtype).bits)
    kernel, working = _kernels(widest)["step"]
    numbers = _numbers(values, working)
    g = jnp.concatenate([_flat(array, working) for array in arrays])<<row>>
    (clipped,) = kernel(<<arguments>>, rows=1, one=jnp.ones((), working))
    ends = list(itertools.accumulate(array.size for array in arrays))
    parts = jnp.split(clipped.reshape(-1), ends[:-1])
    return [_like(part, array) for part, array in zip(parts, arrays)]
'''

AVERAGE = '''
class <<state_class>>(NamedTuple):
    """The number of weights taken in, the average<<state_words>>."""

    count: Any
    average: Any
<<state_fields>>

def average(<<signature>>):
    r"""<<docstring>>
    """
    _checked({<<defaults>>})

    def init(params):
        values = {<<constants>>}
        params = jax.tree.map(jnp.asarray, params)
        return <<state_class>>(jnp.zeros((), jnp.int32), params, *_started(params, values))

    def update(updates, state, params=None, **_):
        count = _next(state.count)
        values = {<<numbers>>}
        leaves, tree = jax.tree.flatten(updates)
        columns = [tree.flatten_up_to(column) for column in (state.average, *state[2:])]
        rows = [_averaged(values, count, *row) for row in zip(leaves, *columns)]
        found = [tree.unflatten(column) for column in zip(*rows)] if rows else list(state[1:])
        return found[0], <<state_class>>(count, *found)

    return GradientTransformation(init, update)


def _averaged(values, count, <<row>>):
    """The new average of one array, and its new states."""
    kernel, working = _kernels(parameter)["step"]
    numbers = _numbers(values, working)
    n = count.astype(working).reshape(1)
    one = jnp.ones((), working)
    results = kernel(<<arguments>>, rows=1, one=one)
    return tuple(_like(value, array) for value, array in zip(results, (<<likes>>)))
'''
