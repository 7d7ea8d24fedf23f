"""The stored values are what their generator computes, and agree with what others have published."""

import json

import pytest
from mpmath import mp, mpf, nstr, sqrt

from cases import BY_NAME, CASES, DATA
from encode import encode
from figures import units_apart, unmet
from generate import VALUES, check
from solve import Digits, cholesky, inverse, solve

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not there")

PUBLISHED = [case for case in CASES if case.published]


def stored(case):
    return json.loads((VALUES / f"{case.name}.json").read_text())


def test_every_case_is_stored_and_nothing_else():
    assert {path.stem for path in VALUES.iterdir()} == set(BY_NAME)


@pytest.mark.parametrize("case", [case for case in CASES if case.is_small], ids=lambda c: c.name)
def test_stored_values_are_what_the_generator_computes(case):
    assert check(case) == []


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_stored_values_belong_to_the_case_as_it_is(case):
    values = stored(case)
    assert values["request"] == case.request
    assert values["query"] == case.query


# --- published figures -------------------------------------------------------------------


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda c: c.name)
def test_published_figures_are_met_to_their_last_place(case):
    assert unmet(case, stored(case)) == []


# R's glm, ucla_admissions: nine or ten digits of each standard error.
STANDARD_ERRORS_OF_R = [
    "1.139950936",
    ".001093997638",
    ".3318192979",
    ".316489661",
    ".3453064182",
    ".4178316331",
]


def glm_of_r(design):
    """Iteratively reweighted least squares as R's glm does it: it starts from fitted values
    (y + 1/2)/2, ends when the deviance changes by less than 1e-8 of itself, and takes the standard
    errors from the weights of its last step, that is of its last coefficients but one."""
    y = [shares[1] for shares in design.shares]
    columns = design.columns
    fitted = [(value + mpf("0.5")) / 2 for value in y]
    eta = [mp.log(mu / (1 - mu)) for mu in fitted]
    deviance = mp.inf
    while True:
        weights = [mu * (1 - mu) for mu in fitted]
        working = [e * w + v - mu for e, w, v, mu in zip(eta, weights, y, fitted)]
        scaled = [[x * w for x, w in zip(column, weights)] for column in columns]
        gram = [[mp.fdot(s, column) for column in columns] for s in scaled]
        factor = cholesky(gram, Digits)
        beta = solve(factor, [mp.fdot(column, working) for column in columns], Digits)
        eta = [mp.fdot(row, beta) for row in zip(*columns)]
        fitted = [1 / (1 + mp.exp(-e)) for e in eta]
        before = deviance
        deviance = -2 * mp.fsum(mp.log(mu if v else 1 - mu) for v, mu in zip(y, fitted))
        if abs(deviance - before) / (abs(deviance) + mpf("0.1")) < mpf("1e-8"):
            variances = inverse(factor, Digits)
            return [sqrt(variances[i][i]) for i in range(len(beta))]


def test_standard_errors_of_r_are_those_of_its_last_step_but_one():
    """They differ from those at the maximum in the eighth digit, which is what logitd gives."""
    errors = glm_of_r(encode(BY_NAME["ucla_admissions"]))
    for printed, error in zip(STANDARD_ERRORS_OF_R, errors, strict=True):
        assert units_apart(printed, nstr(error, 20)) < 1
