"""How long a step of an optimizer takes: generated C and NumPy beside torch and optax, in turns.

    python benchmarks/optimizers.py                  # 8 million float32 parameters, one thread and two
    python benchmarks/optimizers.py --size 1000000 --rounds 5 --threads 1

Every contender steps its own parameters; the contenders of a rule are timed in turns, and the median of the
rounds counts. Generated code has accuracy "fast", the caller's type throughout, as the libraries compute.
"C in place" writes results where the arguments were, as torch does; "C" writes them to new arrays. The ratios
are what travels from machine to machine: to the fastest of the libraries, and to torch's default.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from symderive.codegen.c_in_place import in_place
from symderive.codegen.generate_step import generate_step
from symderive.optimizers import RULES

#: Rule → the call of torch, the call of optax.
CONTENDERS: dict[str, tuple[tuple[str, dict[str, Any]] | None, tuple[str, dict[str, Any]]]] = {
    "momentum/rate-outside": (("SGD", {"momentum": 0.9}), ("sgd", {"momentum": 0.9})),
    "rmsprop/epsilon-outside": (
        ("RMSprop", {"alpha": 0.9}),
        ("rmsprop", {"decay": 0.9, "eps_in_sqrt": False}),
    ),
    "adam/epsilon-outside": (("Adam", {}), ("adam", {})),
    "adamw/decay-with-rate": (
        ("AdamW", {"weight_decay": 0.01}),
        ("adamw", {"weight_decay": 0.01}),
    ),
    "lion/plain": (None, ("lion", {"weight_decay": 0.001})),
}
RATE = 1e-3


def start(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and a gradient."""
    random = np.random.default_rng(0)
    return random.standard_normal(size, np.float32), random.standard_normal(size, np.float32)


def generated(name: str, target: str, size: int, threads: int, *, placed: bool = False) -> Callable[[], None]:
    """One step of generated code on arrays of its own."""
    rule = RULES[name]
    made = generate_step(rule, target=target, accuracy="fast")
    theta, g = start(size)
    values: dict[str, Any] = {row.symbol.name: float(row.default) for row in rule.hyperparameters}
    values["lambda_"] = values.get("lambda")
    values |= {"mu": RATE, "theta": theta, "g": g, "n": 0}
    values |= {state.symbol.name: np.zeros(size, np.float32) for state in rule.states}
    (function,) = made.plan.functions
    names = [argument.name for argument in function.arguments]
    renewed = [output.name.removesuffix("_new") for output in function.outputs]
    options = {"threads": threads} if target == "c" else {}
    step = in_place(made) if placed else made

    def run() -> None:
        values["n"] += 1
        found = step(*(values[name] for name in names), **options)
        if not placed:
            values.update(zip(renewed, found if isinstance(found, tuple) else (found,), strict=True))

    return run


def of_torch(call: str, options: dict[str, Any], size: int, **way: bool) -> Callable[[], None] | None:
    """One step of torch, or None where it does not have the way."""
    import torch

    theta, g = start(size)
    parameter = torch.tensor(theta, requires_grad=True)
    parameter.grad = torch.tensor(g)
    try:
        optimizer = getattr(torch.optim, call)([parameter], lr=RATE, **options, **way)
        optimizer.step()
    except (TypeError, RuntimeError):
        return None
    return lambda: optimizer.step() and None


def of_optax(call: str, options: dict[str, Any], size: int) -> Callable[[], None]:
    """One jitted step of optax that may reuse its arguments' memory."""
    import jax
    import optax

    transformation = getattr(optax, call)(RATE, **options)
    theta, g = (jax.numpy.asarray(array) for array in start(size))

    def step(theta: Any, state: Any, g: Any) -> Any:
        change, state = transformation.update(g, state, theta)
        return optax.apply_updates(theta, change), state

    compiled = jax.jit(step, donate_argnums=(0, 1))
    held = [theta, transformation.init(theta)]

    def run() -> None:
        held[:] = compiled(*held, g)
        jax.block_until_ready(held)

    return run


def contenders(name: str, size: int, threads: int) -> dict[str, Callable[[], None]]:
    """Who steps, by name."""
    torch_call, optax_call = CONTENDERS[name]
    found: dict[str, Callable[[], None] | None] = {
        "C in place": generated(name, "c", size, threads, placed=True),
        "C": generated(name, "c", size, threads),
        "NumPy": generated(name, "numpy", size, threads),
    }
    if torch_call is not None:
        call, options = torch_call
        found["torch default"] = of_torch(call, options, size)
        found["torch foreach"] = of_torch(call, options, size, foreach=True)
        found["torch fused"] = of_torch(call, options, size, fused=True)
    found["optax jit"] = of_optax(*optax_call, size)
    return {who: run for who, run in found.items() if run is not None}


def measured(runs: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """The median milliseconds of each, timed in turns."""
    times: dict[str, list[float]] = {who: [] for who in runs}
    for run in runs.values():
        run()
        run()
    for number in range(rounds):
        order = list(runs) if number % 2 == 0 else list(runs)[::-1]
        for who in order:
            began = time.perf_counter()
            runs[who]()
            times[who].append(1e3 * (time.perf_counter() - began))
    return {who: statistics.median(found) for who, found in times.items()}


def report(name: str, milliseconds: dict[str, float]) -> None:
    """One table: milliseconds, and the ratios that are asked for."""
    print(name)
    peers = {who: ms for who, ms in milliseconds.items() if who.startswith(("torch", "optax"))}
    best = min(peers, key=peers.__getitem__)
    for who, ms in milliseconds.items():
        ratio = f"{ms / peers[best]:6.2f} × {best}"
        default = (
            f"{peers['torch default'] / ms:6.2f} times as fast as torch default"
            if "torch default" in peers
            else ""
        )
        print(f"  {who:14s} {ms:9.2f} ms  {ratio:24s} {default}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=8_000_000, help="parameters (default: 8 million)")
    parser.add_argument("--rounds", type=int, default=15, help="timed steps each (default: 15)")
    parser.add_argument("--threads", default="1,2", help="numbers of threads (default: 1,2)")
    parser.add_argument("--rules", default=",".join(CONTENDERS), help="joined by commas")
    options = parser.parse_args()
    wanted = [int(word) for word in options.threads.split(",")]
    if len(wanted) > 1:
        # XLA takes its threads from the processors that it may use when it starts: a process each.
        import subprocess
        import sys

        for threads in wanted:
            rest = ["--size", str(options.size), "--rounds", str(options.rounds), "--rules", options.rules]
            subprocess.run([sys.executable, __file__, "--threads", str(threads), *rest], check=True)
        return
    (threads,) = wanted
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    try:
        import torch

        torch.set_num_threads(threads)
    except ImportError:
        raise SystemExit("the benchmark compares with torch, jax and optax: install them") from None
    several = "s" if threads > 1 else ""
    print(f"# {options.size} float32 parameters, {threads} thread{several}, milliseconds a step")
    for name in options.rules.split(","):
        report(name, measured(contenders(name, options.size, threads), options.rounds))


if __name__ == "__main__":
    main()
