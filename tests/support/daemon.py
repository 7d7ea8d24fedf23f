"""A logitd under test: start it, talk to it, stop it, kill it, start it again.

The binary is build/release/logitd or what LOGITD_BINARY names. Each Daemon has a data directory and
a log of its own below the directory that it is given, listens on a free port, and sees no LOGITD_
variable of the caller's environment but those that the test sets.
"""

import os
import re
import select
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("LOGITD_BINARY", ROOT / "build/release/logitd")).resolve()
READY = re.compile(r"logitd ready on (https?)://(.*):(\d+)\n")


def clean_environment(**variables):
    """The environment without the caller's settings of logitd, with these variables."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LOGITD_")}
    return kept | variables


class Daemon:
    """One data directory and the process that serves it, while there is one."""

    def __init__(self, directory, *options, environment=None, ready_seconds=30):
        self.directory = Path(directory)
        self.data = self.directory / "data"
        self.log_file = self.directory / "log"
        self.options = [str(option) for option in options]
        self.environment = environment or {}
        self.ready_seconds = ready_seconds
        self.process = None
        self.scheme = self.host = self.port = None
        self.ready_after = None
        """Seconds from the start of the process to its ready line."""

    # --- the process ---

    def command(self):
        return [BINARY, "--listen", "127.0.0.1:0", "--data", self.data, *self.options]

    def start(self):
        """Returns itself once the ready line is there; fails with the log if it does not come."""
        assert self.process is None, "it runs already"
        self.directory.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=clean_environment(**self.environment),
            )
        line = self._first_line(began + self.ready_seconds)
        self.ready_after = time.monotonic() - began
        found = READY.fullmatch(line)
        if not found:
            self.kill()
            raise AssertionError(f"no ready line but {line!r}; its log:\n{self.log()}")
        self.scheme, self.host, self.port = found[1], found[2], int(found[3])
        return self

    def _first_line(self, deadline):
        """What the process prints up to its first newline, its end or the deadline."""
        text = b""
        while not text.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                break
            byte = os.read(self.process.stdout.fileno(), 1)
            if not byte:
                break
            text += byte
        return text.decode()

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    def wait(self, seconds=30):
        """The exit code, once it has ended by itself or by a signal sent before."""
        code = self.process.wait(seconds)
        self.process.stdout.close()
        self.process = None
        return code

    def terminate(self, seconds=30):
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def stop(self):
        """Drains, and demands that it ends in order."""
        code = self.terminate()
        assert code == 0, f"exit code {code}; its log:\n{self.log()}"

    def kill(self):
        """SIGKILL, as a power loss of the process."""
        if self.process is not None:
            self.process.kill()
            self.wait()

    def restart(self):
        """Stops in order and starts again on the same data directory."""
        self.stop()
        return self.start()

    def log(self):
        """What it has written to standard error, over all its starts."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    # --- talking to it ---

    @property
    def url(self):
        return f"{self.scheme}://{self.host}:{self.port}"

    def client(self, key=None):
        """Of a running daemon; after a restart ask again, as the port is another."""
        return Client(self.url, key)

    @contextmanager
    def connection(self, timeout=10):
        """A plain TCP connection, for requests that no HTTP library would send."""
        with socket.create_connection((self.host, self.port), timeout) as sock:
            yield sock

    def raw(self, request, timeout=10):
        """Sends bytes as they are; all that comes back until the daemon closes or falls silent."""
        with self.connection(timeout) as sock:
            sock.sendall(request)
            return read_all(sock)


def read_all(sock):
    """All bytes up to the end of the connection, a reset or the socket's timeout."""
    answer = b""
    try:
        while piece := sock.recv(65536):
            answer += piece
    except (TimeoutError, ConnectionResetError):
        pass
    return answer


class Client:
    """A session of requests on one daemon. Verbs return the Response; the nouns below demand success."""

    def __init__(self, url, key=None, timeout=60):
        self.url = url
        self.timeout = timeout
        self.session = requests.Session()
        self.session.trust_env = False
        if key is not None:
            self.session.headers["Authorization"] = f"Bearer {key}"

    def request(self, method, path, **kwargs):
        kwargs.setdefault("timeout", self.timeout)
        return self.session.request(method, self.url + path, **kwargs)

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def post(self, path, **kwargs):
        return self.request("POST", path, **kwargs)

    def put(self, path, **kwargs):
        return self.request("PUT", path, **kwargs)

    def delete(self, path, **kwargs):
        return self.request("DELETE", path, **kwargs)

    def close(self):
        self.session.close()

    def upload(self, source, content_type="text/csv", **query):
        """The dataset made of a file (Path) or of its text or bytes."""
        body = source.read_bytes() if isinstance(source, Path) else source
        body = body.encode() if isinstance(body, str) else body
        headers = {"Content-Type": content_type}
        return expect(self.post("/v1/datasets", data=body, headers=headers, params=query), 201)

    def submit(self, wait=None, **request):
        """The job, queued; with wait, ended or waited for that many seconds."""
        headers = {} if wait is None else {"Prefer": f"wait={wait}"}
        return expect(self.post("/v1/jobs", json=request, headers=headers), 200, 202)

    def train(self, **request):
        """The job, succeeded."""
        job = self.submit(wait=50, **request)
        assert job["state"] == "succeeded", job
        return job

    def model(self, path, **query):
        """A version, by "name" or "name/versions/3"."""
        return expect(self.get(f"/v1/models/{path}", params=query), 200)

    def predict(self, path, **body):
        """The whole answer; path as in model()."""
        return expect(self.post(f"/v1/models/{path}/predict", json=body), 200)


def expect(response, *statuses):
    """The JSON of an answer that must have one of these statuses."""
    assert response.status_code in statuses, f"{response.status_code}: {response.text}"
    return response.json()
