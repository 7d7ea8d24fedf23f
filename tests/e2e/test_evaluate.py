"""Judging models and scoring datasets, over HTTP and on real data; figures computed here, apart from the daemon."""

import csv
import io
import json
import lzma
import math
import os
import struct
import threading
from pathlib import Path

import pytest

from daemon import ROOT, expect

DATA = Path(os.environ.get("LOGITD_TEST_DATA", ROOT.parent / "shared" / "data"))
CSV, NDJSON, NPY = "text/csv", "application/x-ndjson", "application/x-npy"


def data(path):
    """The bytes of a file of the data sets, unpacked; skips where it is not there."""
    file = DATA / path
    if not file.exists():
        pytest.skip(f"{path} is not there")
    return lzma.decompress(file.read_bytes()) if file.suffix == ".xz" else file.read_bytes()


def evaluate(client, model, **body):
    return expect(client.post(f"/v1/models/{model}/evaluate", json=body), 200)


def score(client, model, accept=CSV, **body):
    answer = client.post(f"/v1/models/{model}/score", json=body, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == accept
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    return answer.content


def auc(cases):
    """By ranks, ties at their mean: cases are (score, is positive)."""
    cases = sorted(cases)
    ranks, at = 0, 0
    while at < len(cases):
        end = at
        while end < len(cases) and cases[end][0] == cases[at][0]:
            end += 1
        ranks += (at + 1 + end) / 2 * sum(positive for _, positive in cases[at:end])
        at = end
    positives = sum(positive for _, positive in cases)
    return (ranks - positives * (positives + 1) / 2) / positives / (len(cases) - positives)


def average_precision(cases):
    tp = seen = total = 0
    by_score = {}
    for value, positive in cases:
        by_score.setdefault(value, []).append(positive)
    for value in sorted(by_score, reverse=True):
        tp += sum(by_score[value])
        seen += len(by_score[value])
        total += sum(by_score[value]) * tp / seen
    return total / tp


def near(value):
    return pytest.approx(value, rel=1e-11, abs=1e-13)


@pytest.fixture(scope="module")
def default(shared_client):
    """Defaults on credit cards: 10 000 rows, 3 % of them positive."""
    dataset = shared_client.upload(data("isl_default/Default.csv"))["id"]
    shared_client.train(
        model="default", dataset=dataset, target="default", features=["student", "balance", "income"]
    )
    return dataset


def test_a_rare_class_is_judged_as_its_rows_say(shared_client, default):
    found = evaluate(shared_client, "default", dataset=default, thresholds=[0.1, 0.5], bins=4)
    text = score(shared_client, "default", dataset=default, columns=["default"]).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == found["n_rows"] == 10000
    cases = [(float(row["log_odds"]), row["default"] == "Yes") for row in rows]
    p = [(float(row["probability[Yes]"]), row["default"] == "Yes") for row in rows]
    assert found["auc"] == near(auc(cases))
    assert found["average_precision"] == near(average_precision(cases))
    assert found["log_loss"] == near(sum(math.log1p(math.exp(-z if y else z)) for z, y in cases) / len(cases))
    assert found["brier"] == near(sum((q - y) ** 2 for q, y in p) / len(p))
    assert found["accuracy"] == near(sum((q >= 0.5) == y for q, y in p) / len(p))
    for row in found["thresholds"]:
        called = [y for q, y in p if q >= row["threshold"]]
        assert row["tp"] == sum(called) and row["fp"] == len(called) - sum(called)
        assert row["tp"] + row["fn"] == sum(y for _, y in p) == 333
    for b in found["calibration"]["bins"]:
        inside = [(q, y) for q, y in p if b["lower"] <= q < b["upper"]]
        assert b["count"] == len(inside)
        assert b["observed"] == near(sum(y for _, y in inside) / len(inside))
        assert b["mean_predicted"] == near(sum(q for q, _ in inside) / len(inside))
    assert found["confusion"]["matrix"][1][1] == found["thresholds"][1]["tp"]
    roc = found["roc"]
    assert roc["n_points_exact"] == len({z for z, _ in cases}) + 1
    assert 180 < len(roc["fpr"]) == len(roc["tpr"]) == len(roc["thresholds"]) <= 200
    assert roc["fpr"][0] == roc["tpr"][0] == 0 and roc["fpr"][-1] == roc["tpr"][-1] == 1
    pairs = zip(zip(roc["fpr"], roc["tpr"]), list(zip(roc["fpr"], roc["tpr"]))[1:])
    thinned = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairs)
    assert thinned == pytest.approx(found["auc"], abs=1e-3)
    fit = shared_client.model("default")["fit"]
    assert found["log_loss"] == near(-fit["log_likelihood"] / 10000)


def test_rows_in_the_body_are_judged_like_the_dataset(shared_client, default):
    whole = list(csv.DictReader(io.StringIO(data("isl_default/Default.csv").decode())))[:2000]
    names = ["default", "student", "balance", "income"]
    cell = {"default": str, "student": str, "balance": float, "income": float}
    rows = [[cell[name](row[name]) for name in names] for row in whole]
    text = "".join(",".join(map(str, row)) + "\n" for row in [names, *rows])
    part = shared_client.upload(text)["id"]
    expected = evaluate(shared_client, "default", dataset=part)
    assert expected["sum_weights"] == 2000
    assert evaluate(shared_client, "default", columns=names, rows=rows) == expected
    instances = [dict(zip(names, row)) for row in rows]
    assert evaluate(shared_client, "default", instances=instances) == expected
    labels = [row[0] for row in rows]
    assert evaluate(shared_client, "default", rows=[row[1:] for row in rows], labels=labels) == expected


def test_all_formats_of_scores_have_the_same_numbers(shared_client, default):
    asked = {"dataset": default, "columns": ["balance"], "output": ["probability", "log_odds"]}
    lines = list(csv.reader(io.StringIO(score(shared_client, "default", CSV, **asked).decode())))
    assert lines[0] == ["balance", "probability[No]", "probability[Yes]", "log_odds"]
    objects = [json.loads(line) for line in score(shared_client, "default", NDJSON, **asked).splitlines()]
    array = score(shared_client, "default", NPY, **asked)
    assert array[:8] == b"\x93NUMPY\x01\x00" and b"'shape': (10000, 4)" in array[:128]
    numbers = list(struct.iter_unpack("<4d", array[128:]))
    assert [tuple(map(float, line)) for line in lines[1:]] == numbers
    told = [(o["balance"], o["probability"]["No"], o["probability"]["Yes"], o["log_odds"]) for o in objects]
    assert told == numbers
    first = {k: objects[0][k] for k in ("probability", "log_odds")}
    row = next(csv.DictReader(io.StringIO(data("isl_default/Default.csv").decode())))
    body = {"instances": [{k: row[k] if k == "student" else float(row[k]) for k in ("student", "balance", "income")}]}
    answer = shared_client.predict("default", output=["probability", "log_odds"], **body)
    assert answer["predictions"] == [first]


def check_curves(entry, cases):
    """Of some 150 rows the curves have a point for each score: areas and points are counted here."""
    roc, pr = entry["roc"], entry["pr"]
    steps = list(zip(roc["fpr"], roc["tpr"]))
    assert sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in zip(steps, steps[1:])) == near(entry["auc"])
    recall = [0] + pr["recall"][1:]
    areas = ((r - before) * p for r, before, p in zip(recall[1:], recall, pr["precision"][1:]))
    assert sum(areas) == near(entry["average_precision"])
    positives = sum(is_one for _, is_one in cases)
    for threshold, tpr in list(zip(roc["thresholds"], roc["tpr"]))[1::10]:
        # The same scores within rounding: a threshold between two of them.
        assert tpr == near(sum(is_one and p >= threshold * (1 - 1e-12) for p, is_one in cases) / positives)
    for b in entry["calibration"]["bins"]:
        inside = [(p, is_one) for p, is_one in cases if b["lower"] <= p < b["upper"] or p == b["upper"] == 1]
        assert b["count"] == len(inside)
        if inside:
            assert b["mean_predicted"] == near(sum(p for p, _ in inside) / len(inside))
            assert b["observed"] == near(sum(is_one for _, is_one in inside) / len(inside))


def test_three_kinds_of_iris(shared_client):
    dataset = shared_client.upload(data("iris/iris.csv"), header="false")["id"]
    shared_client.train(model="iris", dataset=dataset, target="c5", penalty={"l2": 0.01})
    found = evaluate(shared_client, "iris", dataset=dataset, curves=True)
    objects = [json.loads(line) for line in score(shared_client, "iris", NDJSON, dataset=dataset, columns=["c5"]).splitlines()]
    matrix, labels = found["confusion"]["matrix"], found["confusion"]["labels"]
    for truth, row in zip(labels, matrix):
        for label, count in zip(labels, row):
            assert count == sum(o["c5"] == truth and o["label"] == label for o in objects)
    assert found["log_loss"] == near(-sum(math.log(o["probability"][o["c5"]]) for o in objects) / 150)
    for entry in found["classes"]:
        name = entry["class"]
        cases = [(o["probability"][name], o["c5"] == name) for o in objects]
        assert entry["auc"] == pytest.approx(auc(cases), abs=1e-9)
        assert entry["support"] == 50
        check_curves(entry, cases)
    assert found["auc"] == near(sum(entry["auc"] for entry in found["classes"]) / 3)


def test_seven_kinds_of_forest(shared_client):
    dataset = shared_client.upload(data("covtype20k/covtype.20k.data.xz"), header="false")["id"]
    numbers = [f"c{i}" for i in range(1, 11)]
    shared_client.train(model="covtype", dataset=dataset, target="c55", features=numbers, penalty={"l2": 0.001})
    found = evaluate(shared_client, "covtype", dataset=dataset)
    assert found["n_rows"] == sum(map(sum, found["confusion"]["matrix"]))
    right = sum(row[i] for i, row in enumerate(found["confusion"]["matrix"]))
    assert found["accuracy"] == near(right / found["n_rows"]) and found["accuracy"] > 0.6
    assert 0.8 < found["auc"] < 1


def test_sparse_rows_are_judged_and_scored(shared_client):
    train = shared_client.upload(data("a9a/a9a.xz"), "text/x-libsvm")["id"]
    test = shared_client.upload(data("a9a/a9a.t.xz"), "text/x-libsvm")["id"]
    shared_client.train(model="a9a", dataset=train, target="label", penalty={"l2": 1e-4})
    found = evaluate(shared_client, "a9a", dataset=test)
    lines = score(shared_client, "a9a", dataset=test, columns=["label"], output=["log_odds"]).decode()
    cases = [(float(r["log_odds"]), float(r["label"]) > 0) for r in csv.DictReader(io.StringIO(lines))]
    assert found["n_rows"] == len(cases) == 16281
    assert found["auc"] == near(auc(cases)) and found["auc"] > 0.89
    assert found["accuracy"] > 0.84


def test_bad_data_is_told_and_leaves_nothing_behind(shared_daemon, shared_client, default):
    bad = shared_client.upload("default,student,balance,income\nYes,No,1,2\nNo,,1,2\nMaybe,No,1,\n")["id"]
    answer = shared_client.post("/v1/models/default/evaluate", json={"dataset": bad})
    assert answer.status_code == 422
    places = {(e["row"], e["column"], e["code"]) for e in answer.json()["errors"]}
    assert places == {
        (2, "student", "missing_value"),
        (3, "income", "missing_value"),
        (3, "default", "unknown_level"),
    }
    kept = evaluate(shared_client, "default", dataset=bad, on_error="row")
    assert (kept["n_rows"], kept["n_rows_skipped"], kept["auc"], kept["roc"]) == (3, 2, None, None)
    before = open_files(shared_daemon)
    answer = shared_client.post("/v1/models/default/score", json={"dataset": bad})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    lines = score(shared_client, "default", dataset=bad, on_error="row", output=["label"]).decode().splitlines()
    assert lines[2:] == [",missing_value", ",missing_value"]
    refused = shared_client.post(
        "/v1/models/default/score", json={"dataset": bad}, headers={"Accept": "application/json"}
    )
    assert refused.status_code == 406
    assert open_files(shared_daemon) == before


def open_files(daemon):
    """Those that have no name any more: scratch files that nobody has let go."""
    links = Path(f"/proc/{daemon.pid}/fd")
    names = []
    for link in links.iterdir():
        try:
            names.append(os.readlink(link))
        except FileNotFoundError:
            pass
    return sum("(deleted)" in name for name in names)


def test_clients_that_vanish_leave_no_file(daemon, client):
    rows = "".join(f"{i % 2},{(i * 7919) % 1000 / 7}\n" for i in range(100000))
    dataset = client.upload("y,x\n" + rows)["id"]
    client.train(model="m", dataset=dataset, target="y", penalty={"l2": 1})
    body = json.dumps({"dataset": dataset}).encode()
    head = (
        "POST /v1/models/m/score HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()

    def vanish(read_bytes):
        with daemon.connection() as sock:
            sock.sendall(head + body)
            if read_bytes:
                sock.recv(read_bytes)

    threads = [threading.Thread(target=vanish, args=(n,)) for n in (0, 1, 5000, 0, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(score(client, "m", dataset=dataset).splitlines()) == 100001
    for _ in range(100):
        if open_files(daemon) == 0:
            break
        threading.Event().wait(0.05)
    assert open_files(daemon) == 0
