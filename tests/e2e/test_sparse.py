"""LIBSVM text from file to model to prediction, generated and on real data as its files are."""

import gzip
import lzma
import math
import os
import random
import re
from pathlib import Path

import pytest

from daemon import ROOT, expect

DATA = Path(os.environ.get("LOGITD_TEST_DATA", ROOT.parent / "shared" / "data"))
LIBSVM = "text/x-libsvm"
MIB = 1 << 20


def data(path):
    """The bytes of a file of the data sets, unpacked; skips where it is not there."""
    file = DATA / path
    if not file.exists():
        pytest.skip(f"{path} is not there")
    return lzma.decompress(file.read_bytes()) if file.suffix == ".xz" else file.read_bytes()


def rows_of(text):
    """[(label, {index: value})] of well-formed text, read apart from the daemon."""
    rows = []
    for line in text.decode().splitlines():
        fields = line.partition("#")[0].split()
        if fields:
            pairs = (field.split(":") for field in fields[1:] if not field.startswith("|"))
            rows.append((float(fields[0]), {index: float(value) for index, value in pairs}))
    return rows


def margin(coefficients, entries):
    return coefficients["(intercept)"] + sum(coefficients.get(i, 0) * x for i, x in entries.items())


def gradient_norm(rows, coefficients, l2):
    """‖∇J‖∞ of the mean log-loss with the penalty l2/2·‖w‖², the labels being ±1."""
    gradient = {name: l2 * value for name, value in coefficients.items()}
    gradient["(intercept)"] = 0
    for label, entries in rows:
        slope = -label / (1 + math.exp(label * margin(coefficients, entries))) / len(rows)
        gradient["(intercept)"] += slope
        for index, value in entries.items():
            gradient[index] += slope * value
    return max(map(abs, gradient.values()))


def train(client, text, model, **request):
    dataset = client.upload(text, LIBSVM, name=model)
    client.train(model=model, dataset=dataset["id"], target="label", **request)
    version = client.model(model, include="coefficients")
    return dataset, version, {c["term"]: c["estimate"] for c in version["coefficients"]}


def score(client, model, text):
    answer = client.post(f"/v1/models/{model}/predict", data=text, headers={"Content-Type": LIBSVM})
    return expect(answer, 200)["predictions"]


# --- generated ---


def generated(n_rows, n_columns, seed=1):
    chance = random.Random(seed)
    lines = []
    for _ in range(n_rows):
        entries = {chance.randrange(n_columns): round(chance.gauss(0, 1), 3) for _ in range(5)}
        z = sum(x * math.sin(j) for j, x in entries.items())
        label = 1 if chance.random() < 1 / (1 + math.exp(-z)) else -1
        lines.append(f"{label} " + " ".join(f"{j}:{x}" for j, x in sorted(entries.items())))
    return "\n".join(lines)


def test_sparse_and_dense_text_of_the_same_rows_give_the_same_model(shared_client):
    text = generated(400, 12)
    rows = rows_of(text.encode())
    names = sorted({index for _, entries in rows for index in entries}, key=int)
    csv = "label," + ",".join(names) + "\n"
    csv += "".join(f"{y}," + ",".join(str(x.get(i, 0)) for i in names) + "\n" for y, x in rows)
    _, sparse, estimates = train(shared_client, text, "sparse")
    dataset = shared_client.upload(csv)
    shared_client.train(model="dense", dataset=dataset["id"], target="label")
    dense = shared_client.model("dense")
    assert [c["term"] for c in dense["coefficients"]] == list(estimates)
    for ours, theirs in zip(sparse["coefficients"], dense["coefficients"]):
        for key in ("estimate", "std_error"):
            assert ours[key] == pytest.approx(theirs[key], rel=1e-9)
    columns = {c["name"]: c for c in shared_client.get(f"/v1/datasets/{dataset['id']}").json()["columns"]}
    uploaded = shared_client.get("/v1/datasets/" + sparse["dataset"]).json()["columns"]
    for column in uploaded:
        for key in ("min", "max", "mean", "std"):
            assert column[key] == pytest.approx(columns[column["name"]][key], rel=1e-12, abs=1e-15)


def test_lines_instances_and_rows_are_scored_with_the_same_bits(shared_client):
    text = generated(300, 40, seed=2)
    _, version, _ = train(shared_client, text, "bits", penalty={"l2": 0.01})
    names = [i["name"] for i in version["schema"]["inputs"]]
    rows = rows_of(text.encode())
    lines = score(shared_client, "bits", text)
    instances = shared_client.predict("bits", instances=[x for _, x in rows])["predictions"]
    full = [[x.get(name, 0) for name in names] for _, x in rows]
    assert lines == instances == shared_client.predict("bits", rows=full)["predictions"]


def test_rows_come_back_as_they_were_sent(shared_client):
    text = generated(50, 3000, seed=3)
    dataset = shared_client.upload(text, LIBSVM)
    page = shared_client.get(f"/v1/datasets/{dataset['id']}/rows", params={"limit": 1000}).json()
    assert page["columns"] == ["label"] and not page["has_more"]
    expected = [(label, {i: x for i, x in entries.items() if x != 0}) for label, entries in rows_of(text.encode())]
    assert [(row[0], entries) for row, entries in zip(page["rows"], page["sparse"])] == expected


def test_a_packed_file_is_the_same(shared_client):
    text = generated(50, 30, seed=4)
    headers = {"Content-Type": LIBSVM, "Content-Encoding": "gzip"}
    packed = shared_client.post("/v1/datasets", data=gzip.compress(text.encode()), headers=headers)
    assert expect(packed, 201)["columns"] == shared_client.upload(text, LIBSVM)["columns"]


MALFORMED = {
    "label of text": ("spam 1:1\n", 422, "not_a_number", 1, "label"),
    "several labels": ("1 1:1\n1,2 1:1\n", 422, "unsupported", 2, "label"),
    "no label": ("1:1 2:1\n", 400, "bad_libsvm", 1, "label"),
    "ranking": ("1 qid:3 1:1\n", 422, "unsupported", 1, None),
    "no value": ("1 1:1\n0 7\n", 400, "bad_libsvm", 2, None),
    "empty value": ("1 7:\n", 422, "not_a_number", 1, "7"),
    "value of text": ("1 7:x\n", 422, "not_a_number", 1, "7"),
    "value beyond a double": ("1 7:1e999\n", 422, "non_finite", 1, "7"),
    "not a number": ("1 7:nan\n", 422, "non_finite", 1, "7"),
    "negative index": ("1 -7:1\n", 400, "bad_libsvm", 1, None),
    "fractional index": ("1 7.5:1\n", 400, "bad_libsvm", 1, None),
    "index twice": ("1 7:1 8:1 7:2\n", 422, "duplicate_column", 1, "7"),
    "nothing": ("# all comment\n", 422, "no_rows", None, None),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_refused_with_its_place(shared_client, name):
    text, status, code, row, column = MALFORMED[name]
    before = shared_client.get("/v1/datasets", params={"limit": 1000}).json()["data"]
    answer = shared_client.post("/v1/datasets", data=text, headers={"Content-Type": LIBSVM})
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["code"] == code
    if row is not None:
        assert problem["errors"][0]["row"] == row
        assert problem["errors"][0].get("column") == column
    assert shared_client.get("/v1/datasets", params={"limit": 1000}).json()["data"] == before


@pytest.mark.skipif("LOGITD_BINARY" in os.environ, reason="sanitizers need more")
def test_memory_follows_the_columns_and_not_the_rows(daemon, client):
    def peak():
        status = Path(f"/proc/{daemon.pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M)[1]) * 1024

    piece = (generated(20000, 1000, seed=5) + "\n").encode()
    before = peak()
    answer = client.post("/v1/datasets", data=piece * 50, headers={"Content-Type": LIBSVM})
    assert expect(answer, 201)["n_rows"] == 50 * 20000
    assert peak() - before < 32 * MIB


# --- real data ---


def test_a9a_goes_in_as_it_is_and_its_test_rows_are_predicted(shared_client):
    text = data("a9a/a9a.xz")
    dataset, version, estimates = train(shared_client, text, "a9a", penalty={"l2": 1e-4})
    assert (dataset["n_rows"], dataset["n_columns"]) == (32561, 124)
    assert version["fit"]["converged"]
    assert gradient_norm(rows_of(text), estimates, 1e-4) < 1e-8
    test = data("a9a/a9a.t.xz")
    predictions = score(shared_client, "a9a", test)
    rows = rows_of(test)
    for prediction, (_, entries) in list(zip(predictions, rows))[::100]:
        assert prediction["log_odds"] == pytest.approx(margin(estimates, entries), abs=1e-9)
    right = sum(float(p["label"]) == label for p, (label, _) in zip(predictions, rows))
    assert right / len(rows) == pytest.approx(0.850, abs=0.001)  # LIBLINEAR 2.x, -s 0: 84.98 %


def test_rcv1_small_goes_in_as_it_is(shared_client):
    """Vowpal Wabbit's form; many more columns than rows."""
    text = data("rcv1_small/rcv1_small.dat.xz")
    dataset, version, estimates = train(shared_client, text, "rcv1", penalty={"l2": 1e-5})
    assert (dataset["n_rows"], dataset["n_columns"]) == (1000, 9739)
    assert version["fit"]["converged"]
    assert gradient_norm(rows_of(text), estimates, 1e-5) < 1e-7
    predictions = score(shared_client, "rcv1", data("rcv1_small/rcv1_small_test.data"))
    assert len(predictions) == 500


def test_news20_keeps_its_columns_and_answers_stay_small(shared_client):
    text = data("news20_bydate/derived/train.libsvm.xz")
    dataset = shared_client.upload(text, LIBSVM)
    assert (dataset["n_rows"], dataset["n_columns"], len(dataset["columns"])) == (11314, 55649, 1000)
    request = {"model": "news", "dataset": dataset["id"], "target": "label"}
    shared_client.train(**request, algorithm="lbfgs", max_iterations=3, penalty={"l2": 0.1})
    answer = shared_client.get("/v1/models/news")
    version = expect(answer, 200)
    assert len(answer.content) < MIB
    assert version["schema"]["n_inputs"] == 55648 and len(version["schema"]["inputs"]) == 1000
    assert len(version["coefficients"]) == 19 + 1000
    assert version["coefficients_omitted"] == 19 * 55648 - 1000
    predictions = score(shared_client, "news", b"\n".join(text.splitlines()[:500]))
    assert len(predictions) == 500 and len(predictions[0]["probability"]) == 20
