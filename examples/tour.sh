#!/bin/sh
# The tour of README.md against a running daemon: examples/tour.sh [URL]
# README.md shows each paragraph with its output; a test holds the two against each other.
set -eu
cd "$(dirname "$0")/.."
logitd=${1:-http://127.0.0.1:8080}

# Upload a table. Its columns are typed while it streams in, and missing cells are counted.
dataset=$(curl -s "$logitd/v1/datasets?name=penguins" \
    -H 'Content-Type: text/csv' --data-binary @examples/penguins.csv | jq -er .id)

curl -s "$logitd/v1/datasets/$dataset" |
    jq -er '"\(.n_rows) rows", (.columns[] | "  \(.name): \(.type), \(.n_missing) missing")'

# Train: is a penguin male? The job is durable once it is answered; Prefer waits for its end.
curl -s "$logitd/v1/jobs" -H 'Content-Type: application/json' -H 'Prefer: wait=30' -d '{
      "model": "penguin-sex",
      "dataset": "'"$dataset"'",
      "target": "sex",
      "features": ["species", "bill_length_mm", "bill_depth_mm", "body_mass_g"],
      "missing": "drop"
    }' | jq -e '{state, model, version} + (.fit | {converged, iterations, n_rows, n_rows_dropped})'

# What was found: estimates with standard errors, z, p, 95 % intervals and odds ratios.
curl -s "$logitd/v1/models/penguin-sex" | jq -erf examples/coefficients.jq

# Predict: cells by name, or rows in the order of the model's schema.
curl -s "$logitd/v1/models/penguin-sex/predict" -H 'Content-Type: application/json' -d '{
      "instances": [
        {"species": "Gentoo", "bill_length_mm": 50.5, "bill_depth_mm": 15.9, "body_mass_g": 5400}
      ]
    }' | jq -e .

curl -s "$logitd/v1/models/penguin-sex/predict" -H 'Content-Type: application/json' \
    -d '{"rows": [["Adelie", 37.2, 18.1, 3900], ["Adelie", 36.0, 17.9, 3190]]}' |
    jq -er '.predictions[] | "\(.label) \(.probability.male)"'

# Bad input is named, all of it at once.
curl -s "$logitd/v1/models/penguin-sex/predict" -H 'Content-Type: application/json' \
    -d '{"rows": [["Emperor", 37.2, 18.1, 3900], ["Adelie", "long", 18.1, null]]}' |
    jq -e '{status, code, errors}'

# A version never changes. An alias points where you want it, and the bare name follows `default`.
curl -s -X PUT "$logitd/v1/models/penguin-sex/aliases/default" \
    -H 'Content-Type: application/json' -d '{"version": 1}' | jq -ec .

# Learn from rows as they come, into a working copy. Each is scored before it is learnt from.
curl -s "$logitd/v1/models/penguin-sex/update" -H 'Content-Type: application/json' -d '{
      "rows": [["Adelie", 37.2, 18.1, 3900], ["Gentoo", 50.5, 15.9, 5400]],
      "labels": ["male", "male"]
    }' | jq -ec '{revision, n_rows, n_steps, loss}'

# The copy becomes version 2. What is served changes when the alias moves.
curl -s -X POST "$logitd/v1/models/penguin-sex/update/publish" | jq -ec '{model, version}'
