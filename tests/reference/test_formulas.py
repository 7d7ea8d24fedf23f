"""Formulas over HTTP, on real data, against patsy's designs fitted by statsmodels.

What expressions are named is R's way of writing them; patsy keeps Python's. So coefficients are held
against each other in order, and by name where both agree: columns, levels and their products.
"""

import json
import re

import pytest

from cases import DATA
from formula_cases import CASES
from generate import VALUES as FOR_SIBLINGS

VALUES = FOR_SIBLINGS.parent / "values_formulas"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not there")

RELATIVE = 1e-7
"""statsmodels stops where its own doubles end."""


def stored(case):
    return json.loads((VALUES / f"{case.name}.json").read_text())


@pytest.fixture(scope="module")
def datasets(shared_client):
    made = {}

    def upload(case):
        if case.file not in made:
            made[case.file] = shared_client.upload(case.text(), "text/csv")["id"]
        return made[case.file]

    return upload


@pytest.fixture(scope="module")
def fits(shared_client, datasets):
    made = {}

    def fit(case):
        if case.name not in made:
            shared_client.train(
                model=case.name, dataset=datasets(case), formula=case.formula, **case.request
            )
            made[case.name] = shared_client.model(case.name)
        return made[case.name]

    return fit


def test_every_case_is_stored_and_nothing_else():
    assert {path.stem for path in VALUES.iterdir()} == {case.name for case in CASES}
    for case in CASES:
        assert stored(case)["formula"] == case.formula


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_likelihood_is_that_of_statsmodels(case, fits):
    model, values = fits(case), stored(case)
    assert model["formula"] == case.formula
    assert model["fit"]["converged"]
    assert model["fit"]["n_rows"] == values["n_rows"]
    assert model["fit"]["log_likelihood"] == pytest.approx(values["log_likelihood"], rel=1e-10)


def key(row):
    return row.get("class"), row["term"]


def is_worked_out(name):
    """Of an expression, which patsy writes in another way."""
    return re.search(r"[a-z]\(|I\(", name.replace("(intercept)", "")) is not None


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.has_same_columns], ids=lambda case: case.name
)
def test_coefficients_are_those_of_patsy_and_statsmodels(case, fits):
    rows, expected = fits(case)["coefficients"], stored(case)["coefficients"]
    assert len(rows) == len(expected)
    theirs = {key(row): row for row in expected if not is_worked_out(row["term"])}
    ours = {key(row): row for row in rows if not is_worked_out(row["term"])}
    assert theirs.keys() == ours.keys()
    pairs = [(ours[name], theirs[name]) for name in ours]
    # expressions: the same ones, whatever their names and their order
    rest = [sorted((row["estimate"], row["std_error"]) for row in part if is_worked_out(row["term"]))
            for part in (rows, expected)]
    for row, other in pairs:
        assert row["estimate"] == pytest.approx(other["estimate"], rel=RELATIVE), row["term"]
        assert row["std_error"] == pytest.approx(other["std_error"], rel=RELATIVE), row["term"]
    for row, other in zip(*rest):
        assert row == pytest.approx(other, rel=RELATIVE)


# --- published ---------------------------------------------------------------------------


def test_admissions_are_the_published_ones(fits):
    """UCLA, "Logit Regression, R Data Analysis Examples": glm(admit ~ gre + gpa + rank, "binomial")."""
    model = fits(CASES[0])
    printed = {
        "(intercept)": (-3.989979, 1.139951),
        "gre": (0.002264, 0.001094),
        "gpa": (0.804038, 0.331819),
        "rank[2]": (-0.675443, 0.316490),
        "rank[3]": (-1.340204, 0.345306),
        "rank[4]": (-1.551464, 0.417832),
    }
    for row in model["coefficients"]:
        found = round(row["estimate"], 6), round(row["std_error"], 6)
        assert found == printed[row["term"]]
