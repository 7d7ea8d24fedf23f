"""Missing cells, unseen and rare levels on messy real data: each fit is held against one of a file in which
this test has written out by hand what the policy says, and each prediction against the coefficients."""

import csv
import io
import lzma
import math
import os
from collections import Counter
from pathlib import Path

import pytest

from daemon import ROOT

DATA = Path(os.environ.get("LOGITD_TEST_DATA", ROOT.parent / "shared" / "data"))
MISSING = ("", "NA", "?")

ADULT = (
    "age workclass fnlwgt education education_num marital_status occupation relationship race sex capital_gain"
    " capital_loss hours_per_week native_country income"
).split()


def rows_of(path):
    if not (DATA / path).exists():
        pytest.skip("the data is not there")
    return (DATA / path).read_text()


def read(text):
    return list(csv.DictReader(io.StringIO(text), skipinitialspace=True))


def write(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def is_missing(cell):
    return cell.strip() in MISSING


def mean(rows, name):
    return math.fsum(float(row[name]) for row in rows if not is_missing(row[name])) / sum(
        not is_missing(row[name]) for row in rows
    )


def put(rows, name, text, where=is_missing):
    """The rows with another text in the cells that `where` picks."""
    return [row | {name: text} if where(row[name]) else row for row in rows]


def estimates(client, model):
    return {row["term"]: row["estimate"] for row in client.model(model, include="coefficients")["coefficients"]}


def inputs(client, model):
    return {entry["name"]: entry for entry in client.model(model)["schema"]["inputs"]}


def must_agree(first, second, tolerance=1e-9):
    """Terms in any order; where one is infinite, so is the other."""
    assert first.keys() == second.keys()
    for term, estimate in first.items():
        assert (estimate is None) == (second[term] is None), term
        assert estimate is None or estimate == pytest.approx(second[term], rel=tolerance, abs=tolerance), term


def log_odds(client, model, *instances):
    answer = client.predict(model, instances=list(instances), output=["log_odds"])
    return [row["log_odds"] for row in answer["predictions"]]


def refusal(client, **request):
    answer = client.post("/v1/jobs", json=request)
    assert answer.status_code == 422, answer.text
    return {error["pointer"]: error["detail"] for error in answer.json()["errors"]}


# ---- titanic: ages ----

TITANIC = "titanic/TitanicSurvival.csv"
SURVIVAL = {"target": "survived", "features": ["sex", "age", "passengerClass"]}
SOMEBODY = {"sex": "male", "passengerClass": "3rd"}


def test_missing_ages_are_counted_and_the_ways_out_named(shared_client):
    dataset = shared_client.upload(rows_of(TITANIC))["id"]
    told = refusal(shared_client, model="refused", dataset=dataset, **SURVIVAL)
    assert told.keys() == {"/columns/age/missing"}
    assert "263 of 1309 cells" in told["/columns/age/missing"]
    for way in ("drop", "mean", "indicator", "leave out the column"):
        assert way in told["/columns/age/missing"]


def test_the_mean_stands_for_missing_ages(shared_client):
    rows = read(rows_of(TITANIC))
    dataset = shared_client.upload(rows_of(TITANIC))["id"]
    shared_client.train(model="by-mean", dataset=dataset, columns={"age": {"missing": "mean"}}, **SURVIVAL)
    age = inputs(shared_client, "by-mean")["age"]
    assert age["missing"] == "mean" and age["fill"] == pytest.approx(mean(rows, "age"), rel=1e-14)

    filled = shared_client.upload(write(put(rows, "age", repr(age["fill"]))))["id"]
    shared_client.train(model="filled", dataset=filled, **SURVIVAL)
    assert estimates(shared_client, "by-mean") == estimates(shared_client, "filled")

    null, absent, told = log_odds(
        shared_client, "by-mean", SOMEBODY | {"age": None}, SOMEBODY, SOMEBODY | {"age": age["fill"]}
    )
    assert null == absent == told


def test_an_indicator_tells_missing_ages_apart(shared_client):
    rows = read(rows_of(TITANIC))
    dataset = shared_client.upload(rows_of(TITANIC))["id"]
    shared_client.train(model="indicated", dataset=dataset, missing="indicator", **SURVIVAL)
    fill = inputs(shared_client, "indicated")["age"]["fill"]
    marked = [row | {"age[missing]": int(is_missing(row["age"]))} for row in rows]
    other = shared_client.upload(write(put(marked, "age", repr(fill))))["id"]
    shared_client.train(
        model="marked", dataset=other, target="survived", features=["sex", "age", "age[missing]", "passengerClass"]
    )
    table = estimates(shared_client, "indicated")
    assert table == estimates(shared_client, "marked")
    null, told = log_odds(shared_client, "indicated", SOMEBODY, SOMEBODY | {"age": fill})
    assert null == pytest.approx(told + table["age[missing]"], rel=1e-12)


def test_rows_without_an_age_are_dropped(shared_client):
    rows = read(rows_of(TITANIC))
    dataset = shared_client.upload(rows_of(TITANIC))["id"]
    job = shared_client.train(model="dropped", dataset=dataset, missing="drop", **SURVIVAL)
    assert (job["fit"]["n_rows"], job["fit"]["n_rows_dropped"]) == (1046, 263)
    kept = shared_client.upload(write([row for row in rows if not is_missing(row["age"])]))["id"]
    shared_client.train(model="kept", dataset=kept, **SURVIVAL)
    assert estimates(shared_client, "dropped") == estimates(shared_client, "kept")
    answer = shared_client.post("/v1/models/dropped/predict", json={"instances": [SOMEBODY]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/instances/0/age"


def test_the_mean_is_not_of_rows_held_out(shared_client):
    dataset = shared_client.upload(rows_of(TITANIC))["id"]
    request = {"dataset": dataset, "missing": "mean", "seed": 3, **SURVIVAL}
    job = shared_client.train(model="held-out", validation={"fraction": 0.3}, residuals=True, **request)
    fitted = shared_client.model("held-out", include="residuals")["residuals"]["rows"]
    rows = read(rows_of(TITANIC))
    assert len(fitted) == job["fit"]["n_rows"] < len(rows)
    expected = mean([rows[row - 1] for row in fitted], "age")
    assert inputs(shared_client, "held-out")["age"]["fill"] == pytest.approx(expected, rel=1e-14)


# ---- adult: workclass, occupation and country are unknown to some ----

CENSUS = {"target": "income", "features": ["age", "workclass", "education_num", "native_country"]}


def adult():
    path = DATA / "adult" / "adult-train.csv.xz"
    if not path.exists():
        pytest.skip("the data is not there")
    text = lzma.decompress(path.read_bytes()).decode()
    lines = [line for line in text.splitlines() if line.count(",") == len(ADULT) - 1]
    return read(",".join(ADULT) + "\n" + "\n".join(lines[:12000]) + "\n")


def test_question_marks_are_a_level_and_rare_countries_one(shared_client):
    rows = adult()
    least = 50
    columns = {"workclass": {"missing": "level"}, "native_country": {"missing": "level", "min_count": least}}
    dataset = shared_client.upload(write(rows))["id"]
    shared_client.train(model="census", dataset=dataset, columns=columns, **CENSUS)

    countries = Counter(row["native_country"] for row in rows)
    rare = {country for country, n in countries.items() if n < least and not is_missing(country)}
    clear = put(put(rows, "workclass", "(missing)"), "native_country", "(missing)")
    clear = put(clear, "native_country", "(other)", lambda cell: cell in rare)
    other = shared_client.upload(write(clear))["id"]
    first = {name: entry["reference"] for name, entry in inputs(shared_client, "census").items() if "levels" in entry}
    assert first["workclass"] == min({row["workclass"] for row in rows} - {"?"})
    shared_client.train(
        model="clear",
        dataset=other,
        columns={name: {"reference": reference} for name, reference in first.items()},
        **CENSUS,
    )
    table = estimates(shared_client, "census")
    must_agree(table, estimates(shared_client, "clear"))

    country = inputs(shared_client, "census")["native_country"]
    assert country["levels"][-2:] == ["(other)", "(missing)"]
    assert country["n_levels"] == len(country["levels"]) == len(countries) - len(rare) + 1
    assert country["pooled"] == {
        "level": "(other)",
        "n_levels": len(rare),
        "n_rows": sum(countries[country] for country in rare),
    }
    somebody = {"age": 40, "workclass": None, "education_num": 10}
    unseen, known, missing = log_odds(
        shared_client,
        "census",
        somebody | {"native_country": "Atlantis"},
        somebody | {"native_country": sorted(rare)[0]},
        somebody,
    )
    base = table["(intercept)"] + 40 * table["age"] + 10 * table["education_num"] + table["workclass[(missing)]"]
    assert unseen == known == pytest.approx(base + table["native_country[(other)]"], rel=1e-12)
    assert missing == pytest.approx(base + table["native_country[(missing)]"], rel=1e-12)


@pytest.mark.parametrize("unseen", ["error", "reference", "ignore"])
def test_an_unseen_country_is_what_the_job_said(shared_client, unseen):
    rows = [row for row in adult()[:3000] if row["native_country"] in ("United-States", "Mexico", "Canada")]
    dataset = shared_client.upload(write(rows))["id"]
    request = {"target": "income", "features": ["age", "native_country"]}
    columns = {"native_country": {"unseen": unseen, "reference": "United-States"}}
    shared_client.train(model=f"unseen-{unseen}", dataset=dataset, columns=columns, **request)
    assert inputs(shared_client, f"unseen-{unseen}")["native_country"]["unseen"] == unseen
    body = {"rows": [[40, "Atlantis"], [40, "United-States"]]}
    answer = shared_client.post(f"/v1/models/unseen-{unseen}/predict", json=body)
    if unseen == "error":
        assert answer.status_code == 422
        assert "Atlantis" not in answer.text
        return
    found, reference = answer.json()["predictions"]
    assert found == reference


# ---- wa_churn: total charges are blank for the newest customers ----


def test_blank_charges_are_dropped_or_filled(shared_client):
    text = rows_of("wa_churn/wa_churn.csv")
    rows = read(text)
    blank = [row for row in rows if is_missing(row["total_charges"])]
    assert blank
    dataset = shared_client.upload(text)["id"]
    request = {"target": "churn", "features": ["tenure", "contract", "monthly_charges", "total_charges"]}
    told = refusal(shared_client, model="refused", dataset=dataset, **request)
    assert f"{len(blank)} of {len(rows)} cells" in told["/columns/total_charges/missing"]

    job = shared_client.train(
        model="churn", dataset=dataset, columns={"total_charges": {"missing": "drop"}}, **request
    )
    assert job["fit"]["n_rows_dropped"] == len(blank)
    shared_client.train(model="churn-mean", dataset=dataset, missing="mean", **request)
    fill = inputs(shared_client, "churn-mean")["total_charges"]["fill"]
    filled = shared_client.upload(write(put(rows, "total_charges", repr(fill))))["id"]
    shared_client.train(model="churn-filled", dataset=filled, **request)
    assert estimates(shared_client, "churn-mean") == estimates(shared_client, "churn-filled")


# ---- penguins: sex and measures; every column by the job's default ----


def test_one_word_does_for_all_columns(shared_client):
    text = rows_of("penguins/penguins.csv")
    rows = read(text)
    dataset = shared_client.upload(text)["id"]
    request = {"target": "species", "features": ["bill_length_mm", "body_mass_g", "sex"], "penalty": {"l2": 0.01}}
    shared_client.train(model="all-means", dataset=dataset, missing="mean", **request)
    schema = inputs(shared_client, "all-means")
    assert {name: entry["missing"] for name, entry in schema.items()} == {
        "bill_length_mm": "mean",
        "body_mass_g": "mean",
        "sex": "level",
    }
    clear = put(rows, "sex", "(missing)")
    for name in ("bill_length_mm", "body_mass_g"):
        assert schema[name]["fill"] == pytest.approx(mean(rows, name), rel=1e-14)
        clear = put(clear, name, repr(schema[name]["fill"]))
    other = shared_client.upload(write(clear))["id"]
    shared_client.train(model="all-clear", dataset=other, columns={"sex": {"reference": "female"}}, **request)
    nobody = shared_client.predict("all-means", instances=[{}])["predictions"][0]
    somebody = shared_client.predict(
        "all-clear",
        instances=[{name: entry["fill"] for name, entry in schema.items() if "fill" in entry} | {"sex": "(missing)"}],
    )["predictions"][0]
    assert nobody["label"] == somebody["label"]
    for species, probability in nobody["probability"].items():
        assert probability == pytest.approx(somebody["probability"][species], abs=1e-9)


def test_policies_survive_a_restart(daemons):
    daemon = daemons.start()
    client = daemon.client()
    data = {"columns": ["y", "age", "city"], "rows": [[1, 20, "a"], [0, None, "b"], [1, 30, None], [0, 40, "a"]]}
    data["rows"] += [[1, 50, "b"], [0, 45, "c"], [1, None, "b"], [0, 33, "d"]]
    columns = {"city": {"missing": "level", "min_count": 2, "unseen": "reference"}, "age": {"missing": "indicator"}}
    client.train(model="kept", data=data, target="y", columns=columns, penalty={"l2": 0.1})
    rows = [[None, None], [25, "elsewhere"], [25, "c"], [25, "a"]]
    before = client.predict("kept", rows=rows), client.model("kept")["schema"]
    assert [row["log_odds"] for row in before[0]["predictions"]][1] == before[0]["predictions"][3]["log_odds"]
    daemon.restart()
    client = daemon.client()
    assert (client.predict("kept", rows=rows), client.model("kept")["schema"]) == before


def test_booleans_are_levels(shared_client):
    data = {"columns": ["y", "member"], "rows": [[1, "true"], [0, "false"], [1, "true"], [1, "false"], [0, "true"]]}
    shared_client.train(model="members", data=data, target="y")
    told = log_odds(shared_client, "members", {"member": True}, {"member": "true"}, {"member": False})
    assert told[0] == told[1] != told[2]


def test_very_many_levels(shared_client):
    """200 000 ids, each of a row or two: the design is sparse, the model listable, every id known."""
    n = 200_000
    lines = ["y,id"] + [f"{(i * 7919) % 3 % 2},u{(i * 2654435761) % 2**32:08x}" for i in range(n)]
    lines += [f"{i % 2},u{(i * 2654435761) % 2**32:08x}" for i in range(1000)]
    dataset = shared_client.upload("\n".join(lines) + "\n")
    assert dataset["columns"][1]["n_levels"] == n
    request = {"dataset": dataset["id"], "target": "y", "penalty": {"l2": 0.001}, "algorithm": "lbfgs"}
    job = shared_client.train(model="ids", **request)
    assert job["fit"]["converged"] and job["fit"]["n_coefficients"] == n
    schema = inputs(shared_client, "ids")["id"]
    assert len(schema["levels"]) == 1000 and schema["n_levels"] == n
    assert len(estimates(shared_client, "ids")) == n
    known, reference = log_odds(shared_client, "ids", {"id": "u00000000"}, {"id": schema["reference"]})
    assert math.isfinite(known) and known == reference

    shared_client.train(model="frequent-ids", columns={"id": {"min_count": 2}}, **request)
    pooled = inputs(shared_client, "frequent-ids")["id"]
    assert pooled["n_levels"] == 1001
    assert pooled["pooled"] == {"level": "(other)", "n_levels": n - 1000, "n_rows": n - 1000}
