"""How long derivations take: the softmax Jacobian, the whole book, growth with nesting, explicit-K SymPy.

    python benchmarks/derive.py            # everything, about two minutes on one core
    python benchmarks/derive.py --quick    # without the book

Times are seconds of processor time on one core in one process, after everything is imported; the ratios are
what travels from machine to machine. The two ways of the last table are timed in turns in the same run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import sympy
from sympy import Expr, exp, log, tanh

from symderive import Dim, Index, Vector, derive, indexed_sum
from symderive.derivation.cost import cost
from symderive.derivation.engine import derive_claim
from symderive.terms import Claim, Matrix, walk

K = Dim("K")


def seconds(work: Callable[[], Any], repeats: int = 1) -> tuple[float, Any]:
    """The shortest of several runs, and what the last one returned."""
    best, result = float("inf"), None
    for _ in range(repeats):
        started = time.process_time()
        result = work()
        best = min(best, time.process_time() - started)
    return best, result


def softmax(of: Callable[[Any], Expr], at: Any) -> Expr:
    """``e^{a_i}/Σ_j e^{a_j}``, written out."""
    j = Index("j", K)
    return exp(of(at)) / indexed_sum(exp(of(j)), j)


def nested_softmax(depth: int) -> tuple[Expr, Any]:
    """softmax(softmax(… x))_i."""
    x, i = Vector("x", K), Index("i", K)
    of: Callable[[Any], Expr] = x.__getitem__
    for _ in range(depth - 1):
        of = partial(softmax, of)
    return softmax(of, i), x


def perceptron(depth: int) -> tuple[Expr, Any]:
    """Cross-entropy of a perceptron with `depth` weight matrices, by the first of them."""
    sizes = [Dim(f"N{n}") for n in range(depth)] + [K]
    x, y = Vector("x", sizes[0]), Vector("y", K)
    layer: Callable[[Any], Expr] = x.__getitem__
    weights = []
    for n in range(depth):
        weight = Matrix(f"W{n}", sizes[n + 1], sizes[n])
        weights.append(weight)
        m = Index(f"m{n}", sizes[n])

        def linear(at: Any, weight: Any = weight, layer: Any = layer, m: Any = m) -> Expr:
            return indexed_sum(weight[at, m] * layer(m), m)

        layer = linear if n == depth - 1 else partial(_activated, linear)
    i = Index("i", K)
    return -indexed_sum(y[i] * log(softmax(layer, i)), i), weights[0]


def _activated(linear: Callable[[Any], Expr], at: Any) -> Expr:
    return tanh(linear(at))


def growth(name: str, make: Callable[[int], tuple[Expr, Any]], depths: range) -> None:
    """Time and size by depth."""
    print(f"\n{name}: depth, seconds, size of the result, seconds per size², status, lines")
    for depth in depths:
        formula, by = make(depth)
        taken, derivation = seconds(lambda formula=formula, by=by: derive(formula, by))
        size = cost(derivation.result)
        print(
            f"  {depth}  {taken:8.2f}  {size:5d}  {1e3 * taken / size**2:8.3f} ms"
            f"  {derivation.verdict.status}  {len(derivation.steps)}"
        )


def explicit(classes: int) -> Expr:
    """The whole softmax Jacobian for a number of classes, by SymPy's own derivative."""
    names = sympy.symbols(f"x1:{classes + 1}", real=True)
    total = sum(exp(name) for name in names)
    entries = [exp(name) / total for name in names]
    return sympy.Matrix([[sympy.simplify(sympy.diff(e, name)) for name in names] for e in entries])


def book() -> None:
    """Every claim of the book."""
    from symderive import book as shipped
    from symderive.documents.examination import Document, Examination

    found: list[tuple[Claim, list[Claim]]] = []
    for topic in shipped.topics():
        examination = Examination(Document(topic.name, topic.path().read_text(encoding="utf-8")))
        examination.read()
        assert examination.reading is not None
        earlier: list[Claim] = []
        for claim in (claim for reading in examination.reading.readings for claim in reading.claims):
            found.append((claim, list(earlier)))
            earlier.append(claim)
    taken, derivations = seconds(lambda: [derive_claim(claim, earlier=before) for claim, before in found])
    proved = sum(d.verdict.status.value == "PROVED" for d in derivations)
    lines = sum(len(d.steps) for d in derivations)
    print(f"\nthe book: {len(found)} claims, {proved} proved, {lines} lines, {taken:.1f} s")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="leave the book out")
    options = parser.parse_args()
    formula, x = nested_softmax(1)
    first, _ = seconds(lambda: derive(formula, x))
    later, derivation = seconds(lambda: derive(formula, x), 5)
    nodes = sum(1 for _ in walk(derivation.result))
    print(f"softmax Jacobian, every K: {first:.3f} s the first time, {later:.3f} s later ({nodes} nodes)")
    print("\nexplicit K with SymPy (diff and simplify of K² entries), and ours for every K, in turns")
    for classes in (2, 3, 4, 6, 8):
        theirs, _ = seconds(lambda classes=classes: explicit(classes))
        ours, _ = seconds(lambda: derive(formula, x))
        print(f"  K = {classes}: {theirs:7.2f} s, ours {ours:.3f} s, ratio {theirs / ours:6.1f}")
    growth("softmax composed", nested_softmax, range(1, 5))
    growth("perceptron, by its first layer", perceptron, range(1, 4))
    if not options.quick:
        book()


if __name__ == "__main__":
    main()
