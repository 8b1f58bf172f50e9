"""Identities between classification scores, each a claim about the formulas that the code computes.

The scores of symbolic counts are the claims' sides: what is proved is proved of `precision`, `f1`, … .
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr, Rational, sqrt

from symderive.finite.chains import Chain, Link
from symderive.finite.classification_scores import (
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    f1,
    f_beta,
    informedness,
    jaccard,
    markedness,
    matthews_correlation,
    precision,
    recall,
    specificity,
)
from symderive.finite.confusion import BinaryCounts
from symderive.terms import Claim, Dim, Hypothesis, Index, Matrix, indexed_sum, scalar

__all__ = ["false_metric_claims", "metric_identities"]


def _table(*links: Link) -> dict[str, Chain]:
    return {link.name: Chain(link.reason, (link,)) for link in links}


@lru_cache(maxsize=1)
def metric_identities() -> dict[str, Chain]:
    """Name → statement with its judged links; every one is proved for all counts under its hypotheses.

    Examples
    --------
    >>> print(metric_identities()["Jaccard below F1"])
    PROVED    J ≤ F1
      PROVED    Jaccard below F1: TP/(FN + FP + TP) <= 2*TP/(FN + FP + 2*TP) (J ≤ F1)
    """
    return {**_of_two_classes(), **_of_chance(), **_of_several_classes()}


def _counts() -> tuple[BinaryCounts, tuple[Hypothesis, ...], tuple[Hypothesis, ...]]:
    tp, fp, fn, tn = (scalar(name) for name in ("TP", "FP", "FN", "TN"))
    found = (
        Hypothesis(tp, ">", 0),
        Hypothesis(fp, ">=", 0),
        Hypothesis(fn, ">=", 0),
        Hypothesis(tn, ">=", 0),
    )
    return BinaryCounts(tp, fp, fn, tn), found, tuple(Hypothesis(count, ">", 0) for count in (tp, fp, fn, tn))


def _of_two_classes() -> dict[str, Chain]:
    counts, found, _ = _counts()
    p, r, j, f = precision(counts), recall(counts), jaccard(counts), f1(counts)
    beta, a, b = scalar("beta"), scalar("P"), scalar("R")
    both = (Hypothesis(a, ">", 0), Hypothesis(b, ">", 0))
    harmonic: Expr = 2 * a * b / (a + b)
    fb = f_beta(counts, beta)
    return _table(
        Link("F1 from P and R", "F1 = 2PR/(P + R)", Claim(f, "=", 2 * p * r / (p + r), found)),
        Link("F1 is a harmonic mean", "1/F1 = (1/P + 1/R)/2", Claim(1 / f, "=", (1 / p + 1 / r) / 2, found)),
        Link(
            "F-beta from P and R",
            "Fβ = (1 + β²)PR/(β²P + R)",
            Claim(fb, "=", (1 + beta**2) * p * r / (beta**2 * p + r), found),
        ),
        Link("F-beta at 1", "F1 is Fβ at β = 1", Claim(f_beta(counts, 1), "=", f, found)),
        Link(
            "gap of the means",
            "(P + R)/2 − F1 = (P − R)²/(2(P + R))",
            Claim((a + b) / 2 - harmonic, "=", (a - b) ** 2 / (2 * (a + b)), both),
        ),
        Link("F1 below the mean", "F1 ≤ (P + R)/2", Claim(harmonic, "<=", (a + b) / 2, both)),
        Link("F1 below the geometric mean", "F1 ≤ √(PR)", Claim(harmonic, "<=", sqrt(a * b), both)),
        Link("F1 from Jaccard", "F1 = 2J/(1 + J)", Claim(f, "=", 2 * j / (1 + j), found)),
        Link("Jaccard from F1", "J = F1/(2 − F1)", Claim(j, "=", f / (2 - f), found)),
        Link("Jaccard below F1", "J ≤ F1", Claim(j, "<=", f, found)),
        Link("F1 below twice Jaccard", "F1 ≤ 2J", Claim(f, "<=", 2 * j, found)),
        Link(
            "exchange",
            "precision is the recall of the exchanged roles",
            Claim(p, "=", recall(counts.exchanged()), found),
        ),
        Link(
            "precision from the rates",
            "P = πr/(πr + (1 − π)(1 − s)), Bayes' rule with prevalence π and specificity s",
            _bayes(),
        ),
    )


def _bayes() -> Claim:
    counts, _, positive = _counts()
    share = counts.positives / counts.total
    hits = share * recall(counts)
    return Claim(precision(counts), "=", hits / (hits + (1 - share) * (1 - specificity(counts))), positive)


def _of_chance() -> dict[str, Chain]:
    counts, _, positive = _counts()
    tp, fp, fn, tn = counts.tp, counts.fp, counts.fn, counts.tn
    phi, kappa = matthews_correlation(counts), cohen_kappa(counts)
    balanced = (recall(counts) + specificity(counts)) / 2
    inner = counts.predicted * (fp + tn) + counts.positives * (fn + tn)
    excess = (fp - fn) ** 2 + 4 * tp * tn + (tp + tn) * (fp + fn)
    balanced_classes = Hypothesis(counts.positives, "=", fp + tn)
    table = _table(
        Link(
            "MCC squared",
            "MCC² = informedness · markedness",
            Claim(phi**2, "=", informedness(counts) * markedness(counts), positive),
        ),
        Link("MCC at most 1", "MCC ≤ 1", Claim(phi, "<=", 1, positive)),
        Link("MCC at least -1", "−MCC ≤ 1", Claim(-phi, "<=", 1, positive)),
        Link(
            "MCC of exchanged roles",
            "MCC is symmetric in truth and prediction",
            Claim(phi, "=", matthews_correlation(counts.exchanged()), positive),
        ),
        Link(
            "MCC of exchanged classes",
            "MCC does not depend on which class is called positive (F1 does)",
            Claim(phi, "=", matthews_correlation(counts.complemented()), positive),
        ),
        Link(
            "kappa in counts",
            "κ = 2(TP·TN − FP·FN)/((TP+FP)(FP+TN) + (TP+FN)(FN+TN))",
            Claim(kappa, "=", 2 * (tp * tn - fp * fn) / inner, positive),
        ),
        Link("kappa at most 1", "κ ≤ 1", Claim(kappa, "<=", 1, positive)),
        Link("kappa below MCC", "κ² ≤ MCC²", Claim(kappa**2, "<=", phi**2, positive)),
        Link(
            "kappa is MCC for equal marginals",
            "κ = MCC where FP = FN",
            Claim(kappa, "=", phi, (*positive, Hypothesis(fp, "=", fn))),
        ),
        Link(
            "balanced accuracy from informedness",
            "BA = (1 + informedness)/2",
            Claim(balanced_accuracy(counts), "=", (1 + informedness(counts)) / 2, positive),
        ),
        Link(
            "balanced accuracy beyond chance",
            "BA − 1/2 = (TP·TN − FP·FN)/(2(TP+FN)(FP+TN)): BA, κ and MCC have one sign",
            Claim(
                balanced - Rational(1, 2),
                "=",
                (tp * tn - fp * fn) / (2 * counts.positives * (fp + tn)),
                positive,
            ),
        ),
        Link(
            "balanced accuracy of balanced classes",
            "BA is the accuracy where the classes are of one size",
            Claim(accuracy(counts), "=", balanced, (*positive, balanced_classes)),
        ),
    )
    table["kappa above -1"] = Chain(
        "κ > −1",
        (
            Link("quotient", "1 + κ over one denominator", Claim(1 + kappa, "=", excess / inner, positive)),
            Link("sign", "squares and products of counts", Claim(excess / inner, ">", 0, positive)),
        ),
    )
    return table


def _of_several_classes() -> dict[str, Chain]:
    size = Dim("K")
    a, b, k = (Index(name, size) for name in "abk")
    c = Matrix("C", size, size)
    weights = Hypothesis(c[a, b], ">=", 0, (a, b))
    total = indexed_sum(indexed_sum(c[a, b], b), a)
    some = Hypothesis(total, ">", 0)
    tp: Expr = c[k, k]
    fp, fn = indexed_sum(c[a, k], a) - tp, indexed_sum(c[k, b], b) - tp
    right = indexed_sum(tp, k)
    hypotheses = (weights, some)
    every = (Hypothesis(c[a, b], ">", 0, (a, b)),)
    support = indexed_sum(c[k, b], b)
    return _table(
        Link(
            "micro precision",
            "micro-averaged precision over all classes is the accuracy",
            Claim(right / indexed_sum(tp + fp, k), "=", right / total, hypotheses),
        ),
        Link(
            "micro recall",
            "micro-averaged recall over all classes is the accuracy",
            Claim(right / indexed_sum(tp + fn, k), "=", right / total, hypotheses),
        ),
        Link(
            "micro F1",
            "micro-averaged F1 over all classes is the accuracy",
            Claim(2 * right / indexed_sum(2 * tp + fp + fn, k), "=", right / total, hypotheses),
        ),
        Link(
            "weighted recall",
            "support-weighted recall is the accuracy",
            Claim(indexed_sum(support / total * tp / support, k), "=", right / total, every),
        ),
    )


@lru_cache(maxsize=1)
def false_metric_claims() -> dict[str, Chain]:
    """Near misses of the identities above; each is refuted by a counterexample.

    Examples
    --------
    >>> false_metric_claims()["micro precision over a subset"].status
    <Status.REFUTED: 'REFUTED'>
    """
    counts, found, positive = _counts()
    size = Dim("K")
    a, b, k = (Index(name, size) for name in "abk")
    c = Matrix("C", size, size)
    hypotheses = (
        Hypothesis(c[a, b], ">=", 0, (a, b)),
        Hypothesis(indexed_sum(indexed_sum(c[a, b], b), a), ">", 0),
    )
    total = indexed_sum(indexed_sum(c[a, b], b), a)
    right = indexed_sum(c[k, k], k, 2, size)
    predicted = indexed_sum(indexed_sum(c[a, k], a), k, 2, size)
    support = indexed_sum(indexed_sum(c[k, b], b), k, 2, size)
    p, r, f, j = precision(counts), recall(counts), f1(counts), jaccard(counts)
    return _table(
        Link(
            "micro precision over a subset",
            "without class 1, micro-precision is no longer the accuracy",
            Claim(right / predicted, "=", indexed_sum(c[k, k], k) / total, hypotheses),
        ),
        Link(
            "micro precision and recall over a subset",
            "without class 1, micro-precision and micro-recall differ",
            Claim(right / predicted, "=", right / support, hypotheses),
        ),
        Link("F1 as the mean", "F1 is not the arithmetic mean", Claim(f, "=", (p + r) / 2, found)),
        Link("F1 as Jaccard", "F1 is not J", Claim(f, "=", j, found)),
        Link(
            "F1 of exchanged classes",
            "F1 does depend on which class is called positive",
            Claim(f, "=", f1(counts.complemented()), positive),
        ),
        Link(
            "kappa as MCC",
            "κ is MCC for equal marginals only",
            Claim(cohen_kappa(counts), "=", matthews_correlation(counts), positive),
        ),
        Link(
            "balanced accuracy as accuracy",
            "they agree for classes of one size only",
            Claim(accuracy(counts), "=", (recall(counts) + specificity(counts)) / 2, positive),
        ),
    )
