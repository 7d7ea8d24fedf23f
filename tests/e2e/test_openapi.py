"""openapi.yaml against the daemon: it is valid, its examples work, and every answer keeps to it."""

import base64
import json

import pytest
import yaml
from openapi_spec_validator import validate

from openapi import METHODS, Document

DOCUMENT = Document()
OPERATIONS = {operation.id: operation for operation in DOCUMENT.operations()}


def each(accept=lambda operation: True):
    """A test of each operation that is accepted."""
    accepted = [operation for operation in OPERATIONS.values() if accept(operation)]
    return pytest.mark.parametrize("operation", accepted, ids=str)


def takes_a_body(operation):
    return operation.body is not None


def takes_no_body(operation):
    return operation.body is None


def names_something(operation):
    return operation.path_parameters != []


# What must come before something else can be asked for; deletions come last, from the leaf up.
FIRST = ["dataset_create", "job_create", "version_import", "alias_put", "update_model"]
LAST = ["update_delete", "alias_delete", "version_delete", "model_delete", "job_delete", "dataset_delete"]


def test_the_document_is_valid():
    validate(DOCUMENT.document)


def test_every_body_has_an_example_for_each_media_type():
    lacking = [
        f"{operation.id} {media_type}"
        for operation in OPERATIONS.values()
        if operation.body
        for media_type, media in operation.body["content"].items()
        if not media.get("examples")
    ]
    assert not lacking


@each(takes_a_body)
def test_request_examples_keep_to_their_schemas(operation):
    for name, media_type, value in operation.examples():
        if media_type == "application/json":
            body = f"/paths/{operation.path.replace('/', '~1')}/{operation.method}/requestBody"
            if "$ref" in operation.spec["requestBody"]:
                body = operation.spec["requestBody"]["$ref"].removeprefix("#")
            body = body.replace("{", "%7B").replace("}", "%7D")
            errors = DOCUMENT.errors(f"{body}/content/application~1json/schema", value)
            assert not errors, f"{name}: {errors}"


def test_the_daemon_serves_the_document(shared_client):
    answer = shared_client.get("/openapi.yaml")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/yaml"
    assert yaml.safe_load(answer.text) == DOCUMENT.document
    answer = shared_client.get("/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == DOCUMENT.document


# --- the examples, against one daemon ---


def encoded(media_type, value):
    """A body and the headers that tell its type; no body where there is no type."""
    if media_type is None:
        return None, {}
    if media_type == "application/x-npy":
        return base64.b64decode(value), {"Content-Type": media_type}
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode(), {"Content-Type": media_type}


class Session:
    """Sends the examples; knows the ids that the daemon gave in place of those of the document."""

    def __init__(self, client):
        self.client = client
        self.ids = {}

    def real(self, value):
        """A value of the document with the daemon's ids in place of ds_example, ds_words, job_example."""
        text = json.dumps(value)
        for example, real in self.ids.items():
            text = text.replace(example, real)
        return json.loads(text)

    def send(self, operation, example, media_type, value):
        parameters = operation.parameter_examples("path")
        model = operation.model_of_example(media_type, example)
        path = operation.path.format(**self.real(parameters | ({"model": model} if model else {})))
        headers = operation.parameter_examples("header")
        body, content_type = encoded(media_type, self.real(value))
        query = operation.parameter_examples("query")
        response = self.client.request(
            operation.method.upper(), path, params=query, headers=headers | content_type, data=body
        )
        self.remember(operation, example, response)
        return response

    def send_all(self, operation):
        """[(example, answer)] of all examples of its body."""
        return [
            (example, self.send(operation, example, media_type, value))
            for example, media_type, value in operation.examples()
        ]

    def remember(self, operation, example, response):
        if operation.id == "dataset_create":
            self.ids.setdefault("ds_example", response.json()["id"])
            self.ids.setdefault(f"ds_{example}", response.json()["id"])
        if operation.id == "job_create":
            if "dry_run" not in response.json():
                self.ids.setdefault("job_example", response.json()["id"])


@pytest.fixture(scope="module")
def answers(module_daemons):
    """{operation: [(example, answer)]} of all examples, sent in an order that makes sense."""
    session = Session(module_daemons.start("--invocations-model", "admissions").client())
    middle = [name for name in OPERATIONS if name not in FIRST + LAST]
    answers = {name: session.send_all(OPERATIONS[name]) for name in FIRST}
    # What the alias of the document is to admissions, it is to other models of examples, too.
    for model in ("words", "admissions-robust", "iris-imported"):
        alias = f"/v1/models/{model}/aliases/default"
        session.client.put(alias, json={"version": 1}).raise_for_status()
    answers |= {name: session.send_all(OPERATIONS[name]) for name in middle}
    # A second version, so that the model outlives its first one.
    session.send_all(OPERATIONS["job_create"])
    return answers | {name: session.send_all(OPERATIONS[name]) for name in LAST}


@each()
def test_examples_are_answered_with_success_and_as_documented(operation, answers):
    for example, response in answers[operation.id]:
        assert response.status_code < 300, f"{example}: {response.status_code} {response.text}"
        operation.check(response)


def test_jobs_of_the_examples_succeed(answers):
    for example, response in answers["job_create"]:
        assert response.status_code == 200, example
        is_dry = response.json().get("dry_run", False)
        assert is_dry == (example == "dry_run")
        assert is_dry or response.json()["state"] == "succeeded", f"{example}: {response.json()['error']}"


def test_several_aliases_and_versions_are_listed_as_documented(client):
    """Lists with more than a page, a second version and a covariance: what the examples do not reach."""
    rows = [[x, y] for x, y in zip(range(1, 9), [0, 0, 1, 0, 1, 0, 1, 1])]
    data = {"columns": ["x", "y"], "rows": rows}
    for _ in range(3):
        client.train(model="m", target="y", data=data)
    client.put("/v1/models/m/aliases/default", json={"version": 2})
    client.put("/v1/models/m/aliases/next", json={"version": 3})
    for name, path in {
        "model_show": "/v1/models/m?include=covariance",
        "version_list": "/v1/models/m/versions?limit=2",
        "job_list": "/v1/jobs?limit=1&state=succeeded",
        "model_list": "/v1/models",
    }.items():
        answer = client.get(path)
        assert answer.status_code == 200
        OPERATIONS[name].check(answer)
    assert client.get("/v1/models/m").json()["version"] == 2
    assert client.get("/v1/models/m/versions?limit=2").json()["has_more"]
    after = client.get("/v1/models/m/versions?limit=2&after=2").json()
    assert [entry["version"] for entry in after["data"]] == [3] and not after["has_more"]


def test_a_multinomial_version_is_as_documented(client):
    rows = [[i * 7 % 11, "abc"[(i * i + i // 3) % 3]] for i in range(40)]
    client.train(model="m", target="y", data={"columns": ["x", "y"], "rows": rows})
    version = client.get("/v1/models/m?include=covariance")
    OPERATIONS["model_show"].check(version)
    assert version.json()["family"] == "multinomial"
    for body in ({"rows": [[1]]}, {"rows": [[1], [2]], "layout": "columns"}):
        answer = client.post("/v1/models/m/predict", json=body)
        assert answer.status_code == 200
        OPERATIONS["predict_model"].check(answer)


# --- what every operation refuses ---


def nowhere(operation):
    """A path to something that is not there."""
    return operation.path.format(**dict.fromkeys(operation.path_parameters, "9"))


def first_example(operation):
    """The body and the headers of the first example, as they are sent."""
    _, media_type, value = operation.examples()[0]
    return encoded(media_type, value)


def refused(client, operation, status, path=None, method=None, **kwargs):
    """The problem that the daemon answers, checked against the document."""
    method = method or operation.method.upper()
    response = client.request(method, path or nowhere(operation), **kwargs)
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    operation.check(response)
    # Dialects have errors of their own.
    assert response.json().get("request_id", response.headers["X-Request-Id"]) == response.headers["X-Request-Id"]
    return response


@each()
def test_every_operation_refuses_unknown_query_parameters(operation, shared_client):
    body, headers = first_example(operation)
    sent = {"params": {"surely_unknown": "1"}, "data": body, "headers": headers}
    assert "surely_unknown" in refused(shared_client, operation, 400, **sent).text


@each()
def test_every_path_refuses_other_methods_and_says_which_it_takes(operation, shared_client):
    taken = {method.upper() for method in METHODS if method in DOCUMENT.document["paths"][operation.path]}
    for method in {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE"} - taken:
        response = refused(shared_client, operation, 405, method=method)
        allowed = set(response.headers["Allow"].split(", "))
        assert allowed - {"HEAD", "OPTIONS"} == taken


def is_about_what_is_there(operation):
    return names_something(operation) and operation.id != "version_import"  # which makes its model


@each(is_about_what_is_there)
def test_every_operation_on_what_is_not_there_answers_404(operation, shared_client):
    body, headers = first_example(operation)
    refused(shared_client, operation, 404, data=body, headers=headers)


@each(takes_a_body)
def test_every_body_is_refused_in_the_wrong_type_or_form(operation, shared_client):
    refused(shared_client, operation, 415, data=b"x", headers={"Content-Type": "image/png"})
    is_of_a_model = operation.path_parameters or operation.id == "invocations"  # 404 comes first
    if "application/json" in operation.body["content"] and not is_of_a_model:
        for text in (b"{", b"[]", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff"):
            json_type = {"Content-Type": "application/json"}
            response = shared_client.post(operation.path, data=text, headers=json_type)
            assert response.status_code in (400, 422), f"{text}: {response.text}"
            operation.check(response)


@each(takes_no_body)
def test_what_takes_no_body_refuses_one(operation, shared_client):
    refused(shared_client, operation, 400, data=b"{}", headers={"Content-Type": "application/json"})


def test_unknown_methods_are_501(shared_client):
    for method in ("BREW", "PROPFIND"):
        answer = shared_client.request(method, "/v1/models")
        assert answer.status_code == 501
        assert not DOCUMENT.errors("/components/schemas/Problem", answer.json())


def test_a_request_id_is_echoed(shared_client):
    for path in ("/livez", "/v1/nowhere"):
        answer = shared_client.get(path, headers={"X-Request-Id": "abc-123"})
        assert answer.headers["X-Request-Id"] == "abc-123"
