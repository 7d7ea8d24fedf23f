"""A page of a stored dataset that cannot be read: who asked for it is told, and the daemon lives on."""

import os
import random
import subprocess

import pytest

from daemon import expect

# Stands in front of the C library: once the file "cut" is there, a blob is cut when it is mapped; once the
# file "page" is, one page in its midst is of an empty file, and so cannot be read.
SHIM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_there(const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", getenv("DISK_FAILS_BY"), name);
    return access(path, F_OK) == 0;
}

static void *map(void *start, size_t n, int protection, int flags, int fd, off_t at)
{
    return (void *)syscall(SYS_mmap, start, n, protection, flags, fd, at);
}

void *mmap(void *start, size_t n, int protection, int flags, int fd, off_t at)
{
    char path[64];
    unsigned char *bytes = map(start, n, protection, flags, fd, at);
    if (bytes == MAP_FAILED || fd < 0 || protection != PROT_READ || flags != MAP_SHARED || n < 200000)
        return bytes;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (is_there("cut") && truncate(path, 65536) < 0)
        abort();
    if (is_there("page"))
        map(bytes + 65536, 4096, PROT_READ, MAP_SHARED | MAP_FIXED, memfd_create("empty", 0), 0);
    return bytes;
}

void *mmap64(void *start, size_t n, int protection, int flags, int fd, off_t at)
{
    return mmap(start, n, protection, flags, fd, at);
}
"""


def draw_csv():
    draw = random.Random(7)
    rows = ((draw.gauss(0, 1), draw.gauss(0, 1)) for _ in range(20000))
    return "x,z,y\n" + "".join(f"{x},{z},{int(x + draw.gauss(0, 1) > 0)}\n" for x, z in rows)


def draw_libsvm():
    draw = random.Random(8)
    rows = (sorted(draw.sample(range(1, 50), 8)) for _ in range(5000))
    return "".join(f"{i % 2} " + " ".join(f"{j}:{draw.random()}" for j in row) + "\n" for i, row in enumerate(rows))


@pytest.fixture
def failing(daemons, tmp_path):
    """A daemon whose stored datasets fail in a way once daemon.fail(way) has been called."""
    source, library = tmp_path / "shim.c", tmp_path / "shim.so"
    source.write_text(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    daemon = daemons.start(
        environment={"LD_PRELOAD": str(library), "DISK_FAILS_BY": str(tmp_path), "ASAN_OPTIONS": sanitizer}
    )
    daemon.fail = lambda way: (tmp_path / way).touch()
    daemon.heal = lambda way: (tmp_path / way).unlink()
    return daemon


def is_told(problem):
    return problem["code"] == "unreadable" and "the dataset cannot be read from the disk: input failed at byte " in problem["detail"]


def must_fail(client, dataset, target):
    """A fit, an evaluation and a file of scores each say that the dataset cannot be read."""
    job = client.post("/v1/jobs", json={"model": "n", "dataset": dataset, "target": target}, headers={"Prefer": "wait=30"})
    answer = job.json()
    assert is_told(answer["error"] if job.status_code == 200 else answer), answer
    for operation in ("evaluate", "score"):
        answer = client.post(f"/v1/models/m/{operation}", json={"dataset": dataset})
        assert answer.status_code == 500, answer.text
        assert is_told(answer.json()), answer.text


@pytest.mark.parametrize(
    ("content", "target", "media"), [(draw_csv(), "y", "text/csv"), (draw_libsvm(), "label", "text/x-libsvm")]
)
@pytest.mark.parametrize("way", ["page", "cut"])
def test_a_dataset_that_cannot_be_read_fails_what_needs_it(failing, way, content, target, media):
    client = failing.client()
    answer = client.post("/v1/datasets", data=content, headers={"Content-Type": media})
    dataset = expect(answer, 201)["id"]
    client.train(model="m", dataset=dataset, target=target)
    evaluated = expect(client.post("/v1/models/m/evaluate", json={"dataset": dataset}), 200)
    failing.fail(way)
    if way == "page":
        must_fail(client, dataset, target)
        failing.heal(way)
        again = expect(client.post("/v1/models/m/evaluate", json={"dataset": dataset}), 200)
        assert again == evaluated
    else:
        answer = client.post("/v1/models/m/evaluate", json={"dataset": dataset})
        assert answer.status_code == 500
        assert is_told(answer.json())
        # Now the file is known to be shorter than it was.
        assert client.post("/v1/models/m/evaluate", json={"dataset": dataset}).status_code == 422
    expect(client.get("/readyz"), 200)
    rows = {"columns": ["x", "z"], "rows": [[1, 1]]} if target == "y" else {"instances": [{"3": 1}]}
    expect(client.post("/v1/models/m/predict", json=rows), 200)
