#!/usr/bin/env python3
"""Stores what infer.py makes of some cases, in values_statistics/NAME.json.

    python3 tests/reference/generate_statistics.py [NAME …]           writes them, all or those named
    python3 tests/reference/generate_statistics.py --check [NAME …]   computes them again and compares
"""

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cases import BY_NAME
from encode import encode, read_columns
from generate import differences, member, text_of, texts_of
from infer import Fit

VALUES = Path(__file__).resolve().parent / "values_statistics"
N_ROWS = 7


@dataclass(frozen=True)
class Asked:
    """A case, and what is asked of it beside its request."""

    name: str
    case: str
    more: dict

    @property
    def base(self):
        return BY_NAME[self.case]

    @property
    def request(self):
        return self.base.request | self.more


ALL = {"marginal_effects": True, "vif": True, "residuals": True}
PROFILE = {"intervals": "profile"}

ASKED = [
    Asked("admissions_profile", "ucla_admissions", ALL | PROFILE),
    Asked("admissions_hc0", "ucla_admissions", ALL | {"covariance": "hc0", "confidence": 0.9}),
    Asked("admissions_hc1_weighted", "ucla_admissions_weighted", ALL | {"covariance": "hc1"}),
    Asked("admissions_hc1_repeated", "ucla_admissions_repeated", {"covariance": "hc1"} | ALL),
    Asked(
        "admissions_clusters",
        "ucla_admissions",
        {"covariance": "cluster", "cluster": "gre", "features": ["gre", "gpa", "rank"]},
    ),
    Asked("admissions_l2_profile", "ucla_admissions_l2", PROFILE | {"confidence": 0.99}),
    Asked("programmes_profile", "hsbdemo", ALL | PROFILE),
    Asked("programmes_hc0", "hsbdemo", ALL | {"covariance": "hc0"}),
    Asked("programmes_clusters", "hsbdemo", {"covariance": "cluster", "cluster": "cid"}),
    Asked("spector_profile", "spector", ALL | PROFILE),
]
BY_ASKED = {asked.name: asked for asked in ASKED}


def fit_of(asked):
    design = encode(asked.base)
    if "cluster" in asked.more:
        design.clusters = read_columns(asked.base)[asked.more["cluster"]]
        assert len(design.clusters) == design.n_rows and None not in design.clusters
    return Fit(design, asked.request)


def result_of(asked):
    fitted = fit_of(asked)
    n_terms = fitted.n_terms
    names = [
        {"term": fitted.design.terms[i % n_terms]}
        | ({} if fitted.design.is_binomial else {"class": fitted.design.classes[1 + i // n_terms]})
        for i in range(fitted.n)
    ]
    result = {
        "name": asked.name,
        "case": asked.case,
        "sha256_of_upload": hashlib.sha256(asked.base.text().encode()).hexdigest(),
        "request": asked.request,
        "coefficients": [
            name | texts_of(row) for name, row in zip(names, fitted.coefficients(), strict=True)
        ],
        "wald_test": texts_of(fitted.wald(fitted.slopes())) if has_wald(fitted) else None,
        "score_test": texts_of(fitted.score_test()),
        "term_tests": [
            {"input": name} | texts_of(row) for name, row in fitted.term_tests().items()
        ],
    }
    if asked.request.get("marginal_effects"):
        step = max(1, fitted.design.n_rows // N_ROWS)
        result["marginal_effects"] = [
            {key: value if isinstance(value, str) else text_of(value) for key, value in row.items()}
            for row in fitted.marginal_effects()
        ]
        result["variance_inflation"] = [
            {"input": name} | texts_of(row) for name, row in fitted.inflation().items()
        ]
        result["residuals"] = [
            {"row": i + 1} | texts_of(fitted.residuals(i))
            for i in range(0, fitted.design.n_rows, step)
            if fitted.problem.weights[i] > 0
        ]
    return result


def has_wald(fitted):
    """Clusters may be fewer than coefficients."""
    clusters = getattr(fitted.design, "clusters", None)
    return not clusters or len(set(clusters)) > fitted.n


def write(result):
    text = ",\n".join(" " + member(*item) for item in result.items())
    VALUES.mkdir(exist_ok=True)
    (VALUES / f"{result['name']}.json").write_text("{\n" + text + "\n}\n")


def stored(asked):
    return json.loads((VALUES / f"{asked.name}.json").read_text())


def check(asked):
    return differences(asked.name, stored(asked), json.loads(json.dumps(result_of(asked))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    chosen = [BY_ASKED[name] for name in arguments.names] or ASKED
    if arguments.check:
        found = [line for asked in chosen for line in check(asked)]
        print("\n".join(found) if found else f"{len(chosen)} agree")
        return bool(found)
    for asked in chosen:
        print(asked.name, flush=True)
        write(result_of(asked))
    return 0


if __name__ == "__main__":
    sys.exit(main())
