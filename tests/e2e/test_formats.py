"""Every format of a dataset: the same numbers give the same bits, and bad files leave nothing."""

import gzip
import json
import resource
import socket
import time
import zlib

import pytest

import npy
from daemon import ROOT, expect

DATA = ROOT.parent / "shared" / "data"
CSV, TSV, NDJSON = "text/csv", "text/tab-separated-values", "application/x-ndjson"
JSON, LIBSVM, NPY = "application/json", "text/x-libsvm", "application/x-npy"


# --- the same numbers ---


def read(path):
    """The cells of a CSV file of numbers without a header, as they are written."""
    if not (DATA / path).exists():
        pytest.skip(f"{path} is not there")
    return [line.split(",") for line in (DATA / path).read_text().split()]


def delimited(rows, delimiter):
    names = [f"c{j + 1}" for j in range(len(rows[0]))]
    return "\n".join(delimiter.join(row) for row in [names, *rows]).encode()


def objects(rows):
    return ["{" + ",".join(f'"c{j + 1}":{x}' for j, x in enumerate(row)) + "}" for row in rows]


def table(rows):
    names = json.dumps([f"c{j + 1}" for j in range(len(rows[0]))])
    cells = ",".join("[" + ",".join(row) + "]" for row in rows)
    return f'{{"columns":{names},"rows":[{cells}]}}'.encode()


def libsvm(rows):
    """The last cell is the label; the index of the others is what their names have behind the c."""
    lines = (f"{row[-1]} " + " ".join(f"{j + 1}:{x}" for j, x in enumerate(row[:-1])) for row in rows)
    return "\n".join(lines).encode()


def writings(rows, types):
    """{name: (media type, file)} of the same rows in every format."""
    numbers = [[float(x) for x in row] for row in rows]
    arrays = {
        f"npy {descr} {'Fortran' if fortran else 'C'} {version}.0": (NPY, npy.array(numbers, descr, fortran, version))
        for descr in types
        for fortran, version in ((False, 1), (True, 2), (False, 3))
    }
    return {
        "csv": (CSV, delimited(rows, ",")),
        "tsv": (TSV, delimited(rows, "\t")),
        "ndjson": (NDJSON, "\n".join(objects(rows)).encode()),
        "json": (JSON, table(rows)),
        "records": (JSON, f"[{','.join(objects(rows))}]".encode()),
        "libsvm": (LIBSVM, libsvm(rows)),
    } | arrays


def upload(client, media_type, file, packed, status=201):
    headers = {"Content-Type": media_type} | ({"Content-Encoding": "gzip"} if packed else {})
    body = gzip.compress(file) if packed else file
    return expect(client.post("/v1/datasets", data=body, headers=headers), status)


def cells(client, dataset):
    """The first rows, by the numbers of the columns: those of LIBSVM are sparse, and the label is the last."""
    answer = expect(client.get(f"/v1/datasets/{dataset['id']}/rows?limit=1000"), 200)
    if "sparse" not in answer:
        return answer["rows"]
    n = dataset["n_columns"] - 1
    return [
        [entries.get(str(j + 1), 0) for j in range(n)] + label
        for entries, label in zip(answer["sparse"], answer["rows"])
    ]


def fit(client, dataset, n):
    """The bits of a fit: estimates, their standard errors, the objective."""
    is_sparse = dataset["format"] == "libsvm"
    name = dataset["id"].replace("_", "-")
    client.train(
        model=name,
        dataset=dataset["id"],
        target="label" if is_sparse else f"c{n}",
        features=[f"{j + 1}" if is_sparse else f"c{j + 1}" for j in range(n - 1)],
        columns={"label" if is_sparse else f"c{n}": {"type": "categorical"}},
    )
    version = client.model(name)
    table = [(c["estimate"], c["std_error"]) for c in version["coefficients"]]
    return table, version["fit"]["objective"], version["fit"]["log_likelihood"]


@pytest.mark.parametrize(
    "path, types",
    [
        ("pima/pima-indians-diabetes.csv", ["<f8", ">f8"]),
        ("haberman/haberman.csv", ["<f8", "<f4", ">f4", "<f2", "|i1", "|u1", ">i2", "<u2", "<i4", "<u4", "<i8", ">u8"]),
    ],
)
def test_the_same_numbers_in_all_formats_give_the_same_bits(shared_client, path, types):
    rows = read(path)
    expected = [[float(x) for x in row] for row in rows]
    bits = None
    for name, (media_type, file) in writings(rows, types).items():
        packed = bits is not None and len(name) % 2 == 0
        dataset = upload(shared_client, media_type, file, packed)
        assert dataset["n_rows"] == len(rows) and dataset["n_columns"] == len(rows[0]), name
        assert cells(shared_client, dataset) == expected, name
        found = fit(shared_client, dataset, len(rows[0]))
        bits = bits or found
        assert found == bits, name


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_every_format_is_read_packed_or_not(shared_client, packed):
    rows = [["1.5", "0"], ["-2", "1"], ["3e10", "0"]]
    for name, (media_type, file) in writings(rows, ["<f8"]).items():
        dataset = upload(shared_client, media_type, file, packed)
        assert cells(shared_client, dataset) == [[1.5, 0], [-2, 1], [3e10, 0]], name


# --- bad files ---

ARRAY = npy.array([[1.0, 2.0], [3.0, 4.0]])
BAD = {
    "ragged csv": (CSV, b"a,b\n1,2\n3\n", 422, {"code": "ragged_row", "row": 3}),
    "open quote": (CSV, b'a,b\n1,"2\n', 400, {"code": "bad_csv", "row": 2, "column": "2"}),
    "infinite csv": (TSV, b"a\tb\n1\t2\n1\tinf\n", 422, {"code": "non_finite", "row": 3, "column": "b"}),
    "not UTF-8": (CSV, b"a,b\n1,\xff\n", 400, {"code": "bad_utf8", "row": 2, "column": "2"}),
    "bad label": (LIBSVM, b"1 1:1\nx 1:1\n", 422, {"code": "not_a_number", "row": 2, "column": "label"}),
    "bad line": (NDJSON, b'{"a":1}\n\n{"a":}\n', 400, {"code": "bad_json", "row": 2}),
    "nested": (NDJSON, b'{"a":1}\n{"a":[1]}\n', 422, {"code": "invalid_type", "row": 2, "column": "a"}),
    "array line": (NDJSON, b"[1,2]\n", 422, {"code": "invalid_type", "row": 1}),
    "key twice": (NDJSON, b'{"a":1,"a":2}\n', 400, {"code": "duplicate_key", "row": 1, "column": "a"}),
    "ragged json": (JSON, b'{"columns":["a"],"rows":[[1],[1,2]]}', 422, {"code": "ragged_row", "pointer": "/rows/1"}),
    "bad cell": (JSON, b'{"columns":["a"],"rows":[[1],[{}]]}', 422, {"code": "invalid_type", "pointer": "/rows/1/0"}),
    "no columns": (JSON, b'{"rows":[[1]]}', 422, {"code": "missing_field", "pointer": "/columns"}),
    "cut json": (JSON, b'{"columns":["a"],"rows":[[1],', 400, {"code": "bad_json", "byte": 29}),
    "NaN in json": (JSON, b'[{"a":NaN}]', 400, {"code": "bad_json", "byte": 6}),
    "cut npy": (NPY, ARRAY[:-1], 400, {"code": "bad_npy", "byte": 159}),
    "long npy": (NPY, ARRAY + b"x", 400, {"code": "bad_npy", "byte": 160}),
    "no npy": (NPY, b"a,b\n1,2\n", 400, {"code": "bad_npy", "byte": 0}),
    "objects": (NPY, npy.header("|O", (2,)) + b"....", 400, {"code": "unsupported", "byte": 20}),
    "infinite npy": (NPY, npy.array([[1.0, 2], [3, float("inf")]]), 422, {"code": "non_finite", "row": 2, "column": "c2"}),
    "infinite npy by columns": (
        NPY,
        npy.array([[1.0, 2], [3, float("-inf")]], fortran=True),
        422,
        {"code": "non_finite", "row": 2, "column": "c2"},
    ),
}
BAD |= {f"nothing as {t}": (t, b"", 422, {"code": "no_rows"}) for t in (CSV, TSV, NDJSON, JSON, LIBSVM, NPY)}


@pytest.fixture(scope="module")
def own(module_daemons):
    return module_daemons.start("--max-upload", 1 << 22)


def files(daemon):
    """What lies in the data directory, with its size; the database's log grows and shrinks by itself."""
    listed = sorted(p for p in daemon.data.rglob("*") if p.is_file() and p.suffix not in (".db-wal", ".db-shm"))
    return [(str(p), p.stat().st_size) for p in listed if "-wal" not in p.name and "-shm" not in p.name]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_place_and_leaves_nothing(own, name, packed):
    media_type, file, status, expected = BAD[name]
    before = files(own)
    problem = upload(own.client(), media_type, file, packed, status)
    first = problem["errors"][0] if problem.get("errors") else problem
    assert {key: first.get(key) for key in expected} == expected
    assert files(own) == before


GOOD = gzip.compress(b"a,b\n1,2\n")
BAD_GZIP = {
    "cut off": GOOD[:-1],
    "garbage behind it": GOOD + b"a,b\n1,2\n",
    "zeros behind it": GOOD + bytes(8),
    "wrong checksum": GOOD[:-8] + bytes(4) + GOOD[-4:],
    "zlib": zlib.compress(b"a,b\n1,2\n"),
    "not packed": b"a,b\n1,2\n",
    "half of a second member": GOOD + GOOD[:12],
}


@pytest.mark.parametrize("name", BAD_GZIP)
def test_bad_gzip_is_refused_and_leaves_nothing(own, name):
    before = files(own)
    headers = {"Content-Type": CSV, "Content-Encoding": "gzip"}
    answer = own.client().post("/v1/datasets", data=BAD_GZIP[name], headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_gzip"), answer.text
    assert files(own) == before


def test_members_of_gzip_one_after_another_are_one_file(own):
    packed = gzip.compress(b'{"a":1}\n{"a"') + gzip.compress(b"") + gzip.compress(b":2}\n")
    headers = {"Content-Type": NDJSON, "Content-Encoding": "gzip"}
    assert expect(own.client().post("/v1/datasets", data=packed, headers=headers), 201)["n_rows"] == 2


@pytest.mark.parametrize("media_type, piece", [(CSV, b"1\n"), (NDJSON, b'{"a":1}\n'), (LIBSVM, b"1 1:1\n")])
def test_what_unpacks_to_more_than_an_upload_may_have_is_413(own, media_type, piece):
    """A file of some kilobytes that is 64 MiB unpacked, where 4 may be."""
    before = files(own)
    problem = upload(own.client(), media_type, piece * ((64 << 20) // len(piece)), True, 413)
    assert problem["code"] == "too_large"
    assert files(own) == before


def many(media_type):
    """Half a megabyte or so of good rows."""
    rows = [[str(i), str(i % 7)] for i in range(40000)]
    return dict(writings(rows, ["<f8"]).values())[media_type]


def half_sent(daemon, media_type, file):
    """A client that tells a length, sends the half and is gone."""
    head = f"POST /v1/datasets HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: {len(file)}\r\n\r\n"
    with socket.create_connection((daemon.host, daemon.port), 10) as sock:
        sock.sendall(head.encode() + file[: len(file) // 2])
        time.sleep(0.1)


@pytest.mark.parametrize("media_type", [CSV, TSV, NDJSON, JSON, LIBSVM, NPY])
def test_a_client_that_vanishes_leaves_nothing(own, media_type):
    before = files(own)
    half_sent(own, media_type, many(media_type))
    deadline = time.monotonic() + 20
    while files(own) != before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert files(own) == before


@pytest.mark.parametrize("media_type", [CSV, TSV, NDJSON, JSON, LIBSVM, NPY])
def test_a_full_disk_is_507_and_leaves_nothing(own, media_type):
    """No file of the process may grow beyond 128 KiB for a while."""
    file = many(media_type)
    before = files(own)
    limits = resource.prlimit(own.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(own.pid, resource.RLIMIT_FSIZE, (1 << 17, limits[1]))
    try:
        problem = upload(own.client(), media_type, file, False, 507)
    finally:
        resource.prlimit(own.pid, resource.RLIMIT_FSIZE, limits)
    assert problem["code"] == "no_space"
    assert files(own) == before
    upload(own.client(), media_type, file, False)
