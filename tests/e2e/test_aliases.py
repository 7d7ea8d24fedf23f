"""Versions behind an alias: splits, shadows and swaps under load; versions that come from elsewhere, and exports."""

import math
import os
import threading
import time
from pathlib import Path

import pytest

from daemon import ROOT, expect

DATA = Path(os.environ.get("LOGITD_TEST_DATA", ROOT.parent / "shared" / "data"))
# How often the alias is moved under load: LOGITD_STORM_SWAPS=100000 for the whole storm.
SWAPS = int(os.environ.get("LOGITD_STORM_SWAPS", "200"))
READERS = 3
ROWS = [[380, 3.61, "3"], [660, 3.67, "1"], [800, 4, "1"], [640, 3.19, "4"]]


def admissions(client, **request):
    dataset = client.upload(DATA / "ucla_admissions" / "binary.csv")["id"]
    columns = {"columns": {"rank": {"type": "categorical"}}}
    return client.train(model="admissions", dataset=dataset, target="admit", **columns, **request)


def without_place(version):
    """What does not depend on where, and since when, a version is kept."""
    place = ("model", "name", "version", "created_at", "aliases", "model_version_status")
    return {name: value for name, value in version.items() if name not in place}


def test_an_export_imports_again_bit_for_bit(client):
    admissions(client)
    iris = client.upload(DATA / "iris" / "iris.csv")["id"]
    columns = expect(client.get(f"/v1/datasets/{iris}"), 200)["columns"]
    client.train(model="iris", dataset=iris, target=columns[-1]["name"], penalty={"l2": 0.01}, statistics=True)
    query = {"include": "state,covariance"}
    for name, rows in (("admissions", ROWS), ("iris", [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]])):
        exported = client.model(f"{name}/versions/1", **query)
        expect(client.post(f"/v1/models/{name}-copy/versions", json=exported), 201)
        assert without_place(client.model(f"{name}-copy/versions/1", **query)) == without_place(exported)
        answers = [client.predict(model, rows=rows)["predictions"] for model in (name, f"{name}-copy")]
        assert answers[0] == answers[1]
    exported["coefficients"][0]["estimate"] += 1
    refused = expect(client.post("/v1/models/iris-copy/versions", json=exported), 422)
    assert refused["errors"][0]["pointer"] == "/coefficients"


def test_the_coefficients_of_a_version_import_without_its_state(client):
    admissions(client)
    version = client.model("admissions", include="covariance")
    expect(client.post("/v1/models/plain/versions", json=version), 201)
    imported = client.model("plain", include="covariance")
    assert imported["coefficients"] == version["coefficients"]
    assert imported["covariance"] == version["covariance"]
    assert imported["fit"]["stop_reason"] == "imported" and imported["fit"]["log_likelihood"] is None
    assert client.predict("plain", rows=ROWS)["predictions"] == client.predict("admissions", rows=ROWS)["predictions"]


def test_coefficients_as_r_prints_them_predict_as_r_does(client):
    # https://stats.oarc.ucla.edu/r/dae/logit-regression/: coef(mylogit), and its predictions at the
    # means gre 587.7 and gpa 3.3899 for each rank, as far as seven printed digits of coefficients go.
    coefficients = {
        "(Intercept)": [-3.989979],
        "gre": [0.002264],
        "gpa": [0.804038],
        "rank2": [-0.675443],
        "rank3": [-1.340204],
        "rank4": [-1.551464],
    }
    body = {"classes": [0, 1], "levels": {"rank": [1, 2, 3, 4]}, "coefficients": coefficients}
    expect(client.post("/v1/models/r/versions", json=body), 201)
    answer = client.predict("r", rows=[[587.7, 3.3899, rank] for rank in (1, 2, 3, 4)])
    found = [record["probability"]["1"] for record in answer["predictions"]]
    assert found == pytest.approx([0.5166016, 0.3522846, 0.2186120, 0.1846684], abs=1e-4)


def test_a_scaler_and_a_row_for_each_class_predict_as_scikit_learn_does(client):
    coef, intercept = [[0.5, -1.0], [0.25, 2.0], [-0.75, -1.0]], [0.1, 0.2, -0.3]
    mean, scale = [10.0, -3.0], [2.5, 0.5]
    body = {"classes": ["x", "y", "z"], "features": ["a", "b"], "coef": coef, "intercept": intercept}
    expect(client.post("/v1/models/s/versions", json=body | {"mean": mean, "scale": scale}), 201)
    row = [11.5, -2.0]
    scaled = [(value - m) / s for value, m, s in zip(row, mean, scale)]
    scores = [sum(w * v for w, v in zip(weights, scaled)) + b for weights, b in zip(coef, intercept)]
    total = sum(math.exp(score) for score in scores)
    found = client.predict("s", rows=[row])["predictions"][0]["probability"]
    assert [found[name] for name in "xyz"] == pytest.approx([math.exp(s) / total for s in scores], abs=1e-14)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"classes": [0, 1], "features": ["a"], "coef": [[1, 2]]}, "/coef/0"),
        ({"classes": [0, 1], "features": ["a", "a"], "coef": [[1, 2]]}, "/features/1"),
        ({"classes": [0, 1], "coefficients": {"a": "1e3"}}, "/coefficients/a"),
        ({"classes": [0, 1], "features": ["a"], "coefficients": {"b": 1}}, "/coefficients/b"),
        ({"classes": [0, 1], "coefficients": {"a": 1}, "covariance": [[-1]]}, "/covariance"),
        ({"classes": [0, 1], "coefficients": {"rank[T.2]": 1}}, "/coefficients/rank[T.2]"),
        ({"state": "bm8gbW9kZWw="}, "/state"),
        ({"classes": [0, 1], "coefficients": {"a": 1}, "sklearn": True}, "/sklearn"),
    ],
)
def test_a_bad_import_is_told_with_its_pointer(shared_client, body, pointer):
    refused = expect(shared_client.post("/v1/models/bad/versions", json=body), 422)
    assert pointer in [error["pointer"] for error in refused["errors"]]
    assert shared_client.get("/v1/models/bad").status_code == 404


def test_numbers_beyond_a_double_are_refused(shared_client):
    body = '{"classes":[0,1],"features":["a"],"coef":[[1e999]]}'
    headers = {"Content-Type": "application/json"}
    assert shared_client.post("/v1/models/bad/versions", data=body, headers=headers).status_code in (400, 422)


def line(client, model, version):
    """A version that scores its number at x = 0, and three times it at x = 1."""
    body = {"classes": [0, 1], "features": ["x"], "coef": [[2 * version]], "intercept": [version]}
    assert expect(client.post(f"/v1/models/{model}/versions", json=body), 201)["version"] == version


def put(client, model, **body):
    return expect(client.put(f"/v1/models/{model}/aliases/default", json=body), 200, 201)


def test_a_split_keeps_its_shares_and_its_callers(client, daemon):
    for version in (1, 2):
        line(client, "m", version)
    put(client, "m", split={"1": 0.8, "2": 0.2})
    found = [client.predict("m", rows=[[0]])["version"] for _ in range(500)]
    assert 60 <= found.count(2) <= 140  # 100, deviation 9
    of = {}
    for _ in range(2):
        for caller in range(20):
            headers = {"X-Split-Key": f"user-{caller}"}
            answer = expect(client.post("/v1/models/m/predict", json={"rows": [[0]]}, headers=headers), 200)
            assert of.setdefault(caller, answer["version"]) == answer["version"]
        daemon.restart()  # the same caller has the same version then, too
        client = daemon.client()
    assert set(of.values()) == {1, 2}


def report(client, model, n_rows):
    """The shadow's report, once all rows are in it."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = expect(client.get(f"/v1/models/{model}/aliases/default"), 200)["shadow_report"]
        if sum(found[name] for name in ("rows", "rows_skipped", "rows_unusable")) == n_rows:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def test_a_shadow_is_compared_and_never_answers(client):
    admissions(client)
    admissions(client, penalty={"l2": 1.0})
    put(client, "admissions", version=1, shadow=2)
    alone = [client.predict(f"admissions/versions/{v}", rows=ROWS)["predictions"] for v in (1, 2)]
    for _ in range(5):
        answer = client.predict("admissions", rows=ROWS)
        assert answer["version"] == 1 and answer["predictions"] == alone[0]
        time.sleep(0.02)
    found = report(client, "admissions", 5 * len(ROWS))
    assert found["rows"] > 0 and found["rows_unusable"] == 0
    differences = [abs(a["probability"]["1"] - b["probability"]["1"]) for a, b in zip(*alone)]
    assert found["mean_difference"] == pytest.approx(sum(differences) / len(differences), rel=1e-12)
    assert found["largest_difference"] == pytest.approx(max(differences), rel=1e-12)
    differ = sum(a["label"] != b["label"] for a, b in zip(*alone))
    assert found["labels_differ"] * len(ROWS) == differ * found["labels_compared"]


def test_a_roll_back_is_one_call_that_nobody_overtakes(client):
    for version in (1, 2, 3):
        line(client, "m", version)
    path = "/v1/models/m/aliases/default"
    tag = client.put(path, json={"version": 3}).headers["ETag"]
    assert client.put(path, json={"version": 1}, headers={"If-Match": tag}).status_code == 200
    assert client.put(path, json={"version": 2}, headers={"If-Match": tag}).status_code == 412
    assert client.predict("m", rows=[[0]])["version"] == 1
    put(client, "m", split={"1": 0.5, "2": 0.5}, shadow=3)
    for version in (1, 2, 3):
        assert client.delete(f"/v1/models/m/versions/{version}").status_code == 409


def check_answers(daemon, is_over, failures, counts):
    """Predicts until it is over; every answer must be one version's, to the bit."""
    client = daemon.client()
    n = 0
    try:
        while not is_over.is_set():
            answer = client.predict("m", rows=[[0], [1]], output=["log_odds"])
            version = answer["version"]
            found = [record["log_odds"] for record in answer["predictions"]]
            assert found == [version, 3 * version], answer
            n += 1
    except Exception as failure:  # told by the test, from which threads are far away
        failures.append(failure)
    counts.append(n)


@pytest.mark.timeout(60 + SWAPS // 20)
def test_no_answer_fails_or_mixes_while_versions_swap(daemon, client):
    for version in (1, 2):
        line(client, "m", version)
    put(client, "m", version=1)
    is_over, failures, counts = threading.Event(), [], []
    readers = [
        threading.Thread(target=check_answers, args=(daemon, is_over, failures, counts)) for _ in range(READERS)
    ]
    for reader in readers:
        reader.start()
    newest = 2
    for swap in range(SWAPS):
        if swap % 10 == 9:
            newest += 1
            line(client, "m", newest)
        if swap % 3 == 2:
            put(client, "m", split={str(newest): 0.5, str(newest - 1): 0.5})
        else:
            put(client, "m", version=newest - swap % 2, shadow=newest - 1 + swap % 2)
    is_over.set()
    for reader in readers:
        reader.join()
    assert not failures, failures[0]
    assert min(counts) > 0
