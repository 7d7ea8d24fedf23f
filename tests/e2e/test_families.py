"""Families beside the logistic ones, over HTTP and on real data."""

import csv

import pytest

from daemon import ROOT

PENGUINS = ROOT / "examples" / "penguins.csv"
MASS = {
    "target": "body_mass_g",
    "features": ["flipper_length_mm"],
    "columns": {name: {"missing": "drop"} for name in ["flipper_length_mm", "body_mass_g"]},
}
SEX = {
    "target": "sex",
    "family": "hinge",
    "features": ["bill_length_mm", "bill_depth_mm", "body_mass_g"],
    "columns": {
        name: {"missing": "drop"} for name in ["bill_length_mm", "bill_depth_mm", "body_mass_g", "sex"]
    },
}


@pytest.fixture(scope="module")
def dataset(shared_client):
    return shared_client.upload(PENGUINS)["id"]


def mean_absolute_error(model):
    """By hand, from the coefficients."""
    intercept, slope = [term["estimate"] for term in model["coefficients"]]
    with PENGUINS.open() as file:
        rows = [row for row in csv.DictReader(file) if row["body_mass_g"] not in ("", "NA")]
    errors = [
        abs(float(row["body_mass_g"]) - intercept - slope * float(row["flipper_length_mm"]))
        for row in rows
    ]
    return sum(errors) / len(errors)


def test_linear_regression_is_the_published_one(shared_client, dataset):
    """R 4's summary(lm(body_mass_g ~ flipper_length_mm, palmerpenguins::penguins))."""
    shared_client.train(
        model="mass", dataset=dataset, family="gaussian", algorithm="newton", **MASS
    )
    model = shared_client.model("mass")
    intercept, slope = model["coefficients"]
    assert model["family"] == "gaussian"
    assert model["classes"] == []
    assert round(intercept["estimate"], 2) == -5780.83
    assert round(intercept["std_error"], 2) == 305.81
    assert round(slope["estimate"], 3) == 49.686
    assert round(slope["std_error"], 3) == 1.518
    assert slope["odds_ratio"] is None
    fit = model["fit"]
    assert fit["converged"] and fit["iterations"] == 1
    assert round(fit["r_squared"], 3) == 0.759
    assert round(fit["dispersion"] ** 0.5, 1) == 394.3
    assert fit["df_residual"] == 340


def test_a_number_is_predicted(shared_client, dataset):
    shared_client.train(model="mass", dataset=dataset, family="gaussian", **MASS)
    answer = shared_client.post("/v1/models/mass/predict", json={"rows": [[200]]}).json()
    intercept, slope = [term["estimate"] for term in shared_client.model("mass")["coefficients"]]
    assert answer["predictions"] == [{"prediction": pytest.approx(intercept + 200 * slope)}]
    columns = shared_client.post(
        "/v1/models/mass/predict", json={"rows": [[200], [210]], "layout": "columns"}
    ).json()
    assert set(columns) == {"model", "version", "prediction"}
    refused = shared_client.post(
        "/v1/models/mass/predict", json={"rows": [[200]], "output": ["probability"]}
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/output/0"


def test_absolute_errors_are_smaller_by_the_absolute_loss(shared_client, dataset):
    shared_client.train(model="mean", dataset=dataset, family="gaussian", **MASS)
    job = shared_client.train(
        model="median",
        dataset=dataset,
        family="absolute",
        algorithm="adagrad",
        max_epochs=1000,
        **MASS,
    )
    model = shared_client.model("median")
    assert job["fit"]["objective"] == pytest.approx(mean_absolute_error(model), rel=1e-12)
    assert mean_absolute_error(model) < mean_absolute_error(shared_client.model("mean"))
    assert job["fit"]["converged"] is False
    assert [w["code"] for w in job["fit"]["warnings"]] == ["no_certificate"]


@pytest.mark.parametrize("algorithm", ["auto", "gradient_descent", "sgd", "rmsprop", "adam"])
def test_the_hinge_loss_tells_classes_without_probabilities(shared_client, dataset, algorithm):
    job = shared_client.train(
        model="sex", dataset=dataset, algorithm=algorithm, penalty={"l2": 1e-3}, **SEX
    )
    assert job["fit"]["objective"] < 0.35
    answer = shared_client.post(
        "/v1/models/sex/predict",
        json={"columns": SEX["features"], "rows": [[35, 17, 3300], [50, 20, 5700]]},
    ).json()
    labels = [record["label"] for record in answer["predictions"]]
    margins = [record["linear_predictor"] for record in answer["predictions"]]
    assert labels == ["female", "male"]
    assert margins[0] < 0 < margins[1]
    assert set(answer["predictions"][0]) == {"label", "linear_predictor"}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"family": "gaussian", "positive": "1"}, "/positive"),
        ({"family": "absolute", "reference": "1"}, "/reference"),
        ({"family": "absolute", "algorithm": "newton"}, "/algorithm"),
        ({"family": "absolute", "statistics": True}, "/statistics"),
        ({"family": "gaussian", "target": "species"}, "/target"),
        ({"family": "hinge", "target": "species", "features": ["year"]}, "/target"),
        ({"family": "hinge", "target": "year", "features": ["species"]}, "/target"),
    ],
)
def test_what_a_family_cannot_have_is_refused(shared_client, dataset, fields, pointer):
    body = {"model": "no", "dataset": dataset, **MASS, **fields}
    if "features" in fields:
        body["columns"] = {}
    refused = shared_client.post("/v1/jobs", json=body)
    assert refused.status_code == 422, refused.text
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
