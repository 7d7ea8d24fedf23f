#!/usr/bin/env python3
"""Solves the cases to fifty digits and stores what comes out, in values/NAME.json.

    python3 tests/reference/generate.py [NAME …]           writes them, all or those named
    python3 tests/reference/generate.py --check [NAME …]   solves the small ones, or those named,
                                                           again and compares with what is stored

Needs mpmath (tests/requirements.txt); with gmpy2 beside it, it is several times as fast. The daemon
has no part in it: reading, encoding (encode.py), solving and statistics (solve.py) are its own.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from mpmath import mp, mpf, nstr

from cases import BY_NAME, CASES
import firth
from encode import encode
from solve import coefficient_statistics, fit

VALUES = Path(__file__).resolve().parent / "values"
STORED_DIGITS = 32
AGREED_DIGITS = 30
MOST_COVARIANCES = 8
N_PREDICTIONS = 5


def text_of(value):
    """Whole numbers as they are; others as text, so that no reader cuts their digits."""
    return value if isinstance(value, int) else nstr(value, STORED_DIGITS)


def texts_of(numbers):
    return {name: text_of(value) for name, value in numbers.items()}


def coefficients(design, solved):
    rows = []
    n_terms = len(design.terms)
    for i, estimate in enumerate(solved["beta"]):
        names = {"term": design.terms[i % n_terms]}
        if not design.is_binomial:
            names["class"] = design.classes[1 + i // n_terms]
        numbers = coefficient_statistics(estimate, solved["covariance"][i][i])
        rows.append(names | texts_of(numbers))
    return rows


def covariance(solved):
    """The lower triangle by rows, of small models."""
    matrix = solved["covariance"]
    if len(matrix) > MOST_COVARIANCES:
        return None
    return [[text_of(value) for value in row[: i + 1]] for i, row in enumerate(matrix)]


def predictions(design, solved):
    """Of some rows spread over those that are kept: log-odds of each class against the first, and
    probabilities."""
    step = max(1, design.n_rows // N_PREDICTIONS)
    return [
        {
            "instance": design.instances[i],
            "scores": dict(zip(design.classes, map(text_of, solved["scores"][i]))),
            "probability": dict(zip(design.classes, map(text_of, solved["probabilities"][i]))),
        }
        for i in range(0, design.n_rows, step)
    ]


def result_of(case):
    design = encode(case)
    solved = (firth.fit if case.request.get("firth") else fit)(design, case.request)
    return {
        "case": case.name,
        "file": case.file,
        "sha256_of_upload": hashlib.sha256(case.text().encode()).hexdigest(),
        "query": case.query,
        "request": case.request,
        "classes": design.classes,
        "terms": design.terms,
        "fit": texts_of(solved["fit"]),
        "coefficients": coefficients(design, solved),
        "covariance": covariance(solved),
        "predictions": predictions(design, solved),
    }


# --- writing -----------------------------------------------------------------------------


def member(name, value):
    """One line, or a line for each element."""
    head = json.dumps(name) + ": "
    if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        lines = ",\n".join("  " + json.dumps(item) for item in value)
        return f"{head}[\n{lines}\n ]"
    if name == "fit":
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(v)}" for key, v in value.items())
        return f"{head}{{\n{lines}\n }}"
    return head + json.dumps(value)


def write_lines(result):
    return "{\n" + ",\n".join(" " + member(*item) for item in result.items()) + "\n}\n"


def write(result):
    VALUES.mkdir(exist_ok=True)
    (VALUES / f"{result['case']}.json").write_text(write_lines(result))


# --- checking ----------------------------------------------------------------------------


def is_numeric(text):
    return isinstance(text, str) and text[:1] in "-0123456789" and text.count(".") == 1


def differences(path, stored, found):
    """Where two results differ, numbers by more than a relative 1e-30."""
    if isinstance(stored, dict) and isinstance(found, dict) and stored.keys() == found.keys():
        pairs = [(f"{path}.{key}", stored[key], found[key]) for key in stored]
    elif isinstance(stored, list) and isinstance(found, list) and len(stored) == len(found):
        pairs = [(f"{path}[{i}]", *pair) for i, pair in enumerate(zip(stored, found))]
    else:
        both = is_numeric(stored) and is_numeric(found)
        is_same = (
            mp.almosteq(mpf(stored), mpf(found), mpf(10) ** -AGREED_DIGITS)
            if both
            else (stored == found)
        )
        return [] if is_same else [f"{path}: stored {stored}, found {found}"]
    return [line for pair in pairs for line in differences(*pair)]


def check(case):
    stored = json.loads((VALUES / f"{case.name}.json").read_text())
    found = json.loads(json.dumps(result_of(case)))
    return differences(case.name, stored, found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    cases = [BY_NAME[name] for name in arguments.names]
    if arguments.check:
        cases = cases or [case for case in CASES if case.is_small]
        found = [line for case in cases for line in check(case)]
        print("\n".join(found) if found else f"{len(cases)} cases agree")
        return bool(found)
    for case in cases or CASES:
        print(case.name, flush=True)
        write(result_of(case))
    return 0


if __name__ == "__main__":
    sys.exit(main())
