"""Formulas fitted to real data, in the daemon's words and in patsy's.

generate_formulas.py fits them by patsy and statsmodels; test_formulas.py holds the daemon against that.
"""

import lzma
from dataclasses import dataclass, field

from cases import DATA

ADMISSIONS = "ucla_admissions/binary.csv"
TITANIC = "titanic/TitanicSurvival.csv"
DIAMONDS = "diamonds/diamonds.csv.xz"
PROGRAMMES = "hsbdemo/hsbdemo.csv"

DROP = {"missing": "drop"}


@dataclass(frozen=True)
class FormulaCase:
    name: str
    file: str
    formula: str
    terms: str
    """The right side as patsy has it; the offset apart."""
    response: str
    """What is predicted, as an expression of pandas; booleans are 1 and 0."""
    offset: str = None
    kind: str = "binomial"
    request: dict = field(default_factory=dict)
    has_same_columns: bool = True
    """R codes a product without its factors by columns that depend on each other, patsy does not:
    then only what does not depend on the choice is compared."""

    def text(self):
        path = DATA / self.file
        raw = lzma.open(path).read() if path.suffix == ".xz" else path.read_bytes()
        return raw.decode()


CASES = [
    FormulaCase(
        "admissions", ADMISSIONS, "admit ~ gre + gpa + C(rank)", "gre + gpa + C(rank)", "admit"
    ),
    FormulaCase(
        "admissions_reference",
        ADMISSIONS,
        'admit ~ gre + gpa + C(rank, ref="3")',
        "gre + gpa + C(rank, Treatment(3))",
        "admit",
    ),
    FormulaCase(
        "admissions_treatment",
        ADMISSIONS,
        "admit ~ gre:C(rank, Treatment(reference=3)) + gpa",
        "gre:C(rank, Treatment(3)) + gpa",
        "admit",
    ),
    FormulaCase(
        "admissions_point", ADMISSIONS, "admit ~ . - rank - 1", "gre + gpa - 1", "admit"
    ),
    FormulaCase(
        "admissions_squared",
        ADMISSIONS,
        "admit ~ (gre + gpa + C(rank))^2 - gre:gpa",
        "(gre + gpa + C(rank))**2 - gre:gpa",
        "admit",
    ),
    FormulaCase(
        "admissions_offsets",
        ADMISSIONS,
        "admit ~ C(rank) + offset(log(gre/500)) + offset(0.8*(gpa - 3.4))",
        "C(rank)",
        "admit",
        offset="np.log(gre / 500) + 0.8 * (gpa - 3.4)",
    ),
    FormulaCase(
        "admissions_all_levels", ADMISSIONS, "admit ~ 0 + C(rank) + gre", "0 + C(rank) + gre", "admit"
    ),
    FormulaCase(
        "admissions_compared",
        ADMISSIONS,
        'admit ~ I(gre >= 600 & gpa > 3.5) + I(rank == 1)*abs(gpa - 3.4)',
        "I(((gre >= 600) & (gpa > 3.5)) * 1) + I((rank == 1) * 1)*np.abs(gpa - 3.4)",
        "admit",
    ),
    FormulaCase("admissions_intercept", ADMISSIONS, "admit ~ 1", "1", "admit"),
    FormulaCase(
        "admissions_intercept_offset",
        ADMISSIONS,
        "admit ~ 1 + offset(log(gre/500))",
        "1",
        "admit",
        offset="np.log(gre / 500)",
    ),
    FormulaCase(
        "titanic",
        TITANIC,
        "survived ~ sex*passengerClass + log(age + 1) + I(age^2)",
        "sex*passengerClass + np.log(age + 1) + I(age**2)",
        "survived == 'yes'",
        request=DROP,
    ),
    FormulaCase(
        "titanic_text",
        TITANIC,
        "survived == 'no' ~ passengerClass/age + sqrt(age)",
        "passengerClass/age + np.sqrt(age)",
        "survived == 'no'",
        request=DROP,
    ),
    FormulaCase(
        "titanic_slopes",
        TITANIC,
        "survived ~ 0 + sex:passengerClass:age + sex",
        "0 + sex + sex:passengerClass:age",
        "survived == 'yes'",
        request=DROP,
    ),
    FormulaCase(
        "titanic_product",
        TITANIC,
        "survived ~ sex:passengerClass",
        "sex:passengerClass",
        "survived == 'yes'",
        has_same_columns=False,
    ),
    FormulaCase(
        "diamonds",
        DIAMONDS,
        "price > 5000 ~ log(carat) + cut",
        "np.log(carat) + cut",
        "price > 5000",
    ),
    FormulaCase(
        "diamonds_price",
        DIAMONDS,
        "log(price) ~ log(carat)*cut - cut + I(x*y*z)",
        "np.log(carat)*cut - cut + I(x * y * z)",
        "np.log(price)",
        kind="gaussian",
        request={"family": "gaussian"},
    ),
    FormulaCase(
        "diamonds_intercept",
        DIAMONDS,
        "log(price) ~ 1",
        "1",
        "np.log(price)",
        kind="gaussian",
        request={"family": "gaussian"},
    ),
    FormulaCase("programmes_intercept", PROGRAMMES, "prog ~ 1", "1", "prog", kind="multinomial"),
    FormulaCase(
        "programmes",
        PROGRAMMES,
        "prog ~ ses*write + log(math)",
        "ses*write + np.log(math)",
        "prog",
        kind="multinomial",
    ),
]

BY_NAME = {case.name: case for case in CASES}
