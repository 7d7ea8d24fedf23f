"""Formulas over HTTP: what predictions take, what is kept, what is refused and where.

Estimates are held against patsy and statsmodels in tests/reference/test_formulas.py.
"""

import math

import pytest

from daemon import ROOT, expect

PENGUINS = ROOT / "examples" / "penguins.csv"
HEAVY = "body_mass_g > 4000 ~ log(flipper_length_mm)*sex + C(year, ref=\"2008\") + I(bill_length_mm^2)"
DROP = {"missing": "drop"}


@pytest.fixture(scope="module")
def dataset(shared_client):
    return shared_client.upload(PENGUINS)["id"]


@pytest.fixture(scope="module")
def heavy(shared_client, dataset):
    shared_client.train(model="heavy", dataset=dataset, formula=HEAVY, **DROP)
    return shared_client.model("heavy")


def refused(client, dataset, status=422, **request):
    answer = expect(client.post("/v1/jobs", json={"model": "m", "dataset": dataset} | request), status)
    return [(error["pointer"], error["code"], error["detail"]) for error in answer["errors"]]


# --- a model of a formula ----------------------------------------------------------------


def test_a_version_tells_its_formula_and_terms(heavy):
    assert heavy["formula"] == HEAVY
    assert heavy["target"] == "body_mass_g > 4000"
    assert heavy["classes"] == ["0", "1"] and heavy["positive"] == "1"
    assert [row["term"] for row in heavy["coefficients"]] == [
        "(intercept)",
        "log(flipper_length_mm)",
        "sex[male]",
        "year[2007]",
        "year[2009]",
        "I(bill_length_mm^2)",
        "log(flipper_length_mm):sex[male]",
    ]
    assert heavy["fit"]["n_rows_dropped"] == 11
    inputs = {column["name"]: column for column in heavy["schema"]["inputs"]}
    assert list(inputs) == ["flipper_length_mm", "sex", "year", "bill_length_mm"]
    assert inputs["year"]["levels"] == ["2007", "2008", "2009"]
    assert inputs["year"]["reference"] == "2008"


def test_predictions_take_the_columns_that_the_formula_is_made_of(shared_client, heavy):
    of = {row["term"]: row["estimate"] for row in heavy["coefficients"]}
    row = {"flipper_length_mm": 191.5, "sex": "male", "year": 2009, "bill_length_mm": 43}
    expected = (
        of["(intercept)"]
        + of["year[2009]"]
        + of["sex[male]"]
        + (of["log(flipper_length_mm)"] + of["log(flipper_length_mm):sex[male]"]) * math.log(191.5)
        + of["I(bill_length_mm^2)"] * 43**2
    )
    found = shared_client.predict("heavy", instances=[row])["predictions"][0]
    assert found["log_odds"] == pytest.approx(expected, rel=1e-12)
    assert found["label"] == ("1" if expected > 0 else "0")


def test_a_row_without_a_value_is_refused(shared_client, heavy):
    row = {"flipper_length_mm": -1, "sex": "male", "year": 2009, "bill_length_mm": 43}
    answer = shared_client.post("/v1/models/heavy/predict", json={"instances": [row]})
    assert expect(answer, 422)["errors"][0]["code"] == "non_finite"


def test_a_model_is_judged_by_what_its_formula_predicts(shared_client, dataset, heavy):
    answer = expect(
        shared_client.post("/v1/models/heavy/evaluate", json={"dataset": dataset, "on_error": "row"}), 200
    )
    assert answer["n_rows"] - answer["n_rows_skipped"] == heavy["fit"]["n_rows"]
    assert answer["log_loss"] == pytest.approx(
        -heavy["fit"]["log_likelihood"] / heavy["fit"]["n_rows"], rel=1e-9
    )
    text = "flipper_length_mm,sex,year,bill_length_mm,weight\n180,male,2007,40,1\n210,female,2008,45,0\n"
    other = shared_client.upload(text)["id"]
    answer = shared_client.post("/v1/models/heavy/evaluate", json={"dataset": other})
    assert expect(answer, 422)["errors"][0]["detail"] == "the data has no column body_mass_g"
    body = {"dataset": other, "target": "weight"}
    assert expect(shared_client.post("/v1/models/heavy/evaluate", json=body), 200)["n_rows"] == 2


def test_a_formula_survives_a_restart(daemon, client):
    row = {"flipper_length_mm": 191.5, "sex": "male", "year": 2009, "bill_length_mm": 43}
    dataset = client.upload(PENGUINS)["id"]
    client.train(model="heavy", dataset=dataset, formula=HEAVY, **DROP)
    model = client.model("heavy")
    predicted = client.predict("heavy", instances=[row])
    daemon.restart()
    client = daemon.client()
    assert client.model("heavy") == model
    assert client.predict("heavy", instances=[row]) == predicted


def test_predictions_are_for_an_offset_of_0_or_the_one_given(shared_client, dataset):
    shared_client.train(
        model="offset",
        dataset=dataset,
        formula="body_mass_g ~ flipper_length_mm + offset(10*bill_length_mm)",
        family="gaussian",
        **DROP,
    )
    model = shared_client.model("offset")
    assert model["offset"] == "10 * bill_length_mm"
    assert [column["name"] for column in model["schema"]["inputs"]] == ["flipper_length_mm"]
    intercept, slope = [row["estimate"] for row in model["coefficients"]]
    found = shared_client.predict("offset", instances=[{"flipper_length_mm": 200}])["predictions"][0]
    assert found["prediction"] == pytest.approx(intercept + 200 * slope, rel=1e-12)
    found = shared_client.predict("offset", instances=[{"flipper_length_mm": 200}], offset=[435])["predictions"][0]
    assert found["prediction"] == pytest.approx(intercept + 200 * slope + 435, rel=1e-12)


# --- an intercept alone ------------------------------------------------------------------


@pytest.fixture(scope="module")
def base_rate(shared_client, dataset):
    shared_client.train(model="base", dataset=dataset, formula="species == 'Gentoo' ~ 1")
    return shared_client.model("base")


def test_an_intercept_alone_is_the_log_odds_of_the_base_rate(base_rate):
    (row,) = base_rate["coefficients"]
    assert base_rate["schema"] == {"inputs": [], "n_inputs": 0}
    assert row["term"] == "(intercept)"
    assert row["estimate"] == pytest.approx(math.log(124 / 220), rel=1e-12)
    assert row["std_error"] == pytest.approx(math.sqrt(344 / 124 / 220), rel=1e-12)
    assert base_rate["fit"]["lr_test"] == {"statistic": None, "df": 0, "p_value": None}


def test_rows_without_inputs_have_the_base_rate(shared_client, base_rate):
    def predict(**body):
        return expect(shared_client.post("/v1/models/base/predict", **body), 200)["predictions"]

    for body in [{"instances": [{}, {}]}, {"rows": [[], []]}, {"columns": [], "rows": [[], []]}]:
        rows = predict(json=body)
        assert [row["label"] for row in rows] == ["0", "0"]
        assert rows[0]["probability"]["1"] == pytest.approx(124 / 344, rel=1e-12)
    for text, media_type in [("{}\n{}\n", "application/x-ndjson"), ("0\n1\n", "text/x-libsvm")]:
        assert predict(data=text, headers={"Content-Type": media_type}) == rows
    answer = shared_client.post("/v1/models/base/predict", json={"rows": [[1]]})
    assert expect(answer, 422)["errors"][0]["code"] == "wrong_width"


def test_other_dialects_have_it_too(shared_client, base_rate):
    tensor = {"name": "input", "datatype": "FP64", "shape": [2, 0], "data": []}
    answer = expect(shared_client.post("/v2/models/base/infer", json={"inputs": [tensor]}), 200)
    outputs = {output["name"]: output["data"] for output in answer["outputs"]}
    assert outputs["log_odds"] == [base_rate["coefficients"][0]["estimate"]] * 2
    answer = expect(shared_client.post("/v1/models/base:predict", json={"instances": [{}]}), 200)
    assert answer["predictions"][0]["label"] == "0"


def test_an_intercept_alone_is_judged_and_scores_a_dataset(shared_client, dataset, base_rate):
    body = {"dataset": dataset}
    answer = expect(shared_client.post("/v1/models/base/evaluate", json=body), 200)
    assert answer["auc"] == 0.5 and answer["accuracy"] == pytest.approx(220 / 344)
    scored = shared_client.post("/v1/models/base/score", json=body)
    assert scored.status_code == 200 and len(scored.text.splitlines()) == 345


@pytest.mark.parametrize("include", ["state", "coefficients,inputs"])
def test_an_intercept_alone_goes_to_another_daemon(shared_client, base_rate, include):
    version = shared_client.get(f"/v1/models/base/versions/1?include={include}").json()
    made = expect(shared_client.post("/v1/models/base_copy/versions", json=version), 201)
    assert made["coefficients"][0]["estimate"] == base_rate["coefficients"][0]["estimate"]


def test_a_dry_run_lists_the_terms(shared_client, dataset):
    request = {"model": "m", "dataset": dataset, "formula": "sex ~ .^2 - year:.", "dry_run": True} | DROP
    answer = expect(shared_client.post("/v1/jobs", json=request), 200)
    terms = answer["design"]["terms"]
    assert "species[Gentoo]:body_mass_g" in terms and "year" not in terms
    assert not any("sex" in term for term in terms)


def test_rows_may_come_with_the_job(shared_client):
    data = {
        "columns": ["hours", "score", "the name"],
        "rows": [[0.5, 30, "a"], [1, 35, "b"], [2, 51, "a"], [3, 49, "b"], [4, 55, "a"], [1.5, 58, "b"]],
    }
    shared_client.train(model="inline", data=data, formula="score > 50 ~ sqrt(hours) + `the name`")
    assert [row["term"] for row in shared_client.model("inline")["coefficients"]] == [
        "(intercept)",
        "sqrt(hours)",
        "the name[b]",
    ]


# --- what is refused ---------------------------------------------------------------------

BAD = [
    ("sex ~ bill_length_mm +", "bad_formula", "position 23: expected"),
    ("sex bill_length_mm", "bad_formula", 'position 5: expected an operator or "~"'),
    ("sex ~ sin(year)", "bad_formula", "position 7: expected one of the functions log, exp"),
    ("sex ~ (year", "bad_formula", "position 12: expected"),
    ("sex ~ year $ 2", "bad_formula", "position 12: expected"),
    ("sex ~ " + "(" * 5000 + "year", "bad_formula", "nested more than 100 deep"),
    ("sex ~ " + "+".join(["year"] * 20000), "bad_formula", "at most 65536 bytes"),
    ("sex ~ wings", "unknown_column", "position 7: column wings"),
    ("log(wings) ~ year", "unknown_column", "position 5: column wings"),
    ("log(species) ~ year", "not_a_number", "position 5: column species has text"),
    ("sex ~ log(species)", "invalid", "position 11: column species is categorical"),
    ('species == "dodo" ~ year', "unknown_level", "position 1: column species"),
    ('sex ~ C(species, ref="dodo")', "unknown_level", "species"),
    ("year ~ year", "invalid", "is the target"),
    ("log(year) ~ year", "invalid", "on both sides"),
    ("sex ~ 0", "no_features", "an intercept alone"),
]


@pytest.mark.parametrize("formula, code, message", BAD, ids=[row[0][:30] for row in BAD])
def test_what_is_wrong_is_told_with_its_position(shared_client, dataset, formula, code, message):
    (pointer, found, detail), *more = refused(shared_client, dataset, formula=formula, **DROP)
    assert (pointer, found, more) == ("/formula", code, [])
    assert message in detail


def test_other_fields_must_not_say_it_again(shared_client, dataset):
    problems = refused(
        shared_client,
        dataset,
        formula="species ~ year",
        target="species",
        features=["year"],
        offset="year",
        intercept=False,
    )
    assert [row[0] for row in problems] == ["/target", "/features", "/offset", "/intercept"]
    problems = refused(shared_client, dataset)
    assert problems == [("/target", "missing_field", "name the column to predict, or give a formula")]


def test_missing_cells_are_told_of_the_column(shared_client, dataset):
    for formula in ["log(bill_length_mm) ~ year", "species ~ log(bill_length_mm)"]:
        (pointer, code, detail), *more = refused(shared_client, dataset, formula=formula, family="auto")
        assert (pointer, code, more) == ("/columns/bill_length_mm/missing", "missing_value", [])
        assert "2 of 344" in detail


def test_a_value_that_is_not_finite_names_row_and_term(shared_client, dataset):
    for formula in ["sex ~ log(year - 2007)", "log(year - 2007) ~ species"]:
        request = {"model": "m", "dataset": dataset, "formula": formula, "family": "auto"} | DROP
        job = shared_client.submit(wait=30, **request)
        assert job["state"] == "failed"
        assert job["error"]["code"] == "non_finite" and job["error"]["row"] == 1
        assert job["error"]["detail"].startswith("log(year - 2007) has no finite value")
