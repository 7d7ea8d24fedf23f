#!/usr/bin/env python3
"""Asks a running logitd for predictions, with requests: predict.py [URL]. Run tour.sh before."""

import sys

import requests

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
penguins = [
    {"species": "Gentoo", "bill_length_mm": 50.5, "bill_depth_mm": 15.9, "body_mass_g": 5400},
    {"species": "Adelie", "bill_length_mm": 36.0, "bill_depth_mm": 17.9, "body_mass_g": 3190},
]
answer = requests.post(f"{url}/v1/models/penguin-sex/predict", json={"instances": penguins}, timeout=10)
if not answer.ok:
    sys.exit(answer.json()["detail"])
for penguin, prediction in zip(penguins, answer.json()["predictions"]):
    p = prediction["probability"][prediction["label"]]
    print(f"{penguin['species']} of {penguin['body_mass_g']} g: {prediction['label']}, probability {p:.4f}")
