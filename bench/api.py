"""A daemon as the programs of bench/ talk to it: JSON over HTTP, arrays as files, a fit and what came of it."""

import io
import json
import time
import urllib.error
import urllib.request


class Refused(Exception):
    """An answer that is an error, with what it says."""


class Api:
    def __init__(self, url):
        self.url = url

    def call(self, method, path, body=None, kind="application/json", **headers):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = kind
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.read().decode()) from error
        return json.loads(text) if text else None

    def upload(self, x, y):
        """A dense array with its response as the last column, or a sparse one as LIBSVM text: what names both."""
        if hasattr(x, "indptr"):
            return self.call("POST", "/v1/datasets", libsvm(x, y), "text/x-libsvm")["id"], "label"
        import numpy  # pylint: disable=import-outside-toplevel

        file = io.BytesIO()
        numpy.save(file, numpy.column_stack([x, y]))
        made = self.call("POST", "/v1/datasets", file.getvalue(), "application/x-npy")
        return made["id"], f"c{x.shape[1] + 1}"

    def fit(self, job, seconds=120):
        """The job once it has succeeded, or Refused."""
        ended = self.call("POST", "/v1/jobs", job, Prefer=f"wait={seconds}")
        while ended["state"] in ("queued", "running"):
            time.sleep(0.1)
            ended = self.call("GET", f"/v1/jobs/{ended['id']}")
        if ended["state"] != "succeeded":
            raise Refused(json.dumps(ended["error"]))
        return ended


def libsvm(x, y):
    lines = []
    for i, label in enumerate(y):
        row = slice(x.indptr[i], x.indptr[i + 1])
        entries = zip(x.indices[row].tolist(), x.data[row].tolist())
        lines.append(f"{label} " + " ".join(f"{j + 1}:{value!r}" for j, value in entries))
    return ("\n".join(lines) + "\n").encode()
