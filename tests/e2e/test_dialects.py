"""Real models asked in the shapes of other servers, as their stock clients write to the wire.

The forms are recorded from the clients' sources and documents, which are too large to install here:
- TensorFlow Serving: tensorflow/serving, tensorflow_serving/g3doc/api_rest.md (curl -d).
- KServe V1: kserve/kserve, python/kserve/kserve/inference_client.py (InferenceRESTClient, orjson).
- MLflow: mlflow/mlflow, mlflow/pyfunc/scoring_server/client.py and mlflow/deployments (dump_input_data), which
  writes json.dumps of a DataFrame's to_dict(orient="split"); CSV by DataFrame.to_csv().
- SageMaker: aws/sagemaker-python-sdk, sagemaker/serializers.py (CSVSerializer, JSONLinesSerializer,
  JSONSerializer) and deserializers.py, with the headers of InvokeEndpoint.
- Vertex AI: "Custom container requirements for prediction".
What each answers is held against the native prediction of the same rows.
"""

import csv
import hashlib
import io
import json
import math
import subprocess

import pytest

from daemon import BINARY, clean_environment, expect
from test_real_files import FILES

JSON = {"Content-Type": "application/json"}
CURL = {"Content-Type": "application/x-www-form-urlencoded"}
N_ROWS = 25


class Served:
    """A model, rows of its data, and what the native path predicts of them."""

    def __init__(self, client, name, inputs, rows):
        self.name = name
        self.names = [entry["name"] for entry in inputs]
        self.rows = rows
        self.client = client
        self.native = client.predict(name, rows=rows)["predictions"]
        self.classes = client.model(name)["classes"]

    @property
    def by_name(self):
        return [dict(zip(self.names, row)) for row in self.rows]

    @property
    def columns(self):
        return {name: [row[i] for row in self.rows] for i, name in enumerate(self.names)}

    @property
    def labels(self):
        return [row["label"] for row in self.native]

    @property
    def probabilities(self):
        return [[row["probability"][c] for c in self.classes] for row in self.native]


def cells_of(line, inputs):
    """Cells of a line of CSV, as a DataFrame has them: numbers, texts, None."""
    cells = []
    for entry in inputs:
        text = line[entry["name"]].strip()
        missing = text in ("", "NA", "NaN", "?")
        cells.append(None if missing else float(text) if entry["type"] == "numeric" else text)
    return cells


def prepare(client, key, name=None):
    """The model of one of the real files, and the first of its rows."""
    file = FILES[key]
    text = file.bytes().decode()
    dataset = client.upload(text, **file.query)
    client.train(model=name or key, dataset=dataset["id"], target=file.target, **file.request)
    inputs = client.model(name or key)["schema"]["inputs"]
    names = [column["name"] for column in dataset["columns"]]
    reader = csv.reader(io.StringIO(text), skipinitialspace=True)
    lines = [dict(zip(names, line)) for line in reader][0 if file.query else 1 :][:N_ROWS]
    return Served(client, name or key, inputs, [cells_of(line, inputs) for line in lines])


@pytest.fixture(scope="module")
def client(module_daemons):
    client = module_daemons.start("--invocations-model", "adult").client()
    yield client
    client.close()


@pytest.fixture(scope="module")
def adult(client):
    """Two classes; numbers and categories, some missing as a level of their own."""
    return prepare(client, "adult")


@pytest.fixture(scope="module")
def penguins(client):
    """Three classes; a missing number is the mean."""
    return prepare(client, "penguins")


@pytest.fixture(scope="module")
def numbers(client):
    """A number by numbers."""
    rows = [[x, x * x % 7, 3 * x - 2 * (x * x % 7) + 1] for x in range(40)]
    client.train(model="numbers", target="y", family="gaussian", data={"columns": ["a", "b", "y"], "rows": rows})
    return [row[:2] for row in rows], [row[2] for row in rows]


@pytest.fixture(scope="module", params=["adult", "penguins"])
def served(request):
    return request.getfixturevalue(request.param)


def near(found, expected):
    assert len(found) == len(expected)
    assert all(math.isclose(a, b, rel_tol=0, abs_tol=1e-12) for a, b in zip(found, expected))


# --- TensorFlow Serving and KServe V1 ---


def tensorflow(client, path, **body):
    """As curl -d sends it; Python writes NaN for what is missing."""
    return expect(client.post(f"/v1/models/{path}", data=json.dumps(body), headers=CURL), 200)


def test_rows_and_columns_of_tensorflow_are_the_native_ones(client, served):
    by_rows = tensorflow(client, f"{served.name}:predict", instances=served.by_name)["predictions"]
    assert [row["label"] for row in by_rows] == served.labels
    assert [row["probability"] for row in by_rows] == served.probabilities
    for inputs in (served.columns, served.rows):
        outputs = tensorflow(client, f"{served.name}:predict", inputs=inputs)["outputs"]
        assert outputs["label"] == served.labels
        assert outputs["probability"] == served.probabilities


def test_missing_cells_are_nan_in_tensorflow(client, penguins):
    rows = [[math.nan if cell is None else cell for cell in row] for row in penguins.rows]
    assert any(cell is None for row in penguins.rows for cell in row)
    answer = tensorflow(client, "penguins:predict", signature_name="label", instances=rows)
    assert answer == {"predictions": penguins.labels}


def test_classify_tells_all_classes(client, served):
    results = tensorflow(client, f"{served.name}:classify", examples=served.by_name)["results"]
    expected = [[list(pair) for pair in zip(served.classes, row)] for row in served.probabilities]
    assert results == expected


def test_regress_tells_numbers(client, adult, numbers):
    rows, values = numbers
    examples = [{"b": row[1]} | {"a": [row[0]]} for row in rows]
    near(tensorflow(client, "numbers:regress", examples=examples)["results"], values)
    positive = client.model("adult")["positive"]
    results = tensorflow(client, "adult:regress", examples=adult.by_name)["results"]
    assert results == [row["probability"][positive] for row in adult.native]


def test_tensorflow_tells_status_and_signatures(client, adult):
    status = client.model("adult")["model_version_status"]
    assert status == [{"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}]
    metadata = expect(client.get("/v1/models/adult/versions/1/metadata"), 200)
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert list(signature["inputs"]) == adult.names
    assert list(signature["outputs"]) == ["label", "probability", "log_odds"]


def kserve(client, name, verb, instances):
    return client.post(f"/v1/models/{name}:{verb}", data=json.dumps({"instances": instances}).encode(), headers=JSON)


def test_kserve_predicts_and_explains(client, served):
    assert served.name in expect(client.get("/v1/models"), 200)["models"]
    ready = expect(client.get(f"/v1/models/{served.name}"), 200)
    assert (ready["name"], ready["ready"]) == (served.name, True)
    predictions = expect(kserve(client, served.name, "predict", served.rows), 200)["predictions"]
    answer = expect(kserve(client, served.name, "explain", served.rows), 200)
    assert answer["predictions"] == predictions
    for prediction, explanation in zip(predictions, answer["explanations"]):
        if "log_odds" in prediction:
            total = explanation["bias"] + sum(explanation["contributions"].values())
            assert math.isclose(total, prediction["log_odds"], abs_tol=1e-9)
            continue
        for k, name in enumerate(served.classes):
            total = explanation["bias"][name] + sum(explanation["contributions"][name].values())
            assert math.isclose(total, prediction["logits"][k], abs_tol=1e-9)


# --- MLflow and SageMaker ---


def invoke(client, body, content_type, **headers):
    headers = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/invocations", data=body.encode(), headers=headers)


def mlflow(client, **body):
    """json.dumps: NaN where pandas has a missing cell."""
    return expect(invoke(client, json.dumps(body), "application/json; charset=utf-8"), 200)


def with_nan(row):
    return [math.nan if cell is None else cell for cell in row]


def test_all_forms_of_mlflow_are_answered_with_labels(client, adult):
    data = [with_nan(row) for row in adult.rows]
    split = {"index": list(range(N_ROWS)), "columns": adult.names, "data": data}
    records = [dict(zip(adult.names, row)) for row in data]
    columns = {name: [row[i] for row in data] for i, name in enumerate(adult.names)}
    expected = {"predictions": adult.labels}
    assert mlflow(client, dataframe_split=split) == expected
    assert mlflow(client, dataframe_records=records) == expected
    assert mlflow(client, instances=records) == expected
    assert mlflow(client, inputs=columns) == expected
    assert mlflow(client, inputs=columns, params={"output": ["probability"]})["predictions"] == adult.probabilities


def csv_of(rows, header=None, index=False):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if header:
        writer.writerow([""] * index + header)
    for i, row in enumerate(rows):
        writer.writerow([i] * index + ["" if cell is None else cell for cell in row])
    return out.getvalue()


def test_csv_of_mlflow_has_a_header(client, adult):
    for index in (False, True):
        text = csv_of(adult.rows, header=adult.names, index=index)
        assert expect(invoke(client, text, "text/csv"), 200) == {"predictions": adult.labels}


def test_sagemaker_is_answered_with_scores(client, adult):
    positive = client.model("adult")["positive"]
    scores = [row["probability"][positive] for row in adult.native]
    expected = [{"score": s, "predicted_label": l} for s, l in zip(scores, adult.labels)]
    features = [{"features": row} for row in adult.rows]
    answer = expect(invoke(client, json.dumps({"instances": features}), "application/json"), 200)
    assert answer == {"predictions": expected}
    lines = "\n".join(json.dumps(row) for row in features) + "\n"
    attributes = {"X_Amzn_SageMaker_Custom_Attributes": "trace=1", "X_Amzn_SageMaker_Target_Variant": "a"}
    answer = invoke(client, lines, "application/jsonlines", Accept="application/jsonlines", **attributes)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/jsonlines"
    assert [json.loads(line) for line in answer.text.splitlines()] == expected
    answer = invoke(client, csv_of(adult.rows), "text/csv", Accept="text/csv")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/csv"
    assert [float(line) for line in answer.text.splitlines()] == scores


def test_the_probes_of_mlflow_and_sagemaker(client, adult):
    for path in ("/ping", "/health"):
        assert client.get(path).status_code == 200
    assert client.get("/version").text == expect(client.get("/v1/version"), 200)["version"]


# --- what is wrong, in each shape ---


def test_bad_data_is_refused_in_each_shape(client, adult):
    row = list(adult.rows[0])
    wrong = [["many", *row[1:]], row[:3], [*row[:1], "Martian", *row[2:]]]
    first, second = adult.names[:2]
    answer = client.post("/v1/models/adult:predict", json={"instances": wrong})
    assert answer.status_code == 400 and list(answer.json()) == ["error"]
    for place in ("/instances/0/0", "/instances/1", "/instances/2/1"):
        assert place in answer.json()["error"]
    assert "many" not in answer.text and "Martian" not in answer.text
    answer = invoke(client, json.dumps({"dataframe_split": {"columns": adult.names, "data": wrong}}), "application/json")
    assert answer.status_code == 400 and answer.json()["error_code"] == "BAD_REQUEST"
    assert "/dataframe_split/data/2/1" in answer.json()["message"]
    answer = invoke(client, csv_of(wrong[::2]), "text/csv")
    assert answer.status_code == 400
    assert f"row 1, column {first}" in answer.json()["message"]
    assert f"row 2, column {second}" in answer.json()["message"]
    answer = client.post("/v1/models/adult:predict", data='{"instances":[[Infinity]]}', headers=CURL)
    assert answer.status_code == 400 and "not finite" in answer.json()["error"]
    assert client.post("/v1/models/nobody:predict", json={"instances": [[1]]}).json() == {
        "error": "there is no model nobody"
    }


# --- Vertex ---

AIP = {
    "AIP_HTTP_PORT": "8080",
    "AIP_PREDICT_ROUTE": "/aip/predict",
    "AIP_HEALTH_ROUTE": "/aip/health",
    "AIP_STORAGE_URI": "gs://somebody/else",
}
VERTEX_DEFAULT = "/v1/endpoints/123/deployedModels/456"


@pytest.fixture(scope="module")
def vertex(module_daemons):
    """As in a container of Vertex AI, but for the port, which a test finds free."""
    environment = AIP | {"LOGITD_NO_AUTH": "true", "LOGITD_INVOCATIONS_MODEL": "penguins@live"}
    client = module_daemons.start(environment=environment).client()
    yield client
    client.close()


def test_vertex_asks_at_the_paths_of_its_variables(vertex):
    for path in ("/aip/health", VERTEX_DEFAULT):
        assert vertex.get(path).status_code == 404
    model = prepare(vertex, "penguins")
    expect(vertex.put("/v1/models/penguins/aliases/live", json={"version": 1}), 201)
    for path in ("/aip/health", VERTEX_DEFAULT):
        assert vertex.get(path).status_code == 200
    for path in ("/aip/predict", f"{VERTEX_DEFAULT}:predict"):
        answer = expect(vertex.post(path, json={"instances": model.rows}), 200)
        assert [row["label"] for row in answer["predictions"]] == model.labels
        body = {"instances": model.by_name, "parameters": {"output": ["probability"]}}
        assert expect(vertex.post(path, json=body), 200) == {"predictions": model.probabilities}
    answer = vertex.post("/aip/predict", json={"instances": [["x"]], "parameters": {"k": 1}})
    assert answer.status_code == 400
    assert "/parameters/k" in answer.json()["error"] and "/instances/0" in answer.json()["error"]
    answer = vertex.get("/aip/predict")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def start_refused(environment, *options):
    """What a start without --listen says that fails."""
    done = subprocess.run(
        [BINARY, *options], env=clean_environment(**environment), capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 78, done.stderr
    return done.stderr


def test_the_port_of_vertex_opens_no_door(tmp_path):
    data = {"LOGITD_DATA": str(tmp_path / "data")}
    assert "--no-auth" in start_refused(data | {"AIP_HTTP_PORT": "8080"})
    assert "AIP_HTTP_PORT" in start_refused(data | {"AIP_HTTP_PORT": "http"})
    assert "AIP_PREDICT_ROUTE" in start_refused(data | {"AIP_PREDICT_ROUTE": "predict"})


# --- keys and sizes, in each shape ---

SHAPES = {
    "/v1/models/m:predict": ("error", {"instances": [[1]]}),
    "/v1/models/m/versions/1:classify": ("error", {"examples": [{"x": 1}]}),
    "/v1/models/m:explain": ("error", {"instances": [[1]]}),
    "/invocations": ("message", {"inputs": [[1]]}),
    "/aip/predict": ("error", {"instances": [[1]]}),
}


@pytest.fixture(scope="module")
def locked(module_daemons, tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    keys = [
        {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "scopes": [name]}
        for name in ("predict", "train")
    ]
    path.write_text(json.dumps({"keys": keys}))
    options = ["--api-keys", path, "--max-body", "64K", "--invocations-model", "m"]
    daemon = module_daemons.start(*options, environment=AIP)
    rows = [[0, 0], [1, 0], [2, 1], [3, 0], [4, 1], [5, 1]]
    job = {"model": "m", "target": "y", "data": {"columns": ["x", "y"], "rows": rows}}
    daemon.client("train").submit(wait=50, **job)
    return daemon


@pytest.mark.parametrize("path", SHAPES)
def test_keys_and_sizes_are_refused_in_each_shape(locked, path):
    member, body = SHAPES[path]
    assert locked.client("predict").post(path, json=body).status_code == 200
    large = {"data": "[" * 65537, "headers": JSON}
    for client, sent, status in (
        (locked.client(), {"json": body}, 401),
        (locked.client("unknown"), {"json": body}, 401),
        (locked.client("train"), {"json": body}, 403),
        (locked.client("predict"), large, 413),
    ):
        answer = client.post(path, **sent)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json()[member]
    if path == "/invocations":
        assert locked.client().post(path, json=body).json()["error_code"] == "UNAUTHENTICATED"
        assert locked.client("train").post(path, json=body).json()["error_code"] == "PERMISSION_DENIED"


def test_probes_need_no_key(locked):
    for path in ("/ping", "/health", "/version", "/aip/health"):
        assert locked.client().get(path).status_code == 200
