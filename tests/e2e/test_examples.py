"""What README.md and examples/ show: the tour's commands, their output, the demo."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from daemon import BINARY, ROOT, clean_environment

EXAMPLES = ROOT / "examples"
MNIST = ROOT.parent / "shared" / "data" / "mnist"
MARK = "--- end of a paragraph ---"


def readme_tour():
    """(command, output) of the tour in README.md, in order; None for a command without output."""
    section = (ROOT / "README.md").read_text().split("\n## A five-minute tour\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```(sh|text)\n(.*?)^```$", section, re.M | re.S)
    steps = []
    for language, text in blocks:
        if language == "sh":
            steps.append((text.rstrip("\n"), None))
        else:
            steps[-1] = (steps[-1][0], text)
    return steps


def tour_paragraphs():
    """The commands of tour.sh behind its head, one for each paragraph, without the comments."""
    text = (EXAMPLES / "tour.sh").read_text()
    body = re.split(r"^logitd=.*\n", text, maxsplit=1, flags=re.M)[1]
    paragraphs = [re.sub(r"^# .*\n", "", part, flags=re.M) for part in body.strip().split("\n\n")]
    return [paragraph.rstrip("\n") for paragraph in paragraphs]


NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def same_output(shown, output):
    """The same text, and the same numbers but for the last digits of a double."""
    if NUMBER.sub("#", shown) != NUMBER.sub("#", output):
        return False
    numbers = ([float(number) for number in NUMBER.findall(text)] for text in (shown, output))
    return next(numbers) == pytest.approx(next(numbers), rel=1e-9)


def run(*command, **variables):
    environment = clean_environment(**variables)
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


def test_readme_and_tour_have_the_same_commands():
    start, *steps = [command for command, _ in readme_tour()]
    assert start == "build/logitd"
    address, *steps = steps
    assert address == "logitd=http://127.0.0.1:8080"
    assert steps == tour_paragraphs()


def test_the_commands_of_the_readme_print_what_it_shows(daemon):
    steps = readme_tour()[2:]
    script = f"set -eu\nlogitd={daemon.url}\n"
    script += "".join(f"{command}\necho '{MARK}'\n" for command, _ in steps)
    done = run("sh", "-c", script)
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
    outputs = done.stdout.split(f"{MARK}\n")
    for (command, shown), output in zip(steps, outputs):
        assert same_output(shown or "", output), f"{command}\n{output}"


def test_the_tour_runs_as_a_script_and_then_predict_py(daemon):
    done = run(EXAMPLES / "tour.sh", daemon.url)
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(sys.executable, EXAMPLES / "predict.py", daemon.url)
    assert done.returncode == 0, done.stderr
    gentoo, adelie = done.stdout.splitlines()
    assert gentoo.startswith("Gentoo of 5400 g: male, probability 0.9")
    assert adelie.startswith("Adelie of 3190 g: female, probability 0.9")


def test_predict_py_says_what_is_missing(daemon):
    done = run(sys.executable, EXAMPLES / "predict.py", daemon.url)
    assert done.returncode == 1
    assert "penguin-sex" in done.stderr and "Traceback" not in done.stderr


def test_the_demo_shows_every_command_and_leaves_nothing(tmp_path):
    done = run(EXAMPLES / "demo", LOGITD_BINARY=str(BINARY), TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    shown = [line[2:] for line in done.stdout.splitlines() if line[:2] in ("$ ", "> ")]
    assert shown == "\n".join(tour_paragraphs()).split("\n")
    assert "penguin" in done.stdout and "odds ratio" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_demo_fails_when_the_daemon_does_not_start(tmp_path):
    done = run(EXAMPLES / "demo", LOGITD_BINARY="/bin/false", TMPDIR=str(tmp_path))
    assert done.returncode == 1
    assert "/bin/false did not start" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_stops_its_daemon_when_interrupted(tmp_path, number):
    # A signal sent to the group, as a terminal does.
    demo = subprocess.Popen(
        [EXAMPLES / "demo"],
        cwd=ROOT,
        env=clean_environment(LOGITD_BINARY=str(BINARY), TMPDIR=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while "ready on" not in demo.stdout.readline():
        assert demo.poll() is None
    os.killpg(demo.pid, number)
    demo.communicate(timeout=60)
    assert demo.returncode == 128 + number
    assert list(tmp_path.iterdir()) == []
    wait_for_end_of_group(demo.pid)


def wait_for_end_of_group(group):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("the demo left a process behind")


@pytest.mark.skipif(not MNIST.is_dir(), reason="no mnist at hand")
def test_pictures_of_two_kinds_are_told_apart(daemon):
    done = run(sys.executable, EXAMPLES / "images.py", MNIST, daemon.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2000 pictures of 784 pixels\n")
    right = re.fullmatch(r"(.*) % of 500 unseen pictures are told right", done.stdout.splitlines()[1])
    assert float(right[1]) > 93


def test_the_data_are_those_whose_licence_is_named():
    digest = hashlib.sha256((EXAMPLES / "penguins.csv").read_bytes()).hexdigest()
    assert digest in (EXAMPLES / "penguins.md").read_text()
