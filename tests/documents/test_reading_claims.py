"""What is a claim, under which definitions and hypotheses: the rules of documents, one by one."""

from __future__ import annotations

import pytest

from symderive.documents.reading import Display, DocumentReading, Inline, Kind, read_document
from symderive.notation import load_notation


def document(*parts: str, notation: str = "", sections: tuple[int, ...] = ()) -> DocumentReading:
    """Formulas in a row: a leading ``$`` marks an inline formula, ``~`` one in the sentence of the next display."""
    displays, inlines = [], []
    position, sentence = 0, 1
    for number, part in enumerate(parts):
        section = sections[number] if sections else 0
        if part.startswith(("$", "~")):
            inlines.append(Inline(part[1:], position, section, sentence, number + 1))
            sentence += part.startswith("$")
        else:
            displays.append(Display(part, position, number + 1, 1, section, sentence))
            sentence += 1
        position += 200
    return read_document(displays, inlines, load_notation(notation) if notation else None)


def kinds(reading: DocumentReading) -> list[Kind]:
    return [item.kind for item in reading.readings]


SOFTMAX = r"s_i(\mathbf x) = \frac{e^{x_i}}{\sum_{j=1}^K e^{x_j}}"


def test_definition_then_claim() -> None:
    """The first equation of a head defines, what follows about it is judged with the definition in force."""
    reading = document(
        SOFTMAX, r"\frac{\partial s_i}{\partial x_k} = s_i (\delta_{ik} - s_k)", r"\sum_i s_i = 1"
    )
    assert kinds(reading) == [Kind.DEFINITION, Kind.CLAIM, Kind.CLAIM]
    for item in reading.readings[1:]:
        (claim,) = item.claims
        assert [definition.head for definition in claim.definitions] == ["s"]
        assert not claim.hypotheses


def test_normalisation_of_an_undefined_name_is_a_hypothesis() -> None:
    """Σ y = 1 about a given y is a hypothesis; a claim is never a hypothesis of itself."""
    reading = document(r"\sum_{k=1}^K y_k = 1", r"\sum_{k=1}^K 2 y_k = 2")
    assert kinds(reading) == [Kind.HYPOTHESIS, Kind.CLAIM]
    (claim,) = reading.readings[1].claims
    assert len(claim.hypotheses) == 1


@pytest.mark.parametrize(
    ("stated", "relation"),
    [
        (r"x_i > 0", ">"),
        (r"x \in \mathbb{R}_{>0}^K", ">"),
        (r"x_1, \dots, x_K > 0", None),
        (r"0 < a < 1", "<"),
        (r"a \in (0, 1)", ">"),
        (r"x \in \Delta^{K-1}", ">="),
        (r"\sum_i x_i = 1", "="),
        (r"x \in \{0,1\}^K", "="),
        (r"a \ne 0", "!="),
    ],
)
def test_whitelisted_hypotheses(stated: str, relation: str | None) -> None:
    """A whitelisted form in prose is in force from its place on."""
    reading = document("$" + r"x \in \mathbb{R}^K", "$" + stated, r"a \sum_i x_i^2 = a \sum_j x_j^2")
    (claim,) = reading.readings[0].claims
    relations = {hypothesis.relation for hypothesis in claim.hypotheses}
    assert relation is None or relation in relations


@pytest.mark.parametrize(
    "stated", [r"a = 1", r"x_i = e^{a}", r"f(x) = 3", r"a = b", r"x_i + a = 1", r"\sum_i x_i = 2"]
)
def test_other_inline_equations_are_nothing(stated: str) -> None:
    """An inline equation that is not whitelisted must never help to prove anything."""
    reading = document("$" + stated, r"a \sum_{i=1}^K x_i^2 = b")
    (statement,) = reading.readings[0].statements
    assert all(not claim.hypotheses for claim in statement.claims)


def test_equal_indices_hold_for_their_sentence() -> None:
    """``i = k`` of one sentence must not leak into the next."""
    reading = document(
        SOFTMAX, "~i = k", r"\frac{\partial s_i}{\partial x_k} = s_i (1 - s_i)", r"\sum_k s_k - s_i s_k = 1"
    )
    first, second = reading.readings[1].claims[0], reading.readings[2].claims[0]
    assert [h.relation for h in first.hypotheses] == ["="]
    assert not second.hypotheses


def test_conditions_beside_a_claim() -> None:
    """``…, \\quad i ≠ k`` holds for its row alone."""
    reading = document(
        SOFTMAX, r"\frac{\partial s_i}{\partial x_k} = -s_i s_k, \quad i \ne k", r"s_i - s_k = 0"
    )
    assert [h.relation for h in reading.readings[1].claims[0].hypotheses] == ["!="]
    assert not reading.readings[2].claims[0].hypotheses


def test_cases_are_one_claim_a_row() -> None:
    """A row of cases is a claim under its condition, and ``otherwise`` the opposite one."""
    reading = document(
        SOFTMAX,
        r"\frac{\partial s_i}{\partial x_k} = \begin{cases} s_i (1 - s_i) & \text{if } i = k \\ -s_i s_k & \text{otherwise} \end{cases}",
    )
    claims = reading.readings[1].claims
    assert [claim.hypotheses[0].relation for claim in claims] == ["=", "!="]


def test_aligned_chain_is_a_claim_a_line() -> None:
    """Each line is judged against the line before it, so that the one wrong step is the one that is found."""
    reading = document(
        r"\begin{aligned} L &= (a + b)^2 \\ &= a^2 + 2 a b + b^2 \\ &= a^2 + b^2 \end{aligned}"
    )
    (item,) = reading.readings
    assert [statement.kind for statement in item.statements] == [Kind.DEFINITION, Kind.CLAIM, Kind.CLAIM]
    latex = item.display.latex
    assert latex[slice(*item.statements[2].span)] == "= a^2 + b^2"


def test_two_equations_in_one_display() -> None:
    """Both are read, none is dropped."""
    reading = document(r"P = \frac{TP}{TP + FP}, \quad R = \frac{TP}{TP + FN}.")
    assert [statement.name for statement in reading.readings[0].statements] == ["P", "R"]


def test_sequences_and_closed_forms() -> None:
    """The recurrence defines; another form of the sequence is a claim, with the initial value in force."""
    reading = document(
        r"v_t = \gamma v_{t-1} + g_t", "$v_0 = 0", r"v_t = \sum_{s=0}^{t-1} \gamma^s g_{t-s}", r"v_1 = g_1"
    )
    assert kinds(reading) == [Kind.DEFINITION, Kind.CLAIM, Kind.CLAIM]
    claim = reading.readings[1].claims[0]
    assert [recurrence.head for recurrence in claim.recurrences] == ["v"]
    assert [str(hypothesis.lhs) for hypothesis in claim.hypotheses] == ["v[0]"]


def test_new_section_redefines_with_a_note() -> None:
    """Two optimizers in one text: the later definition counts, and the reader is told."""
    reading = document("L = a^2", "L = b^2", "L = b b", sections=(1, 2, 2))
    assert kinds(reading) == [Kind.DEFINITION, Kind.DEFINITION, Kind.CLAIM]
    assert "replaces the definition of L of line 1" in reading.readings[1].statements[0].notes
    assert str(reading.readings[2].claims[0].definitions[0].body) == "b**2"


def test_same_section_is_a_claim() -> None:
    """Within a section a second equation about a defined head is judged."""
    assert kinds(document("L = a^2", "L = a a")) == [Kind.DEFINITION, Kind.CLAIM]


def test_a_value_of_a_defined_function_is_a_claim() -> None:
    """``d(x, x) = 0`` says something about d; it does not define it anew."""
    reading = document(
        r"d(\mathbf x, \mathbf y) = \sum_{i=1}^K |x_i - y_i|", r"d(\mathbf x, \mathbf x) = 0", sections=(1, 2)
    )
    assert kinds(reading) == [Kind.DEFINITION, Kind.CLAIM]


def test_numbered_names_are_definitions_in_force() -> None:
    """F_1 is a name; what follows about it is judged with its definition."""
    reading = document(
        r"F_1 = \frac{2 P R}{P + R}", r"\frac{1}{F_1} = \frac12 \left(\frac1P + \frac1R\right)"
    )
    (claim,) = reading.readings[1].claims
    assert [definition.head for definition in claim.definitions] == ["F_1"]


def test_expressions_and_domain() -> None:
    """A display without a relation claims nothing; side conditions are collected where something is claimed."""
    reading = document(r"\frac{a}{b}", r"\frac{a^2}{a} = a")
    assert kinds(reading) == [Kind.EXPRESSION, Kind.CLAIM]
    assert [h.relation for h in reading.readings[1].claims[0].domain] == ["!="]


def test_unclosed_display() -> None:
    """A display that is cut off is never counted as read."""
    reading = read_document([Display(r"a = \frac{b", closed=False), Display("a = b")])
    assert [item.kind for item in reading.readings] == [Kind.NOT_UNDERSTOOD, Kind.DEFINITION]
    assert reading.readings[0].main.rule == "unclosed"


def test_declared_names_and_assumptions() -> None:
    """What the author declares overrides what is inferred."""
    reading = document(
        r"W x = y",
        r"\sum_i p_i = 1 + a",
        notation="names: {W: matrix M N, x: vector N, y: vector M, p: vector N}\nassume: [p_i > 0]",
    )
    assert kinds(reading) == [Kind.CLAIM, Kind.CLAIM]
    assert [h.relation for h in reading.readings[1].claims[0].hypotheses] == [">"]
    assert any(row.name == "W" and not row.inferred for row in reading.declarations)


def test_inferred_declarations_are_listed() -> None:
    """What was inferred must be visible."""
    rows = {row.name: row for row in document(SOFTMAX).declarations}
    assert rows["K"].kind == "dim" and rows["x"].kind == "vector 1..K" and rows["s"].inferred


def test_watch_sees_every_display() -> None:
    """A caller that holds deadlines must know what is being worked on."""
    seen: list[int] = []
    read_document([Display("a = b"), Display("c = d", 20)], [Inline("x", 10)], watch=seen.append)
    assert {-1, 0, 1} <= set(seen)


def test_where_explains_the_claim_before_it() -> None:
    """ "…, where p_i = …" is how people write; without it a true claim would be called false."""
    reading = document(
        r"\frac{\partial L}{\partial z_i} = p_i - y_i",
        r"L = -\sum_{i=1}^K y_i \log p_i",
        r"p_i = \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}}",
    )
    assert kinds(reading) == [Kind.CLAIM, Kind.DEFINITION, Kind.DEFINITION]
    (claim,) = reading.readings[0].claims
    assert {definition.head for definition in claim.definitions} == {"L", "p"}


def test_a_name_that_is_defined_twice_does_not_leak_backwards() -> None:
    """Which of two later definitions would be meant cannot be known."""
    reading = document("a^2 = a b", "a = 1", "a = 2", sections=(1, 1, 2))
    (claim,) = reading.readings[0].claims
    assert not claim.definitions


def test_derivative_by_a_defined_name() -> None:
    """∂L/∂s_i differentiates L as it is written in terms of s, not what s unfolds to."""
    reading = document(
        SOFTMAX, r"L = -\sum_{i=1}^K y_i \log s_i", r"\frac{\partial L}{\partial s_i} = -\frac{y_i}{s_i}"
    )
    (claim,) = reading.readings[2].claims
    assert claim.lhs != 0


def test_samples_are_vectors() -> None:
    """``w^\\top x_n`` shows that each x_n is a vector: no number stands after a transposed vector."""
    reading = document(r"J(w) = \frac{1}{N} \sum_{n=1}^N (w^\top x_n - y_n)^2")
    definition = reading.readings[0].statements[0].definition
    assert definition is not None and not definition.components


def test_a_display_explains_its_own_names() -> None:
    """ "A, B" where B defines what A is written with: A was about any function of that name, and refuted."""
    reading = document(r"\sigma'(x) = s(x) (1 - s(x)), \quad s(x) = \frac{1}{1+e^{-x}}")
    (item,) = reading.readings
    assert [statement.kind for statement in item.statements] == [Kind.CLAIM, Kind.DEFINITION]
    assert [definition.head for definition in item.claims[0].definitions] == ["s"]
    twice = document(
        r"\sigma'(x) = s(x) (1 - s(x)), \quad s(x) = \frac{1}{1+e^{-x}}", "s(x) = x", sections=(0, 1)
    )
    assert not twice.readings[0].claims[0].definitions


@pytest.mark.parametrize(
    ("formula", "status"),
    [
        (r"\sigma'(x) = s(x) (1 - s(x)), \quad s(x) = \frac{1}{1+e^{-x}}", "PROVED"),
        (r"\sigma'(x) = s(x) (1 + s(x)), \quad s(x) = \frac{1}{1+e^{-x}}", "REFUTED"),
        (r"\sigma'(x) = s(x) (1 - s(x)), \quad s(x) = \frac{1}{1+e^{x}}", "PROVED"),
        (r"\sigma'(x) = s(x) (1 - s(x)), \quad s(x) = \frac{1}{2+e^{-x}}", "REFUTED"),
        (r"g'(x) = h(x) + 1, \quad g(x) = \frac{x^2}{2} + x, \quad h(x) = x", "PROVED"),
        (r"g'(x) = h(x) + 2, \quad g(x) = \frac{x^2}{2} + x, \quad h(x) = x", "REFUTED"),
    ],
)
def test_what_a_display_explains_is_judged(formula: str, status: str) -> None:
    import symderive

    assert str(symderive.check_text(f"$$\n{formula}\n$$\n", timeout=None).formulas[0].status) == status
