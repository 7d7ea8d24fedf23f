#!/usr/bin/env python3
"""Tells pictures of two kinds apart, with requests: images.py FOLDER [URL].

FOLDER has the files of MNIST; threes and eights of 28×28 pixels go in as one NumPy array, a row a
picture: whether it is an eight, then its pixels. numpy.save would write the same file.
"""

import gzip
import struct
import sys
from pathlib import Path

import requests

folder, url = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8080"
PIXELS = 28 * 28


def pictures(part, most):
    """(whether it is an eight, pixels) of the first threes and eights."""
    labels = gzip.open(folder / f"{part}-labels-idx1-ubyte.gz").read()[8:]
    pixels = gzip.open(folder / f"{part}-images-idx3-ubyte.gz").read()[16:]
    chosen = [i for i, digit in enumerate(labels) if digit in (3, 8)][:most]
    return [(labels[i] == 8, pixels[i * PIXELS : (i + 1) * PIXELS]) for i in chosen]


def npy(rows):
    """Rows of bytes as a file in the format .npy."""
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + b"".join(rows)


def call(path, **kwargs):
    answer = requests.post(f"{url}/v1/{path}", timeout=60, **kwargs)
    if not answer.ok:
        sys.exit(answer.json()["detail"])
    return answer.json()


array = npy([bytes([eight]) + pixels for eight, pixels in pictures("train", 2000)])
dataset = call("datasets", data=array, headers={"Content-Type": "application/x-npy"})
print(f"{dataset['n_rows']} pictures of {dataset['n_columns'] - 1} pixels")
job = call(
    "jobs",
    json={"model": "eight-or-three", "dataset": dataset["id"], "target": "c1", "penalty": {"l2": 1000}},
    headers={"Prefer": "wait=50"},
)
if job["state"] != "succeeded":
    sys.exit(f"the job is {job['state']}: {job['error']}")
unseen = pictures("t10k", 500)
answer = call("models/eight-or-three/predict", json={"rows": [list(pixels) for _, pixels in unseen]})
right = sum((row["label"] == "1") == eight for row, (eight, _) in zip(answer["predictions"], unseen))
print(f"{100 * right / len(unseen):.1f} % of {len(unseen)} unseen pictures are told right")
