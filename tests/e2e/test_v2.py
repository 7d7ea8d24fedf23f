"""The Open Inference Protocol with the stock client of Triton, tritonclient[http]."""

import gzip
import json
import struct

import numpy as np
import pytest
import requests
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

N_ROWS = 300


def numbers(n=N_ROWS):
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, 3))


@pytest.fixture(scope="module")
def served(module_daemons):
    """A daemon with the models numeric (3 numbers) and mixed (numbers, texts, digits; three classes)."""
    daemon = module_daemons.start()
    client = daemon.client()
    x = numbers()
    y = (x @ [1, -2, 0.5] + np.random.default_rng(2).logistic(size=N_ROWS) > 0).astype(int)
    rows = [[int(k), *map(float, row)] for k, row in zip(y, x)]
    client.train(model="numeric", target="y", data={"columns": ["y", "a", "b", "c"], "rows": rows})
    rows = [["xyz"[i % 3], row[0], ["lo", "hi"][int(row[1] > 0)], i * 7 % 4] for i, row in enumerate(x)]
    client.train(
        model="mixed",
        target="k",
        penalty={"l2": 0.01},
        columns={"digit": {"type": "categorical"}},
        data={"columns": ["k", "a", "text", "digit"], "rows": [[*map(plain, row)] for row in rows]},
    )
    yield daemon
    client.close()


def plain(value):
    return value.item() if isinstance(value, np.generic) else value


@pytest.fixture
def native(served):
    client = served.client()
    yield client
    client.close()


@pytest.fixture
def client(served):
    with triton.InferenceServerClient(served.url.removeprefix("http://")) as client:
        yield client


def tensor(name, values, datatype, binary=True):
    made = triton.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def texts(values):
    return [value.decode() if isinstance(value, bytes) else value for value in values]


def matrix(native, model, rows, key):
    """Native probabilities or log-odds of the rows."""
    return native.predict(model, rows=rows, layout="columns")[key]


@pytest.mark.parametrize("packing", [None, "gzip", "deflate"])
@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_predictions_are_those_of_the_native_api_bit_for_bit(client, native, packing, binary_in, binary_out):
    x = numbers()
    names = ["probability", "label", "log_odds"]
    result = client.infer(
        "numeric",
        [tensor("input", x, "FP64", binary_in)],
        outputs=[triton.InferRequestedOutput(name, binary_data=binary_out) for name in names],
        request_id="a\"b",
        request_compression_algorithm=packing,
        response_compression_algorithm=packing,
    )
    rows = x.tolist()
    assert result.as_numpy("probability").tolist() == matrix(native, "numeric", rows, "probability")
    assert result.as_numpy("log_odds").tolist() == matrix(native, "numeric", rows, "log_odds")
    assert texts(result.as_numpy("label")) == matrix(native, "numeric", rows, "label")
    response = result.get_response()
    assert response["id"] == 'a"b' and response["model_version"] == "1"


@pytest.mark.parametrize(
    "dtype, datatype",
    [(np.float32, "FP32"), (np.float16, "FP16"), (np.int64, "INT64"), (np.uint8, "UINT8"), (bool, "BOOL")],
)
@pytest.mark.parametrize("binary", [True, False])
def test_numbers_of_other_datatypes_are_taken_exactly(client, native, dtype, datatype, binary):
    x = (np.abs(numbers(20)) * 3).astype(dtype)
    result = client.infer("numeric", [tensor("input", x, datatype, binary)])
    expected = matrix(native, "numeric", x.astype(float).tolist(), "log_odds")
    assert result.as_numpy("log_odds").tolist() == expected


@pytest.mark.parametrize("binary", [True, False])
def test_a_model_with_categories_takes_a_tensor_for_each_input(client, native, binary):
    a = np.array([[0.5], [-1], [2]])
    text = np.array([b"hi", b"lo", b"lo"], dtype=object)
    digit = np.array([3, 0, 1])
    expected = [[x, t.decode(), d] for x, t, d in zip(a[:, 0].tolist(), text, digit.tolist())]
    for made in (tensor("digit", digit, "INT64", binary), tensor("digit", digit.astype(str).astype(object), "BYTES", binary)):
        result = client.infer("mixed", [made, tensor("text", text, "BYTES", binary), tensor("a", a, "FP64")])
        assert result.as_numpy("logits").tolist() == matrix(native, "mixed", expected, "logits")
        assert result.as_numpy("probability").shape == (3, 3)
        assert texts(result.as_numpy("label")) == matrix(native, "mixed", expected, "label")


def test_classification_tells_the_greatest_values(client, native):
    x = numbers(10)
    wanted = triton.InferRequestedOutput("probability", class_count=2)
    found = client.infer("numeric", [tensor("input", x, "FP64")], outputs=[wanted]).as_numpy("probability")
    expected = matrix(native, "numeric", x.tolist(), "probability")
    assert found.shape == (10, 2)
    for row, probabilities in zip(found, expected):
        order = sorted(range(2), key=lambda k: -probabilities[k])
        parts = [value.decode().split(":") for value in row]
        assert [(float(value), int(index), label) for value, index, label in parts] == [
            (probabilities[k], k, str(k)) for k in order
        ]


def test_a_raw_request_is_the_numbers_alone(served, native):
    x = numbers(7)
    answer = requests.post(
        f"{served.url}/v2/models/numeric/infer",
        data=x.astype("<f8").tobytes(),
        headers={"Inference-Header-Content-Length": "0", "Accept-Encoding": "identity"},
    )
    assert answer.status_code == 200
    n = int(answer.headers["Inference-Header-Content-Length"])
    outputs = json.loads(answer.content[:n])["outputs"]
    assert [output["name"] for output in outputs] == ["label", "probability", "log_odds"]
    found = np.frombuffer(answer.content[-56:], "<f8").tolist()
    assert found == matrix(native, "numeric", x.tolist(), "log_odds")


def test_health_metadata_and_configuration_are_told(client, served):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("numeric") and client.is_model_ready("numeric", "1")
    assert not client.is_model_ready("none") and not client.is_model_ready("numeric", "2")
    assert {"binary_tensor_data", "classification", "statistics"} <= set(client.get_server_metadata()["extensions"])
    metadata = client.get_model_metadata("numeric")
    assert metadata["versions"] == ["1"]
    assert metadata["inputs"] == [{"name": "input", "datatype": "FP64", "shape": [-1, 3]}]
    assert metadata["outputs"] == [
        {"name": "label", "datatype": "BYTES", "shape": [-1]},
        {"name": "probability", "datatype": "FP64", "shape": [-1, 2]},
        {"name": "log_odds", "datatype": "FP64", "shape": [-1]},
    ]
    mixed = client.get_model_metadata("mixed", "1")
    assert [(t["name"], t["datatype"]) for t in mixed["inputs"]] == [("a", "FP64"), ("text", "BYTES"), ("digit", "BYTES")]
    config = client.get_model_config("mixed")
    assert [t["data_type"] for t in config["input"]] == ["TYPE_FP64", "TYPE_STRING", "TYPE_STRING"]


def test_the_repository_lists_what_is_served_and_loads_nothing(client):
    index = client.get_model_repository_index()
    assert {(entry["name"], entry["version"], entry["state"]) for entry in index} == {
        ("numeric", "1", "READY"),
        ("mixed", "1", "READY"),
    }
    client.load_model("numeric")
    client.unload_model("numeric")
    assert client.is_model_ready("numeric")
    for call in (client.load_model, client.unload_model):
        with pytest.raises(InferenceServerException, match="no such model"):
            call("none")
    with pytest.raises(InferenceServerException, match="are not taken"):
        client.load_model("numeric", config="{}")


def stats_of(client, model):
    (stats,) = client.get_inference_statistics(model, "1")["model_stats"]
    return stats


def test_statistics_are_true_of_every_dialect(client, native):
    before = stats_of(client, "mixed")
    rows = [[0.5, "hi", 3], [1.5, "lo", 0]]
    native.predict("mixed", rows=rows)
    inputs = [tensor("a", np.ones(5), "FP64"), tensor("text", np.array([b"hi"] * 5, dtype=object), "BYTES")]
    client.infer("mixed", [*inputs, tensor("digit", np.ones(5, dtype=np.int64), "INT64")])
    with pytest.raises(InferenceServerException):
        client.infer("mixed", inputs)
    after = stats_of(client, "mixed")
    assert after["inference_count"] - before["inference_count"] == 7
    assert after["execution_count"] - before["execution_count"] == 2
    assert after["last_inference"] >= before["last_inference"]
    for key, n in {"success": 2, "fail": 1, "queue": 2, "compute_input": 2, "compute_infer": 2}.items():
        assert after["inference_stats"][key]["count"] - before["inference_stats"][key]["count"] == n
    for key in ("success", "fail", "compute_input", "compute_infer", "compute_output"):
        assert after["inference_stats"][key]["ns"] > before["inference_stats"][key]["ns"]
    listed = client.get_inference_statistics()["model_stats"]
    assert {(entry["name"], entry["version"]) for entry in listed} == {("numeric", "1"), ("mixed", "1")}


@pytest.mark.parametrize(
    "call, status, text",
    [
        (lambda c: c.infer("none", [tensor("input", np.ones((1, 3)), "FP64")]), "404", "no model none"),
        (lambda c: c.infer("numeric", [tensor("input", np.ones((1, 3)), "FP64")], model_version="2"), "404", "version"),
        (lambda c: c.infer("numeric", [tensor("input", np.ones((1, 2)), "FP64")]), "400", r"\[-1,3\]"),
        (lambda c: c.infer("numeric", [tensor("other", np.ones((1, 3)), "FP64")]), "400", "no such input"),
        (lambda c: c.infer("numeric", [tensor("input", np.full((1, 3), np.nan), "FP64")]), "400", "missing"),
        (lambda c: c.infer("numeric", [tensor("input", np.full((1, 3), np.nan), "FP64", False)]), "400", "missing"),
        (lambda c: c.infer("numeric", [tensor("input", np.full((1, 3), np.inf), "FP64")]), "400", "finite"),
        (lambda c: c.infer("mixed", [tensor("a", np.ones(2), "FP64")]), "400", "input text is missing"),
        (lambda c: c.get_model_metadata("none"), "404", "none"),
        (lambda c: c.get_inference_statistics("none"), "404", "none"),
        (lambda c: c.get_system_shared_memory_status(), "404", "no such path"),
    ],
)
def test_the_client_shows_what_is_wrong(client, call, status, text):
    with pytest.raises(InferenceServerException, match=text) as raised:
        call(client)
    assert raised.value.status() == f"[{status}]" or raised.value.status() == status


def test_bad_bodies_are_refused_and_the_daemon_goes_on(served, native):
    url = f"{served.url}/v2/models/numeric/infer"
    text = {"name": "input", "shape": [1, 3], "datatype": "FP64", "parameters": {"binary_data_size": 24}}
    head = json.dumps({"inputs": [text]}).encode()
    bodies = [
        (head + b"\0" * 23, {"Inference-Header-Content-Length": str(len(head))}),
        (head + b"\0" * 25, {"Inference-Header-Content-Length": str(len(head))}),
        (head, {"Inference-Header-Content-Length": str(len(head) + 1)}),
        (b"\0" * 25, {"Inference-Header-Content-Length": "0"}),
        (struct.pack("<d", float("inf")) * 3, {"Inference-Header-Content-Length": "0"}),
        (b"[" * 1_000_000, {}),
        (b'{"inputs":[' + b"{}," * 100_000, {}),
        (b"no gzip", {"Content-Encoding": "gzip"}),
        (gzip.compress(b'{"inputs":[')[:-4], {"Content-Encoding": "gzip"}),
    ]
    for body, headers in bodies:
        answer = requests.post(url, data=body, headers=headers)
        assert answer.status_code == 400, f"{body[:40]}: {answer.status_code} {answer.text}"
        assert list(answer.json()) == ["error"]
    bomb = gzip.compress(b" " * 50_000_000)
    answer = requests.post(url, data=bomb, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 413 and "unpacks" in answer.json()["error"]
    assert native.predict("numeric", rows=[[1, 2, 3]])["predictions"]
