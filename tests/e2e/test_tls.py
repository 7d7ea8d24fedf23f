"""HTTPS with a certificate of our own, and another one after SIGHUP."""

import signal
import socket
import ssl
import subprocess
import time

import pytest

from daemon import BINARY, clean_environment


def make_certificate(folder, name):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True,
        capture_output=True,
    )


def peer_name(daemon):
    """The name in the certificate that the daemon shows."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((daemon.host, daemon.port), 10) as plain:
        with context.wrap_socket(plain) as secure:
            der = secure.getpeercert(binary_form=True)
    text = subprocess.run(
        ["openssl", "x509", "-inform", "der", "-noout", "-subject"], input=der, capture_output=True, check=True
    ).stdout.decode()
    return text.strip().rpartition("=")[2].strip()


@pytest.fixture
def secure(daemons, tmp_path):
    make_certificate(tmp_path, "first")
    return daemons.start("--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")


def test_https_serves_what_http_serves(secure, tmp_path):
    assert secure.scheme == "https"
    client = secure.client()
    client.session.verify = str(tmp_path / "cert.pem")
    dataset = client.upload("x,y\n" + "".join(f"{i},{i * 31 % 7 % 2}\n" for i in range(100)), name="a")
    client.train(model="m", dataset=dataset["id"], target="y")
    assert len(client.predict("m", rows=[[1], [2]])["predictions"]) == 2


def test_plain_http_gets_no_answer_from_https(secure):
    assert not secure.raw(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize("version", ["TLSv1_1", "TLSv1_2", "TLSv1_3"])
def test_old_versions_of_tls_are_refused(secure, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
    with socket.create_connection((secure.host, secure.port), 10) as plain:
        if version == "TLSv1_1":
            with pytest.raises(OSError):
                context.wrap_socket(plain)
        else:
            with context.wrap_socket(plain) as sock:
                assert sock.version() == version.replace("_", ".")


def test_health_speaks_tls(secure, tmp_path):
    done = subprocess.run(
        [BINARY, "health", "--listen", f"127.0.0.1:{secure.port}", "--tls-cert", tmp_path / "cert.pem"],
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "ready\n")


def test_sighup_takes_a_new_certificate(secure, tmp_path):
    assert peer_name(secure) == "first"
    (tmp_path / "cert.pem").write_text("nonsense")
    secure.process.send_signal(signal.SIGHUP)
    wait_for(secure, '"event":"reload_failed"')
    assert peer_name(secure) == "first"
    make_certificate(tmp_path, "second")
    secure.process.send_signal(signal.SIGHUP)
    wait_for(secure, '"event":"reloaded"')
    assert peer_name(secure) == "second"


def wait_for(daemon, text):
    deadline = time.monotonic() + 10
    while text not in daemon.log():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_key_of_another_certificate_is_refused_at_the_start(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make_certificate(tmp_path / name, name)
    done = subprocess.run(
        [BINARY, "--listen", "127.0.0.1:0", "--data", tmp_path / "data"]
        + ["--tls-cert", tmp_path / "a" / "cert.pem", "--tls-key", tmp_path / "b" / "key.pem"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stdout) == (78, "")
    assert "certificate" in done.stderr
