"""The words around a derivation, in English and Korean; the reasons themselves belong to the rules."""

from __future__ import annotations

from symderive.decide import Status
from symderive.derivation import PartKind
from symderive.rules import LANGUAGES

__all__ = ["WORDS", "part_title", "status_words", "words"]

#: Key → language → words.
WORDS: dict[str, dict[str, str]] = {
    "claim": {"en": "To show", "ko": "보일 것"},
    "problem": {"en": "To find", "ko": "구할 것"},
    "definitions": {"en": "Definitions", "ko": "정의"},
    "where": {"en": "where", "ko": "여기서"},
    "hypotheses": {"en": "Hypotheses", "ko": "가정"},
    "assuming": {"en": "where", "ko": "조건"},
    "vector": {"en": "In vectors", "ko": "벡터로 쓰면"},
    "missing": {"en": "Missing", "ko": "빠진 것"},
}

_PARTS = {
    PartKind.MAIN: {"en": "Derivation", "ko": "유도"},
    PartKind.LEMMA: {"en": "Lemma", "ko": "보조정리"},
    PartKind.CASE: {"en": "Case", "ko": "경우"},
    PartKind.BASE: {"en": "Base of the induction", "ko": "귀납의 첫 단계"},
    PartKind.INDUCTION: {"en": "Induction step", "ko": "귀납 단계"},
}
#: With what the part is about in place of ``{}``.
_PARTS_ABOUT = {
    PartKind.BASE: {"en": "Induction on {}: the first case", "ko": "{}에 대한 귀납법: 첫 단계"},
    PartKind.INDUCTION: {
        "en": "Induction on {}: from one case to the next",
        "ko": "{}에 대한 귀납법: 다음 단계로",
    },
}

_STATUS = {
    Status.PROVED: {
        "en": "every step is proved for all sizes and values",
        "ko": "모든 단계가 모든 크기와 값에 대해 증명되었다",
    },
    Status.CITED: {
        "en": "a step rests on a cited theorem, the others are proved",
        "ko": "인용한 정리에 기대는 단계가 있고 나머지는 증명되었다",
    },
    Status.SUPPORTED: {
        "en": "a step agrees at random points to many digits, but is not proved",
        "ko": "무작위 점에서 여러 자리까지 맞지만 증명되지 않은 단계가 있다",
    },
    Status.UNDECIDED: {
        "en": "not every step could be decided",
        "ko": "판정하지 못한 단계가 있다",
    },
    Status.REFUTED: {
        "en": "a step is false",
        "ko": "거짓인 단계가 있다",
    },
}


def words(key: str, language: str) -> str:
    """The words of a key.

    Raises
    ------
    ValueError
        For a language that has no words.

    Examples
    --------
    >>> words("hypotheses", "ko")
    '가정'
    """
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is no language of derivations: use one of {', '.join(LANGUAGES)}")
    return WORDS[key][language]


def part_title(kind: PartKind, language: str, about: str | None = None) -> str:
    """What a part is called in its heading; `about` is the index of an induction, the condition of a case.

    Examples
    --------
    >>> part_title(PartKind.CASE, "en"), part_title(PartKind.BASE, "ko", "n")
    ('Case', 'n에 대한 귀납법: 첫 단계')
    """
    title = _PARTS[kind][language]
    if about is None:
        return title
    pattern = _PARTS_ABOUT.get(kind, {}).get(language, f"{title} {{}}")
    return pattern.replace("{}", about)


def status_words(status: Status, language: str) -> str:
    """What the status of a whole derivation means, in a clause."""
    return _STATUS[status][language]
