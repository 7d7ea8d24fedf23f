"""Fits with |w| in their penalty against fifty digits: real data uploaded over HTTP, fitted, and
compared with values_l1/, which l1_generate.py makes without the daemon."""

import json

import pytest
from mpmath import mp, mpf

from cases import DATA
from l1_cases import L1_BY_NAME, L1_CASES
from l1_generate import L1_VALUES, check
from test_reference import COEFFICIENTS, LIKELIHOODS, check_near

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not there")

NAMES = [case.name for case in L1_CASES]
ALGORITHMS = ["auto", "lbfgs"]


def stored(name):
    return json.loads((L1_VALUES / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def datasets(shared_client):
    """The dataset of a case; each is uploaded once."""
    made = {}

    def upload(name):
        if name not in made:
            case = L1_BY_NAME[name]
            query = {} if case.prepare else case.query
            made[name] = shared_client.upload(case.text(), case.content_type, name=name, **query)
        return made[name]["id"]

    return upload


@pytest.fixture(scope="module")
def fits(shared_client, datasets):
    """The model of a case by an algorithm."""
    made = {}

    def fit(name, algorithm):
        key = f"{name}_{algorithm}"
        if key not in made:
            request = L1_BY_NAME[name].request
            shared_client.train(
                model=key, dataset=datasets(name), algorithm=algorithm, **request
            )
            made[key] = shared_client.model(key)
        return made[key]

    return fit


@pytest.fixture(params=[(name, algorithm) for name in NAMES for algorithm in ALGORITHMS], ids=str)
def fitted(request, fits):
    name, algorithm = request.param
    return fits(name, algorithm), stored(name)


def weights_of(model, values):
    """By class and term: of a multinomial model those of every class."""
    if values["is_binomial"]:
        positive = model["positive"]
        return {(positive, row["term"]): row["estimate"] for row in model["coefficients"]}
    softmax = model["softmax"]
    found = {
        (name, term): weight
        for name, weights in zip(softmax["classes"], softmax["weights"])
        for term, weight in zip(softmax["columns"], weights)
    }
    return found | {
        (name, "(intercept)"): value
        for name, value in zip(softmax["classes"], softmax["intercepts"])
    }


def test_every_case_is_stored_and_nothing_else():
    assert {path.stem for path in L1_VALUES.iterdir()} == set(L1_BY_NAME)


@pytest.mark.parametrize("case", [case for case in L1_CASES if case.is_small], ids=lambda c: c.name)
def test_stored_values_are_what_the_generator_computes(case):
    assert check(case) == []


def test_estimates_are_right_and_zeros_are_exact(fitted):
    model, values = fitted
    found = weights_of(model, values)
    wanted = {(row["class"], row["term"]): row["estimate"] for row in values["weights"]}
    scale = max(abs(mpf(value)) for (_, term), value in wanted.items() if term != "(intercept)")
    for key, value in found.items():
        if key not in wanted and key[1] != "(intercept)":
            assert value == 0, key
    for key, value in wanted.items():
        # what is near 0 by accident has the accuracy of the others
        check_near(found[key], value, COEFFICIENTS, str(key), max(abs(mpf(value)), scale / 100))


def test_the_objective_and_the_likelihood_are_right(fitted):
    model, values = fitted
    fit = model["fit"]
    for name in ("objective", "log_likelihood", "l1_max"):
        check_near(fit[name], values["fit"][name], LIKELIHOODS, name)
    assert fit["n_nonzero"] == values["fit"]["n_nonzero"]


def test_the_certificate_holds(fitted):
    fit = fitted[0]["fit"]
    assert fit["converged"] is True
    assert fit["stop_reason"] == "tolerance"
    assert fit["trace"][-1]["objective"] == fit["objective"]
    certificate = fit["certificate"]
    assert 0 <= certificate["duality_gap"] < 1e-10
    assert certificate["newton_decrement"] < 1e-8


def test_the_reported_objective_is_that_of_the_reported_weights(fits, shared_client):
    """J recomputed from log_loss of the very rows and the penalty of softmax.weights."""
    for name in ("iris_l1", "wine_l1_standardised"):
        model, values = fits(name, "auto"), stored(name)
        if values["request"].get("standardize"):
            continue
        fit = model["fit"]
        loss = -mpf(fit["log_likelihood"]) / mpf(fit["sum_weights"])
        weights = [mpf(w) for row in model["softmax"]["weights"] for w in row]
        l1 = mpf(float(values["request"]["penalty"]["l1"]))
        objective = loss + l1 * mp.fsum(abs(w) for w in weights)
        check_near(fit["objective"], objective, LIKELIHOODS, name)


def test_from_l1_max_on_all_are_exactly_0(shared_client, datasets):
    for name in ("sonar_l1", "iris_l1"):
        values = stored(name)
        request = dict(L1_BY_NAME[name].request)
        request["penalty"] = {"l1": float(mpf(values["fit"]["l1_max"]) * mpf("1.000000001"))}
        shared_client.train(model=f"{name}_zero", dataset=datasets(name), **request)
        model = shared_client.model(f"{name}_zero")
        assert model["fit"]["n_nonzero"] == 0
        rows = [row for row in model["coefficients"] if row["term"] != "(intercept)"]
        assert rows and all(row["estimate"] == 0 for row in rows)
        assert model["fit"]["log_likelihood"] == pytest.approx(
            model["fit"]["null_log_likelihood"], rel=1e-13
        )


@pytest.mark.parametrize("algorithm", ["newton", "newton_cg", "adam"])
def test_an_algorithm_that_takes_no_l1_is_refused(shared_client, datasets, algorithm):
    answer = shared_client.post(
        "/v1/jobs",
        json={
            "model": "refused",
            "dataset": datasets("spector_l1"),
            "algorithm": algorithm,
            **L1_BY_NAME["spector_l1"].request,
        },
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/algorithm"
