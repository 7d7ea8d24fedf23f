"""The first-order methods, over HTTP and on real data, held against Newton's method."""

import pytest

from daemon import ROOT

NUMBERS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
REQUEST = {
    "target": "sex",
    "features": NUMBERS,
    "columns": {name: {"missing": "drop"} for name in [*NUMBERS, "sex"]},
}
METHODS = {
    "gradient_descent": {},
    "line_search": {"algorithm": "gradient_descent", "learning_rate": {"schedule": "line_search"}},
    "sgd": {"learning_rate": {"schedule": "cosine"}, "max_epochs": 1000},
    "momentum": {
        "algorithm": "sgd",
        "learning_rate": {"schedule": "cosine"},
        "momentum": 0.9,
        "max_epochs": 1000,
    },
    "nesterov": {
        "algorithm": "sgd",
        "learning_rate": {"schedule": "cosine", "restarts": 4},
        "momentum": 0.9,
        "nesterov": True,
        "max_epochs": 1000,
    },
    "averaging": {"algorithm": "sgd", "averaging": True, "max_epochs": 1000},
    "adagrad": {"learning_rate": {"initial": 0.5}, "max_epochs": 1000},
    "rmsprop": {"learning_rate": {"schedule": "cosine"}, "max_epochs": 1000},
    "adam": {"learning_rate": {"schedule": "cosine"}, "max_epochs": 1000},
}
EXACT = {"gradient_descent", "line_search"}


@pytest.fixture(scope="module")
def dataset(shared_client):
    return shared_client.upload(ROOT / "examples" / "penguins.csv")["id"]


@pytest.fixture(scope="module")
def newton(shared_client, dataset):
    shared_client.train(model="newton", dataset=dataset, **REQUEST)
    return shared_client.model("newton")


def rows_of(model):
    """The coefficients, of all classes where there are several."""
    table = model["coefficients"]
    return table if isinstance(table, list) else [row for rows in table.values() for row in rows]


@pytest.mark.parametrize("name", METHODS)
def test_it_comes_to_the_optimum_of_newton(shared_client, dataset, newton, name):
    method = {"algorithm": name, **METHODS[name], "max_iterations": 20000}
    job = shared_client.train(model=name, dataset=dataset, **REQUEST, **method)
    fit, reference = job["fit"], newton["fit"]
    assert fit["algorithm"] == method["algorithm"]
    assert fit["epochs"] == fit["iterations"] > 0
    assert fit["trace"][-1]["iteration"] == min(fit["epochs"], len(fit["trace"]) - 1)
    assert fit["converged"] == (name in EXACT)
    assert fit["stop_reason"] == ("tolerance" if name in EXACT else "max_epochs")
    assert fit["objective"] == pytest.approx(reference["objective"], abs=1e-12 if name in EXACT else 1e-5)
    away = 1e-4 if name in EXACT else 0.1
    for found, exact in zip(rows_of(shared_client.model(name)), rows_of(newton), strict=True):
        assert abs(found["estimate"] - exact["estimate"]) < away * exact["std_error"], found
    assert newton["fit"]["epochs"] is None


def test_statistics_are_told_only_near_enough_to_the_optimum(shared_client, dataset, newton):
    method = {"algorithm": "gradient_descent", "learning_rate": {"schedule": "line_search"}}
    for tolerance, told in ((1e-3, False), (1e-12, True)):
        shared_client.train(
            model="near", dataset=dataset, tolerance=tolerance, max_iterations=100000, **REQUEST, **method
        )
        model = shared_client.model("near")
        codes = [warning["code"] for warning in model["fit"]["warnings"]]
        assert ("statistics_withheld" not in codes) == told
        for found, exact in zip(rows_of(model), rows_of(newton), strict=True):
            assert (found["p_value"] is not None) == told
            if told:
                assert found["std_error"] == pytest.approx(exact["std_error"], rel=1e-6)


def test_a_seed_repeats_a_fit_to_the_bit(shared_client, dataset):
    def fit(seed):
        method = {"algorithm": "adam", "max_epochs": 5, "seed": seed}
        shared_client.train(model="seeded", dataset=dataset, **REQUEST, **method)
        return [row["estimate"] for row in rows_of(shared_client.model("seeded"))]

    assert fit(1) == fit(1) != fit(2)


def test_a_rate_that_diverges_fails_with_one_to_try(shared_client, dataset):
    job = shared_client.submit(
        wait=50, model="wild", dataset=dataset, algorithm="sgd", learning_rate={"initial": 1e9}, **REQUEST
    )
    assert job["state"] == "failed"
    assert job["error"]["code"] == "no_convergence"
    assert job["error"]["pointer"] == "/learning_rate/initial"
    assert "try" in job["error"]["detail"]
    assert shared_client.get("/v1/models/wild").status_code == 404


@pytest.mark.parametrize(
    "fields, pointer",
    [
        ({"learning_rate": {"initial": 0.1}}, "/learning_rate"),
        ({"algorithm": "newton", "batch_size": 8}, "/batch_size"),
        ({"algorithm": "gradient_descent", "max_epochs": 8}, "/max_epochs"),
        ({"algorithm": "adam", "learning_rate": {"schedule": "line_search"}}, "/learning_rate/schedule"),
        ({"algorithm": "sgd", "learning_rate": {"restarts": 2}}, "/learning_rate/restarts"),
        ({"algorithm": "adam", "momentum": 0.9}, "/momentum"),
        ({"algorithm": "sgd", "momentum": 1}, "/momentum"),
        ({"algorithm": "sgd", "nesterov": True}, "/nesterov"),
        ({"averaging": True}, "/averaging"),
        ({"algorithm": "adam", "learning_rate": {"grid": [0.1, 1]}}, "/learning_rate/grid"),
        ({"algorithm": "newton", "validation": {"fraction": 0.5}, "learning_rate": {"grid": [1]}}, "/learning_rate"),
        ({"early_stopping": {"patience": 5}}, "/early_stopping"),
        ({"validation": {"fraction": 1}}, "/validation/fraction"),
        ({"validation": {"dataset": "ds_none"}}, "/validation/dataset"),
    ],
)
def test_what_does_not_go_together_is_refused(shared_client, dataset, fields, pointer):
    answer = shared_client.post("/v1/jobs", json={"model": "m", "dataset": dataset, **REQUEST, **fields})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
