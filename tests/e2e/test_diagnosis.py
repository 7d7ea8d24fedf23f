"""Firth's penalty over HTTP: the published fit, and what cannot be had with it; convexity."""

import pytest

# Two groups of one class each, and a third of both: quasi-separated.
ROWS = [["a", "0"]] * 4 + [["b", "1"]] * 5 + [["c", "0"]] * 2 + [["c", "1"]] * 3
JOB = {
    "data": {"columns": ["group", "y"], "rows": ROWS},
    "target": "y",
    "columns": {"group": {"reference": "c"}},
}


def test_separated_groups_get_the_log_odds_with_a_half_in_each_cell(shared_client):
    """Firth 1993, section 3.1: of a saturated model the penalty adds ½ to every cell."""
    job = shared_client.train(model="firth", firth=True, **JOB)
    model = shared_client.model("firth")
    odds = {row["term"]: row["odds_ratio"] for row in model["coefficients"]}
    assert odds["(intercept)"] == pytest.approx(3.5 / 2.5, rel=1e-12)
    assert odds["group[a]"] == pytest.approx(0.5 / 4.5 * 2.5 / 3.5, rel=1e-12)
    assert odds["group[b]"] == pytest.approx(5.5 / 0.5 * 2.5 / 3.5, rel=1e-12)
    fit = job["fit"]
    assert fit["converged"] and fit["algorithm"] == "newton" and fit["warnings"] == []
    assert fit["aic"] is None and fit["bic"] is None
    assert fit["prior"] == {"kind": "jeffreys", "estimate": "maximum_a_posteriori"}
    full, null = fit["penalized_log_likelihood"], fit["null_penalized_log_likelihood"]
    assert fit["lr_test"]["statistic"] == pytest.approx(2 * (full - null), rel=1e-12)
    plain = shared_client.train(model="plain", **JOB)
    assert plain["fit"]["penalized_log_likelihood"] is None
    assert [warning["code"] for warning in plain["fit"]["warnings"]] == [
        "quasi_complete_separation"
    ]


@pytest.mark.parametrize(
    "rows, fields, word",
    [
        ([[1, 0], [2, 1], [3, 0], [4, 1]], {}, "strict"),
        ([[1, 0], [2, 1], [3, 0], [4, 1]], {"penalty": {"l2": 0.1}}, "strong"),
        ([[1, 0], [2, 0], [2, 1], [4, 1]], {}, "flat"),
        ([[1, 0.5], [2, 1], [3, 0], [4, 1]], {"family": "gaussian"}, "strong"),
    ],
)
def test_the_curvature_is_put_into_a_word(shared_client, rows, fields, word):
    data = {"columns": ["x", "y"], "rows": rows}
    job = shared_client.train(model="curved", data=data, target="y", **fields)
    assert job["fit"]["curvature"]["convexity"] == word


def test_aliased_columns_leave_a_flat_direction(shared_client):
    rows = [[1, 2, 0], [2, 4, 1], [3, 6, 0], [4, 8, 1]]
    job = shared_client.train(
        model="aliased", data={"columns": ["x", "twice", "y"], "rows": rows}, target="y"
    )
    assert job["fit"]["curvature"]["convexity"] == "flat"


def test_firth_survives_a_restart(daemon):
    client = daemon.client()
    client.train(model="firth", firth=True, **JOB)
    model = client.model("firth")
    daemon.stop()
    assert daemon.start().client().model("firth") == model


@pytest.mark.parametrize(
    "fields, place",
    [
        ({"penalty": {"l2": 0.1}}, "/firth"),
        ({"penalty": {"l1": 0.1}}, "/firth"),
        ({"path": {"n_lambdas": 5}}, "/firth"),
        ({"family": "multinomial"}, "/firth"),
        ({"family": "hinge"}, "/firth"),
        ({"algorithm": "lbfgs"}, "/algorithm"),
        ({"covariance": "hc1"}, "/covariance"),
        ({"intervals": "profile"}, "/intervals"),
    ],
)
def test_what_cannot_be_had_with_it_is_refused(shared_client, fields, place):
    answer = shared_client.post("/v1/jobs", json={"model": "refused", "firth": True, **JOB, **fields})
    assert answer.status_code == 422
    assert place in [error["pointer"] for error in answer.json()["errors"]]
