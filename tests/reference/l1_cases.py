"""What is fitted with |w| in the penalty: real data, among them many more columns than rows."""

import csv
import io

from cases import DROP, MEASURES, NO_HEADER, RANK, SPECTOR_QUERY, Case, table_text


def tell_renal(text):
    """Is the cell line from a kidney? In place of the 14 kinds there are."""
    header, *rows = csv.reader(io.StringIO(text))
    kind = header.index("labs")
    kept = [i for i in range(len(header)) if i not in (kind, header.index("rownames"))]
    told = [["yes" if row[kind] == "RENAL" else "no"] + [row[i] for i in kept] for row in rows]
    return table_text([["renal"] + [header[i] for i in kept], *told])


L1_CASES = [
    Case(
        "spector_l1",
        "spector/spector.csv",
        {"target": "GRADE", "features": ["GPA", "TUCE", "PSI"], "penalty": {"l1": 0.05}},
        query=SPECTOR_QUERY,
    ),
    Case(
        "ucla_admissions_l1",
        "ucla_admissions/binary.csv",
        {"target": "admit", "columns": RANK, "penalty": {"l1": 0.01}, "standardize": True},
    ),
    Case(
        "pima_l1_factors",
        "pima/pima-indians-diabetes.csv",
        {"target": "c9", "penalty": {"l1": 0.02, "l2": 0.01, "factors": {"c2": 0, "c7": 3}}},
        query=NO_HEADER,
    ),
    Case(
        "sonar_l1",
        "sonar/sonar.csv",
        {"target": "c61", "penalty": {"l1": 0.004}},
        query=NO_HEADER,
    ),
    Case(
        "sonar_elastic_net_no_intercept",
        "sonar/sonar.csv",
        {"target": "c61", "penalty": {"l1": 0.004, "l2": 0.01}, "intercept": False},
        query=NO_HEADER,
    ),
    Case(
        "ionosphere_l1",
        "ionosphere/ionosphere.csv",
        {"target": "c35", "penalty": {"l1": 0.005}},
        query=NO_HEADER,
    ),
    Case(
        "titanic_l1",
        "titanic/TitanicSurvival.csv",
        {
            "target": "survived",
            "features": ["sex", "age", "passengerClass"],
            "columns": {"age": DROP},
            "penalty": {"l1": 0.02},
        },
    ),
    Case(
        "iris_l1",
        "iris/iris.csv",
        {"target": "c5", "penalty": {"l1": 0.01}},
        query=NO_HEADER,
    ),
    Case(
        "wine_l1_standardised",
        "wine/wine.csv",
        {"target": "c14", "penalty": {"l1": 0.03}, "standardize": True},
        query=NO_HEADER,
    ),
    Case(
        "hsbdemo_elastic_net_weighted",
        "hsbdemo/hsbdemo.csv",
        {
            "target": "prog",
            "features": ["ses", "female", "math", "read"],
            "reference": "vocation",
            "weights": "write",
            "weight_kind": "importance",
            "penalty": {"l1": 0.02, "l2": 0.05, "factors": {"math": 0, "female": 2}},
        },
    ),
    Case(
        "penguins_species_l1",
        "penguins/penguins.csv",
        {
            "target": "species",
            "features": ["island", *MEASURES, "sex"],
            "columns": {name: DROP for name in [*MEASURES, "sex"]},
            "penalty": {"l1": 0.01},
            "standardize": True,
        },
    ),
    Case(
        "nci60_l1",
        "nci60/NCI60.csv.xz",
        {"target": "renal", "penalty": {"l1": 0.03}},
        prepare=tell_renal,
        is_small=False,
    ),
    Case(
        "nci60_elastic_net",
        "nci60/NCI60.csv.xz",
        {"target": "renal", "penalty": {"l1": 0.02, "l2": 0.02}},
        prepare=tell_renal,
        is_small=False,
    ),
]

L1_BY_NAME = {case.name: case for case in L1_CASES}
