"""What README.md, DESIGN.md and CONTRIBUTING.md claim of the tree, the options and the API."""

import re
import subprocess

import pytest

from daemon import BINARY, ROOT
from openapi import Document

DOCUMENTS = ["README.md", "DESIGN.md", "CONTRIBUTING.md", "examples/penguins.md"]
TOP = "api|bench|core|docker|examples|server|tests|\\.ci"


def section(document, title):
    return (ROOT / document).read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]


def code(text):
    """What stands between backquotes."""
    return re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_are_there(document):
    text = (ROOT / document).read_text()
    named = set(re.findall(rf"(?<![\w/.-])((?:{TOP})/[\w./*<>-]*[\w*/>])", text))
    named |= set(re.findall(r"\]\(([^)#:]+)\)", text))
    real = [name for name in sorted(named) if not re.search(r"[<*]|\bfoo", name)]
    assert not [name for name in real if not (ROOT / name).exists()]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_targets_that_are_named_can_be_made(document):
    targets = set(re.findall(r"(?:^|`|    )make ([a-z-]+)", (ROOT / document).read_text(), re.M))
    makefiles = (ROOT / "Makefile").read_text() + (ROOT / "tests/tests.mk").read_text()
    assert not [target for target in targets if not re.search(rf"^{target}:", makefiles, re.M)]


def test_every_option_is_in_the_readme_and_no_other():
    shown = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r"--[a-z][a-z-]+", shown)) - {"--help", "--version"}
    told = set(re.findall(r"--[a-z][a-z-]+", section("README.md", "Options"))) - {"--help", "--version"}
    assert told == options


def test_defaults_in_the_readme_are_those_of_help():
    shown = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
    shown = re.sub(r"\s+", " ", shown)
    for line in section("README.md", "Options").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `--") and cells[1] not in ("none", "off"):
            assert cells[1].strip("`") in shown, line


def told_operations():
    """(method, path) of the table; `GET` `DELETE /path` tells of two, a bare path of GET."""
    told, methods = set(), []
    for span in code(section("README.md", "API")):
        found = re.fullmatch(r"(?:(GET|PUT|POST|DELETE) )?(/[^\s?]*)(?:\?.*)?", span)
        if span in ("GET", "PUT", "POST", "DELETE"):
            methods.append(span)
        elif found:
            told |= {(method, found[2]) for method in [*methods, found[1] or "GET"]}
            methods = []
    return told


def test_every_operation_is_in_the_readme_and_no_other():
    operations = {(operation.method.upper(), operation.path) for operation in Document().operations()}
    assert told_operations() == operations


def test_the_design_has_a_paragraph_for_each_room():
    layers = (ROOT / "LAYERS").read_text()
    rooms = re.findall(r"^([a-z/]+):", layers, re.M)
    told = re.findall(r"^\*\*([a-z/]+)\*\*", section("DESIGN.md", "Rooms"), re.M)
    assert told == rooms


def test_the_design_tells_of_every_library():
    makefile = (ROOT / "Makefile").read_text()
    packages = re.search(r"^PACKAGES := (.*)$", makefile, re.M)[1].split()
    names = {"yaml-0.1": "libyaml", "sqlite3": "SQLite", "openblas": "OpenBLAS"}
    text = section("DESIGN.md", "Dependencies").lower()
    assert not [p for p in packages if names.get(p, p).lower() not in text]


def test_the_version_is_one():
    version = (ROOT / "VERSION").read_text().strip()
    assert Document().document["info"]["version"] == version
    shown = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout
    assert version in shown
