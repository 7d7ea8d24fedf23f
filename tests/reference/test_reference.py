"""The daemon against fifty digits: real data uploaded over HTTP, fitted, and compared with values/.

The stored values come from generate.py, which shares with the daemon nothing but the data and the
contract; statsmodels and scikit-learn give the same figures as far as their doubles go.
"""

import json

import pytest
from mpmath import mp, mpf

from cases import BY_NAME, CASES, DATA
from figures import unmet
from generate import VALUES

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not there")

COEFFICIENTS = 1e-9
STANDARD_ERRORS = 1e-8
LIKELIHOODS = 1e-11
LEAST_DOUBLE = mpf(2) ** -1074
PREDICTIONS = 1e-13
"""Recomputed from the very coefficients that were answered."""


def stored(case):
    return json.loads((VALUES / f"{case.name}.json").read_text())


class Fitted:
    """A case, what is stored of it, and what the daemon made of it."""

    def __init__(self, case, client):
        self.case = case
        self.values = stored(case)
        query = {} if case.prepare else case.query
        dataset = client.upload(case.text(), case.content_type, name=case.name, **query)
        self.job = client.train(model=case.name, dataset=dataset["id"], **case.request)
        self.model = client.model(case.name, include="covariance")

    @property
    def is_multinomial(self):
        return self.model["family"] == "multinomial"

    def predict(self, client, rows, **options):
        instances = [row["instance"] for row in rows]
        return client.predict(self.case.name, instances=sent(instances, self), **options)


def sent(instances, fitted):
    """The cells as JSON has them: numbers for numeric inputs."""
    types = {column["name"]: column["type"] for column in fitted.model["schema"]["inputs"]}
    return [
        {name: float(cell) if types[name] == "numeric" else cell for name, cell in row.items()}
        for row in instances
    ]


def asks_for_statistics(case):
    return case.request.get("statistics", "penalty" not in case.request)


@pytest.fixture(scope="module", params=["plain", "avx2", "avx512"])
def instructions(request):
    """What daemons are held to; they take less where the processor has less."""
    return {"LOGITD_INSTRUCTIONS": request.param}


@pytest.fixture(scope="module")
def held_client(instructions, module_daemons):
    daemon = module_daemons.start(environment=instructions)
    client = daemon.client()
    yield client
    client.close()


@pytest.fixture(scope="module")
def fits(held_client):
    """The fitted case of a name; each is fitted once."""
    made = {}

    def fit(name):
        if name not in made:
            made[name] = Fitted(BY_NAME[name], held_client)
        return made[name]

    return fit


@pytest.fixture(params=[case.name for case in CASES])
def fitted(request, fits):
    return fits(request.param)


def check_near(found, stored, tolerance, what, scale=None):
    """Within a tolerance relative to the stored value, or to another scale; a p-value may be less
    than any double."""
    assert found is not None, what
    wanted = mpf(stored)
    allowed = max(tolerance * (abs(wanted) if scale is None else mpf(scale)), LEAST_DOUBLE)
    apart = abs(mpf(found) - wanted)
    assert (
        apart <= allowed
    ), f"{what}: {found!r}, not {stored}: {mp.nstr(apart / allowed, 3)} x too far"


def pairs_of_coefficients(fitted):
    found, stored = fitted.model["coefficients"], fitted.values["coefficients"]
    assert [(row.get("class"), row["term"]) for row in found] == [
        (row.get("class"), row["term"]) for row in stored
    ]
    return [(f"{f.get('class', '')} {f['term']}", f, s) for f, s in zip(found, stored)]


# --- the coefficient table ---------------------------------------------------------------


def test_estimates_are_right(fitted):
    for name, found, stored in pairs_of_coefficients(fitted):
        check_near(found["estimate"], stored["estimate"], COEFFICIENTS, name)
        check_near(
            found["odds_ratio"],
            stored["odds_ratio"],
            COEFFICIENTS * max(1, abs(mpf(stored["estimate"]))),
            f"odds ratio of {name}",
        )


def test_standard_errors_and_all_that_follows_from_them_are_right(fitted):
    """A p-value of z is off by about z² times what z is off by."""
    for name, found, stored in pairs_of_coefficients(fitted):
        if not asks_for_statistics(fitted.case):
            for field in ("std_error", "z", "p_value", "ci_low", "ci_high"):
                assert found[field] is None, (name, field)
            continue
        z, error = mpf(stored["z"]), mpf(stored["std_error"])
        check_near(found["std_error"], error, STANDARD_ERRORS, f"standard error of {name}")
        check_near(found["z"], z, STANDARD_ERRORS, f"z of {name}")
        check_near(
            found["p_value"], stored["p_value"], STANDARD_ERRORS * (1 + z**2), f"p of {name}"
        )
        for field in ("ci_low", "ci_high"):
            scale = abs(mpf(stored["estimate"])) + 2 * error
            check_near(found[field], stored[field], STANDARD_ERRORS, f"{field} of {name}", scale)


WITH_COVARIANCE = [
    case.name for case in CASES if asks_for_statistics(case) and stored(case)["covariance"]
]


@pytest.mark.parametrize("name", WITH_COVARIANCE)
def test_covariances_are_right(fits, name):
    fitted = fits(name)
    matrix = fitted.model["covariance"]["matrix"]
    errors = [mpf(row["std_error"]) for row in fitted.values["coefficients"]]
    for i, row in enumerate(fitted.values["covariance"]):
        for j, value in enumerate(row):
            scale = errors[i] * errors[j]
            check_near(matrix[i][j], value, STANDARD_ERRORS, f"covariance {i}, {j}", scale)
            assert matrix[i][j] == matrix[j][i]


@pytest.mark.parametrize("name", [case.name for case in CASES if case.published])
def test_published_figures_are_met_to_their_last_place(fits, name):
    fitted = fits(name)
    assert unmet(fitted.case, fitted.model) == []


# --- the fit -----------------------------------------------------------------------------


def test_likelihoods_and_criteria_are_right(fitted):
    fit, stored = fitted.model["fit"], fitted.values["fit"]
    scale = abs(mpf(stored["log_likelihood"]))
    for name in ("objective", "log_likelihood", "null_log_likelihood"):
        check_near(fit[name], stored[name], LIKELIHOODS, name)
    for name in ("deviance", "null_deviance", "aic", "bic"):
        if name in stored:
            check_near(fit[name], stored[name], LIKELIHOODS, name, scale)
        else:
            assert fit[name] is None and fitted.case.request["firth"], name
    for name in ("penalized_log_likelihood", "null_penalized_log_likelihood"):
        if name in stored:
            check_near(fit[name], stored[name], LIKELIHOODS, name, scale)
        else:
            assert fit[name] is None, name


def test_tests_against_the_null_model_are_right(fitted):
    fit, stored = fitted.model["fit"], fitted.values["fit"]
    for name, value in fit["pseudo_r2"].items():
        check_near(value, stored[name], 1e-10, name)
    if "penalty" in fitted.case.request:
        return
    statistic = mpf(stored["lr_statistic"])
    check_near(fit["lr_test"]["statistic"], statistic, 1e-10, "likelihood ratio")
    assert fit["lr_test"]["df"] == stored["lr_df"]
    tolerance = 1e-10 * (1 + statistic)
    check_near(fit["lr_test"]["p_value"], stored["lr_p_value"], tolerance, "its p-value", None)


def test_rows_and_coefficients_are_counted(fitted):
    fit, stored = fitted.model["fit"], fitted.values["fit"]
    for name in ("n_rows", "n_rows_dropped", "n_coefficients"):
        assert fit[name] == stored[name], name
    for name in ("sum_weights", "df_residual"):
        check_near(fit[name], stored[name], 1e-14, name)


def test_the_fit_proves_that_it_has_converged(fitted):
    fit = fitted.model["fit"]
    assert fit["converged"] is True
    assert fit["stop_reason"] == "tolerance"
    assert fit["certificate"]["newton_decrement"] < 1e-8
    assert fit["curvature"]["min_eigenvalue"] > 0
    assert fit["trace"][-1]["objective"] == fit["objective"]
    assert fitted.job["fit"]["log_likelihood"] == fit["log_likelihood"]


# --- separation ---------------------------------------------------------------------------


def test_a_quasi_separated_fit_is_the_limit_of_fits(fits, held_client):
    """All 13 rows with NV = 1 have HG = 1: its coefficient is +∞, and the others are those of the
    rows without them."""
    limit = fits("endometrial_without_nv")
    dataset = held_client.upload(DATA / limit.case.file, name="endometrial")
    held_client.train(model="endometrial", dataset=dataset["id"], **limit.case.request)
    model = held_client.model("endometrial")
    found = {row["term"]: row for row in model["coefficients"]}
    infinite = found.pop("NV")
    assert infinite["estimate"] is None and infinite["infinite"] == "+"
    assert infinite["std_error"] is None and infinite["p_value"] is None
    for row in limit.values["coefficients"]:
        check_near(found[row["term"]]["estimate"], row["estimate"], COEFFICIENTS, row["term"])
        check_near(found[row["term"]]["std_error"], row["std_error"], STANDARD_ERRORS, row["term"])
    likelihood = limit.values["fit"]["log_likelihood"]
    check_near(model["fit"]["log_likelihood"], likelihood, COEFFICIENTS, "log-likelihood")
    warnings = {warning["code"]: warning["columns"] for warning in model["fit"]["warnings"]}
    assert warnings == {"quasi_complete_separation": ["NV"]}


# --- predictions -------------------------------------------------------------------------


def recomputed_scores(fitted, instance):
    """Log-odds of each class against the first, by the coefficients as answered."""
    scores = {name: mpf(0) for name in fitted.values["classes"]}
    for row in fitted.model["coefficients"]:
        name = row.get("class", fitted.values["classes"][1])
        cell = cell_of_term(row["term"], instance)
        standardised = (cell - mpf(row.get("mean", 0))) / mpf(row.get("scale", 1))
        scores[name] += mpf(row["estimate"]) * standardised
    return scores


def cell_of_term(term, instance):
    if term == "(intercept)":
        return mpf(1)
    if term in instance:
        return mpf(float(instance[term]))
    return mpf(term in {f"{name}[{cell}]" for name, cell in instance.items()})


def softmax(scores):
    powers = {name: mp.exp(score - max(scores.values())) for name, score in scores.items()}
    total = mp.fsum(powers.values())
    return {name: power / total for name, power in powers.items()}


def check_prediction(fitted, found, scores, tolerance):
    """Scores are sums of terms: they are as good as the largest term lets them be, and so are the
    probabilities, in absolute terms."""
    first, *others = fitted.values["classes"]
    for name in others:
        if fitted.is_multinomial:
            odds = found["logits"][name] - found["logits"][first]
        else:
            odds = found["log_odds"]
        scale = 10 + abs(scores[name])
        check_near(odds, scores[name], tolerance, f"log-odds of {name}", scale)
    for name, probability in softmax(scores).items():
        check_near(found["probability"][name], probability, tolerance, name, 10)
    assert found["label"] == max(scores, key=scores.get)


def test_predictions_follow_from_the_coefficients(fitted, held_client):
    rows = fitted.values["predictions"]
    answer = fitted.predict(held_client, rows)
    assert len(answer["predictions"]) == len(rows)
    for row, found in zip(rows, answer["predictions"]):
        scores = recomputed_scores(fitted, row["instance"])
        check_prediction(fitted, found, scores, PREDICTIONS)


def test_predictions_are_those_of_the_exact_solution(fitted, held_client):
    rows = fitted.values["predictions"]
    for row, found in zip(rows, fitted.predict(held_client, rows)["predictions"]):
        scores = {name: mpf(score) for name, score in row["scores"].items()}
        check_prediction(fitted, found, scores, COEFFICIENTS)


# --- again -------------------------------------------------------------------------------


def without_times(fit):
    """A fit, but for how long it took."""
    trace = [{k: v for k, v in step.items() if k != "seconds"} for step in fit["trace"]]
    return {k: v for k, v in fit.items() if k != "seconds"} | {"trace": trace}


@pytest.mark.parametrize("name", ["ucla_admissions", "hsbdemo", "penguins_species_l2"])
def test_the_same_job_gives_the_same_bits(fits, held_client, name):
    fitted = fits(name)
    again = held_client.train(
        model=f"{name}_again", dataset=fitted.model["dataset"], **fitted.case.request
    )
    model = held_client.model(f"{name}_again")
    assert without_times(again["fit"]) == without_times(fitted.model["fit"])
    assert model["coefficients"] == fitted.model["coefficients"]


RESTARTED = ["spector", "hsbdemo", "wine_l2", "german_credit"]


def test_a_restart_keeps_every_bit(daemon):
    """After an orderly end and after a kill; doubles print so that they read back exactly."""
    client = daemon.client()
    fitted = [Fitted(BY_NAME[name], client) for name in RESTARTED]
    rows = [each.values["predictions"] for each in fitted]
    predictions = [each.predict(client, r) for each, r in zip(fitted, rows)]
    for end in (daemon.stop, daemon.kill):
        end()
        client = daemon.start().client()
        for each, r, before in zip(fitted, rows, predictions):
            assert client.model(each.case.name, include="covariance") == each.model
            assert each.predict(client, r) == before


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_do_not_change_a_bit(daemons, instructions, fits, threads):
    """isl_default has rows for several blocks."""
    client = daemons.start("--threads", threads, environment=instructions).client()
    fitted = Fitted(BY_NAME["isl_default"], client)
    wanted = fits("isl_default")
    assert fitted.model["coefficients"] == wanted.model["coefficients"]
    assert fitted.model["covariance"] == wanted.model["covariance"]
    assert fitted.model["fit"]["log_likelihood"] == wanted.model["fit"]["log_likelihood"]
