#!/usr/bin/env python3
"""Standard errors, intervals and contributions of rows, to fifty digits, in values_predictions/NAME.json.

    python3 tests/reference/generate_predictions.py [NAME …]           writes them, all or those named
    python3 tests/reference/generate_predictions.py --check [NAME …]   computes them again and compares

The covariance is that of infer.py, the formulas are those of core/model/score_error.h. Gradients of the
logits of probabilities are had from complex steps, not from their formula.
"""

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from mpmath import exp, log, mp, mpc, mpf, sqrt

from cases import BY_NAME
from encode import encode
from generate import differences, text_of, texts_of, write_lines
from infer import STEP, Fit, reach

VALUES = Path(__file__).resolve().parent / "values_predictions"
N_ROWS = 5


@dataclass(frozen=True)
class Asked:
    name: str
    case: str
    confidence: float = 0.95
    more: dict = field(default_factory=dict)

    @property
    def base(self):
        return BY_NAME[self.case]

    @property
    def request(self):
        return self.base.request | self.more


ASKED = [
    Asked("admissions", "ucla_admissions"),
    Asked("admissions_hc0", "ucla_admissions", 0.9, {"covariance": "hc0"}),
    Asked("admissions_l2", "ucla_admissions_l2", 0.99),
    Asked("admissions_softmax", "ucla_admissions_two_class_softmax"),
    Asked("admissions_weighted", "ucla_admissions_weighted"),
    Asked("penguins", "penguins_species"),
    Asked("programmes", "hsbdemo", 0.8),
    Asked("spector", "spector"),
    Asked("spector_no_intercept", "spector_no_intercept"),
]
BY_ASKED = {asked.name: asked for asked in ASKED}


def logits(log_odds):
    """Of the probability of each class, from the log-odds of all but the first against it."""
    all_of_them = [mpf(0), *log_odds]
    return [
        z - log(sum(exp(other) for j, other in enumerate(all_of_them) if j != k))
        for k, z in enumerate(all_of_them)
    ]


def gradients(log_odds):
    """[class][block]"""
    columns = []
    for block in range(len(log_odds)):
        moved = [mpc(z, STEP if b == block else 0) for b, z in enumerate(log_odds)]
        columns.append([logit.imag / STEP for logit in logits(moved)])
    return [list(row) for row in zip(*columns)]


def sigmoid(z):
    return 1 / (1 + exp(-z))


class Predicting:
    def __init__(self, asked):
        self.fitted = Fit(encode(asked.base), asked.request)
        self.design = self.fitted.design
        self.n_terms = self.fitted.n_terms
        self.blocks = [
            self.fitted.beta[start : start + self.n_terms]
            for start in range(0, self.fitted.n, self.n_terms)
        ]
        self.reach = reach(asked.confidence)
        weights = self.design.weights
        total = mp.fsum(weights)
        self.means = [mp.fdot(weights, column) / total for column in self.design.columns]

    def covariance_of(self, x, a, b):
        covariance, n = self.fitted.covariance, self.n_terms
        return mp.fsum(
            x[i] * x[j] * covariance[a * n + i][b * n + j] for i in range(n) for j in range(n)
        )

    def contributions(self, x, block):
        """By feature."""
        sums = {}
        for term, value, mean, weight in zip(self.design.terms, x, self.means, block):
            if term != "(intercept)":
                name = term.split("[")[0]
                sums[name] = sums.get(name, mpf(0)) + weight * (value - mean)
        return sums

    def scores(self, of_block):
        """What is told of each class: of two the one block, of several centred over classes."""
        if self.design.is_binomial:
            return {self.design.classes[1]: of_block[0]}
        mean = mp.fsum(of_block) / (len(of_block) + 1)
        return dict(zip(self.design.classes, [-mean, *(value - mean for value in of_block)]))

    def row(self, i):
        x = [column[i] for column in self.design.columns]
        n = len(self.blocks)
        log_odds = [mp.fdot(x, block) for block in self.blocks]
        v = [[self.covariance_of(x, a, b) for b in range(n)] for a in range(n)]
        intervals = {}
        rows = zip(self.design.classes, logits(log_odds), gradients(log_odds))
        for name, logit, g in rows:
            error = sqrt(mp.fsum(g[a] * v[a][b] * g[b] for a in range(n) for b in range(n)))
            intervals[name] = [
                text_of(sigmoid(logit - self.reach * error)),
                text_of(sigmoid(logit + self.reach * error)),
            ]
        parts = [self.contributions(x, block) for block in self.blocks]
        at_means = [mp.fdot(self.means, block) for block in self.blocks]
        return {
            "instance": self.design.instances[i],
            "scores": texts_of(self.scores(log_odds)),
            "standard_error": {
                name: text_of(sqrt(v[b][b])) for b, name in enumerate(self.design.classes[1:])
            },
            "interval": intervals,
            "bias": texts_of(self.scores(at_means)),
            "contributions": {
                name: texts_of(self.scores([part[name] for part in parts])) for name in parts[0]
            },
        }


def result_of(asked):
    predicting = Predicting(asked)
    step = max(1, predicting.design.n_rows // N_ROWS)
    return {
        "name": asked.name,
        "case": asked.case,
        "sha256_of_upload": hashlib.sha256(asked.base.text().encode()).hexdigest(),
        "request": asked.request,
        "confidence": asked.confidence,
        "classes": predicting.design.classes,
        "rows": [predicting.row(i) for i in range(0, predicting.design.n_rows, step)],
    }


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
    VALUES.mkdir(exist_ok=True)
    for asked in chosen:
        print(asked.name, flush=True)
        (VALUES / f"{asked.name}.json").write_text(write_lines(result_of(asked)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
