"""Validation, early stopping and grids of learning rates, over HTTP and on real data."""

import csv
import io
import math
import time

import pytest

from daemon import ROOT

INPUTS = ["species", "bill_length_mm", "bill_depth_mm", "body_mass_g"]
REQUEST = {"target": "sex", "features": INPUTS}
FIRST_ORDER = ["gradient_descent", "sgd", "adagrad", "rmsprop", "adam"]


def complete_rows():
    with open(ROOT / "examples" / "penguins.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if all(row[name] not in ("", "NA") for name in [*INPUTS, "sex"])]


def as_csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


ROWS = complete_rows()
FITTED, OTHERS = ROWS[::2], ROWS[1::2]


def upload(client, rows):
    return client.upload(as_csv(rows), name="penguins")["id"]


@pytest.fixture(scope="module")
def fitted(shared_client):
    return upload(shared_client, FITTED)


@pytest.fixture(scope="module")
def others(shared_client):
    return upload(shared_client, OTHERS)


def loss(client, model, rows):
    """The mean log loss of a model, by its predictions."""
    instances = [{name: row[name] if name == "species" else float(row[name]) for name in INPUTS} for row in rows]
    predictions = client.predict(model, instances=instances)["predictions"]
    return -math.fsum(
        math.log(found["probability"][row["sex"]]) for row, found in zip(rows, predictions, strict=True)
    ) / len(rows)


@pytest.mark.parametrize("algorithm", ["newton", "lbfgs", *FIRST_ORDER])
def test_another_dataset_is_what_the_model_says_of_it(shared_client, fitted, others, algorithm):
    job = shared_client.train(
        model="judged", dataset=fitted, algorithm=algorithm, validation={"dataset": others}, **REQUEST
    )
    validation = job["fit"]["validation"]
    assert validation["n_rows"] == validation["sum_weights"] == len(OTHERS)
    assert validation["loss"] == pytest.approx(loss(shared_client, "judged", OTHERS), rel=1e-9)
    assert job["fit"]["n_rows"] == len(FITTED)
    assert all(step["validation_loss"] > 0 for step in job["fit"]["trace"])


def test_a_fraction_is_held_out_by_class_and_seed(shared_client, fitted):
    def fit(**fields):
        job = shared_client.train(model="held-out", dataset=fitted, validation={"fraction": 0.25}, **REQUEST, **fields)
        table = shared_client.model("held-out")["coefficients"]
        return job["fit"], [row["estimate"] for row in table]

    first, estimates = fit(seed=1)
    assert first["validation"]["n_rows"] == round(len(FITTED) / 4)
    assert first["n_rows"] + first["validation"]["n_rows"] == len(FITTED)
    assert first["n_rows_dropped"] == 0
    assert fit(seed=1)[1] == estimates != fit(seed=2)[1]


@pytest.mark.parametrize("algorithm", FIRST_ORDER)
def test_the_grid_takes_the_rate_that_is_best_elsewhere(shared_client, fitted, others, algorithm):
    fields = {"algorithm": algorithm, "validation": {"dataset": others}, "max_iterations": 60, **REQUEST}
    rates = [1e-5, 0.001, 0.1, 1e300]
    job = shared_client.train(model="grid", dataset=fitted, learning_rate={"grid": rates}, **fields)
    found = job["fit"]["learning_rate_search"]
    assert [trial["learning_rate"] for trial in found] == rates
    assert [trial["diverged"] for trial in found] == [False, False, False, True]
    assert found[3]["validation_loss"] is None
    best = min(found[:3], key=lambda trial: trial["validation_loss"])
    assert job["fit"]["validation"]["loss"] == best["validation_loss"]
    for trial in found[:3]:
        alone = shared_client.train(
            model="alone", dataset=fitted, learning_rate={"initial": trial["learning_rate"]}, **fields
        )
        assert alone["fit"]["validation"]["loss"] == trial["validation_loss"]
        assert alone["fit"]["learning_rate_search"] == []
        if trial is best:
            estimates = [shared_client.model(name)["coefficients"] for name in ("grid", "alone")]
            assert estimates[0] == estimates[1]


@pytest.mark.parametrize("algorithm", ["newton", "lbfgs", "gradient_descent", "adam"])
def test_early_stopping_keeps_the_best_iterate(shared_client, others, algorithm):
    few = upload(shared_client, FITTED[::8])
    fields = {"algorithm": algorithm, "validation": {"dataset": others}, "early_stopping": {"patience": 2}}
    if algorithm == "adam":
        fields |= {"learning_rate": {"initial": 0.3}, "max_epochs": 1000}
    job = shared_client.train(model="early", dataset=few, max_iterations=100000, **REQUEST, **fields)
    fit = job["fit"]
    losses = [step["validation_loss"] for step in fit["trace"]]
    best = fit["validation"]["best_iteration"]
    assert fit["stop_reason"] == "early_stopping"
    assert not fit["converged"]
    assert fit["iterations"] == best + 2
    if best < len(losses):
        assert losses[best] == min(losses) == fit["validation"]["loss"]
    assert fit["validation"]["loss"] == pytest.approx(loss(shared_client, "early", OTHERS), rel=1e-9)
    assert all(row["estimate"] is not None for row in shared_client.model("early")["coefficients"])


def test_a_dataset_to_judge_by_cannot_be_deleted_under_a_job(shared_client, fitted):
    judge = upload(shared_client, OTHERS)
    endless = {"algorithm": "gradient_descent", "max_iterations": 1000000000, "tolerance": 1e-300}
    job = shared_client.submit(model="endless", dataset=fitted, validation={"dataset": judge}, **REQUEST, **endless)
    assert shared_client.delete(f"/v1/datasets/{judge}").status_code == 409
    assert shared_client.post(f"/v1/jobs/{job['id']}/cancel").status_code in (200, 202)
    deadline = time.monotonic() + 10
    while shared_client.get(f"/v1/jobs/{job['id']}").json()["state"] != "cancelled":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert shared_client.delete(f"/v1/datasets/{judge}").status_code == 204


def test_a_dataset_that_does_not_fit_is_told_column_by_column(shared_client, fitted):
    rows = [{"species": row["species"], "bill_length_mm": "long", "sex": row["sex"]} for row in OTHERS]
    request = {"model": "m", "dataset": fitted, "validation": {"dataset": upload(shared_client, rows)}, **REQUEST}
    answer = shared_client.post("/v1/jobs", json=request)
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert {error["pointer"] for error in errors} == {"/validation/dataset"}
    assert [error["code"] for error in errors] == ["not_a_number", "unknown_column", "unknown_column"]
