"""openapi.yaml as tests read it: its operations, their examples, and whether an answer keeps to it."""

import copy
import re
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from daemon import ROOT

METHODS = ("get", "put", "post", "delete")
FILE = ROOT / "openapi.yaml"


class Document:
    def __init__(self, file=FILE):
        self.document = yaml.safe_load(Path(file).read_text())
        closed = close(copy.deepcopy(self.document))
        self._registry = Registry().with_resource("urn:openapi", Resource(closed, DRAFT202012))

    def resolve(self, node):
        """The node itself, or what its $ref names."""
        while "$ref" in node:
            target = self.document
            for part in pointer_parts(node["$ref"]):
                target = target[part]
            node = target
        return node

    def operations(self):
        """All of them, in the document's order."""
        return [
            Operation(self, path, method)
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def errors(self, pointer, value):
        """What is wrong with a value by the schema at a pointer ("/components/schemas/Problem")."""
        validator = Draft202012Validator(
            {"$ref": f"urn:openapi#{pointer}"},
            registry=self._registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


class Operation:
    def __init__(self, document, path, method):
        self.document = document
        self.path = path
        self.method = method
        item = document.document["paths"][path]
        self.spec = item[method]
        self.id = self.spec["operationId"]
        listed = item.get("parameters", []) + self.spec.get("parameters", [])
        self.parameters = [document.resolve(parameter) for parameter in listed]
        self.body = document.resolve(self.spec["requestBody"]) if "requestBody" in self.spec else None

    def __repr__(self):
        return self.id

    @property
    def path_parameters(self):
        return re.findall(r"{(\w+)}", self.path)

    def examples(self):
        """(name, media type, value) of every example of a body; one without a body where none is taken."""
        if self.body is None:
            return [("", None, None)]
        return [
            (name, media_type, self.document.resolve(example)["value"])
            for media_type, media in self.body["content"].items()
            for name, example in media.get("examples", {}).items()
        ]

    def model_of_example(self, media_type, name):
        """The model that an example is for, where it is another one than its path says."""
        if media_type is None:
            return None
        example = self.body["content"][media_type]["examples"][name]
        return self.document.resolve(example).get("x-model")

    def parameter_examples(self, place):
        """{name: example} of the parameters "in" a place that have one."""
        found = (p for p in self.parameters if p["in"] == place and "example" in p)
        return {parameter["name"]: parameter["example"] for parameter in found}

    def check(self, response):
        """Fails unless the answer (of requests) is one that the document describes."""
        responses = self.spec["responses"]
        key = str(response.status_code)
        documented = key if key in responses else "default"
        assert documented in responses, f"{self.id}: {key} is not documented"
        node, pointer = responses[documented], f"/paths/{escape(self.path)}/{self.method}/responses/{documented}"
        if "$ref" in node:
            pointer = node["$ref"].removeprefix("#")
        node = self.document.resolve(node)
        if documented == "default":
            assert response.status_code >= 400, f"{self.id}: success {key} is not documented"
            assert key in re.findall(r"\b[45]\d\d\b", node["description"]), f"{key} is not in the list"
        for header, spec in node.get("headers", {}).items():
            is_optional = spec.get("required") is False  # where the document says so aloud
            assert is_optional or header in response.headers, f"{self.id}: no header {header}"
        self._check_body(response, node.get("content"), pointer)

    def _check_body(self, response, content, pointer):
        if content is None or response.request.method == "HEAD":
            assert response.content == b"", f"{self.id}: a body where none is documented"
            return
        media_type = response.headers["Content-Type"].split(";")[0]
        assert media_type in content, f"{self.id}: {media_type} is not documented"
        parsed = media_type.endswith(("json", "yaml"))
        value = yaml.safe_load(response.text) if parsed else response.text
        errors = self.document.errors(f"{pointer}/content/{escape(media_type)}/schema", value)
        assert not errors, f"{self.id}: {errors}\n{response.text[:2000]}"
        if media_type == "application/problem+json":
            assert value["status"] == response.status_code


def escape(part):
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def pointer_parts(reference):
    parts = reference.removeprefix("#/").split("/")
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def close(document):
    """Refuses, in every schema of the document, members that it does not describe."""
    for schema in document["components"]["schemas"].values():
        close_schema(schema)
    for item in document["paths"].values():
        for method in METHODS:
            for response in item.get(method, {}).get("responses", {}).values():
                close_content(response)
    for response in document["components"]["responses"].values():
        close_content(response)
    # Part of an allOf: the whole is closed, not the part.
    document["components"]["schemas"]["Page"].pop("unevaluatedProperties")
    return document


def close_content(response):
    for media in response.get("content", {}).values():
        close_schema(media.get("schema", {}))


def close_schema(schema):
    """unevaluatedProperties: false, wherever properties are listed and nothing is said of others."""
    if not isinstance(schema, dict):
        return
    listed = "properties" in schema or "allOf" in schema
    if listed and "additionalProperties" not in schema:
        schema["unevaluatedProperties"] = False
    for name, child in schema.get("properties", {}).items():
        close_schema(child)
    for key in ("items", "additionalProperties"):
        close_schema(schema.get(key))
    for child in schema.get("oneOf", []):
        close_schema(child)
    for part in schema.get("allOf", []):
        for child in part.get("properties", {}).values():
            close_schema(child)
