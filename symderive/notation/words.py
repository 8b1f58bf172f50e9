"""Which runs of letters are one name (``TP``, ``KL``, ``loss``) and which are products (``xy``, ``Wx``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from symderive.notation import vocabulary
from symderive.notation.tokens import Token

__all__ = ["NO_WORDS", "Words", "settle_words"]

#: Established abbreviations, names wherever they stand.
KNOWN = frozenset(
    "softmax sigmoid softplus logsumexp relu expit logit erf KL CE BCE MSE MAE RMSE RMS LSE JS NLL "
    "ReLU relu SiLU GELU Var Cov LogSumExp lse Precision Recall Accuracy "
    "FPR TPR FNR TNR AUC".split()
)


@dataclass(frozen=True)
class Words:
    """What the runs of letters of a document are.

    Parameters
    ----------
    names
        Runs that are one name.
    unsettled
        Runs for which the document supports both readings.
    """

    names: frozenset[str] = field(default=KNOWN)
    unsettled: frozenset[str] = field(default=frozenset())


NO_WORDS = Words()


def settle_words(formulas: Iterable[list[Token]], declared: Iterable[str] = ()) -> Words:
    """Decide the runs of all formulas of a document together.

    A run is one name if it is declared, well known, or heads a definition; a product if each of its letters
    also stands alone somewhere. Capitals whose letters never stand alone are a name (``TP``). What remains
    with evidence on both sides is unsettled, and a formula with it is not read.
    """
    names = set(KNOWN) | {name for name in declared if len(name) > 1}
    alone: set[str] = set()
    runs: set[str] = set()
    heads: set[str] = set()
    raised: set[str] = set()
    lowered: set[str] = set()
    for tokens in formulas:
        script = False
        for number, token in enumerate(tokens):
            if token.kind == "run" and not (script or _is_script(tokens, number)):
                if len(token.text) == 1:
                    if not _is_numbered(tokens, number):
                        alone.add(token.text)
                elif token.text not in vocabulary.BARE_FUNCTIONS and token.text not in vocabulary.BARE_BIG:
                    runs.add(token.text)
                    if number == 0 and _heads(tokens):
                        heads.add(token.text)
            elif token.kind == "run" and len(token.text) == 1:
                alone.add(token.text)
            elif token.kind == "run" and token.text.isupper() and _is_raised(tokens, number):
                raised.add(token.text)
            elif token.kind == "run" and token.text[0] == "d" and _is_raised(tokens, number, "_"):
                lowered.add(token.text)
    known = alone | {name for name in declared if len(name) == 1}
    names |= {run for run in raised - runs if not set(run) <= known}  # y^{LS}, but not x^{AB} beside A and B
    names |= lowered & runs  # the velocity v_{dW} of the gradient dW: no product
    unsettled: set[str] = set()
    for run in sorted(runs - names):
        kind = _judge(run, alone, runs, run in heads)
        if kind == "name":
            names.add(run)
        elif kind == "unsettled":
            unsettled.add(run)
    return Words(frozenset(names), frozenset(unsettled))


def _is_numbered(tokens: list[Token], number: int) -> bool:
    """Does a number stand under this letter? F_1 is a name of its own and says nothing about F."""
    after = [token.kind for token in tokens[number + 1 : number + 4]]
    return after[:2] == ["_", "number"] or after == ["_", "{", "number"]


def _is_script(tokens: list[Token], number: int) -> bool:
    """Does this run stand alone as a subscript or superscript, where it is a label?"""
    before = tokens[number - 1].kind if number else ""
    if before in "_^" and before:
        return True
    return before == "{" and number > 1 and tokens[number - 2].kind in ("_", "^")


def _is_raised(tokens: list[Token], number: int, script: str = "^") -> bool:
    """Is this run all that stands in a superscript (or subscript)?"""
    before = [token.kind for token in tokens[max(number - 2, 0) : number]]
    after = [token.kind for token in tokens[number + 1 : number + 2]]
    return before == [script, "{"] and after == ["}"]


def _heads(tokens: list[Token]) -> bool:
    """Is the first token the whole left side (perhaps with arguments) of an equation?"""
    depth = 0
    for number, token in enumerate(tokens[1:40], 1):
        if token.kind in ("open", "{"):
            if number == 1 or depth or tokens[number - 1].kind == "_":
                depth += 1
                continue
            return False
        if token.kind in ("close", "}"):
            depth -= 1
        elif depth == 0 and token.kind == "rel":
            return token.text in ("=", ":=", "<-")
        elif depth == 0 and token.kind not in ("_", "&"):
            return False
    return False


def _judge(run: str, alone: set[str], runs: set[str], head: bool) -> str:
    letters = set(run)
    single = letters & alone
    if head and (not single or len(run) > 2 or run.isupper()):
        return "name"
    if run[0] == "d" and len(run) == 2:
        return "product"  # a differential
    if single == letters:
        return "product" if len(run) <= 3 else "unsettled"
    shared = any(letters & set(other) for other in runs if other != run)
    if run.isupper():
        family = any(other != run and other.isupper() and letters & set(other) for other in runs)
        return "name" if not single or family else "unsettled"
    if len(run) == 2:
        return "product"
    if single:
        return "product" if len(run) == 3 else "unsettled"
    if run[0].isupper() or len(run) >= 4:
        return "name"
    return "unsettled" if shared else "product"
