"""Products of factors over HTTP: with many levels they stay sparse, and what a version tells is told by terms."""

import os
import random
import re
from pathlib import Path

import pytest

from daemon import expect

MIB = 1 << 20
CARRIERS, AIRPORTS, ROWS = 18, 290, 30000


def flights():
    """Delays by carrier and airport, in the manner of the airline data: most pairs have few rows."""
    draw = random.Random(4)
    lines = ["delayed,distance,carrier,origin"]
    for row in range(ROWS):
        carrier = row % CARRIERS
        origin = row % AIRPORTS if row < 2 * AIRPORTS else min(int(draw.expovariate(0.03)), AIRPORTS - 1)
        distance = draw.randrange(100, 3000)
        delayed = draw.random() < 0.2 + 0.02 * carrier + 0.3 * (origin % 7 == 0)
        lines.append(f"{delayed:d},{distance},c{carrier},a{origin}")
    return "\n".join(lines)


def peak(daemon):
    status = Path(f"/proc/{daemon.pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M)[1]) * 1024


@pytest.mark.skipif("LOGITD_BINARY" in os.environ, reason="sanitizers need more")
def test_a_product_of_many_levels_is_never_dense(daemon, client):
    dataset = client.upload(flights().encode())["id"]
    request = {
        "model": "flights",
        "dataset": dataset,
        "formula": "delayed ~ I(distance/1000) + carrier*origin",
        "penalty": {"l2": 1e-3},
        "algorithm": "newton_cg",
        "statistics": False,
    }
    before = peak(daemon)
    design = expect(client.post("/v1/jobs", json=request | {"dry_run": True}), 200)["design"]
    assert design["n_columns"] == CARRIERS * AIRPORTS
    assert design["storage"] == "sparse" and design["n_entries"] <= 4 * ROWS
    client.train(**request)
    dense = ROWS * design["n_columns"] * 8
    assert peak(daemon) - before < 200 * MIB < dense / 5
    of = {row["term"]: row["estimate"] for row in client.model("flights")["coefficients"]}
    assert len(of) == design["n_columns"] + 1
    rows = [
        {"distance": 500, "carrier": "c3", "origin": "a21"},
        {"distance": 2000, "carrier": "c0", "origin": "a7"},
        {"distance": 750, "carrier": "c17", "origin": "a0"},
    ]
    for row, found in zip(rows, client.predict("flights", instances=rows)["predictions"]):
        carrier, origin = f"carrier[{row['carrier']}]", f"origin[{row['origin']}]"
        expected = of["(intercept)"] + of["I(distance/1000)"] * row["distance"] / 1000
        expected += sum(of.get(term, 0) for term in (carrier, origin, f"{carrier}:{origin}"))
        assert found["log_odds"] == pytest.approx(expected, rel=1e-12)


SMALL = "y,a,b,g,one\n" + "\n".join(
    f"{(i * 7 % 11) % 2},{i % 5},{(i * 3) % 8},{'pqr'[i * 5 % 3]},same" for i in range(60)
)


@pytest.fixture(scope="module")
def small(shared_client):
    return shared_client.upload(SMALL.encode())["id"]


def test_tests_and_inflation_are_of_terms(shared_client, small):
    shared_client.train(model="grouped", dataset=small, formula="y ~ a*g + b", vif=True)
    version = shared_client.model("grouped")
    assert [row["input"] for row in version["fit"]["term_tests"]] == ["a", "g", "b", "a:g"]
    assert [row["df"] for row in version["fit"]["term_tests"]] == [1, 2, 1, 2]
    assert [row["input"] for row in version["variance_inflation"]] == ["a", "g", "b", "a:g"]


def test_a_constant_makes_constants_of_its_products(shared_client, small):
    shared_client.train(model="constant", dataset=small, formula="y ~ a + one + a:one + b")
    version = shared_client.model("constant")
    assert [row["term"] for row in version["coefficients"]] == ["(intercept)", "a", "b"]
    warning = next(row for row in version["fit"]["warnings"] if row["code"] == "constant_columns")
    assert warning["columns"] == ["one", "a:one"]


def test_columns_that_others_give_are_aliased_as_in_r(shared_client, small):
    shared_client.train(model="aliased", dataset=small, formula="y ~ a:g + a")
    shared_client.train(model="full", dataset=small, formula="y ~ b + g:one")
    rows = {row["term"]: row for row in shared_client.model("full")["coefficients"]}
    assert list(rows) == ["(intercept)", "b", "g[p]:one[same]", "g[q]:one[same]", "g[r]:one[same]"]
    assert [term for term, row in rows.items() if row.get("aliased")] == ["g[r]:one[same]"]


def test_penalty_factors_go_by_terms(shared_client, small):
    def estimates(**factors):
        penalty = {"l2": 1.0, "factors": factors}
        shared_client.train(model="factors", dataset=small, formula="y ~ a*g", penalty=penalty)
        return {row["term"]: row["estimate"] for row in shared_client.model("factors")["coefficients"]}

    free, held = estimates(**{"a:g": 0}), estimates(**{"a:g": 1e6})
    assert abs(held["a:g[q]"]) < 1e-4 * abs(free["a:g[q]"])
    assert abs(held["a:g[r]"]) < 1e-4 * abs(free["a:g[r]"])
    assert abs(held["a"]) > 1e-4
    request = {"model": "m", "dataset": small, "formula": "y ~ a:b", "dry_run": True}
    request |= {"penalty": {"l2": 1, "factors": {"a": 2}}}
    problem = expect(shared_client.post("/v1/jobs", json=request), 422)
    assert problem["errors"][0]["pointer"] == "/penalty/factors/a"


@pytest.mark.parametrize("formula", ["y ~ a*b", "y ~ a + log(b + 1)", "y ~ 0 + g"])
def test_marginal_effects_of_products_are_refused(shared_client, small, formula):
    request = {"model": "m", "dataset": small, "formula": formula, "marginal_effects": True, "dry_run": True}
    problem = expect(shared_client.post("/v1/jobs", json=request), 422)
    assert problem["errors"][0]["pointer"] == "/marginal_effects"


def test_marginal_effects_of_plain_terms_are_those_without_a_formula(shared_client, small):
    shared_client.train(model="by-formula", dataset=small, formula="y ~ g + a", marginal_effects=True)
    shared_client.train(model="by-name", dataset=small, target="y", features=["g", "a"], marginal_effects=True)
    effects = [shared_client.model(name)["marginal_effects"] for name in ("by-formula", "by-name")]
    assert effects[0] == effects[1] and len(effects[0]) == 3


def test_a_row_in_which_an_expression_has_no_value_is_a_bad_row(shared_client, small):
    shared_client.train(model="logs", dataset=small, formula="y ~ log(b + 1)*g")
    rows = [{"b": 2, "g": "q"}, {"b": -3, "g": "q"}]
    problem = expect(shared_client.post("/v1/models/logs/predict", json={"instances": rows}), 422)
    assert [(row["pointer"], row["code"]) for row in problem["errors"]] == [("/instances/1", "non_finite")]
    assert "log(b + 1)" in problem["errors"][0]["detail"]
    found = shared_client.predict("logs", instances=rows, on_error="row")["predictions"]
    assert "log_odds" in found[0]
    assert found[1]["error"]["code"] == "non_finite" and found[1]["error"]["column"] == "log(b + 1)"


def test_more_columns_than_can_be_are_refused(shared_client):
    lines = ["y,a,b,c"] + [f"{i % 2},k{i},l{i},m{i}" for i in range(1400)]
    dataset = shared_client.upload("\n".join(lines).encode())["id"]
    request = {"model": "m", "dataset": dataset, "formula": "y ~ a:b:c", "dry_run": True}
    problem = shared_client.post("/v1/jobs", json=request)
    assert problem.status_code in (413, 422)
    assert problem.json()["code"] == "too_large" or problem.json()["errors"][0]["code"] == "too_large"
    assert "a:b:c" in problem.text
