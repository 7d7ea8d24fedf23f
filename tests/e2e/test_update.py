"""Learning online, over HTTP and on real data: streams of rows, writers at once, kill -9, repair."""

import csv
import io
import json
import lzma
import os
import random
import subprocess
import threading
import time
from pathlib import Path

import pytest
import requests

from daemon import BINARY, ROOT, clean_environment, expect

DATA = Path(os.environ.get("LOGITD_TEST_DATA", ROOT.parent / "shared" / "data"))
CYCLES = int(os.environ.get("LOGITD_UPDATE_CYCLES", 12))
ADULT = (
    "age,workclass,fnlwgt,education,education_num,marital_status,occupation,relationship,race,sex,"
    "capital_gain,capital_loss,hours_per_week,native_country,income"
).split(",")
NUMBERS = {"age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week"}


def data(path):
    """The text of a file of the data sets, unpacked; skips where it is not there."""
    file = DATA / path
    if not file.exists():
        pytest.skip(f"{path} is not there")
    content = file.read_bytes()
    return (lzma.decompress(content) if file.suffix == ".xz" else content).decode()


def update(client, model, headers=None, **body):
    return expect(client.post(f"/v1/models/{model}/update", json=body, headers=headers), 200)


def publish(client, model):
    return expect(client.post(f"/v1/models/{model}/update/publish"), 201)


def evaluate(client, model, **body):
    return expect(client.post(f"/v1/models/{model}/evaluate", json=body), 200)


def as_csv(names, rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([names, *rows])
    return out.getvalue()


def pieces(rows, n):
    return [rows[i : i + n] for i in range(0, len(rows), n)]


# --- streams of real rows ---


def adult():
    """Its rows without unknown cells, whose text would be a missing one in an upload."""
    rows = list(csv.reader(io.StringIO(data("adult/adult-train.csv.xz")), skipinitialspace=True))
    return [row for row in rows if len(row) == len(ADULT) and "?" not in row]


def cells(row):
    return [float(cell) if name in NUMBERS else cell for name, cell in zip(ADULT, row)]


def test_a_stream_of_raw_columns_comes_near_the_fit_of_all_rows(client):
    """Columns of units from 1 to 10⁶ and six categories; the first 500 rows are fitted to."""
    rows = adult()
    first, stream, others = rows[:500], rows[500:20000], rows[20000:26000]
    levels = [{row[i] for row in first} for i in range(len(ADULT))]

    def is_known(row):
        return all(name in NUMBERS or row[i] in levels[i] for i, name in enumerate(ADULT))

    stream, others = [list(filter(is_known, part)) for part in (stream, others)]
    ignored = {"columns": {"fnlwgt": {"type": "ignore"}}, "target": "income", "penalty": {"l2": 1e-3}}
    few = client.upload(as_csv(ADULT, first))["id"]
    all_rows = client.upload(as_csv(ADULT, first + stream))["id"]
    judges = client.upload(as_csv(ADULT, others))["id"]
    client.train(model="stream", dataset=few, **ignored)
    client.train(model="batch", dataset=all_rows, **ignored)
    names = [name for name in ADULT if name != "fnlwgt"]
    started = evaluate(client, "stream", dataset=judges)["log_loss"]
    for piece in pieces(stream, 500):
        sent = [[cell for name, cell in zip(ADULT, cells(row)) if name != "fnlwgt"] for row in piece]
        told = update(client, "stream", columns=names, rows=sent, batch_size=20, l2=1e-5)
    assert told["n_rows"] == len(stream)
    assert told["n_steps"] == sum(-(-len(piece) // 20) for piece in pieces(stream, 500))
    assert publish(client, "stream")["version"] == 2
    learnt = evaluate(client, "stream/versions/2", dataset=judges)["log_loss"]
    best = evaluate(client, "batch", dataset=judges)["log_loss"]
    assert best < started
    assert learnt < best + 0.3 * (started - best), (started, learnt, best)
    # Rows were scored before they were learnt from: the mean is near what others say.
    assert abs(told["recent_loss"] - learnt) < 0.05, (told, learnt)
    fit = client.model("stream/versions/2")["fit"]
    assert fit["online"]["loss"] == told["loss"]
    assert (fit["converged"], fit["log_likelihood"], fit["warm_start"]) == (False, None, "stream/1")


def test_sparse_rows_are_learnt_from(client):
    """a9a, 123 columns of zeros and ones; what an instance does not have is 0."""
    lines = data("a9a/a9a.xz").splitlines()
    client.train(
        model="sparse",
        dataset=client.upload("\n".join(lines[:1000]) + "\n", "text/x-libsvm")["id"],
        target="label",
        penalty={"l2": 1e-2},
    )
    known = {entry["name"] for entry in client.model("sparse", include="inputs")["schema"]["inputs"]}
    judges = client.upload("\n".join(lines[20000:26000]) + "\n", "text/x-libsvm")["id"]
    started = evaluate(client, "sparse", dataset=judges)["log_loss"]
    instances, labels = [], []
    for line in lines[1000:20000]:
        label, *entries = line.split()
        labels.append(int(label))
        pairs = (entry.split(":") for entry in entries)
        instances.append({name: float(value) for name, value in pairs if name in known})
    for rows, told in zip(pieces(instances, 1000), pieces(labels, 1000)):
        update(client, "sparse", instances=rows, labels=told, batch_size=50)
    publish(client, "sparse")
    learnt = evaluate(client, "sparse/versions/2", dataset=judges)
    assert learnt["log_loss"] < started - 0.005, (started, learnt["log_loss"])
    assert learnt["accuracy"] > 0.84


def test_passes_over_iris_come_to_its_three_classes(client):
    names = ["a", "b", "c", "d", "species"]
    rows = [row for row in csv.reader(io.StringIO(data("iris/iris.csv"))) if row]
    random.Random(1).shuffle(rows)
    dataset = client.upload(as_csv(names, rows))["id"]
    client.train(model="iris", dataset=dataset, target="species", penalty={"l2": 10})
    client.train(model="best", dataset=dataset, target="species", penalty={"l2": 0.01})
    for seed in range(60):
        random.Random(seed).shuffle(rows)
        told = update(
            client,
            "iris",
            columns=names,
            rows=[[*map(float, row[:4]), row[4]] for row in rows],
            batch_size=10,
            l2=0.01,
            learning_rate={"initial": 1},
        )
    publish(client, "iris")
    learnt, best = (evaluate(client, name, dataset=dataset)["log_loss"] for name in ("iris", "best"))
    assert learnt < best + 0.01, (learnt, best)
    assert told["call"]["accuracy"] > 0.95


# --- the same bits ---


def test_two_daemons_that_hear_the_same_make_the_same_version(daemons):
    """One of them is stopped or killed between calls."""
    names = ["x", "g"]
    rng = random.Random(7)
    rows = [[rng.uniform(-1e5, 1e5), rng.choice("abc")] for _ in range(400)]
    labels = [int(x / 1e5 + rng.gauss(0, 1) > (g == "b")) for x, g in rows]
    text = as_csv([*names, "y"], [[*row, label] for row, label in zip(rows, labels)])
    made = []
    for ends in (False, True):
        daemon = daemons.start()
        client = daemon.client()
        client.train(model="m", dataset=client.upload(text)["id"], target="y")
        for i, (some, told) in enumerate(zip(pieces(rows, 40), pieces(labels, 40))):
            update(client, "m", columns=names, rows=some, labels=told, batch_size=7)
            if ends:
                daemon.kill() if i % 2 else daemon.stop()
                client = daemon.start().client()
        publish(client, "m")
        made.append(client.model("m/versions/2")["sha256"])
    assert made[0] == made[1]


# --- many writers, and an end in between ---

ROWS = {"columns": ["x", "y"], "rows": [[0.25, 0], [-1.5, 1]]}
CSV = "x,y\n" + "".join(f"{i},{i * 31 % 7 % 2}\n" for i in range(100))


def test_eight_writers_at_once_are_all_heard_while_predictions_go_on(daemon, client):
    client.train(model="m", dataset=client.upload(CSV)["id"], target="y")
    before = client.predict("m", rows=[[1]])
    failures, done = [], threading.Event()

    def write():
        with requests.Session() as session:
            for _ in range(25):
                answer = session.post(f"{daemon.url}/v1/models/m/update", json=ROWS)
                if answer.status_code != 200:
                    failures.append(answer.text)

    def read():
        with requests.Session() as session:
            while not done.is_set():
                answer = session.post(f"{daemon.url}/v1/models/m/predict", json={"rows": [[1]]})
                if answer.json() != before:
                    failures.append(answer.text)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write) for _ in range(8)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert failures == []
    copy = expect(client.get("/v1/models/m/update"), 200)
    assert (copy["revision"], copy["n_rows"], copy["n_steps"]) == (200, 400, 200)


def test_of_two_who_mean_the_same_revision_one_is_heard(daemon, client):
    client.train(model="m", dataset=client.upload(CSV)["id"], target="y")
    tag = client.post("/v1/models/m/update", json=ROWS).headers["ETag"]
    statuses = []

    def write():
        headers = {"If-Match": tag}
        statuses.append(requests.post(f"{daemon.url}/v1/models/m/update", json=ROWS, headers=headers).status_code)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [412] * 7


class Writer(threading.Thread):
    """Streams calls to a model of its own until the daemon is gone; sends again, with its key, what
    was not answered."""

    def __init__(self, number):
        super().__init__()
        self.model = f"m{number}"
        self.n_rows = 0  # acknowledged
        self.serial = 0
        self.pending = None  # key and body of the call that was not answered
        self.url = None

    def restart(self, url):
        again = Writer(self.model[1:])
        again.n_rows, again.serial, again.pending, again.url = self.n_rows, self.serial, self.pending, url
        again.start()
        return again

    def run(self):
        rng = random.Random(self.serial)
        try:
            with requests.Session() as session:
                while True:
                    if self.pending is None:
                        self.serial += 1
                        rows = [[rng.random(), rng.randrange(2)] for _ in range(rng.randrange(1, 30))]
                        self.pending = f"{self.model}-{self.serial}", {"columns": ["x", "y"], "rows": rows}
                    key, body = self.pending
                    answer = session.post(
                        f"{self.url}/v1/models/{self.model}/update",
                        data=json.dumps(body),
                        headers={"Content-Type": "application/json", "Idempotency-Key": key},
                        timeout=60,
                    )
                    if answer.status_code != 200:
                        raise AssertionError(answer.text)
                    self.n_rows += len(body["rows"])
                    assert answer.json()["n_rows"] == self.n_rows, answer.text
                    self.pending = None
        except requests.RequestException:
            pass


def test_what_was_acknowledged_is_there_after_kills_and_learnt_once(daemons):
    daemon = daemons.start()
    client = daemon.client()
    dataset = client.upload(CSV)["id"]
    writers = [Writer(number) for number in range(4)]
    for writer in writers:
        client.train(model=writer.model, dataset=dataset, target="y")
    for cycle in range(CYCLES):
        writers = [writer.restart(daemon.url) for writer in writers]
        time.sleep(0.05 + 0.25 * random.Random(cycle).random())
        daemon.kill()
        for writer in writers:
            writer.join()
        client = daemon.start().client()
        for writer in writers:
            answer = client.get(f"/v1/models/{writer.model}/update")
            found = answer.json()["n_rows"] if answer.status_code == 200 else 0
            in_doubt = len(writer.pending[1]["rows"]) if writer.pending else 0
            assert found in (writer.n_rows, writer.n_rows + in_doubt), (writer.model, found, writer.n_rows)
    assert all(writer.n_rows > 0 for writer in writers)
    assert client.get("/readyz").status_code == 200


# --- repair, and the end ---


def run(command, data):
    return subprocess.run(
        [BINARY, command, "--data", data], env=clean_environment(), capture_output=True, text=True, timeout=60
    )


def test_check_and_rebuild_know_working_copies(daemons):
    daemon = daemons.start()
    client = daemon.client()
    client.train(model="m", dataset=client.upload(CSV)["id"], target="y")
    for _ in range(3):
        update(client, "m", **ROWS)
    before = expect(client.get("/v1/models/m/update"), 200)
    daemon.stop()
    assert run("check", daemon.data).returncode == 0
    done = run("rebuild", daemon.data)
    assert done.returncode == 0, done.stderr
    client = daemon.start().client()
    assert expect(client.get("/v1/models/m/update"), 200) == before
    assert update(client, "m", **ROWS)["n_rows"] == 8
    assert len(list(daemon.data.glob("blobs/*.blob"))) == 3  # dataset, version, copy
    assert client.delete("/v1/models/m").status_code == 204
    assert len(list(daemon.data.glob("blobs/*.blob"))) == 1


def test_a_damaged_copy_is_told_and_thrown_away(daemons):
    daemon = daemons.start()
    client = daemon.client()
    client.train(model="m", dataset=client.upload(CSV)["id"], target="y")
    blobs = set(daemon.data.glob("blobs/*.blob"))
    update(client, "m", **ROWS)
    daemon.stop()
    (blob,) = set(daemon.data.glob("blobs/*.blob")) - blobs
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)
    client = daemon.start().client()
    answer = client.post("/v1/models/m/update", json=ROWS)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert client.get("/v1/models/m/update").status_code == 409
    assert client.post("/v1/models/m/update/publish").status_code == 409
    assert client.predict("m", rows=[[1]])["version"] == 1
    assert update(client, "m", **ROWS, reset=True)["n_rows"] == 2
    assert client.delete("/v1/models/m/update").status_code == 204
