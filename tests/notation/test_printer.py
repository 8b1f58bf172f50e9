r"""The printer writes what a textbook writes: s_i, not {s}_{i}."""

import pytest
from sympy import (
    Abs,
    Eq,
    Expr,
    Integer,
    KroneckerDelta,
    Max,
    Ne,
    Piecewise,
    Rational,
    binomial,
    exp,
    factorial,
    log,
    oo,
    pi,
    sign,
    sqrt,
)

from symderive.notation.printer import claim_latex, hypothesis_latex, latex
from symderive.notation.typeset import name
from symderive.terms import (
    Apply,
    Claim,
    Dim,
    Hypothesis,
    Index,
    Iverson,
    Matrix,
    Partial,
    Tensor,
    Vector,
    indexed_max,
    indexed_product,
    indexed_sum,
    operation,
    scalar,
    substitute,
    vec,
)

K, N = Dim("K"), Dim("N")
x, y, p, q, s, delta = (Vector(letter, K) for letter in ("x", "y", "p", "q", "s", "delta"))
t, gamma, mu, epsilon = (scalar(letter) for letter in ("t", "gamma", "mu", "epsilon"))
i, j, k = (Index(letter, K) for letter in "ijk")
m, d = Dim("m"), Dim("d")
n = Index("n", oo, 0)
v = Tensor("v", (0, oo))
theta, G = (Tensor(letter, (1, K), (0, oo)) for letter in ("theta", "G"))
W = Matrix("W", K, N)
xs, ps, qs = (vec(family[j], j) for family in (x, p, q))


def gradient(*derivatives: tuple[object, ...]) -> Apply:
    return Apply("J", (vec(theta[j, n], j),), (), derivatives)


TEXTBOOK = [
    # order and signs
    (1 - t, "1 - t"),
    (n - 1, "n - 1"),
    (m - d + 1, "m - d + 1"),
    (t**2 - t + 1, "t^2 - t + 1"),
    (-t - gamma, r"-\gamma - t"),
    (t + epsilon, r"t + \epsilon"),
    (s[i] * (KroneckerDelta(i, k) - s[k]), r"s_i (\delta_{ik} - s_k)"),
    (-s[i] * s[k], "-s_i s_k"),
    (2 * 3**n * t, r"2 \cdot 3^n t"),
    (t * (n + 1), r"t \cdot (n + 1)"),
    (-(t + gamma) * x[i], r"-(\gamma + t) x_i"),
    # indices
    (W[i, j], "W_{ij}"),
    (W[i, j + 1], "W_{i,j+1}"),
    (W[1, 2], "W_{1,2}"),
    (x[k + 1] ** 2, "x_{k+1}^2"),
    (KroneckerDelta(i, k + 1), r"\delta_{i,k+1}"),
    (theta[k, n + 1], r"\theta_k(n+1)"),
    (gamma * v[n - 1] ** 2, r"\gamma v(n-1)^2"),
    # fractions, powers, roots
    (-p[j] / q[j], r"-\frac{p_j}{q_j}"),
    (Rational(1, 2) * t, r"\frac{t}{2}"),
    (1 / sqrt(t), r"\frac{1}{\sqrt{t}}"),
    (t ** Rational(3, 2), "t^{3/2}"),
    (t ** Rational(1, 3), r"\sqrt[3]{t}"),
    (sqrt(2 * pi), r"\sqrt{2 \pi}"),
    (N * (N - 1) / 2, r"\frac{N (N - 1)}{2}"),
    (Integer(-1) ** n, "(-1)^n"),
    (gamma ** (n - i) * mu * x[i], r"\gamma^{n-i} \mu x_i"),
    # functions
    (exp(x[i]), "e^{x_i}"),
    (exp(-(t**2) / 2), "e^{-t^2/2}"),
    (exp(indexed_sum(x[j], j)), r"\exp\left(\sum_{j=1}^K x_j\right)"),
    (1 / (1 + exp(-t)), r"\frac{1}{1 + e^{-t}}"),
    (p[i] * log(q[i]), r"p_i \log q_i"),
    (log(t * q[i]), r"\log(t q_i)"),
    (log(p[i] / q[i]), r"\log \frac{p_i}{q_i}"),
    (log(t) * log(x[i]), r"\left(\log t\right) \log x_i"),
    (log(t) ** 2, r"\left(\log t\right)^2"),
    (Abs(x[i] - y[i]), r"\left|x_i - y_i\right|"),
    (sign(t), r"\operatorname{sign}(t)"),
    (Max(t, 0), r"\max(0, t)"),
    (binomial(m, i), r"\binom{m}{i}"),
    (factorial(m) * factorial(m - 1), r"(m - 1)! m!"),
    (Iverson(Eq(i, k)) * x[i], "[i = k] x_i"),
    (
        Piecewise((s[i], Eq(i, k)), (0, Ne(i, k)), (1, True), evaluate=False),
        r"\begin{cases} s_i & \text{if } i = k \\ 0 & \text{if } i \ne k \\ 1 & \text{otherwise} \end{cases}",
    ),
    # sums
    (exp(x[i]) / indexed_sum(exp(x[j]), j), r"\frac{e^{x_i}}{\sum_{j=1}^K e^{x_j}}"),
    (indexed_sum(x[i], i, 0, N - 1) / N, r"\frac{1}{N} \sum_{i=0}^{N-1} x_i"),
    (sqrt(indexed_sum(x[i] ** 2, i) / N), r"\sqrt{\frac{1}{N} \sum_{i=1}^K x_i^2}"),
    (-indexed_sum(p[i] * log(q[i]), i), r"-\sum_{i=1}^K p_i \log q_i"),
    (indexed_sum(x[i] - y[i], i), r"\sum_{i=1}^K (x_i - y_i)"),
    (indexed_sum(indexed_sum(x[i] * y[j], j), i), r"\sum_{i=1}^K \sum_{j=1}^K x_i y_j"),
    (t * indexed_sum(x[i], i) * indexed_sum(y[i], i), None),
    (indexed_product(x[i], i), r"\prod_{i=1}^K x_i"),
    (indexed_max(x[j], j), r"\max_{1 \le j \le K} x_j"),
    (x[i] - log(indexed_sum(exp(x[j]), j)), r"x_i - \log \sum_{j=1}^K e^{x_j}"),
    # functions by name, derivatives
    (Apply("s", (xs,), (i,)), r"s_i(\mathbf{x})"),
    (Apply("KL", (ps, qs)), r"\operatorname{KL}(\mathbf{p}, \mathbf{q})"),
    (Apply("L"), "L"),
    (gradient(), r"J(\theta(n))"),
    (gradient((0, k)) ** 2, r"\left(\frac{\partial J}{\partial \theta_k}(\theta(n))\right)^2"),
    (gradient((0, i), (0, k)), r"\frac{\partial^2 J}{\partial \theta_i \partial \theta_k}(\theta(n))"),
    (
        theta[k, n] - mu * gradient((0, k)) / sqrt(G[k, n] + epsilon),
        r"\theta_k(n) - \frac{\mu}{\sqrt{G_k(n) + \epsilon}} \frac{\partial J}{\partial \theta_k}(\theta(n))",
    ),
    (Apply("J", (vec(theta[j, n] - mu * theta[j, n - 1], j),)), r"J(\theta(n) - \mu \theta(n-1))"),
    (
        Apply("J", (vec(theta[j, n] - gamma * G[j, n], j),), (), ((0, k),)),
        r"\left. \frac{\partial J}{\partial \theta_k} \right|_{\theta = \theta(n)-\gamma G(n)}",
    ),
    (Apply("f", (t,), (), ((0,), (0,))), "f''(t)"),
    (Partial(Apply("s", (xs,), (i,)), x[k]), r"\frac{\partial}{\partial x_k} s_i(\mathbf{x})"),
    (Partial(Apply("L"), x[i], x[i]), r"\frac{\partial^2 L}{\partial x_i^2}"),
    (Partial(t**2 * exp(t), t), r"\frac{d}{d t} (t^2 e^t)"),
    (Partial(gamma * t, t), r"\frac{\partial}{\partial t} (\gamma t)"),
    (operation("softmax", xs, i), r"\operatorname{softmax}(\mathbf{x})_i"),
    (operation("norm1", xs), r"\|\mathbf{x}\|_1"),
]


@pytest.mark.parametrize(
    ("term", "expected"), [row for row in TEXTBOOK if row[1]], ids=lambda value: str(value)
)
def test_terms_are_printed_as_a_textbook_writes_them(term: Expr, expected: str) -> None:
    assert latex(term) == expected


def test_a_sum_that_is_not_the_last_factor_is_bracketed() -> None:
    printed = latex(indexed_sum(x[i], i) * indexed_sum(y[i], i))
    assert printed == r"\left(\sum_{i=1}^K x_i\right) \sum_{i=1}^K y_i"


@pytest.mark.parametrize("free", [i, j, k])
def test_a_bound_index_never_takes_a_free_name(free: Index) -> None:
    """Σ_j x_j y_i with the free index named j would be printed as Σ_j x_j y_j, another formula."""
    term = substitute(indexed_sum(x[j] * y[i], j), {i: free})
    bound = "k" if free == j else "j"
    assert latex(term) == rf"\sum_{{{bound}=1}}^K {' '.join(sorted((f'x_{bound}', f'y_{free}')))}"


def test_nested_sums_over_one_name_are_kept_apart() -> None:
    term = indexed_sum(x[i] * indexed_sum(x[i], i), i)
    assert latex(term) == r"\sum_{i=1}^K x_i \sum_{j=1}^K x_j"


def test_both_sides_of_a_claim_avoid_each_others_free_names() -> None:
    claim = Claim(x[j], "=", indexed_sum(x[j], j))
    assert claim_latex(claim) == r"x_j = \sum_{k=1}^K x_k"
    assert latex(claim) == claim_latex(claim)
    assert claim_latex(Claim(t, "<=", t - 1)) == r"t \le t - 1"


def test_letters_that_mean_something_else_are_not_used() -> None:
    assert latex(delta[i] * KroneckerDelta(i, k)) == r"[i = k] \delta_i"
    assert latex(scalar("e") * exp(t)) == r"e \exp(t)"


def test_steps_are_written_as_the_author_writes_them() -> None:
    assert latex(gamma * v[n - 1], steps="sub") == r"\gamma v_{n-1}"
    assert latex(theta[k, n], steps="sub") == r"\theta_k^{(n)}"
    assert latex(v[n - 1] * theta[k, n], steps={"v": "sup"}) == r"\theta_k(n) v^{(n-1)}"
    assert latex(v[n] ** 2, steps="sup") == r"(v^{(n)})^2"
    assert latex(v[n] ** 2, steps="bracket") == "v[n]^2"
    with pytest.raises(ValueError, match="call"):
        latex(t, steps="index")


def test_vectors_are_bold_only_where_the_author_writes_them_so() -> None:
    assert latex(Apply("s", (xs,), (i,)), bold=False) == "s_i(x)"
    assert claim_latex(Claim(Apply("H", (xs,)), "=", t), bold=False) == "H(x) = t"


def test_hypotheses_say_for_which_indices() -> None:
    assert hypothesis_latex(Hypothesis(p[i], ">", 0, (i,))) == r"p_i > 0 \text{ for all } i"
    assert hypothesis_latex(Hypothesis(i, "!=", k)) == r"i \ne k"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("theta", r"\theta"),
        ("hat(v)", r"\hat{v}"),
        ("v_dW", "v_{dW}"),
        ("v^corrected", r"v^{\text{corrected}}"),
        ("hat(theta)_t", r"\hat{\theta}_{t}"),
        ("mathcal(L)", r"\mathcal{L}"),
        ("TP", r"\mathrm{TP}"),
        ("x'", "x'"),
        ("my_rate", r"\mathrm{my}_{rate}"),
        ("a%b", r"\mathrm{a\%b}"),
    ],
)
def test_names_map_back_to_their_latex(text: str, expected: str) -> None:
    assert name(text) == expected


def test_numbers_of_any_length_are_printed() -> None:
    """Python refuses to convert integers of more than 4300 digits."""
    assert latex(Integer(10) ** 6000) == "1" + "0" * 6000


def test_a_label_and_indices_share_one_subscript() -> None:
    """TeX takes no second one; and so it is read."""
    size = Dim("K")
    place = Index("i", size)
    assert latex(Vector("v_dW", size)[place]) == "v_{dW,i}"
    assert latex(Vector("direction_x", size)[place]) == r"\mathrm{direction}_{x,i}"
    assert latex(Apply("dot(s_2)", (), (place,))) == r"\dot{s_{2}}_i"
    assert latex(Vector("hat(v)", size)[place]) == r"\hat{v}_i"
