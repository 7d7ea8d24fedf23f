"""What a daemon tells of the use of its models: counts, times, and how far inputs have drifted."""

import csv
import math
import threading

from daemon import ROOT, expect

INPUTS = ["species", "bill_length_mm", "bill_depth_mm", "body_mass_g"]
SLIGHT, LARGE = 0.1, 0.25


def penguins():
    with open(ROOT / "examples" / "penguins.csv") as file:
        return [row for row in csv.DictReader(file) if "NA" not in row.values() and "" not in row.values()]


def instance(row):
    return {name: row[name] if name == "species" else float(row[name]) for name in INPUTS}


def train(client):
    dataset = client.upload(ROOT / "examples" / "penguins.csv")["id"]
    client.train(model="sex", dataset=dataset, target="sex", features=INPUTS, missing="drop")


def usage(client, path="sex"):
    return expect(client.get(f"/v1/models/{path}/usage"), 200)


def drift(client):
    found = usage(client)["drift"]
    return {entry["name"]: entry for entry in found["inputs"]} | {"max": found["max_psi"], "rows": found["rows"]}


def test_the_rows_of_the_fit_do_not_drift_and_half_of_them_do(client):
    train(client)
    rows = penguins()
    for row in rows:
        client.predict("sex", instances=[instance(row)])
    same = drift(client)
    assert same["rows"] == len(rows)
    assert same["max"] < 0.01
    for entry in (same[name] for name in INPUTS):
        for share in ("fit", "now"):
            assert math.isclose(math.fsum(part[share] for part in entry["bins"]), 1)
    for row in rows * 3:
        if row["species"] == "Gentoo":
            client.predict("sex", instances=[instance(row)])
    moved = drift(client)
    assert moved["species"]["psi"] > LARGE and moved["body_mass_g"]["psi"] > SLIGHT
    gentoo = next(part for part in moved["species"]["bins"] if part["level"] == "Gentoo")
    n_gentoo = sum(row["species"] == "Gentoo" for row in rows)
    assert gentoo["now"] == 4 * n_gentoo / (len(rows) + 3 * n_gentoo)


def samples(client, family):
    """{labels: value} of a metric, as Prometheus would read it."""
    lines = client.get("/metrics").text.splitlines()
    found = [line.rsplit(" ", 1) for line in lines if line.startswith((family + "{", family + " "))]
    return {name[len(family) :]: float(value) for name, value in found}


def test_no_request_of_many_threads_is_lost(daemon, client):
    train(client)
    row = instance(penguins()[0])

    def ask():
        mine = daemon.client()
        for _ in range(50):
            mine.predict("sex", instances=[row, row])
            expect(mine.post("/v1/models/sex/predict", json={"rows": [["Gentoo", "?", 1, 1]]}), 422)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = usage(client, "sex/versions/1")
    assert found["requests"] == {"answered": 400, "failed": 400}
    assert found["rows"] == 800
    assert found["latency"][-1] == {"up_to_seconds": None, "answered": 400}
    assert 0 < found["drift"]["rows"] <= 800
    version = 'model="sex",version="1"'
    assert samples(client, "logitd_model_requests_total") == {
        f'{{{version},outcome="answered"}}': 400,
        f'{{{version},outcome="failed"}}': 400,
    }
    assert samples(client, "logitd_model_request_duration_seconds_count") == {f"{{{version}}}": 400}
    assert samples(client, "logitd_http_request_duration_seconds_count")['{route="predict_model"}'] == 800
    assert 0 < samples(client, "logitd_model_age_seconds")[f"{{{version}}}"] < 600
    assert samples(client, "logitd_fit_seconds_count") == {"": 1}
    assert samples(client, "process_resident_memory_bytes")[""] > 1e6


def test_a_restart_begins_anew_and_keeps_what_is_compared_with(daemon, client):
    train(client)
    row = instance(penguins()[0])
    client.predict("sex", instances=[row])
    before = usage(client)
    assert before["requests"]["answered"] == 1
    daemon.restart()
    after = usage(daemon.client())
    assert after["requests"]["answered"] == 0 and after["last_answered_at"] is None
    assert after["since"] > before["since"]
    fit = [[part["fit"] for part in entry["bins"]] for entry in before["drift"]["inputs"]]
    assert fit == [[part["fit"] for part in entry["bins"]] for entry in after["drift"]["inputs"]]
