"""Statistics beyond the inverse information, to fifty digits: robust covariances, tests, profile
intervals, marginal effects, variance inflation, residuals. Notation as in solve.py.

Each is computed by another way than the daemon's where there is one: profile bounds from all
equations at once, gradients of marginal effects by complex steps, determinants as they are defined.
"""

from copy import copy

from mpmath import erfc, erfinv, gammainc, inf, matrix, mp, mpc, mpf, sqrt

from solve import Digits, Problem, cholesky, inverse, newton, optimum, repeats_rows

STEP = mpf(10) ** -40
"""Of a complex step, whose error is its square."""


def reach(confidence):
    return sqrt(mpf(2)) * erfinv(mpf(str(confidence)))


def normal_p(z):
    return erfc(abs(z) / sqrt(mpf(2)))


def test_of(statistic, df):
    p_value = gammainc(mpf(df) / 2, statistic / 2, inf, regularized=True)
    return {"statistic": statistic, "df": df, "p_value": p_value}


def quadratic(a, x):
    """x'A^-1 x"""
    return mp.fdot(x, list(mp.lu_solve(matrix(a), matrix(x))))


def part(a, indices):
    return [[a[i][j] for j in indices] for i in indices]


class Fit:
    """A design at its optimum."""

    def __init__(self, design, request):
        self.design = design
        self.request = request
        l2 = request.get("penalty", {}).get("l2", 0)
        self.problem, self.beta = optimum(design, l2)
        self.probabilities = [self.problem.softmax(z)[1] for z in self.problem.scores(self.beta)]
        self.hessian = whole(self.problem.hessian(self.probabilities))
        self.model_covariance = inverse(cholesky(self.hessian, Digits), Digits)
        self.n_terms = len(design.terms)
        self.n = len(self.beta)
        self.covariance = self.robust_covariance()

    # --- covariance ---

    def row(self, i):
        return [column[i] for column in self.design.columns]

    def score(self, i):
        """Without the weight."""
        x = self.row(i)
        residuals = [
            p - s for p, s in zip(self.probabilities[i][1:], self.design.shares[i][1:], strict=True)
        ]
        return [r * value for r in residuals for value in x]

    def robust_covariance(self):
        kind = self.request.get("covariance", "model")
        if kind == "model":
            return self.model_covariance
        repeats = repeats_rows(self.request)
        weights = self.problem.weights
        sums = {}
        for i, weight in enumerate(weights):
            cluster = self.design.clusters[i] if kind == "cluster" else i
            total = sums.setdefault(cluster, [mpf(0)] * self.n)
            factor = sqrt(weight) if repeats and kind != "cluster" else weight
            for j, value in enumerate(self.score(i)):
                total[j] += factor * value
        n_rows = mp.fsum(weights) if repeats else mpf(len(weights))
        factor = {
            "hc0": mpf(1),
            "hc1": n_rows / (n_rows - self.n),
            "cluster": mpf(len(sums)) / (len(sums) - 1) * (n_rows - 1) / (n_rows - self.n),
        }[kind]
        meat = matrix(self.n)
        for total in sums.values():
            for i in range(self.n):
                for j in range(self.n):
                    meat[i, j] += total[i] * total[j]
        bread = matrix(self.model_covariance)
        sandwich = bread * meat * bread * factor
        return [[sandwich[i, j] for j in range(self.n)] for i in range(self.n)]

    # --- tests ---

    def slopes(self):
        has_intercept = self.request.get("intercept", True)
        return [i for i in range(self.n) if i % self.n_terms or not has_intercept]

    def wald(self, indices):
        statistic = quadratic(part(self.covariance, indices), [self.beta[i] for i in indices])
        return test_of(statistic, len(indices))

    def score_test(self):
        null = copy(self.design)
        null.columns, null.factors = [self.design.columns[0]], [mpf(0)]
        rough = newton(Problem(null, 0, Digits), [mpf(0)] * (self.n // self.n_terms))
        beta = [mpf(0)] * self.n
        for block, intercept in enumerate(rough):
            beta[block * self.n_terms] = intercept
        gradient, hessian = Problem(self.design, 0, Digits).derivatives(beta)
        return test_of(quadratic(whole(hessian), gradient), len(self.slopes()))

    def inputs(self):
        """The coefficients of each feature, in all blocks."""
        found = {}
        for i in self.slopes():
            name = self.design.terms[i % self.n_terms].split("[")[0]
            found.setdefault(name, []).append(i)
        return found

    def term_tests(self):
        return {name: self.wald(indices) for name, indices in self.inputs().items()}

    def inflation(self):
        slopes = self.slopes()
        errors = [sqrt(self.model_covariance[i][i]) for i in range(self.n)]

        def determinant(indices):
            r = [[self.model_covariance[i][j] / errors[i] / errors[j] for j in indices] for i in indices]
            return mp.det(matrix(r)) if indices else mpf(1)

        all_of_them = determinant(slopes)
        return {
            name: {
                "gvif": determinant(own)
                * determinant([i for i in slopes if i not in own])
                / all_of_them,
                "df": len(own),
            }
            for name, own in self.inputs().items()
        }

    # --- intervals ---

    def bound(self, i, direction):
        """Where the coefficient's profile meets the quantile: Newton's method on the gradient by the
        others and on the objective at once, from Wald's bound along the tangent."""
        width = reach(self.request.get("confidence", 0.95))
        error = sqrt(self.model_covariance[i][i])
        edge = self.problem.value(self.beta) + width**2 / 2
        tangent = [row[i] / self.model_covariance[i][i] for row in self.model_covariance]
        beta = [b + direction * width * error * t for b, t in zip(self.beta, tangent)]
        for _ in range(60):
            gradient, hessian = self.problem.derivatives(beta)
            rows = whole(hessian)
            right = [-g for g in gradient]
            rows[i] = gradient
            right[i] = edge - self.problem.value(beta)
            step = list(mp.lu_solve(matrix(rows), matrix(right)))
            beta = [b + s for b, s in zip(beta, step)]
            if max(abs(s) for s in step) < mpf(10) ** -40:
                return beta[i]
        raise ArithmeticError("the profile has no bound")

    def interval(self, i):
        if self.request.get("intervals") == "profile":
            return self.bound(i, -1), self.bound(i, 1)
        width = reach(self.request.get("confidence", 0.95)) * sqrt(self.covariance[i][i])
        return self.beta[i] - width, self.beta[i] + width

    def coefficients(self):
        rows = []
        for i, estimate in enumerate(self.beta):
            error = sqrt(self.covariance[i][i])
            low, high = self.interval(i)
            rows.append(
                {
                    "estimate": estimate,
                    "std_error": error,
                    "z": estimate / error,
                    "p_value": normal_p(estimate / error),
                    "ci_low": low,
                    "ci_high": high,
                }
            )
        return rows

    # --- marginal effects ---

    def effects_at(self, beta, columns_of):
        """[(term, class)] effect: of a number the mean derivative, of a level the mean difference."""
        means = {}
        for term, columns in columns_of.items():
            level, reference = columns
            if level is None:
                means[term] = self.mean_derivatives(beta, term)
            else:
                above, below = (self.mean_probabilities(beta, c) for c in (level, reference))
                means[term] = [a - b for a, b in zip(above, below)]
        return means

    def margins(self, beta, x, offset):
        blocks = [beta[k : k + self.n_terms] for k in range(0, self.n, self.n_terms)]
        return [mpf(0)] + [offset + mp.fdot(x, b) for b in blocks]

    def softmax(self, z):
        powers = [mp.exp(value) for value in z]
        total = mp.fsum(powers)
        return [power / total for power in powers]

    def weighted_mean(self, rows):
        total = mp.fsum(self.problem.weights)
        sums = [mpc(0)] * len(self.design.classes)
        for weight, row in zip(self.problem.weights, rows):
            sums = [s + weight * value / total for s, value in zip(sums, row)]
        return sums

    def mean_probabilities(self, beta, columns):
        rows = zip(zip(*columns), self.problem.offset)
        return self.weighted_mean(self.softmax(self.margins(beta, x, o)) for x, o in rows)

    def mean_derivatives(self, beta, term):
        slopes = [mpf(0)] + [beta[k + term] for k in range(0, self.n, self.n_terms)]

        def derivatives():
            for x, o in zip(zip(*self.design.columns), self.problem.offset):
                p = self.softmax(self.margins(beta, x, o))
                mean = mp.fsum(a * b for a, b in zip(p, slopes))
                yield [a * (b - mean) for a, b in zip(p, slopes)]

        return self.weighted_mean(derivatives())

    def changed_columns(self, term):
        """The design with the level of a term in all rows, and with the reference level."""
        name, bracket, _ = self.design.terms[term].partition("[")
        if not bracket:
            return None, None
        own = [i for i, other in enumerate(self.design.terms) if other.startswith(name + "[")]
        n_rows = len(self.design.weights)
        return tuple(
            [
                [mpf(i == level)] * n_rows if i in own else column
                for i, column in enumerate(self.design.columns)
            ]
            for level in (term, None)
        )

    def marginal_effects(self):
        terms = [i for i in range(self.n_terms) if self.design.terms[i] != "(intercept)"]
        columns_of = {term: self.changed_columns(term) for term in terms}
        effects = self.effects_at(self.beta, columns_of)
        gradients = []
        for i in range(self.n):
            moved = [b + (mpc(0, STEP) if i == j else 0) for j, b in enumerate(self.beta)]
            gradients.append(self.effects_at(moved, columns_of))
        covariance = matrix(self.covariance)
        rows = []
        for term in terms:
            for k, name in enumerate(self.design.classes):
                if self.design.is_binomial and k == 0:
                    continue
                g = matrix([gradient[term][k].imag / STEP for gradient in gradients])
                error = sqrt((g.T * covariance * g)[0])
                effect = effects[term][k].real
                rows.append(
                    {
                        "term": self.design.terms[term],
                        "class": name,
                        "effect": effect,
                        "std_error": error,
                        "p_value": normal_p(effect / error),
                    }
                )
        return rows

    # --- rows ---

    def residuals(self, i):
        p, shares = self.probabilities[i], self.design.shares[i]
        weight = mpf(1) if repeats_rows(self.request) else self.problem.weights[i]
        deviance = 2 * weight * mp.fsum(s * mp.log(s / q) for s, q in zip(shares, p) if s > 0)
        pearson = sqrt(weight * mp.fsum((s - q) ** 2 / q for s, q in zip(shares, p)))
        sign = -1 if self.design.is_binomial and shares[1] < p[1] else 1
        x = self.row(i)
        leverage = mp.fsum(
            weight * p[k + 1] * ((k == l) - p[l + 1]) * x[a] * x[b]
            * self.model_covariance[k * self.n_terms + a][l * self.n_terms + b]
            for k in range(len(p) - 1)
            for l in range(len(p) - 1)
            for a in range(self.n_terms)
            for b in range(self.n_terms)
        )  # fmt: skip
        return {"deviance": sign * sqrt(deviance), "pearson": sign * pearson, "leverage": leverage}


def whole(triangle):
    n = len(triangle)
    return [[triangle[max(i, j)][min(i, j)] for j in range(n)] for i in range(n)]
