"""The container image: it is small, runs as nobody on a read-only root, trains, predicts, and keeps."""

import re
import secrets
import subprocess

import pytest
import yaml

from container import BuildahImage, Container, DockerImage, docker_answers
from daemon import ROOT

TAG = "logitd:test"
# What `make image` falls back on.
TOOL = ROOT / "../shared/tools/build-image"
KEY = secrets.token_hex(32)


@pytest.fixture(scope="module")
def image():
    if not docker_answers() and not TOOL.exists():
        pytest.skip("no container engine answers")
    done = subprocess.run(
        ["make", "image", f"IMAGE={TAG}"], cwd=ROOT, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    image = DockerImage(TAG) if docker_answers() else BuildahImage(TAG)
    yield image
    image.remove()


@pytest.fixture
def container(image, tmp_path):
    """Not started; with a key."""
    container = Container(image, tmp_path, environment={"LOGITD_KEY": KEY})
    yield container
    container.kill()


def healthcheck():
    """The command of HEALTHCHECK, as the Dockerfile has it: buildah's images leave it out."""
    text = (ROOT / "docker/Dockerfile").read_text()
    return re.findall(r'"([^"]+)"', re.search(r"^HEALTHCHECK.*?CMD (\[.*?\])", text, re.M | re.S)[1])


def test_the_image_is_small(container):
    done = container.run("du", "-sxk", "--exclude=/proc", "--exclude=/dev", "/", LOGITD_KEY="")
    assert int(done.stdout.split()[0]) < 150 * 1000, done.stdout + done.stderr


def test_the_image_says_what_it_needs(image):
    assert image.config["User"].split(":")[0] not in ("", "0", "root")
    assert list(image.config["ExposedPorts"]) == ["8080/tcp"]
    assert list(image.config["Volumes"]) == ["/data"]
    assert "LOGITD_LISTEN=0.0.0.0:8080" in image.config["Env"]


def test_compose_runs_it_as_it_is_tested_here(image):
    service = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())["services"]["logitd"]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [volume.split(":")[1] for volume in service["volumes"]] == list(image.config["Volumes"])
    assert [f"{port.split(':')[-1]}/tcp" for port in service["ports"]] == list(image.config["ExposedPorts"])
    assert service["environment"]["LOGITD_KEY"].startswith("${LOGITD_KEY:?")


def test_it_trains_predicts_and_keeps(container):
    client = container.start().client(KEY)
    assert container.client().get("/v1/models").status_code == 401
    rows = [[0.5, 0], [1, 0], [1.75, 0], [2, 1], [2.5, 0], [3, 1], [3.5, 0], [4.25, 1], [5, 1]]
    client.train(model="hours", target="passed", data={"columns": ["hours", "passed"], "rows": rows})
    before = client.predict("hours", rows=[[2.25]])
    assert 0 < before["predictions"][0]["probability"]["1"] < 1
    container.restart()
    assert container.client(KEY).predict("hours", rows=[[2.25]]) == before
    container.stop()
    assert KEY not in container.log()


def test_the_health_check_tells_ready_from_not(container):
    container.start()
    address = f"127.0.0.1:{container.port}"
    assert container.run(*healthcheck(), LOGITD_LISTEN=address).returncode == 0
    container.stop()
    assert container.run(*healthcheck(), LOGITD_LISTEN=address).returncode == 1


def test_the_root_is_read_only_and_the_user_nobody(container):
    done = container.run("sh", "-c", "id -u; touch /usr/local/bin/x || touch /x || touch /data/x && ls /data")
    assert done.stdout.split() == ["10001", "x"]
    assert done.stderr.count("Read-only file system") == 2


def test_it_refuses_to_serve_everybody_without_a_key(container):
    done = container.run("entrypoint", LOGITD_KEY="")
    assert done.returncode == 78
    assert "--no-auth" in done.stderr


def test_it_refuses_a_key_that_can_be_guessed(container):
    done = container.run("entrypoint", LOGITD_KEY="short")
    assert done.returncode == 78
    assert "openssl rand -hex 32" in done.stderr
    assert "short" not in done.stderr


def test_the_entry_point_passes_arguments_on(container):
    done = container.run("entrypoint", "--version")
    assert done.returncode == 0
    assert done.stdout.split() == ["logitd", (ROOT / "VERSION").read_text().strip()]
