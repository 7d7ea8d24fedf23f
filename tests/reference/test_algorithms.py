"""Real data with many coefficients over HTTP: every algorithm comes to the optimum of Newton's method,
and where no Hessian is formed the report says what it does not know."""

import csv
import gzip
import io
import lzma

import pytest

from cases import DATA

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not there")

PENALISED = {
    "penalty": {"l2": 1e-3},
    "standardize": True,
    "tolerance": 1e-12,
    "max_iterations": 10000,
}
"""Further than the default, as lbfgs stops by the gradient: over a curvature of no more than l2, one of 1e-12
leaves coefficients of standardised columns right to 1e-9, and more of those as given whose spread is small. On
columns of rare levels that takes it thousands of iterations."""


def optdigits():
    lines = (DATA / "optdigits/optdigits.tra").read_text().splitlines()
    return "\n".join(lines[1:])


def covtype(n_rows=4000):
    """Every fifth row: the classes come in runs."""
    with lzma.open(DATA / "covtype20k/covtype.20k.data.xz", "rt") as file:
        rows = list(file)
    return "".join(rows[:: len(rows) // n_rows])


def mnist(n_rows=1000):
    """Pixels of the first images of the test set, and the digit."""
    with gzip.open(DATA / "mnist/t10k-images-idx3-ubyte.gz") as file:
        pixels = file.read()[16 : 16 + n_rows * 784]
    with gzip.open(DATA / "mnist/t10k-labels-idx1-ubyte.gz") as file:
        labels = file.read()[8 : 8 + n_rows]
    text = io.StringIO()
    writer = csv.writer(text)
    for i, label in enumerate(labels):
        writer.writerow([*pixels[784 * i : 784 * (i + 1)], label])
    return text.getvalue()


def fit(client, dataset, algorithm, **options):
    target = f"c{dataset['n_columns']}"
    name = f"{dataset['name']}-{algorithm}"
    client.train(
        model=name,
        dataset=dataset["id"],
        target=target,
        family="multinomial",
        algorithm=algorithm,
        **(PENALISED | options),
    )
    return client.model(name)


def coefficients(model):
    softmax = model["softmax"]
    return [w for row in softmax["weights"] for w in row] + softmax["intercepts"]


def assert_near(model, expected, tolerance):
    ours, theirs = coefficients(model), coefficients(expected)
    greatest = max(abs(w) for w in theirs)
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) <= tolerance * greatest


@pytest.mark.parametrize("data", [optdigits, covtype])
def test_every_algorithm_reaches_the_optimum_of_newton(shared_client, data):
    dataset = shared_client.upload(data(), header="false", name=data.__name__)
    newton = fit(shared_client, dataset, "newton")
    assert newton["fit"]["converged"]
    for algorithm in ["newton_cg", "lbfgs"]:
        model = fit(shared_client, dataset, algorithm)
        report = model["fit"]
        assert report["algorithm"] == algorithm
        assert report["converged"] and report["stop_reason"] == "tolerance"
        assert report["certificate"]["newton_decrement"] < 1e-6
        assert report["objective"] == pytest.approx(newton["fit"]["objective"], rel=1e-12)
        assert_near(model, newton, 1e-8)


def test_wide_classes_are_fitted_without_a_hessian(shared_client):
    dataset = shared_client.upload(mnist(), header="false", name="mnist")
    penalty = {"l2": 0.1}
    chosen = fit(shared_client, dataset, "auto", penalty=penalty)
    report = chosen["fit"]
    assert report["algorithm"] == "newton_cg"
    assert "newton_cg: about" in report["chosen_because"]
    assert report["converged"]
    assert report["certificate"]["gradient_norm"] < 1e-6
    assert report["certificate"]["newton_decrement"] < 1e-6
    assert report["curvature"]["condition"] is None
    assert "curvature_unknown" in [warning["code"] for warning in report["warnings"]]
    assert_near(fit(shared_client, dataset, "lbfgs", penalty=penalty), chosen, 1e-8)


def test_statistics_are_those_of_newton(shared_client):
    rows = [line.split(",") for line in optdigits().splitlines()[:600]]
    text = "\n".join(",".join([*row[18:23], str(int(row[64]) % 3)]) for row in rows)
    dataset = shared_client.upload(text, header="false", name="few")
    models = {
        name: fit(shared_client, dataset, name, penalty={"l2": 0}, standardize=False)
        for name in ["newton", "newton_cg", "lbfgs"]
    }
    expected = [row["std_error"] for row in models["newton"]["coefficients"]]
    assert None not in expected
    for name in ["newton_cg", "lbfgs"]:
        report = models[name]["fit"]
        assert "statistics" in report["chosen_because"]
        assert report["certificate"]["newton_decrement"] < 1e-8
        errors = [row["std_error"] for row in models[name]["coefficients"]]
        assert errors == pytest.approx(expected, rel=1e-8)
