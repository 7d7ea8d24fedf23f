"""Paths of penalties and cross-validation, over HTTP and on real data."""

import pytest

from daemon import ROOT

REQUEST = {
    "target": "sex",
    "features": [
        "species",
        "island",
        "bill_length_mm",
        "bill_depth_mm",
        "flipper_length_mm",
        "body_mass_g",
        "year",
    ],
    "columns": {
        name: {"missing": "drop"}
        for name in ["sex", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    },
    "standardize": True,
}


@pytest.fixture(scope="module")
def dataset(shared_client):
    return shared_client.upload(ROOT / "examples" / "penguins.csv")["id"]


def fit_of(client, dataset, **fields):
    return client.train(model="path", dataset=dataset, **{**REQUEST, **fields})["fit"]


def test_a_path_lets_columns_in_one_by_one(shared_client, dataset):
    fit = fit_of(shared_client, dataset, path={"n_lambdas": 20, "min_ratio": 1e-3})
    path = fit["path"]
    assert len(path) == 20
    assert path[0]["n_nonzero"] == 0
    assert path[-1]["n_nonzero"] >= 7
    assert path[-1]["lambda"] == pytest.approx(1e-3 * path[0]["lambda"], rel=1e-12)
    ratios = [step["deviance_ratio"] for step in path]
    assert ratios == sorted(ratios)
    assert all(step["converged"] for step in path)
    assert fit["chosen_lambda"] == path[-1]["lambda"]
    assert fit["cross_validation"] is None


@pytest.mark.parametrize("choose", ["min", "one_standard_error"])
def test_cross_validation_chooses_by_its_curve(shared_client, dataset, choose):
    fit = fit_of(
        shared_client,
        dataset,
        path={"n_lambdas": 15, "alpha": 0.5},
        cross_validation={"folds": 5, "choose": choose},
    )
    judged = fit["cross_validation"]
    curve = judged["curve"]
    best = min(curve, key=lambda point: point["mean_loss"])
    if choose == "min":
        assert judged["chosen_lambda"] == best["lambda"]
    else:
        limit = best["mean_loss"] + best["std_error"]
        within = [point["lambda"] for point in curve if point["mean_loss"] <= limit]
        assert judged["chosen_lambda"] == max(within) > best["lambda"]
    step = next(step for step in fit["path"] if step["lambda"] == judged["chosen_lambda"])
    assert fit["objective"] == step["objective"]


def test_given_lambdas_and_a_single_penalty(shared_client, dataset):
    fit = fit_of(shared_client, dataset, path={"lambdas": [0.1, 0.01], "alpha": 0})
    assert [step["l2"] for step in fit["path"]] == [0.1, 0.01]
    fit = fit_of(shared_client, dataset, penalty={"l2": 0.01}, cross_validation={"folds": 4})
    assert fit["path"] is None
    assert fit["cross_validation"]["folds"] == 4
    assert len(fit["cross_validation"]["curve"]) == 1


def test_the_same_again_is_the_same(shared_client, dataset):
    ask = {"path": {"n_lambdas": 5}, "cross_validation": {"folds": 3}, "seed": 7}
    one, two = [fit_of(shared_client, dataset, **ask) for _ in range(2)]
    assert one["path"] == two["path"]
    assert one["cross_validation"] == two["cross_validation"]
    other = fit_of(shared_client, dataset, **{**ask, "seed": 8})
    assert one["cross_validation"] != other["cross_validation"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"path": {"alpha": 1.5}}, "/path/alpha"),
        ({"path": {"lambdas": [0.1, 0.2]}}, "/path/lambdas"),
        ({"path": {"lambdas": [0.1], "n_lambdas": 5}}, "/path"),
        ({"path": {"min_ratio": 2}}, "/path/min_ratio"),
        ({"path": {}, "penalty": {"l2": 1}}, "/penalty"),
        ({"path": {}, "family": "hinge"}, "/path"),
        ({"cross_validation": {"folds": 1}}, "/cross_validation/folds"),
        ({"cross_validation": {"choose": "best"}}, "/cross_validation/choose"),
    ],
)
def test_what_makes_no_path_is_refused(shared_client, dataset, fields, pointer):
    body = {"model": "no", "dataset": dataset, **REQUEST, **fields}
    refused = shared_client.post("/v1/jobs", json=body)
    assert refused.status_code == 422, refused.text
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
