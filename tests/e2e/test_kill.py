"""kill -9 at random moments under load: all that was acknowledged is there when it starts again.

Workers upload, train, move aliases and delete, each under names of its own, and keep a ledger of
what was answered. The daemon is killed and started again and again; after each start every worker
holds the daemon against its ledger. One request of each worker may have been under way: that one
has happened as a whole or not at all. LOGITD_KILL_CYCLES and LOGITD_KILL_SEED change how often and
in which order.
"""

import hashlib
import json
import os
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from daemon import BINARY, clean_environment, expect

CYCLES = int(os.environ.get("LOGITD_KILL_CYCLES", 200))
SEED = int(os.environ.get("LOGITD_KILL_SEED", 1))
N_WORKERS = 4
MOST_SECONDS = 0.1  # of work before the kill
MOST_DATASETS, MOST_JOBS, MOST_VERSIONS = 4, 4, 4  # a worker keeps; then it deletes


class Worker:
    def __init__(self, number):
        self.name = f"w{number}"
        self.random = random.Random(f"{SEED}/{number}")
        self.serial = 0
        self.datasets = {}  # id → (the dataset, its rows)
        self.jobs = {}  # id → the ended job
        self.versions = {}  # number → the version without its aliases; None: not yet read
        self.highest = 0  # number ever given
        self.aliases = {}  # name → number
        self.keys = {}  # idempotency key → (request, id of its job)
        self.doubt = None  # how to find out about the request under way
        self.n_acknowledged = 0

    # --- work ---

    def work(self, client):
        """Until the daemon is gone."""
        steps = [self.upload, self.upload, self.train, self.train, self.put_alias, self.delete_alias]
        try:
            while True:
                self.clear_away(client)
                self.random.choice(steps)(client)
                self.n_acknowledged += 1
        except requests.RequestException:
            pass

    def attempt(self, find_out, send):
        """Sends a request; if no answer comes, find_out(client) is called after the next start."""
        self.doubt = find_out
        answer = send()
        self.doubt = None
        return answer

    def next_name(self):
        self.serial += 1
        return f"{self.name}-{self.serial}"

    def upload(self, client):
        name, rows = self.next_name(), self.make_rows()
        csv = "x,z,y\n" + "".join(f"{x!r},{z},{y}\n" for x, z, y in rows)

        def find_out(client):
            for dataset in expect(client.get("/v1/datasets?limit=100"), 200)["data"]:
                if dataset["name"] == name:
                    assert dataset["sha256"] == hashlib.sha256(csv.encode()).hexdigest()
                    self.datasets[dataset["id"]] = dataset, rows

        dataset = self.attempt(find_out, lambda: client.upload(csv, name=name))
        self.datasets[dataset["id"]] = dataset, rows

    def make_rows(self):
        return [
            [self.random.uniform(-1, 1), self.random.choice("abc"), self.random.randrange(2)]
            for _ in range(self.random.randrange(20, 400))
        ] + [[0.5, "a", 0], [0.5, "a", 1]]

    def train(self, client):
        request = {"model": self.name, "target": "y", "metadata": {"ticket": self.next_name()}}
        if self.datasets and self.random.random() < 0.5:
            request["dataset"] = self.random.choice(list(self.datasets))
        else:
            request["data"] = {"columns": ["x", "z", "y"], "rows": self.make_rows()}
        key = self.next_name() if self.random.random() < 0.5 else None

        def find_out(client):
            if key:  # sent again it makes one job, whether or not it had made one before
                note(client, self.send(client, request, key))
            else:
                for job in self.list_jobs(client):
                    if job["id"] not in self.jobs:
                        assert job["request"]["metadata"] == request["metadata"]
                        note(client, job)

        def note(client, job):
            self.doubt = lambda client: note(client, job)
            self.note_job(client, job["id"])
            if key:
                self.keys[key] = request, job["id"]
            self.doubt = None

        note(client, self.attempt(find_out, lambda: self.send(client, request, key)))

    def send(self, client, request, key):
        headers = {"Prefer": "wait=30", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return expect(client.post("/v1/jobs", data=json.dumps(request), headers=headers), 200, 202)

    def list_jobs(self, client):
        jobs = expect(client.get("/v1/jobs?limit=100"), 200)["data"]
        return [job for job in jobs if job["request"]["model"] == self.name]

    def note_job(self, client, id):
        """Waits for its end and takes it, and the version that it made, into the ledger."""
        job = expect(client.get(f"/v1/jobs/{id}"), 200)
        while job["state"] in ("queued", "running"):
            time.sleep(0.002)
            job = expect(client.get(f"/v1/jobs/{id}"), 200)
        if job["state"] == "failed":  # killed for the third time, it made nothing
            assert job["error"]["code"] == "crashed", job
        else:
            assert job["state"] == "succeeded", job
            assert id in self.jobs or job["version"] > self.highest, "a number was given twice"
            self.highest = job["version"]
            self.versions.setdefault(job["version"])
        self.jobs[id] = job
        if job["state"] == "succeeded":
            self.versions[job["version"]] = self.read_version(client, job["version"])[0]

    def put_alias(self, client):
        if not self.versions:
            return
        name, version = self.random.choice(["default", "best"]), self.random.choice(list(self.versions))

        def find_out(client):
            if self.read_aliases(client).get(name) == version:
                self.aliases[name] = version

        path, body = f"/v1/models/{self.name}/aliases/{name}", {"version": version}
        expect(self.attempt(find_out, lambda: client.put(path, json=body)), 200, 201)
        self.aliases[name] = version

    def delete_alias(self, client):
        if self.aliases:
            name = self.random.choice(list(self.aliases))
            self.delete(client, f"/v1/models/{self.name}/aliases/{name}", self.aliases, name)

    def clear_away(self, client):
        """Deletes one of what has become too many."""
        free = [v for v in self.versions if v not in self.aliases.values()]
        if len(self.datasets) > MOST_DATASETS:
            id = self.random.choice(list(self.datasets))
            self.delete(client, f"/v1/datasets/{id}", self.datasets, id)
        if len(self.jobs) > MOST_JOBS:
            id = self.random.choice(list(self.jobs))
            self.delete(client, f"/v1/jobs/{id}", self.jobs, id)
        if len(self.versions) > MOST_VERSIONS and free:
            version = self.random.choice(free)
            self.delete(client, f"/v1/models/{self.name}/versions/{version}", self.versions, version)

    def delete(self, client, path, ledger, entry):
        def find_out(client):
            if client.get(path).status_code == 404:
                del ledger[entry]

        answer = self.attempt(find_out, lambda: client.delete(path))
        assert answer.status_code == 204, answer.text
        del ledger[entry]

    # --- holding the daemon against the ledger ---

    def verify(self, client):
        expect(client.get("/readyz"), 200)
        if self.doubt:
            find_out, self.doubt = self.doubt, None
            find_out(client)
        for id, (dataset, rows) in self.datasets.items():
            assert expect(client.get(f"/v1/datasets/{id}"), 200) == dataset
            kept = expect(client.get(f"/v1/datasets/{id}/rows?limit=1000"), 200)
            assert kept["rows"] == rows and not kept["has_more"]
        for id, job in self.jobs.items():
            shown = job if job["version"] in self.versions else job | {"fit": None}
            assert expect(client.get(f"/v1/jobs/{id}"), 200) == shown
        assert {job["id"] for job in self.list_jobs(client)} == set(self.jobs)
        self.verify_versions(client)
        self.verify_key(client)

    def verify_versions(self, client):
        assert self.read_aliases(client) == self.aliases
        for version, known in self.versions.items():
            found, aliases = self.read_version(client, version)
            assert known is None or found == known
            self.versions[version] = found
            assert sorted(aliases) == sorted(a for a, v in self.aliases.items() if v == version)

    def verify_key(self, client):
        """One of the keys, replayed, makes nothing new."""
        if self.keys:
            key = self.random.choice(list(self.keys))
            request, id = self.keys[key]
            assert self.send(client, request, key)["id"] == id
            assert {job["id"] for job in self.list_jobs(client)} == set(self.jobs)

    def read_version(self, client, version):
        found = client.model(f"{self.name}/versions/{version}", include="covariance")
        return found, found.pop("aliases")

    def read_aliases(self, client):
        """By the list of versions, which also must be the ledger's."""
        answer = client.get(f"/v1/models/{self.name}/versions?limit=100")
        if answer.status_code == 404:
            assert not self.versions
            return {}
        versions = expect(answer, 200)["data"]
        assert {version["version"] for version in versions} == set(self.versions)
        return {alias: version["version"] for version in versions for alias in version["aliases"]}


def kill_while_starting(daemon, seconds):
    with open(daemon.log_file, "ab") as log:
        process = subprocess.Popen(daemon.command(), stdout=subprocess.DEVNULL, stderr=log, env=clean_environment())
    time.sleep(seconds)
    process.kill()
    process.wait()


def test_what_was_acknowledged_outlives_kill_9(daemons):
    daemon = daemons.make()
    daemon.directory.mkdir(parents=True)
    chance = random.Random(SEED)
    workers = [Worker(number) for number in range(N_WORKERS)]
    with ThreadPoolExecutor(N_WORKERS) as pool:
        for cycle in range(CYCLES):
            if cycle % 10 == 9:
                kill_while_starting(daemon, chance.uniform(0, 0.1))
            daemon.start()
            clients = [daemon.client() for _ in workers]
            list(pool.map(Worker.verify, workers, clients))
            working = [pool.submit(w.work, c) for w, c in zip(workers, clients)]
            time.sleep(chance.uniform(0, MOST_SECONDS))
            daemon.kill()
            for work in working:
                work.result()
            for client in clients:
                client.close()
        daemon.start()
        clients = [daemon.client() for _ in workers]
        list(pool.map(Worker.verify, workers, clients))
    daemon.stop()
    assert sum(worker.n_acknowledged for worker in workers) > CYCLES
    checked = subprocess.run([BINARY, "check", "--data", daemon.data], capture_output=True, env=clean_environment())
    assert checked.returncode == 0, checked.stdout
