"""What a measurement finds: a table that is printed and forgotten would stop no one."""

from __future__ import annotations

from symderive.codegen.accuracy_findings import findings, findings_json, findings_text, remarks
from symderive.codegen.accuracy_table import Accuracy


def row(
    ulps: float, conditioned: float, nonfinite: int = 0, regime: str = "N(0,1)", size: int = 3
) -> Accuracy:
    return Accuracy("loss", "numpy", "float32", regime, size, ulps, ulps, conditioned, nonfinite, 60, "x = 1")


def test_lost_digits_are_the_code_s() -> None:
    """Both must be large: an error beside 0 is many ulps, and 30 times half an ulp is nothing."""
    assert findings([row(1e9, 4.0), row(3.0, 30.0), row(0.5, 0.0)]) == ()
    bad, worse = row(25.0, 21.0), row(1e5, 900.0, regime="ties")
    assert findings([bad, worse]) == (("loses digits", worse),)
    assert findings_text([bad]) == [
        "loses digits: loss, float32, N(0,1), size 3: 25 ulps, 21 times what the formula is due"
    ]


def test_what_is_not_finite_is_found() -> None:
    """An overflow is counted where it is most frequent; a number has no size."""
    rows = [row(float("inf"), 0.0, 2), row(float("inf"), 0.0, 7, regime="±80", size=0)]
    assert findings_text(rows) == ["not finite: loss, float32, ±80: 7 of 60 results"]
    assert findings_json(rows)[0]["finding"] == "not finite"


def test_a_formula_that_cancels_is_named() -> None:
    """Many ulps without a word look like a fault of the code."""
    (remark,) = remarks([row(1e9, 4.0, regime="near-equal"), row(0.5, 0.0)])
    assert "loss, float32: the formula itself cancels (near-equal)" in remark
    assert remarks([row(1e9, 90.0)]) == remarks([row(3.0, 0.5)]) == []
