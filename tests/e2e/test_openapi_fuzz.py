"""Requests that schemathesis derives from openapi.yaml: no fault of the server, every answer as documented."""

import copy
import subprocess
import sys

import pytest
import yaml

from openapi import Document

# Path parameters become one of these, so that requests reach what lies behind the name.
ROWS = [[1, 0], [2, 0], [3, 1], [4, 0], [5, 1], [6, 1]]
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
]
# Other methods have a test of their own, and some of them would delete what is used here.
SETTINGS = """
[phases.coverage]
unexpected-methods = []
[checks]
negative_data_rejection.expected-statuses = [400, 404, 409, 412, 413, 415, 422]
"""


def prepared(client):
    """The document with the names of things that are there; what deletes them is left out."""
    document = copy.deepcopy(Document().document)
    dataset = client.upload("x,y\n" + "".join(f"{x},{y}\n" for x, y in ROWS))["id"]
    data = {"columns": ["x", "y"], "rows": ROWS}
    job = client.train(model="m", target="y", data=data, penalty={"l2": 0.1})["id"]
    client.put("/v1/models/m/aliases/a", json={"version": 1})
    client.post("/v1/models/m/update", json={"rows": [[1]], "labels": [0]})
    names = {"dataset": dataset, "job": job, "model": "m", "version": 1, "alias": "a"}
    for name, value in names.items():
        parameter = document["components"]["parameters"][name]
        parameter.pop("example")
        parameter["schema"] = {"enum": [value]}
    for item in document["paths"].values():
        item.pop("delete", None)
    uploads = document["paths"]["/v1/datasets"]["post"]["requestBody"]["content"]
    for media_type in ("application/x-ndjson", "application/x-npy"):
        uploads.pop(media_type)  # it does not know how to write them
    # A number is text like any other; a schema would have it refused.
    for media in uploads.values():
        media.pop("schema")
    bodies = document["components"]["requestBodies"]["Predict"]["content"]
    bodies.pop("application/x-ndjson")
    for media_type in ("text/csv", "text/x-libsvm"):
        bodies[media_type].pop("schema")
    bodies = document["paths"]["/invocations"]["post"]["requestBody"]["content"]
    bodies.pop("application/jsonlines")
    bodies["text/csv"].pop("schema")
    update = document["paths"]["/v1/models/{model}/update"]["post"]
    update["requestBody"]["content"]["text/x-libsvm"].pop("schema")
    return document


def without_import(document):
    """What it makes of a generated name is a model that answers for that name."""
    document["paths"]["/v1/models/{model}/versions"].pop("post")
    return document


def import_only(document):
    path = "/v1/models/{model}/versions"
    document["paths"] = {path: {key: value for key, value in document["paths"][path].items() if key != "get"}}
    document["components"]["parameters"]["model"]["schema"] = {"$ref": "#/components/schemas/Name"}
    return document


@pytest.mark.parametrize("part", [without_import, import_only])
def test_generated_requests_meet_documented_answers_only(daemons, tmp_path, part):
    daemon = daemons.start("--invocations-model", "m")
    client = daemon.client()
    file = tmp_path / "openapi.yaml"
    file.write_text(yaml.safe_dump(part(prepared(client))))
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    command = [sys.executable, "-m", "schemathesis.cli", "run", file, "--url", daemon.url]
    command += ["--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"]
    command += ["--max-examples", "60", "--generation-deterministic", "--no-shrink"]
    command += ["--request-timeout", "20", "--no-color"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=560)
    assert done.returncode == 0, done.stdout + done.stderr
    assert client.get("/readyz").status_code == 200
