"""Standard errors, intervals and contributions of predictions against fifty digits: the same data, over
HTTP, compared with values_predictions/."""

import pytest
from mpmath import mpf

from cases import DATA, table_text
from generate_predictions import ASKED, BY_ASKED, VALUES, check, stored

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not there")

SCORES = 1e-9
ERRORS = 1e-8
OUTPUT = ["standard_error", "interval", "contributions"]


def near(found, wanted, tolerance, what, scale=None):
    assert found is not None, what
    allowed = tolerance * abs(mpf(scale if scale is not None else wanted))
    assert abs(mpf(found) - mpf(wanted)) <= allowed, f"{what}: {found!r}, not {wanted}"


@pytest.fixture(scope="module", params=[asked.name for asked in ASKED])
def answered(request, shared_client):
    """The stored values, and what the daemon says of their rows."""
    asked = BY_ASKED[request.param]
    query = {} if asked.base.prepare else asked.base.query
    dataset = shared_client.upload(
        asked.base.text(), asked.base.content_type, name=asked.name, **query
    )
    name = f"predicted-{asked.name}"
    shared_client.train(model=name, dataset=dataset["id"], **asked.request)
    values = stored(asked)
    scores = "logits" if is_multinomial(values) else "log_odds"
    instances = [row["instance"] for row in values["rows"]]
    response = shared_client.post(
        f"/v1/models/{name}/predict",
        data=table_text([list(instances[0]), *(list(row.values()) for row in instances)]),
        headers={"Content-Type": "text/csv"},
        params={"output": ",".join([scores, *OUTPUT]), "confidence": values["confidence"]},
    )
    assert response.status_code == 200, response.text
    answer = response.json()
    assert len(answer["predictions"]) == len(values["rows"])
    return values, answer, list(zip(answer["predictions"], values["rows"]))


def is_multinomial(values):
    return "bias" in values["rows"][0] and len(values["rows"][0]["bias"]) > 1


def by_class(values, found):
    """What a binomial model tells of its positive class alone."""
    return found if is_multinomial(values) else {values["classes"][1]: found}


def test_scores_are_right(answered):
    values, answer, rows = answered
    for found, wanted in rows:
        scores = found["logits"] if is_multinomial(values) else {values["classes"][1]: found["log_odds"]}
        assert scores.keys() == wanted["scores"].keys()
        size = 1 + max(abs(float(score)) for score in wanted["scores"].values())
        for name, score in wanted["scores"].items():
            near(scores[name], score, SCORES, name, size)


def test_standard_errors_are_right(answered):
    values, answer, rows = answered
    assert answer.get("reference") == (values["classes"][0] if is_multinomial(values) else None)
    for found, wanted in rows:
        errors = by_class(values, found["standard_error"])
        assert errors.keys() == wanted["standard_error"].keys()
        for name, error in wanted["standard_error"].items():
            near(errors[name], error, ERRORS, name)


def test_intervals_are_right(answered):
    values, answer, rows = answered
    assert answer["confidence"] == values["confidence"]
    for found, wanted in rows:
        assert found["interval"].keys() == wanted["interval"].keys()
        for name, (low, high) in wanted["interval"].items():
            near(found["interval"][name]["low"], low, ERRORS * 10, name)
            near(found["interval"][name]["high"], high, ERRORS * 10, name)


def test_contributions_are_right(answered):
    values, answer, rows = answered
    for found, wanted in rows:
        bias = by_class(values, found["bias"])
        parts = by_class(values, found["contributions"])
        size = 1 + max(abs(float(value)) for value in wanted["bias"].values())
        for name, value in wanted["bias"].items():
            near(bias[name], value, SCORES, name, size)
        for feature, values_of in wanted["contributions"].items():
            for name, value in values_of.items():
                near(parts[name][feature], value, SCORES, (name, feature), size)
        for name, of_class in parts.items():
            assert of_class.keys() == wanted["contributions"].keys()
            total = bias[name] + sum(of_class.values())
            near(total, wanted["scores"][name], SCORES, name, size)


def test_there_are_values_for_each_case_and_no_others():
    assert {path.stem for path in VALUES.glob("*.json")} == BY_ASKED.keys()


@pytest.mark.parametrize("name", ["spector", "programmes"])
def test_they_are_what_the_generator_makes(name):
    assert check(BY_ASKED[name]) == []
