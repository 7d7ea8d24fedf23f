"""Published figures held against computed ones, by the digits that were printed."""

from decimal import Decimal


def figure(result, key):
    """A case's published key in a stored result or in an answer of the daemon."""
    if isinstance(key, str):
        return result["fit"][key]
    name, term, field = key
    rows = result["coefficients"]
    return next(row[field] for row in rows if (row.get("class"), row["term"]) == (name, term))


def units_apart(printed, value):
    """How far a value is from a printed one, in units of its last place."""
    printed = Decimal(printed)
    return abs(Decimal(value) - printed) / Decimal(1).scaleb(printed.as_tuple().exponent)


def unmet(case, result):
    """The published figures of a case that are two units of their last place away or more: the last
    of thirteen digits is rounding in the publisher's doubles, and a textbook cut .23626 to .2362.
    """
    found = [(key, printed, figure(result, key)) for key, printed in case.published.items()]
    return [row for row in found if units_apart(row[1], row[2]) >= 2]
