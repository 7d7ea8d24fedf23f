#!/usr/bin/env python3
"""Solves the cases of l1_cases.py to fifty digits and stores what comes out, in values_l1/NAME.json.

    python3 tests/reference/l1_generate.py [NAME …]     writes them, all or those named

As generate.py, of which it has encoding and writing; the daemon has no part in it.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from encode import encode
from generate import differences, text_of, write_lines
from l1_cases import L1_BY_NAME, L1_CASES
from l1_solve import fit

L1_VALUES = Path(__file__).resolve().parent / "values_l1"


def weights_as_given(design, beta):
    """On the columns as given, as a softmax form has them; intercepts add up to 0."""
    given = {(k, j): value / design.scaling[j][1] for (k, j), value in beta.items()}
    for (k, j), value in list(given.items()):
        mean = design.scaling[j][0]
        if mean != 0:
            given[k, 0] = given.get((k, 0), 0) - value * mean
    if design.terms[0] != "(intercept)":
        return given
    shift = sum(value for (_, j), value in given.items() if j == 0) / len(design.classes)
    return {(k, j): value - shift if j == 0 else value for (k, j), value in given.items()}


def result_of(case):
    """Of the coefficients those that are not 0; of a multinomial model those of each class."""
    design = encode(case)
    solved = fit(design, case.request)
    if not design.is_binomial:
        solved["beta"] = weights_as_given(design, solved["beta"])
    return {
        "case": case.name,
        "file": case.file,
        "query": case.query,
        "request": case.request,
        "classes": design.classes,
        "is_binomial": design.is_binomial,
        "fit": {name: text_of(value) for name, value in solved.items() if name != "beta"},
        "weights": [
            {"class": design.classes[k], "term": design.terms[j], "estimate": text_of(value)}
            for (k, j), value in sorted(solved["beta"].items())
        ],
    }


def check(case):
    stored = json.loads((L1_VALUES / f"{case.name}.json").read_text())
    return differences(case.name, stored, json.loads(json.dumps(result_of(case))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    names = parser.parse_args().names
    L1_VALUES.mkdir(exist_ok=True)
    for case in [L1_BY_NAME[name] for name in names] or L1_CASES:
        print(case.name, flush=True)
        (L1_VALUES / f"{case.name}.json").write_text(write_lines(result_of(case)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
