#!/usr/bin/env python3
"""Fits formula_cases.py by patsy and statsmodels and stores what comes out, in values_formulas/NAME.json.

    python3 tests/reference/generate_formulas.py [NAME …]

Needs pandas, patsy and statsmodels (0.14), which the tests themselves do not.
"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import io

import numpy as np
import pandas as pd
import patsy
import statsmodels.api as sm

from formula_cases import BY_NAME, CASES

VALUES = Path(__file__).resolve().parent / "values_formulas"


def contract_name(name):
    """patsy's name of a column in the contract's form: C(rank, Treatment(3))[T.2] is rank[2]."""
    name = re.sub(r"\[(?:T\.)?([^]]*)\]", r"[\1]", name)
    name = re.sub(r"C\((\w+)(?:, Treatment\(\d+\))?\)", r"\1", name)
    return "(intercept)" if name == "Intercept" else name


def read(case):
    table = pd.read_csv(io.StringIO(case.text()), index_col=False)
    return table.dropna() if case.request.get("missing") == "drop" else table


def fit(case, table):
    x = patsy.dmatrix(case.terms, table, return_type="dataframe")
    y = eval(case.response, {"np": np}, dict(table))
    if case.kind == "gaussian":
        return sm.OLS(y, x).fit(), x
    if case.kind == "multinomial":
        model = sm.MNLogit(y.astype("category"), x)
        return model.fit(method="newton", tol=1e-10, maxiter=100, disp=0), x
    offset = eval(case.offset, {"np": np}, dict(table)) if case.offset else None
    model = sm.GLM(y.astype(float), x, family=sm.families.Binomial(), offset=offset)
    return model.fit(tol=1e-14, maxiter=100, tol_criterion="params"), x


def coefficients(case, fitted, x):
    names = [contract_name(name) for name in x.columns]
    if case.kind != "multinomial":
        pairs = zip(names, fitted.params, fitted.bse)
        return [{"term": term, "estimate": e, "std_error": s} for term, e, s in pairs]
    classes = list(fitted.model._ynames_map.values())[1:]
    params, errors = np.asarray(fitted.params), np.asarray(fitted.bse)
    return [
        {"class": label, "term": term, "estimate": params[i, k], "std_error": errors[i, k]}
        for k, label in enumerate(classes)
        for i, term in enumerate(names)
    ]


def values(case):
    table = read(case)
    fitted, x = fit(case, table)
    result = {
        "formula": case.formula,
        "n_rows": len(table),
        "log_likelihood": float(fitted.llf),
        "coefficients": coefficients(case, fitted, x),
    }
    return result if case.has_same_columns else result | {"coefficients": None}


def main():
    VALUES.mkdir(exist_ok=True)
    for case in [BY_NAME[name] for name in sys.argv[1:]] or CASES:
        text = json.dumps(values(case), indent=1) + "\n"
        (VALUES / f"{case.name}.json").write_text(text)


if __name__ == "__main__":
    main()
