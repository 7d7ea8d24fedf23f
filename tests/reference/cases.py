"""What is fitted: real data, how they are read, and the job that fits them.

Each case names a file of the data sets beside the repository (../shared/data, or where
LOGITD_TEST_DATA says; their SOURCE files tell where they come from), the query of its upload, and
the job's request without the dataset. A preparation turns the file into the CSV text that is
uploaded instead, for columns that the file does not have. The generator and the test both read this
file, and share no more than that.
"""

import csv
import io
import lzma
import math
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
DATA = Path(os.environ.get("LOGITD_TEST_DATA", BESIDE))

CSV = "text/csv"
TSV = "text/tab-separated-values"


@dataclass(frozen=True)
class Case:
    name: str
    file: str
    request: dict
    query: dict = field(default_factory=dict)
    content_type: str = CSV
    prepare: object = None
    """Takes the text of the file, gives the CSV text to upload."""
    published: dict = field(default_factory=dict)
    """Figures as their source prints them: a name of the answer, or (class, term, field)."""
    is_small: bool = True
    """Solved again by generate.py --check."""

    def text(self):
        """What is uploaded."""
        path = DATA / self.file
        raw = lzma.open(path).read() if path.suffix == ".xz" else path.read_bytes()
        text = raw.decode()
        return self.prepare(text) if self.prepare else text


# --- preparations ------------------------------------------------------------------------


def table_text(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def with_column(text, name, value_of, **dialect):
    """The rows with one more column, computed from the cells by name."""
    header, *rows = csv.reader(io.StringIO(text), **dialect)
    added = [row + [value_of(dict(zip(header, row)))] for row in rows]
    return table_text([header + [name], *added])


def add_log_population(text):
    """log(popul + .1), as the published fits of anes96 have it."""
    return with_column(
        text,
        "logpopul",
        lambda row: repr(math.log(float(row["popul"]) + 0.1)),
        delimiter="\t",
        quotechar="'",
    )


def add_gre_weight(text):
    return with_column(text, "w", lambda row: repr(0.25 + float(row["gre"]) / 800))


def add_gpa_offset(text):
    return with_column(text, "o", lambda row: repr(0.75 * (float(row["gpa"]) - 3.4)))


def add_row_number_weight(text):
    """0, 1, 2, 3, 0, 1, …: how often a row is repeated."""
    header, *rows = csv.reader(io.StringIO(text))
    return table_text([header + ["n"]] + [row + [i % 4] for i, row in enumerate(rows)])


def count_survivors(text):
    """The passengers counted by sex and class: survivors of so many people; and a weight."""
    header, *rows = csv.reader(io.StringIO(text))
    cells = {}
    for row in (dict(zip(header, row)) for row in rows):
        cell = cells.setdefault((row["sex"], row["passengerClass"]), [0, 0])
        cell[0] += row["survived"] == "yes"
        cell[1] += 1
    counted = [[*key, *cells[key], 0.5 + i / 4] for i, key in enumerate(sorted(cells))]
    return table_text([["sex", "class", "survived", "people", "w"], *counted])


def single_precision(value):
    return repr(struct.unpack("f", struct.pack("f", value))[0])


def round_gpa(text):
    """Stata, which published these figures, keeps numbers in single precision if not told
    otherwise: 2.66 is 2.6600000858306885 there."""
    return with_column(
        text.replace("'GPA'", "'gpa'"),
        "GPA",
        lambda row: single_precision(float(row["gpa"])),
        delimiter=" ",
        quotechar="'",
    )


def add_rounded_log_population(text):
    """As round_gpa."""
    return with_column(
        text,
        "logpopul",
        lambda row: single_precision(math.log(float(row["popul"]) + 0.1)),
        delimiter="\t",
        quotechar="'",
    )


def without_neovasculation(text):
    """The rows where NV is 0, without that column. All others have HG = 1: as NV's coefficient grows
    without bound they are predicted ever better, and the rest of the fit goes to that of these."""
    header, *rows = csv.reader(io.StringIO(text))
    assert header[0] == "NV" and all(row[3] == "1" for row in rows if row[0] == "1")
    return table_text([header[1:]] + [row[1:] for row in rows if row[0] == "0"])


# --- published figures -------------------------------------------------------------------

# Stata 11, as statsmodels 0.14 stores it (statsmodels/discrete/tests/results/results_discrete.py).
SPECTOR = {
    (None, "GPA", "estimate"): "2.82611297201",
    (None, "GPA", "std_error"): "1.26294114526",
    (None, "TUCE", "estimate"): ".0951576702557",
    (None, "TUCE", "std_error"): ".141554207662",
    (None, "PSI", "estimate"): "2.37868772835",
    (None, "PSI", "std_error"): "1.06456430165",
    (None, "(intercept)", "estimate"): "-13.0213483201",
    (None, "(intercept)", "std_error"): "4.93132462871",
    "log_likelihood": "-12.8896334653335",
    "null_log_likelihood": "-20.5917296966173",
    "aic": "33.779266930667",
}
ANES96 = {
    "log_likelihood": "-1461.922747312",
    "null_log_likelihood": "-1750.34670999",
    "aic": "2995.84549462",
    "bic": "3170.45003661",
}
# R 4.2, glm. Its standard errors are those of the last step but one (test_published.py shows it
# with all their digits); here as the data's own page prints them.
ADMISSIONS = {
    (None, "(intercept)", "estimate"): "-3.989979073",
    (None, "(intercept)", "std_error"): "1.139951",
    (None, "gre", "estimate"): ".002264425786",
    (None, "gre", "std_error"): ".001094",
    (None, "gpa", "estimate"): ".8040375493",
    (None, "gpa", "std_error"): ".331819",
    (None, "rank[2]", "estimate"): "-.6754429280",
    (None, "rank[2]", "std_error"): ".316490",
    (None, "rank[3]", "estimate"): "-1.340203916",
    (None, "rank[3]", "std_error"): ".345306",
    (None, "rank[4]", "estimate"): "-1.551463677",
    (None, "rank[4]", "std_error"): ".417832",
    "log_likelihood": "-229.2587462",
    "aic": "470.5174925",
}
# R, mlogit by Newton-Raphson.
PROGRAMS = {
    ("general", "(intercept)", "estimate"): "2.852186",
    ("general", "ses[middle]", "estimate"): "-.533291",
    ("general", "ses[high]", "estimate"): "-1.162832",
    ("general", "write", "estimate"): "-.057928",
    ("vocation", "(intercept)", "estimate"): "5.218200",
    ("vocation", "ses[middle]", "estimate"): ".291393",
    ("vocation", "ses[high]", "estimate"): "-.982670",
    ("vocation", "write", "estimate"): "-.113603",
    "log_likelihood": "-179.981726",
}
# Hosmer and Lemeshow, Applied Logistic Regression, table 1.3.
CHD = {
    (None, "(intercept)", "estimate"): "-5.309",
    (None, "(intercept)", "std_error"): "1.134",
    (None, "age", "estimate"): ".111",
    (None, "age", "std_error"): ".024",
    "log_likelihood": "-53.67655",
}
# James, Witten, Hastie and Tibshirani, An Introduction to Statistical Learning, tables 4.1, 4.3.
BALANCE = {
    (None, "(intercept)", "estimate"): "-10.6513",
    (None, "(intercept)", "std_error"): ".3612",
    (None, "balance", "estimate"): ".0055",
    (None, "balance", "std_error"): ".0002",
    "log_likelihood": "-798.225842",
}
DEFAULT = {
    (None, "(intercept)", "estimate"): "-10.8690",
    (None, "(intercept)", "std_error"): ".4923",
    (None, "balance", "estimate"): ".0057",
    (None, "balance", "std_error"): ".0002",
    (None, "student[Yes]", "estimate"): "-.6468",
    (None, "student[Yes]", "std_error"): ".2362",
    "log_likelihood": "-785.772414",
}

# Heinze and Schemper, Statistics in Medicine 21 (2002): the maximum likelihood fit, quasi-separated
# by NV.
ENDOMETRIAL = {
    (None, "(intercept)", "estimate"): "4.30452",
    (None, "PI", "estimate"): "-.0421834",
    (None, "EH", "estimate"): "-2.9026056",
}

ENDOMETRIAL_FIRTH = {
    (None, "(intercept)", "estimate"): "3.77456",
    (None, "(intercept)", "std_error"): "1.48869",
    (None, "NV", "estimate"): "2.92927",
    (None, "NV", "std_error"): "1.55076",
    (None, "PI", "estimate"): "-.03475",
    (None, "PI", "std_error"): ".03958",
    (None, "EH", "estimate"): "-2.60416",
    (None, "EH", "std_error"): ".77602",
}
"""Heinze and Schemper (2002), R's logistf."""

# --- the cases ---------------------------------------------------------------------------

NO_HEADER = {"header": "false"}
RANK = {"rank": {"type": "categorical"}}
DROP = {"missing": "drop"}
MEASURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
CREDIT_CODES = {name: {"type": "categorical"} for name in ("SEX", "MARRIAGE")}
ANES96_REQUEST = {
    "target": "PID",
    "features": ["logpopul", "selfLR", "age", "educ", "income"],
    "family": "multinomial",
}
SPECTOR_QUERY = {"delimiter": "space", "quote": "'"}

CASES = [
    Case(
        "spector",
        "spector/spector.csv",
        {"target": "GRADE", "features": ["GPA", "TUCE", "PSI"]},
        query=SPECTOR_QUERY,
    ),
    Case(
        "spector_single_precision",
        "spector/spector.csv",
        {"target": "GRADE", "features": ["GPA", "TUCE", "PSI"]},
        prepare=round_gpa,
        published=SPECTOR,
    ),
    Case(
        "spector_no_intercept",
        "spector/spector.csv",
        {"target": "GRADE", "features": ["GPA", "TUCE", "PSI"], "intercept": False},
        query=SPECTOR_QUERY,
    ),
    Case(
        "spector_other_class",
        "spector/spector.csv",
        {"target": "GRADE", "features": ["PSI", "GPA"], "positive": "0"},
        query=SPECTOR_QUERY,
    ),
    Case(
        "hl_chdage",
        "hl_chdage/chdage.csv",
        {"target": "chd", "features": ["age"]},
        published=CHD,
    ),
    Case(
        "hl_chdage_groups",
        "hl_chdage/chdage.csv",
        {"target": "chd", "features": ["agegrp"], "columns": {"agegrp": {"reference": "40-44"}}},
    ),
    Case(
        "isl_default_balance",
        "isl_default/Default.csv",
        {"target": "default", "features": ["balance"]},
        published=BALANCE,
        is_small=False,
    ),
    Case(
        "isl_default",
        "isl_default/Default.csv",
        {"target": "default", "features": ["student", "balance", "income"]},
        published=DEFAULT,
        is_small=False,
    ),
    Case(
        "ucla_admissions",
        "ucla_admissions/binary.csv",
        {"target": "admit", "columns": RANK},
        published=ADMISSIONS,
    ),
    Case(
        "ucla_admissions_weighted",
        "ucla_admissions/binary.csv",
        {"target": "admit", "columns": RANK, "weights": "w", "weight_kind": "importance"},
        prepare=add_gre_weight,
    ),
    Case(
        "ucla_admissions_offset",
        "ucla_admissions/binary.csv",
        {"target": "admit", "features": ["gre", "rank"], "columns": RANK, "offset": "o"},
        prepare=add_gpa_offset,
    ),
    Case(
        "ucla_admissions_repeated",
        "ucla_admissions/binary.csv",
        {"target": "admit", "columns": RANK, "weights": "n"},
        prepare=add_row_number_weight,
    ),
    Case(
        "ucla_admissions_l2",
        "ucla_admissions/binary.csv",
        {"target": "admit", "columns": RANK, "penalty": {"l2": 0.01}, "statistics": True},
    ),
    Case(
        "ucla_admissions_two_class_softmax",
        "ucla_admissions/binary.csv",
        {"target": "admit", "columns": RANK, "family": "multinomial"},
    ),
    Case(
        "hsbdemo",
        "hsbdemo/hsbdemo.csv",
        {
            "target": "prog",
            "features": ["ses", "write"],
            "reference": "academic",
            "columns": {"ses": {"reference": "low"}},
        },
        published=PROGRAMS,
    ),
    Case(
        "hsbdemo_weighted_l2",
        "hsbdemo/hsbdemo.csv",
        {
            "target": "prog",
            "features": ["ses", "female", "math"],
            "reference": "vocation",
            "weights": "write",
            "weight_kind": "importance",
            "penalty": {"l2": 0.05, "factors": {"math": 0, "female": 2}},
            "statistics": True,
        },
    ),
    Case(
        "anes96",
        "anes96/anes96.csv",
        ANES96_REQUEST,
        prepare=add_log_population,
        is_small=False,
    ),
    Case(
        "anes96_single_precision",
        "anes96/anes96.csv",
        ANES96_REQUEST,
        prepare=add_rounded_log_population,
        published=ANES96,
        is_small=False,
    ),
    Case(
        "endometrial_without_nv",
        "endometrial/endometrial.csv",
        {"target": "HG"},
        prepare=without_neovasculation,
        published=ENDOMETRIAL,
    ),
    Case(
        "endometrial_firth",
        "endometrial/endometrial.csv",
        {"target": "HG", "firth": True},
        published=ENDOMETRIAL_FIRTH,
    ),
    Case(
        "spector_firth",
        "spector/spector.csv",
        {"target": "GRADE", "features": ["GPA", "TUCE", "PSI"], "firth": True},
        query=SPECTOR_QUERY,
    ),
    Case(
        "hl_chdage_groups_firth",
        "hl_chdage/chdage.csv",
        {
            "target": "chd",
            "features": ["agegrp"],
            "columns": {"agegrp": {"reference": "40-44"}},
            "firth": True,
        },
    ),
    Case(
        "ucla_admissions_repeated_firth",
        "ucla_admissions/binary.csv",
        {"target": "admit", "columns": RANK, "weights": "n", "firth": True},
        prepare=add_row_number_weight,
        is_small=False,
    ),
    Case(
        "alligators",
        "alligators/alligators.csv",
        {
            "target": "foodchoice",
            "features": ["lake", "gender", "size"],
            "reference": "Fish",
            "weights": "freq",
            "weight_kind": "frequency",
        },
    ),
    Case(
        "penguins_species",
        "penguins/penguins.csv",
        {
            "target": "species",
            "features": ["flipper_length_mm", "body_mass_g"],
            "columns": {"flipper_length_mm": DROP, "body_mass_g": DROP},
        },
    ),
    Case(
        "penguins_species_l2",
        "penguins/penguins.csv",
        {
            "target": "species",
            "features": ["island", *MEASURES, "sex"],
            "columns": {name: DROP for name in [*MEASURES, "sex"]},
            "penalty": {"l2": 0.001},
        },
    ),
    Case(
        "penguins_sex",
        "penguins/penguins.csv",
        {
            "target": "sex",
            "features": ["species", *MEASURES],
            "columns": {name: DROP for name in [*MEASURES, "sex"]},
        },
    ),
    Case(
        "titanic",
        "titanic/TitanicSurvival.csv",
        {
            "target": "survived",
            "features": ["sex", "age", "passengerClass"],
            "columns": {"age": DROP},
        },
    ),
    Case(
        "titanic_counts",
        "titanic/TitanicSurvival.csv",
        {
            "target": "survived",
            "trials": "people",
            "features": ["sex", "class"],
        },
        prepare=count_survivors,
    ),
    Case(
        "titanic_counts_weighted",
        "titanic/TitanicSurvival.csv",
        {
            "target": "survived",
            "trials": "people",
            "features": ["sex", "class"],
            "weights": "w",
            "positive": "0",
        },
        prepare=count_survivors,
    ),
    Case(
        "german_credit",
        "german_credit/german.csv",
        {"target": "c21"},
        query=NO_HEADER,
        is_small=False,
    ),
    Case(
        "pima",
        "pima/pima-indians-diabetes.csv",
        {"target": "c9"},
        query=NO_HEADER,
    ),
    Case(
        "pima_l2",
        "pima/pima-indians-diabetes.csv",
        {
            "target": "c9",
            "penalty": {"l2": 0.1, "factors": {"c2": 0, "c7": 3}},
            "statistics": True,
        },
        query=NO_HEADER,
    ),
    Case(
        "haberman",
        "haberman/haberman.csv",
        {"target": "c4"},
        query=NO_HEADER,
    ),
    Case(
        "wine_l2",
        "wine/wine.csv",
        {"target": "c14", "penalty": {"l2": 0.01}, "statistics": True},
        query=NO_HEADER,
    ),
    Case(
        "wine_l2_standardised",
        "wine/wine.csv",
        {"target": "c14", "penalty": {"l2": 0.01}, "standardize": True, "statistics": True},
        query=NO_HEADER,
    ),
    Case(
        "iris_l2",
        "iris/iris.csv",
        {"target": "c5", "penalty": {"l2": 0.001}},
        query=NO_HEADER,
    ),
    Case(
        "credit_default_tw",
        "credit_default_tw/UCI_Credit_Card.csv.xz",
        {
            "target": "default.payment.next.month",
            "features": ["LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE", "PAY_0", "PAY_2"]
            + [f"{kind}_AMT{i}" for kind in ("BILL", "PAY") for i in range(1, 7)],
            "columns": CREDIT_CODES | {"AGE": DROP},
        },
        query={"na": "nan"},
        is_small=False,
    ),
    Case(
        "skin",
        "skin/Skin_NonSkin.txt.xz",
        {"target": "c4", "positive": "1"},
        query=NO_HEADER,
        content_type=TSV,
        is_small=False,
    ),
]

BY_NAME = {case.name: case for case in CASES}
