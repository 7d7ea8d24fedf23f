"""What is told of predictions beside their probabilities, on real data and in every body: standard errors and
intervals as R and statsmodels have them, contributions, the likeliest classes; and what is refused, with its
place. The daemon's own JSON answers are what other bodies and layouts are held against."""

import csv
import io
import json
import lzma
import math
import os
from pathlib import Path

import pytest

from daemon import ROOT

DATA = Path(os.environ.get("LOGITD_TEST_DATA", ROOT.parent / "shared" / "data"))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not there")

CSV, NDJSON, JSON = "text/csv", "application/x-ndjson", "application/json"
ALL = ["standard_error", "interval", "contributions"]

# statsmodels 0.15.0, Binomial GLM of GRADE on GPA, TUCE and PSI to a tolerance of 1e-14:
# get_prediction(x).summary_frame(alpha=.05), and which="linear" for the standard error; R's predict.glm with
# se.fit=TRUE has the same definition.
SPECTOR = [
    # GPA, TUCE, PSI, probability, standard error of the log-odds, interval
    (2.5, 20, 0, 0.017075088452257997, 1.375569852833807, 0.0011707029448039274, 0.20475358762228188),
    (3.1, 25, 1, 0.6218084735798225, 0.768361794363907, 0.26722845164552916, 0.8811318960395894),
    (4.0, 29, 1, 0.9683655629000664, 1.4678202992521254, 0.6328559223952782, 0.9981638350152889),
    (3.117, 21.94, 0.4375, 0.2527651062631488, 0.5574175981493257, 0.10188646573324044, 0.5021498505749716),
]

# statsmodels 0.15.0, OLS of body_mass_g on flipper_length_mm, bill_length_mm and species: mean, mean_se,
# mean_ci_lower, mean_ci_upper.
PENGUINS = [
    ((181, 39.1, "Adelie"), (3474.12674534535, 40.492843360782956, 3394.4761771280114, 3553.777313562689)),
    ((200, 45, "Chinstrap"), (3610.9572989079415, 54.524924561375215, 3503.705230076263, 3718.20936773962)),
    ((230, 50, "Gentoo"), (5581.502062653576, 47.05257831095623, 5488.948310249313, 5674.055815057839)),
]

# statsmodels 0.15.0, MNLogit of prog on ses and write: standard errors of the log-odds against academic from
# cov_params(); the interval of a class's probability by the delta method on its logit from the same.
PROGRAMMES = [
    (
        ("low", 35),
        {"general": 0.5038756679088257, "vocation": 0.5107965060106754},
        {
            "academic": (0.06737445991465309, 0.2955451420388634),
            "general": (0.17690365529195162, 0.5486585354054662),
            "vocation": (0.30971242374514546, 0.7128517252729679),
        },
    ),
    (
        ("high", 67),
        {"general": 0.45967723903845825, "vocation": 0.5774289797701839},
        {
            "academic": (0.7560394621595297, 0.9381148709812798),
            "general": (0.04234704790527695, 0.20877139936376543),
            "vocation": (0.009989020361668438, 0.08570334234292128),
        },
    ),
]


def read(path):
    raw = (DATA / path).read_bytes()
    return (lzma.decompress(raw) if path.endswith(".xz") else raw).decode()


def train(client, text, model, query=None, **request):
    dataset = client.upload(text, CSV, name=model, **(query or {}))
    client.train(model=model, dataset=dataset["id"], **request)


def ask(client, model, body, media_type=JSON, accept=None, **query):
    headers = {"Content-Type": media_type} | ({"Accept": accept} if accept else {})
    data = json.dumps(body) if media_type == JSON else body
    if isinstance(data, str):
        data = data.encode()
    return client.post(f"/v1/models/{model}/predict", data=data, headers=headers, params=query)


def answered(response):
    assert response.status_code == 200, response.text
    return response.json() if response.headers["Content-Type"] == JSON else response.text


def refused(response, status, code, **place):
    assert response.status_code == status, response.text
    problem = response.json()
    assert problem["code"] == code
    if place:
        assert place.items() <= problem["errors"][0].items(), problem["errors"]
    return problem


def near(found, wanted, tolerance=1e-7):
    assert found == pytest.approx(wanted, rel=tolerance)


@pytest.fixture(scope="module")
def models(shared_client):
    """spector, programmes, penguins (a number), species (several classes, missing cells), adult."""
    spector = {"delimiter": "space", "quote": "'"}
    train(
        shared_client, read("spector/spector.csv"), "out-spector", spector,
        target="GRADE", features=["GPA", "TUCE", "PSI"],
    )  # fmt: skip
    train(
        shared_client, read("hsbdemo/hsbdemo.csv"), "out-programmes",
        target="prog", features=["ses", "write"], reference="academic", columns={"ses": {"reference": "low"}},
    )  # fmt: skip
    drop = {name: {"missing": "drop"} for name in ("body_mass_g", "flipper_length_mm", "bill_length_mm", "sex")}
    train(
        shared_client, read("penguins/penguins.csv"), "out-mass",
        family="gaussian", target="body_mass_g",
        features=["flipper_length_mm", "bill_length_mm", "species"], columns=drop,
    )  # fmt: skip
    train(
        shared_client, read("penguins/penguins.csv"), "out-species",
        formula="species ~ flipper_length_mm*sex + log(body_mass_g)",
        columns={"flipper_length_mm": {"missing": "mean"}, "body_mass_g": {"missing": "drop"},
                 "sex": {"missing": "level"}},
        penalty={"l2": 0.001}, statistics=True,
    )  # fmt: skip
    header = "age,workclass,fnlwgt,education,education_num,marital_status,occupation,relationship,race,sex,"
    header += "capital_gain,capital_loss,hours_per_week,native_country,income\n"
    train(
        shared_client, header + read("adult/adult-train.csv.xz"), "out-adult",
        target="income", missing="indicator", penalty={"l2": 1e-4}, statistics=True,
        features=["age", "workclass", "education_num", "marital_status", "sex", "hours_per_week", "capital_gain"],
    )  # fmt: skip
    return shared_client


# --- against what others compute ---


def test_spector_has_the_errors_and_intervals_of_statsmodels(models):
    rows = [list(row[:3]) for row in SPECTOR]
    answer = answered(ask(models, "out-spector", {"rows": rows, "output": ["probability", *ALL]}))
    assert answer["confidence"] == 0.95
    for found, (*_, probability, error, low, high) in zip(answer["predictions"], SPECTOR):
        near(found["probability"]["1"], probability)
        near(found["standard_error"], error)
        near(found["interval"]["1"]["low"], low)
        near(found["interval"]["1"]["high"], high)
        near(found["interval"]["0"]["high"], 1 - low)
        near(found["interval"]["0"]["low"], 1 - high)


def test_a_mean_has_students_interval(models):
    body = {"rows": [list(row) for row, _ in PENGUINS], "output": ["prediction", "standard_error", "interval"]}
    for found, (_, wanted) in zip(answered(ask(models, "out-mass", body))["predictions"], PENGUINS):
        near(
            (found["prediction"], found["standard_error"], found["interval"]["low"], found["interval"]["high"]),
            wanted,
        )


def test_classes_have_errors_against_the_reference_and_intervals_each(models):
    body = {"rows": [list(row) for row, *_ in PROGRAMMES], "output": ["standard_error", "interval"]}
    answer = answered(ask(models, "out-programmes", body))
    assert answer["reference"] == "academic"
    for found, (_, errors, intervals) in zip(answer["predictions"], PROGRAMMES):
        near(found["standard_error"], errors, 1e-5)
        assert found["interval"].keys() == intervals.keys()
        for name, (low, high) in intervals.items():
            near((found["interval"][name]["low"], found["interval"][name]["high"]), (low, high), 1e-5)


def test_wider_confidence_is_wider(models):
    widths = []
    for confidence in (0.5, 0.8, 0.95, 0.999):
        body = {"rows": [[3.1, 25, 1]], "output": ["interval"], "confidence": confidence}
        interval = answered(ask(models, "out-spector", body))["predictions"][0]["interval"]["1"]
        widths.append(interval["high"] - interval["low"])
    assert widths == sorted(widths) and len(set(widths)) == 4


# --- contributions ---


def adult_rows(n, start=0):
    rows = csv.reader(io.StringIO(read("adult/adult-test.csv.xz")), skipinitialspace=True)
    rows = [row for row in rows if len(row) == 15][start : start + n]
    return [[row[0], row[1], row[4], row[5], row[9], row[12], row[10]] for row in rows]


ADULT = ["age", "workclass", "education_num", "marital_status", "sex", "hours_per_week", "capital_gain"]


def adult_csv(rows):
    return "\r\n".join([",".join(ADULT), *(",".join(row) for row in rows)]) + "\r\n"


def test_contributions_of_adults_add_up(models):
    rows = adult_rows(500)
    assert any("?" in row for row in rows)
    query = {"output": "log_odds,contributions"}
    for found in answered(ask(models, "out-adult", adult_csv(rows), CSV, **query))["predictions"]:
        assert list(found["contributions"]) == ADULT
        total = found["bias"] + math.fsum(found["contributions"].values())
        assert total == pytest.approx(found["log_odds"], rel=1e-12, abs=1e-12)


def test_the_bias_is_the_mean_score_of_the_training_rows(models):
    """And so each contribution is 0 on average."""
    rows = list(csv.reader(io.StringIO(read("spector/spector.csv")), delimiter=" ", quotechar="'"))[1:]
    body = {"rows": [[float(cell) for cell in row[1:4]] for row in rows], "output": ["log_odds", "contributions"]}
    found = answered(ask(models, "out-spector", body))["predictions"]
    assert found[0]["bias"] == pytest.approx(math.fsum(row["log_odds"] for row in found) / len(found), abs=1e-10)
    for name in ("GPA", "TUCE", "PSI"):
        assert math.fsum(row["contributions"][name] for row in found) == pytest.approx(0, abs=1e-10)


def test_products_are_told_as_their_own_and_classes_each(models):
    rows = [{"flipper_length_mm": 181, "sex": "male", "body_mass_g": 3750}, {"body_mass_g": 5000}]
    body = {"instances": rows, "output": ["logits", "contributions"]}
    for found in answered(ask(models, "out-species", body))["predictions"]:
        for name, parts in found["contributions"].items():
            assert list(parts) == ["flipper_length_mm", "sex", "body_mass_g", "flipper_length_mm:sex"]
            total = found["bias"][name] + math.fsum(parts.values())
            assert total == pytest.approx(found["logits"][name], abs=1e-9)


# --- the likeliest classes ---


@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_top_k_is_sorted_by_probability(models, k):
    body = {"instances": [{"flipper_length_mm": x, "body_mass_g": 4000} for x in range(170, 235)], "top_k": k}
    answer = answered(ask(models, "out-species", body | {"output": ["label", "probability"]}))
    for found in answer["predictions"]:
        wanted = sorted(found["probability"].items(), key=lambda item: -item[1])[:k]
        assert [(top["class"], top["probability"]) for top in found["top_k"]] == wanted
        assert found["top_k"][0]["class"] == found["label"]


# --- every body and layout says the same ---


@pytest.mark.parametrize("model", ["out-spector", "out-species"])
def test_columns_have_the_numbers_of_records(models, model):
    rows = {
        "out-spector": [{"GPA": 2.5, "TUCE": 20, "PSI": 0}, {"GPA": 3.9, "TUCE": 25, "PSI": 1}],
        "out-species": [{"body_mass_g": 4100, "sex": "female"}, {"body_mass_g": 5000, "flipper_length_mm": 220}],
    }[model]
    body = {"instances": rows, "output": ["label", "probability", *ALL], "top_k": 2}
    records = answered(ask(models, model, body))
    columns = answered(ask(models, model, body | {"layout": "columns"}))
    for i, record in enumerate(records["predictions"]):
        assert columns["label"][i] == record["label"]
        assert columns["probability"][i] == [record["probability"][name] for name in columns["classes"]]
        assert columns["interval"][i] == [record["interval"][name] for name in columns["classes"]]
        assert columns["top_k"][i] == record["top_k"]
        if model == "out-spector":
            assert columns["standard_error"][i] == record["standard_error"]
            assert dict(zip(columns["contribution_terms"], columns["contributions"][i])) == record["contributions"]
            assert columns["bias"] == record["bias"]
        else:
            for k, name in enumerate(columns["classes"]):
                assert columns["standard_error"][i][k] == record["standard_error"].get(name)
                parts = dict(zip(columns["contribution_terms"], columns["contributions"][i][k]))
                assert parts == record["contributions"][name]
                assert columns["bias"][k] == record["bias"][name]


def cell_of(record, column):
    """The record's value for a column of the CSV."""
    name, *keys = column.replace("]", "").split("[")
    if name.startswith("interval_"):
        return record["interval"][keys[0]][name.removeprefix("interval_")]
    if name in ("top_k", "top_k_probability"):
        return record["top_k"][int(keys[0]) - 1]["class" if name == "top_k" else "probability"]
    value = record[name]
    for key in keys:
        value = value[key]
    return value


@pytest.mark.parametrize("model", ["out-adult", "out-species"])
def test_all_bodies_and_answers_say_the_same(models, model):
    if model == "out-adult":
        names, rows = ADULT, adult_rows(40)
        levels = {"workclass", "marital_status", "sex"}
    else:
        names = ["flipper_length_mm", "sex", "body_mass_g"]
        rows = [["181", "male", "3750"], ["", "female", "4200"], ["220", "NA", "5000"], ["210", "?", "4300"]]
        levels = {"sex"}
    query = {"output": ",".join(["label", "probability", *ALL]), "top_k": 2, "confidence": 0.9}
    body = {"output": query["output"].split(","), "top_k": 2, "confidence": 0.9}

    def value(name, cell):
        return None if cell in ("", "NA", "?") else cell if name in levels else float(cell)

    instances = [{name: value(name, cell) for name, cell in zip(names, row)} for row in rows]
    wanted = answered(ask(models, model, body | {"instances": instances}))
    turned = [names[::-1], *(row[::-1] for row in rows)]
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_MINIMAL).writerows(turned)
    lines = "\n".join(json.dumps(instance) for instance in instances)
    assert answered(ask(models, model, text.getvalue(), CSV, **query)) == wanted
    assert answered(ask(models, model, "\ufeff" + text.getvalue(), CSV, **query)) == wanted
    assert answered(ask(models, model, lines, NDJSON, **query)) == wanted
    rows_out = answered(ask(models, model, lines, NDJSON, NDJSON, **query)).splitlines()
    assert [json.loads(line) for line in rows_out] == wanted["predictions"]
    table = list(csv.DictReader(io.StringIO(answered(ask(models, model, text.getvalue(), CSV, CSV, **query)))))
    assert len(table) == len(rows)
    for record, found in zip(wanted["predictions"], table):
        for column, cell in found.items():
            expected = cell_of(record, column)
            assert cell == expected if isinstance(expected, str) else float(cell) == expected, column


def test_a_thousand_lines_have_their_answers_in_order(models):
    rows = [[2 + i / 500, 20 + i % 10, i % 2] for i in range(1000)]
    text = "PSI,GPA,TUCE\n" + "".join(f"{c},{a!r},{b}\n" for a, b, c in rows)
    found = answered(ask(models, "out-spector", text, CSV))["predictions"]
    assert found == answered(ask(models, "out-spector", {"rows": rows}))["predictions"]


# --- bad data ---

BAD = {
    "unknown column": (CSV, "GPA,TUCE,PSI,X\n3,20,1,1\n", 422, "unknown_column", {"row": 1, "column": "X"}),
    "no header": (CSV, "3,20,1\n", 422, "unknown_column", {"row": 1, "column": "3"}),
    "lacking column": (CSV, "GPA,PSI\n3,1\n", 422, "missing_field", {"row": 1, "column": "TUCE"}),
    "column twice": (CSV, "GPA,TUCE,PSI,GPA\n3,20,1,3\n", 422, "duplicate_column", {"row": 1, "column": "GPA"}),
    "ragged": (CSV, "GPA,TUCE,PSI\n3,20,1\n3,20\n", 422, "wrong_width", {"row": 3}),
    "text": (CSV, "GPA,TUCE,PSI\n3,20,1\n\n3,twenty,1\n", 422, "not_a_number", {"row": 3, "column": "TUCE"}),
    "missing": (CSV, "GPA,TUCE,PSI\n3,NA,1\n", 422, "missing_value", {"row": 2, "column": "TUCE"}),
    "infinite": (CSV, "GPA,TUCE,PSI\n1e999,20,1\n", 422, "not_a_number", {"row": 2, "column": "GPA"}),
    "open quote": (CSV, 'GPA,TUCE,PSI\n3,"20,1\n', 400, "bad_csv", {"row": 2}),
    "bad utf-8": (CSV, b"GPA,TUCE,PSI\n3,2\xff,1\n", 400, "bad_utf8", {"row": 2}),
    "no rows": (CSV, "GPA,TUCE,PSI\n", 422, "no_rows", {}),
    "nothing": (CSV, "", 422, "no_rows", {}),
    "json as csv": (CSV, '{"rows":[[3,20,1]]}', 400, "bad_csv", {"row": 1}),
    "cut line": (NDJSON, "[3,20,1]\n[3,20\n", 400, "bad_json", {"row": 2}),
    "two in a line": (NDJSON, "[3,20,1][3,20,1]\n", 400, "bad_json", {"row": 1}),
    "short line": (NDJSON, "[3,20,1]\n\n[3,20]\n", 422, "wrong_width", {"row": 2}),
    "unknown key": (NDJSON, '{"GPA":3,"TUCE":20,"PSI":1,"X":1}\n', 422, "unknown_column", {"row": 1, "column": "X"}),
    "key twice": (NDJSON, '{"GPA":3,"GPA":3,"TUCE":20,"PSI":1}\n', 400, "duplicate_key", {"row": 1}),
    "lacking key": (NDJSON, '{"GPA":3,"PSI":1}\n', 422, "missing_value", {"row": 1, "column": "TUCE"}),
    "word": (NDJSON, '[3,"x",1]\n', 422, "not_a_number", {"row": 1, "column": "TUCE"}),
    "NaN": (NDJSON, "[3,NaN,1]\n", 400, "bad_json", {"row": 1}),
    "huge number": (NDJSON, "[3,1e999,1]\n", 422, "out_of_range", {"row": 1}),
    "a number": (NDJSON, "3\n", 422, "invalid_type", {"row": 1}),
    "no lines": (NDJSON, "\n\n", 422, "no_rows", {}),
    "bytes in a string": (NDJSON, b'["\xff",20,1]\n', 400, "bad_utf8", {"row": 1}),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_rows_are_refused_with_their_place(models, name):
    media_type, text, status, code, place = BAD[name]
    refused(ask(models, "out-spector", text, media_type), status, code, **place)


@pytest.mark.parametrize("media_type", [CSV, NDJSON])
def test_bad_rows_may_answer_in_their_place(models, media_type):
    text = {
        CSV: "GPA,TUCE,PSI\n3,20,1\nx,20,1\n3,20\n3.5,25,0\n",
        NDJSON: '[3,20,1]\n["x",20,1]\n[3,20]\n[3.5,25,0]\n',
    }[media_type]
    found = answered(ask(models, "out-spector", text, media_type, on_error="row"))["predictions"]
    good = answered(ask(models, "out-spector", {"rows": [[3, 20, 1], [3.5, 25, 0]]}))["predictions"]
    assert [found[0], found[3]] == good
    assert found[1]["error"]["code"] == "not_a_number" and found[1]["error"]["column"] == "GPA"
    assert found[2]["error"]["code"] == "wrong_width" and found[2]["error"]["column"] is None
    lines = answered(ask(models, "out-spector", text, media_type, CSV, on_error="row", output="label")).splitlines()
    assert lines[0] == "label,error" and lines[2:4] == [",not_a_number", ",wrong_width"]


def test_all_bad_rows_are_told_together(models):
    text = "GPA,TUCE,PSI\n" + "x,20,1\n" * 150
    problem = refused(ask(models, "out-spector", text, CSV), 422, "not_a_number", row=2, column="GPA")
    assert len(problem["errors"]) == 100
    assert problem["errors"][99]["row"] == 101


@pytest.mark.parametrize(
    "query, parameter",
    [
        ({"output": "label,odds"}, "output"),
        ({"output": ""}, "output"),
        ({"threshold": "1.5"}, "threshold"),
        ({"threshold": "high"}, "threshold"),
        ({"top_k": "0"}, "top_k"),
        ({"top_k": "2.5"}, "top_k"),
        ({"confidence": "1"}, "confidence"),
        ({"confidence": "95%"}, "confidence"),
        ({"layout": "table"}, "layout"),
        ({"on_error": "skip"}, "on_error"),
        ({"limit": "3"}, "limit"),
    ],
)
def test_wrong_parameters_are_refused(models, query, parameter):
    response = ask(models, "out-spector", "GPA,TUCE,PSI\n3,20,1\n", CSV, **query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == parameter


def test_options_of_a_json_body_stand_in_it(models):
    response = ask(models, "out-spector", {"rows": [[3, 20, 1]]}, top_k=1)
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "top_k"


# --- models that tell no errors ---

SEPARATED = "y,x\n0,1\n0,2\n0,3\n1,4\n1,5\n1,6\n"
ALIASED = "y,x,z\n" + "".join(f"{int(i % 3 == 0)},{i},{2 * i}\n" for i in range(12))


@pytest.mark.parametrize(
    "name, text, request_, says",
    [
        ("penalised", ALIASED, {"penalty": {"l2": 0.1}, "features": ["x"]}, '"statistics":true'),
        ("separated", SEPARATED, {}, '"firth":true'),
        ("aliased", ALIASED, {}, "depend on each other"),
    ],
)
def test_models_without_a_covariance_say_why_and_what_to_do(shared_client, name, text, request_, says):
    model = f"out-{name}"
    train(shared_client, text, model, target="y", **request_)
    row = [1] if request_ or name == "separated" else [1, 2]
    response = ask(shared_client, model, {"rows": [row], "output": ["label", "interval"]})
    problem = refused(response, 422, "unsupported", pointer="/output/1")
    assert says in problem["detail"]
    told = answered(ask(shared_client, model, {"rows": [row], "output": ["contributions"]}))["predictions"][0]
    assert set(told["contributions"]) == ({"x", "z"} if len(row) == 2 else {"x"})


def test_a_penalised_fit_with_statistics_tells_errors(shared_client):
    train(shared_client, SEPARATED, "out-kept", target="y", penalty={"l2": 0.1}, statistics=True)
    told = answered(ask(shared_client, "out-kept", {"rows": [[1]], "output": ["interval"]}))["predictions"][0]
    assert 0 < told["interval"]["1"]["low"] < told["interval"]["1"]["high"] < 1


def test_families_without_a_likelihood_offer_what_they_have(shared_client):
    train(shared_client, SEPARATED, "out-hinge", target="y", family="hinge", penalty={"l2": 0.1})
    told = answered(
        ask(shared_client, "out-hinge", {"rows": [[2]], "output": ["linear_predictor", "contributions"]})
    )["predictions"][0]
    assert told["bias"] + told["contributions"]["x"] == pytest.approx(told["linear_predictor"])
    refused(ask(shared_client, "out-hinge", {"rows": [[2]], "output": ["interval"]}), 422, "unsupported")
    refused(ask(shared_client, "out-hinge", {"rows": [[2]], "top_k": 1}), 422, "invalid", pointer="/top_k")
