"""Letters that are no usual indices are indices under a name whose other entries show how many it has."""

from __future__ import annotations

import pytest

from symderive import check_text

PAGE = r"""
Let $W \in \mathbb{R}^{K \times M}$, $h \in \mathbb{R}^M$ and $t \in \mathbb{R}^K$.

$$ E = \frac12 \sum_{k=1}^K \left(\sum_{m=1}^M W_{km} h_m - t_k\right)^2 $$

$$ \frac{\partial E}{\partial W_{ab}} = \left(\sum_{m=1}^M W_{am} h_m %s t_a\right) h_b $$
"""


@pytest.mark.parametrize(("sign", "status"), [("-", "PROVED"), ("+", "REFUTED")])
def test_any_letters_index_a_matrix(sign: str, status: str) -> None:
    """W_{ab} read as a number by the name of W_ab refuted a right gradient."""
    report = check_text(PAGE % sign)
    assert report.formulas[-1].status == status


def test_a_label_stays_a_label() -> None:
    """v_{dW} is a name where v has no two indices elsewhere."""
    report = check_text("$$ v_{dW} = 2 a $$ $$ v_{dW} - a = a $$")
    assert report.formulas[-1].status == "PROVED"
