"""Handwritten digits in one call: ten classes of 784 pixels, by what auto takes."""

import gzip
import time

import pytest

from daemon import ROOT, expect

FOLDER = ROOT.parent / "shared" / "data" / "mnist"
PIXELS = 784
HEAD = ",".join(f"p{i}" for i in range(PIXELS))

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no mnist at hand")


def read(name, offset):
    with gzip.open(FOLDER / f"{name}.gz") as file:
        return file.read()[offset:]


def rows(part):
    """Pairs of a digit and its pixels' line, scaled to 0…1 by three digits."""
    pixels = read(f"{part}-images-idx3-ubyte", 16)
    text = [f"{round(value / 255, 3):g}" for value in range(256)]
    for i, digit in enumerate(read(f"{part}-labels-idx1-ubyte", 8)):
        yield digit, ",".join(map(text.__getitem__, pixels[i * PIXELS : (i + 1) * PIXELS]))


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    path = tmp_path_factory.mktemp("mnist") / "train.csv"
    with path.open("w") as file:
        file.write(f"digit,{HEAD}\n")
        file.writelines(f"{digit},{line}\n" for digit, line in rows("train"))
    return path


def accuracy(client, model):
    digits, lines = zip(*rows("t10k"))
    right = 0
    for first in range(0, len(lines), 2000):
        body = "],[".join(lines[first : first + 2000])
        answer = expect(
            client.post(
                f"/v1/models/{model}/predict",
                data=f'{{"rows":[[{body}]]}}'.encode(),
                headers={"Content-Type": "application/json"},
            ),
            200,
        )
        labels = [row["label"] for row in answer["predictions"]]
        right += sum(str(d) == label for d, label in zip(digits[first:], labels))
    return right / len(digits)


def ended(client, job):
    """The job, once it has ended, waited for in requests of less than a minute."""
    while job["state"] in ("queued", "running"):
        job = expect(client.get(f"/v1/jobs/{job['id']}", headers={"Prefer": "wait=50"}), 200)
        time.sleep(0.2)
    assert job["state"] == "succeeded", job
    return job


def test_digits_are_told_in_one_call(client, training):
    """LeCun et al. (1998) give 12 and 8.4 percent of errors for linear classifiers;
    multinomial regression is known for some 92 percent right."""
    dataset = client.upload(training)["id"]
    job = client.submit(model="mnist", dataset=dataset, target="digit", penalty={"l2": 1e-4})
    fit = ended(client, job)["fit"]
    print(fit["algorithm"], fit["iterations"], fit["seconds"], fit["chosen_because"])
    assert fit["converged"] and fit["algorithm"] == "newton_cg"
    assert fit["certificate"]["newton_decrement"] < 1e-8
    # The least by L-BFGS in other coordinates (core/optim/lbfgs.c) is .2592483; rounding the
    # pixels moves it by less than this.
    assert fit["objective"] == pytest.approx(0.259248, abs=2e-5)
    assert accuracy(client, "mnist") > 0.92
