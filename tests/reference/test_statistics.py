"""Statistics on request against fifty digits: the same data, over HTTP, compared with
values_statistics/."""

import pytest
from mpmath import mp, mpf

from cases import DATA
from generate_statistics import ASKED, BY_ASKED, VALUES, check, stored

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not there")

ERRORS = 1e-8
ESTIMATES = 1e-9
BOUNDS = 1e-8
TESTS = 1e-8
ROWS = 1e-9

# R's confint of the fit at https://stats.oarc.ucla.edu/r/dae/logit-regression/, which interpolates
# the profile between a few of its points.
PUBLISHED_BOUNDS = {
    "(intercept)": ("-6.2716202", "-1.7925474"),
    "gre": ("0.00013755", "0.00443528"),
    "gpa": ("0.1602959", "1.4641428"),
    "rank[2]": ("-1.3008888", "-0.0567457"),
    "rank[3]": ("-2.0276713", "-0.6703720"),
    "rank[4]": ("-2.4000265", "-0.7535348"),
}
INTERPOLATED = 3e-4
"""Of the width of an interval."""


def near(found, wanted, tolerance, what, scale=None):
    assert found is not None, what
    apart = abs(mpf(found) - mpf(wanted))
    allowed = tolerance * abs(mpf(scale if scale is not None else wanted))
    assert apart <= allowed, f"{what}: {found!r}, not {wanted}"


@pytest.fixture(scope="module")
def fits(shared_client):
    made = {}

    def fit(asked):
        if asked.name not in made:
            query = {} if asked.base.prepare else asked.base.query
            dataset = shared_client.upload(
                asked.base.text(), asked.base.content_type, name=asked.name, **query
            )
            shared_client.train(model=asked.name, dataset=dataset["id"], **asked.request)
            made[asked.name] = shared_client.model(asked.name, include="residuals")
        return made[asked.name]

    return fit


@pytest.fixture(params=[asked.name for asked in ASKED])
def fitted(request, fits):
    asked = BY_ASKED[request.param]
    return asked, fits(asked), stored(asked)


def check_test(found, wanted, what):
    assert found["df"] == wanted["df"], what
    near(found["statistic"], wanted["statistic"], TESTS, what)
    size = 1 + float(wanted["statistic"])
    near(found["p_value"], wanted["p_value"], TESTS * size, f"p-value of {what}")


def test_coefficients_have_the_errors_and_intervals_asked_for(fitted):
    _, model, values = fitted
    assert len(model["coefficients"]) == len(values["coefficients"])
    for found, wanted in zip(model["coefficients"], values["coefficients"]):
        name = (found.get("class"), found["term"])
        assert name == (wanted.get("class"), wanted["term"])
        near(found["estimate"], wanted["estimate"], ESTIMATES, name)
        near(found["std_error"], wanted["std_error"], ERRORS, name)
        near(found["z"], wanted["z"], ERRORS, name)
        near(found["p_value"], wanted["p_value"], ERRORS * (1 + float(wanted["z"]) ** 2), name)
        for bound in ("ci_low", "ci_high"):
            near(found[bound], wanted[bound], BOUNDS, (name, bound), wanted["std_error"])


def test_the_report_says_how_they_came_about(fitted):
    asked, model, _ = fitted
    told = model["fit"]["inference"]
    assert told["covariance"] == asked.request.get("covariance", "model")
    assert told["intervals"] == asked.request.get("intervals", "wald")
    assert told["confidence"] == asked.request.get("confidence", 0.95)
    assert told["information"] == ("penalised" if "penalty" in asked.request else "observed")


def test_hypotheses_are_tested(fitted):
    _, model, values = fitted
    fit = model["fit"]
    if values["wald_test"] is None:
        assert fit["wald_test"]["statistic"] is None
        assert "singular_covariance" in [warning["code"] for warning in fit["warnings"]]
    else:
        check_test(fit["wald_test"], values["wald_test"], "Wald")
    check_test(fit["score_test"], values["score_test"], "score")
    assert [row["input"] for row in fit["term_tests"]] == [
        row["input"] for row in values["term_tests"]
    ]
    for found, wanted in zip(fit["term_tests"], values["term_tests"]):
        check_test(found, wanted, found["input"])


def test_marginal_effects_are_right(fitted):
    _, model, values = fitted
    wanted_by_name = {(row["term"], row["class"]): row for row in values.get("marginal_effects", [])}
    found_by_name = {(row["term"], row["class"]): row for row in model.get("marginal_effects", [])}
    assert found_by_name.keys() == wanted_by_name.keys()
    for name, wanted in wanted_by_name.items():
        found = found_by_name[name]
        near(found["effect"], wanted["effect"], ESTIMATES, name, wanted["std_error"])
        near(found["std_error"], wanted["std_error"], ERRORS, name)
        z = float(wanted["effect"]) / float(wanted["std_error"])
        near(found["p_value"], wanted["p_value"], ERRORS * (1 + z**2), name)


def test_variance_inflation_is_right(fitted):
    _, model, values = fitted
    wanted_rows = values.get("variance_inflation", [])
    found_rows = model.get("variance_inflation", [])
    assert [row["input"] for row in found_rows] == [row["input"] for row in wanted_rows]
    for found, wanted in zip(found_rows, wanted_rows):
        assert found["df"] == wanted["df"]
        near(found["gvif"], wanted["gvif"], TESTS, found["input"])
        near(found["per_df"], mpf(wanted["gvif"]) ** (mpf(1) / (2 * wanted["df"])), TESTS, "per df")


def test_residuals_are_right(fitted):
    asked, model, values = fitted
    if not asked.request.get("residuals"):
        assert model["residuals"] is None
        return
    residuals = model["residuals"]
    assert residuals["rows"] == list(range(1, model["fit"]["n_rows"] + 1))
    for wanted in values["residuals"]:
        for field in ("deviance", "pearson", "leverage"):
            found = residuals[field][wanted["row"] - 1]
            near(found, wanted[field], ROWS, (wanted["row"], field))


# --- the stored values -------------------------------------------------------------------


def test_every_case_is_stored_and_nothing_else():
    assert {path.stem for path in VALUES.iterdir()} == set(BY_ASKED)


@pytest.mark.parametrize("name", ["spector_profile", "admissions_clusters"])
def test_stored_values_are_what_the_generator_computes(name):
    assert check(BY_ASKED[name]) == []


def test_published_profile_intervals_are_met():
    for row in stored(BY_ASKED["admissions_profile"])["coefficients"]:
        low, high = (mpf(row["ci_low"]), mpf(row["ci_high"]))
        for found, printed in zip((low, high), PUBLISHED_BOUNDS[row["term"]]):
            assert abs(found - mp.mpf(printed)) <= INTERPOLATED * (high - low), row["term"]
