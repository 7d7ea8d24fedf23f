"""Rows divided by columns: held out by a level, folds by a value; beside weights, trials, offset and clusters."""

import csv
import io
import math

import pytest

from daemon import ROOT

INPUTS = ["species", "bill_length_mm", "bill_depth_mm"]


def penguins():
    """Complete or not, with columns as people have them: words, numbers, and numbers of words."""
    with open(ROOT / "examples" / "penguins.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for i, row in enumerate(rows):
        part = (i * 7) % 10
        row |= {
            "split": "test" if part < 3 else "spare" if part == 3 else "train",
            "is_test": "1" if part < 3 else "2" if part == 3 else "0",
            "fold": i % 4,
            "fold_word": "abcd"[i % 4],
            "visit": i % 17,
            "visit_word": f"v{i % 17}",
            "w": "" if i % 29 == 28 else i % 3 + 1,
            "o": i % 5 / 10,
            "n": i % 3 + 1,
            "k": min(i % 3 + 1, i * 11 % 4),
        }
    return rows


ROWS = penguins()
DROP = {name: {"missing": "drop"} for name in ["sex", "bill_length_mm", "bill_depth_mm", "w"]}
REQUEST = {"target": "sex", "features": INPUTS, "columns": DROP}
BY_WORD = {"column": "split", "level": "test"}
BY_NUMBER = {"column": "is_test", "level": 1}


def upload(client, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return client.upload(text.getvalue(), name="penguins")["id"]


@pytest.fixture(scope="module")
def dataset(shared_client):
    return upload(shared_client, ROWS)


@pytest.fixture(scope="module")
def parts(shared_client):
    return {
        part: upload(shared_client, [row for row in ROWS if row["split"] in part.split("+")])
        for part in ["train", "test", "spare+train"]
    }


def fit(client, dataset, **fields):
    """What was estimated and judged, but for times."""
    job = client.train(model="divided", dataset=dataset, **{**REQUEST, **fields})
    table = client.model("divided")["coefficients"]
    told = {key: job["fit"][key] for key in ["validation", "n_rows", "log_likelihood", "cross_validation"]}
    return told | {"table": [{key: row[key] for key in ["term", "estimate", "std_error"]} for row in table]}


ROLES = {
    "formula": {
        "target": None,
        "features": None,
        "formula": "sex ~ species * log(bill_length_mm) + I(bill_depth_mm^2)",
        "weights": "w",
        "cross_validation": {"column": "fold"},
        "penalty": {"l2": 0.1},
    },
    "plain": {},
    "weights": {"weights": "w"},
    "importance": {"weights": "w", "weight_kind": "importance"},
    "offset": {"offset": "o", "weights": "w"},
    "trials": {"target": "k", "trials": "n", "weights": "w"},
    "cluster of numbers": {"covariance": "cluster", "cluster": "visit"},
    "cluster of words": {"covariance": "cluster", "cluster": "visit_word"},
    "folds of numbers": {"cross_validation": {"column": "fold"}, "penalty": {"l2": 0.1}, "weights": "w"},
    "folds of words": {"cross_validation": {"column": "fold_word"}, "path": {"n_lambdas": 5, "min_ratio": 0.01}},
}


@pytest.mark.parametrize("roles", ROLES.values(), ids=ROLES)
@pytest.mark.parametrize("by", [BY_WORD, BY_NUMBER], ids=["word", "number"])
def test_a_divided_file_is_as_good_as_two(shared_client, dataset, parts, by, roles):
    together = fit(shared_client, dataset, validation=by, **roles)
    apart = fit(shared_client, parts["spare+train"], validation={"dataset": parts["test"]}, **roles)
    assert together == apart
    assert math.isfinite(together["validation"]["loss"])


@pytest.mark.parametrize(("by", "level"), [(BY_WORD, "train"), (BY_NUMBER, [0])], ids=["word", "number"])
def test_rows_of_neither_level_are_left_out(shared_client, dataset, parts, by, level):
    together = fit(shared_client, dataset, validation={**by, "train": level})
    assert together == fit(shared_client, parts["train"], validation={"dataset": parts["test"]})


GROUPS = {
    "cluster": ({"covariance": "cluster", "cluster": "visit"}, {"covariance": "cluster", "cluster": "visit_word"}),
    "fold": tuple({"cross_validation": {"column": name}, "penalty": {"l2": 0.1}} for name in ("fold", "fold_word")),
}


@pytest.mark.parametrize("group", GROUPS)
def test_words_and_numbers_divide_alike(shared_client, dataset, group):
    one, other = (fit(shared_client, dataset, **fields) for fields in GROUPS[group])
    for a, b in zip(one.pop("table"), other.pop("table"), strict=True):
        errors = [row.pop("std_error") for row in (a, b)]  # sums over clusters are in another order
        assert a == b
        assert errors == [None, None] if group == "fold" else errors[0] == pytest.approx(errors[1], rel=1e-12)
    assert one == other


@pytest.mark.parametrize("by", [BY_WORD, BY_NUMBER], ids=["word", "number"])
@pytest.mark.parametrize("roles", ["plain", "weights", "trials"])
def test_the_rest_is_judged_in_one_call(shared_client, dataset, by, roles):
    """What the fit says of the rows held out, the model says of them, too."""
    told = fit(shared_client, dataset, validation=by, **ROLES[roles])["validation"]
    weights = {"weights": "w"} if "weights" in ROLES[roles] else {}
    body = {"dataset": dataset, "where": by, "on_error": "row", **weights}
    answer = shared_client.post("/v1/models/divided/evaluate", json=body)
    assert answer.status_code == 200, answer.text
    judged = answer.json()
    assert judged["n_rows"] == sum(row["split"] == "test" for row in ROWS)
    assert judged["n_rows"] - judged["n_rows_skipped"] == told["n_rows"]
    assert judged["sum_weights"] == told["sum_weights"]
    assert judged["log_loss"] == pytest.approx(told["loss"], rel=1e-12)


def test_columns_that_divide_are_no_features(shared_client, dataset):
    request = {"model": "all", "dataset": dataset, "target": "species", "dry_run": True}
    ignored = {name: {"type": "ignore"} for name in ROWS[0] if name not in ("species", "year", "split", "fold", "visit")}
    fields = {
        "columns": ignored,
        "validation": BY_WORD,
        "cross_validation": {"column": "fold"},
        "covariance": "cluster",
        "cluster": "visit",
    }
    answer = shared_client.post("/v1/jobs", json={**request, **fields})
    assert answer.status_code == 200, answer.text
    assert answer.json()["design"]["terms"] == ["year"]
    named = shared_client.post("/v1/jobs", json={**request, **fields, "features": ["year", "fold"]})
    assert named.json()["design"]["terms"] == ["year", "fold"]


BAD = [
    ({"validation": {"column": "zz", "level": 1}}, "/validation/column", "unknown_column"),
    ({"validation": {"column": "split", "level": "holdout"}}, "/validation/level", "unknown_level"),
    ({"validation": {"column": "is_test", "level": [1, 3]}}, "/validation/level/1", "unknown_level"),
    ({"validation": {"column": "is_test", "level": [0, 1, 2]}}, "/validation/level", "no_rows"),
    ({"validation": {**BY_WORD, "train": ["train", "test"]}}, "/validation/train/1", "invalid"),
    ({"validation": {"column": "sex", "level": "male"}}, "/validation/column", "invalid"),
    ({"cross_validation": {"column": "year"}, "columns": {**DROP, "year": {"type": "ignore"}}}, "/columns/year/type", "invalid"),
    ({"cross_validation": {"column": "zz"}}, "/cross_validation/column", "unknown_column"),
]


@pytest.mark.parametrize(("fields", "pointer", "code"), BAD)
def test_what_cannot_divide_the_rows_is_refused_at_once(shared_client, dataset, fields, pointer, code):
    answer = shared_client.post("/v1/jobs", json={"model": "m", "dataset": dataset, **REQUEST, **fields})
    assert answer.status_code == 422, answer.text
    assert {"pointer": pointer, "code": code}.items() <= answer.json()["errors"][0].items()


@pytest.mark.parametrize(("fraction", "left"), [(0.3, [63, 14, 7]), (0.05, [85, 19, 10])])
def test_a_fraction_is_one_of_each_class(shared_client, fraction, left):
    """By the null model, whose likelihood is that of the shares of the classes."""
    sizes = [90, 20, 10]
    rows = [{"y": "abc"[k], "x": (i * 37 + k) % 101} for k, n in enumerate(sizes) for i in range(n)]
    request = {
        "model": "strata",
        "dataset": upload(shared_client, rows),
        "target": "y",
        "penalty": {"l2": 1},
        "validation": {"fraction": fraction},
    }
    told = [shared_client.train(**request, seed=seed)["fit"] for seed in (5, 5, 6)]
    for fit in told:
        assert fit["n_rows"] == sum(left)
        assert fit["validation"]["n_rows"] == sum(sizes) - sum(left)
        expected = math.fsum(n * math.log(n / sum(left)) for n in left)
        assert fit["null_log_likelihood"] == pytest.approx(expected, rel=1e-12)
    assert told[0]["validation"] == told[1]["validation"] != told[2]["validation"]
