"""`make install` and `make uninstall`, below a DESTDIR."""

import os
import subprocess

from daemon import ROOT


def make(*arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    subprocess.run(["make", *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)


def files(folder):
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_install_puts_program_and_documents_where_they_belong_and_uninstall_takes_them_away(tmp_path):
    target = [f"DESTDIR={tmp_path}", "PREFIX=/opt/here"]
    make("install", *target)
    assert files(tmp_path / "opt/here") == {
        "bin/logitd",
        "share/doc/logitd/LICENSE",
        "share/doc/logitd/README.md",
        "share/logitd/openapi.yaml",
    }
    done = subprocess.run([tmp_path / "opt/here/bin/logitd", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("logitd ")
    make("uninstall", *target)
    assert files(tmp_path) == set()
