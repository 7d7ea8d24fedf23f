#!/usr/bin/env python3
"""Writes evaluate_values.h, with scikit-learn (pip install scikit-learn):

python3 tests/core/model/evaluate_values.py >tests/core/model/evaluate_values.h

Cases are made of small whole numbers, so that many scores are the same. Scikit-learn is given the
scores themselves where it ranks, and probabilities, without clipping that would matter, where not.
"""

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.calibration import calibration_curve

N = 97
K = 4


def draws(seed, n, below):
    """A linear congruential generator, the same for ever."""
    values = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % 2**31
        values.append((seed >> 8) % below)
    return np.array(values)


def array(name, values):
    numbers = ", ".join(float(v).hex() for v in np.asarray(values, float).ravel())
    print(f"static const double {name}[] = {{{numbers}}};")


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def two(name, y, z, w):
    p = 1 / (1 + np.exp(-z))
    label = (z >= 0).astype(int)
    by_class = metrics.precision_recall_fscore_support(y, label, sample_weight=w)
    array(
        f"two_{name}",
        [
            metrics.accuracy_score(y, label, sample_weight=w),
            metrics.log_loss(y, p, sample_weight=w),
            metrics.brier_score_loss(y, p, sample_weight=w),
            metrics.roc_auc_score(y, z, sample_weight=w),
            metrics.average_precision_score(y, z, sample_weight=w),
            metrics.average_precision_score(1 - y, -z, sample_weight=w),
        ],
    )
    array(f"two_{name}_confusion", metrics.confusion_matrix(y, label, sample_weight=w))
    array(f"two_{name}_by_class", np.array(by_class[:3]))
    fpr, tpr, scores = metrics.roc_curve(y, z, sample_weight=w, drop_intermediate=False)
    array(f"two_{name}_fpr", fpr[1:])
    array(f"two_{name}_tpr", tpr[1:])
    array(f"two_{name}_scores", scores[1:])


def more(name, y, z, w):
    p = softmax(z)
    label = z.argmax(axis=1)
    onehot = np.eye(K)[y]
    squares = ((p - onehot) ** 2).sum(axis=1)
    by_class = metrics.precision_recall_fscore_support(y, label, sample_weight=w)
    odds = np.log(p) - np.log1p(-p)
    array(
        f"more_{name}",
        [
            metrics.accuracy_score(y, label, sample_weight=w),
            metrics.log_loss(y, p, sample_weight=w),
            np.average(squares, weights=w),
        ],
    )
    array(f"more_{name}_confusion", metrics.confusion_matrix(y, label, sample_weight=w))
    array(f"more_{name}_by_class", np.array(by_class[:3]))
    odds = odds.round(9)
    array(
        f"more_{name}_auc",
        [metrics.roc_auc_score(onehot[:, k], odds[:, k], sample_weight=w) for k in range(K)],
    )
    array(
        f"more_{name}_precision",
        [metrics.average_precision_score(onehot[:, k], odds[:, k], sample_weight=w) for k in range(K)],
    )


def numbers(name, y, z, w):
    array(
        f"numbers_{name}",
        [
            metrics.mean_squared_error(y, z, sample_weight=w),
            metrics.root_mean_squared_error(y, z, sample_weight=w),
            metrics.mean_absolute_error(y, z, sample_weight=w),
            metrics.r2_score(y, z, sample_weight=w),
        ],
    )


def main():
    print("/* Written by evaluate_values.py; do not edit.")
    print(f" * scikit-learn {sklearn.__version__}, numpy {np.__version__} */\n")
    print("/* clang-format off */")
    # Forty scores for 97 cases, the positive ones a little above.
    z = (draws(1, N, 40) - 20) / 8
    y = (draws(2, N, 100) < 100 / (1 + np.exp(-z))).astype(int)
    w = draws(3, N, 5) / 2  # some are 0
    array("two_z", z)
    array("two_y", y)
    array("two_w", w)
    two("plain", y, z, None)
    two("weighted", y, z, w)
    observed, predicted = calibration_curve(y, 1 / (1 + np.exp(-z)), n_bins=5)
    array("two_plain_observed", observed)
    array("two_plain_predicted", predicted)

    z = (draws(4, N * K, 12).reshape(N, K) - 6) / 2
    y = np.where(draws(5, N, 2) == 0, z.argmax(axis=1), draws(6, N, K))
    array("more_z", z)
    array("more_y", y)
    more("plain", y, z, None)
    more("weighted", y, z, w)

    z = draws(7, N, 50) / 4
    y = z + (draws(8, N, 9) - 4) / 2
    array("numbers_z", z)
    array("numbers_y", y)
    numbers("plain", y, z, None)
    numbers("weighted", y, z, w)
    print("/* clang-format on */")


main()
