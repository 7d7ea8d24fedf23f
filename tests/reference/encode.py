"""From uploaded text and a job's request to numbers, as the contract says, without the daemon.

Numbers are the doubles nearest to the cells, since a double is what the daemon can know; all that
follows from them is exact.
"""

import csv
import io
from dataclasses import dataclass

from mpmath import mp, mpf, sqrt

DELIMITERS = {"space": " ", "tab": "\t", "comma": ",", "semicolon": ";"}


@dataclass
class Design:
    """Rows that are kept, the intercept (where there is one) being the first column."""

    terms: list
    columns: list
    """[term][row]"""
    classes: list
    shares: list
    """[row][class]: 1 for the row's class; of counts, the shares of both. The first is the one
    that coefficients compare with."""
    weights: list
    offset: list
    instances: list
    """[row] its features as they are written: what a caller would send to have it predicted."""
    log_coefficient: object
    """The sum over rows of weight times log(trials over successes)."""
    n_rows: int
    n_rows_dropped: int
    factors: list
    """Of the penalty, [term]; the intercept's is 0."""
    is_binomial: bool
    scaling: list
    """[term] mean and scale of the column as given; 0 and 1 where it is not standardised."""


# --- the table ---------------------------------------------------------------------------


def read_rows(case):
    is_tsv = case.content_type == "text/tab-separated-values"
    delimiter = case.query.get("delimiter", "tab" if is_tsv else "comma")
    if case.prepare:
        delimiter = "comma"
    rows = csv.reader(
        io.StringIO(case.text()),
        delimiter=DELIMITERS[delimiter],
        quotechar=case.query.get("quote", '"'),
    )
    rows = [[cell.strip() for cell in row] for row in rows if row]
    if case.query.get("header") == "false":
        return [f"c{i + 1}" for i in range(len(rows[0]))], rows
    return rows[0], rows[1:]


def read_columns(case):
    """The columns by name, a missing cell being None."""
    names, rows = read_rows(case)
    missing = set(case.query.get("na", "NA,NaN,?,").split(","))
    columns = {}
    for i, name in enumerate(names):
        columns[name] = [None if row[i] in missing else row[i] for row in rows]
    return columns


def is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def are_numbers(cells):
    return all(is_number(cell) for cell in cells if cell is not None)


def levels_of(cells):
    found = set(cells)
    return sorted(found, key=float if are_numbers(cells) else str.encode)


# --- roles -------------------------------------------------------------------------------


def role_columns(request):
    return [request[role] for role in ("target", "weights", "trials", "offset") if role in request]


def features_of(request, columns):
    roles = role_columns(request)
    return request.get("features", [name for name in columns if name not in roles])


def kept_rows(request, columns, features):
    """The numbers of the rows where no column in use lacks its cell; only columns that say "drop"
    may lack one."""
    used = role_columns(request) + features
    asked = request.get("columns", {})
    for name in used:
        lacks = any(cell is None for cell in columns[name])
        assert not lacks or asked.get(name, {}).get("missing") == "drop", name
    n_rows = len(columns[used[0]])
    return [i for i in range(n_rows) if all(columns[name][i] is not None for name in used)]


# --- columns of the design ---------------------------------------------------------------


def numbers(cells):
    return [mpf(float(cell)) for cell in cells]


def encode_feature(name, cells, asked):
    """(term, column) pairs: one of a number, one a level but the reference of a category."""
    if asked.get("type") != "categorical" and are_numbers(cells):
        return [(name, numbers(cells))]
    levels = levels_of(cells)
    reference = asked.get("reference", levels[0])
    assert reference in levels
    return [
        (f"{name}[{level}]", [mpf(cell == level) for cell in cells])
        for level in levels
        if level != reference
    ]


def mean_and_scale(column, weights, has_intercept):
    """What standardising takes off, where an intercept makes up for it, and divides by."""
    total = mp.fsum(weights)
    mean = mp.fdot(weights, column) / total
    scale = sqrt(mp.fsum(w * (x - mean) ** 2 for w, x in zip(weights, column)) / total)
    return (mean if has_intercept else mpf(0)), scale


def penalty_factors(request, features, encoded):
    """What l2 is multiplied by, term by term."""
    asked = request.get("penalty", {}).get("factors", {})
    return [mpf(float(asked.get(name, 1))) for name in features for _ in encoded[name]]


# --- target ------------------------------------------------------------------------------


def encode_counts(successes, trials, weights):
    """Shares of failure and success, weights times trials, and the log-coefficient."""
    shares, scaled = [], []
    log_coefficient = mpf(0)
    for y, n, w in zip(successes, trials, weights):
        shares.append([1 - y / n, y / n])
        scaled.append(w * n)
        log_coefficient += w * mp.log(mp.binomial(n, y))
    return shares, scaled, log_coefficient


def order_classes(request, levels, is_binomial):
    """The class that coefficients compare with comes first."""
    if is_binomial:
        positive = request.get("positive", levels[-1])
        return [level for level in levels if level != positive] + [positive]
    reference = request.get("reference", levels[0])
    return [reference] + [level for level in levels if level != reference]


def choose_family(request, levels):
    family = request.get("family", "auto")
    return "binomial" if family == "auto" and len(levels) == 2 else family


def encode_target(request, columns, weights):
    cells = columns[request["target"]]
    if "trials" in request:
        counts = encode_counts(numbers(cells), numbers(columns[request["trials"]]), weights)
        shares, scaled, log_coefficient = counts
        classes = order_classes(request, ["0", "1"], True)
        if classes[1] == "0":
            shares = [row[::-1] for row in shares]
        return classes, True, shares, scaled, log_coefficient
    levels = levels_of(cells)
    is_binomial = choose_family(request, levels) == "binomial"
    classes = order_classes(request, levels, is_binomial)
    shares = [[mpf(cell == name) for name in classes] for cell in cells]
    return classes, is_binomial, shares, weights, mpf(0)


# --- all together ------------------------------------------------------------------------


def encode(case):
    request = case.request
    every = read_columns(case)
    features = features_of(request, every)
    kept = kept_rows(request, every, features)
    columns = {name: [cells[i] for i in kept] for name, cells in every.items()}
    one = [mpf(1)] * len(kept)
    weights = numbers(columns[request["weights"]]) if "weights" in request else one
    classes, is_binomial, shares, weights, log_coefficient = encode_target(
        request, columns, weights
    )
    asked = request.get("columns", {})
    encoded = {name: encode_feature(name, columns[name], asked.get(name, {})) for name in features}
    pairs = [pair for name in features for pair in encoded[name]]
    has_intercept = request.get("intercept", True)
    scaling = [(mpf(0), mpf(1))] * len(pairs)
    if request.get("standardize"):
        scaling = [mean_and_scale(column, weights, has_intercept) for _, column in pairs]
        pairs = [
            (term, [(x - mean) / scale for x in column])
            for (term, column), (mean, scale) in zip(pairs, scaling)
        ]
    factors = penalty_factors(request, features, encoded)
    if has_intercept:
        pairs.insert(0, ("(intercept)", one))
        factors.insert(0, mpf(0))
        scaling.insert(0, (mpf(0), mpf(1)))
    return Design(
        terms=[term for term, _ in pairs],
        columns=[column for _, column in pairs],
        classes=classes,
        shares=shares,
        weights=weights,
        offset=numbers(columns[request["offset"]]) if "offset" in request else [mpf(0)] * len(kept),
        instances=[{name: columns[name][i] for name in features} for i in range(len(kept))],
        log_coefficient=log_coefficient,
        n_rows=len(kept),
        n_rows_dropped=len(every[request["target"]]) - len(kept),
        factors=factors,
        is_binomial=is_binomial,
        scaling=scaling,
    )
