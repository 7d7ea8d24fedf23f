"""Maximum likelihood and its statistics to fifty digits: Newton's method on a Design.

Notation: row i has weight w_i and shares s_ik of classes 0…K-1, class 0 being the one compared with;
z_i0 = 0 and z_ik = b_k'x_i + o_i; p_ik is the softmax of z_i. For two classes that is the binomial
model. Minimised is F = sum_i w_i (log sum_k exp z_ik - sum_k s_ik z_ik) + W l2/2 sum_j f_j
q(b_1j…b_K-1,j), W being the sum of weights: W times the contract's J. q(v) is v^2 for the binomial
model; for a multinomial one it is the sum of squares of (0, v) less their mean, that is
v'(I - 11'/K)v. Gradient: w_i (p_ik - s_ik) x_i; Hessian: w_i p_ik ([k=l] - p_il) x_i x_i'.

The same code runs on floats, for a start, and on mpf.
"""

import math
from operator import mul

from mpmath import erfc, erfinv, gammainc, inf, mp, mpf, sqrt

DIGITS = 50
mp.dps = DIGITS
CONFIDENCE = 0.95
LONG_STEP = 1e-6
"""By the decrement over F: below it, Newton's method doubles its digits with every step."""


class Floats:
    """Arithmetic of the first steps."""

    number = float
    exp = staticmethod(math.exp)
    log = staticmethod(math.log)
    settled = 1e-13

    @staticmethod
    def dot(a, b):
        return math.fsum(map(mul, a, b))


class Digits:
    """Arithmetic of the last ones."""

    number = mpf
    exp = staticmethod(mp.exp)
    log = staticmethod(mp.log)
    settled = mpf(10) ** -(2 * DIGITS - 20)

    @staticmethod
    def dot(a, b):
        return mp.fdot(a, b)


# --- linear algebra ----------------------------------------------------------------------


def cholesky(matrix, arithmetic):
    """The lower factor of a positive definite matrix, by rows."""
    factor = []
    for j, row in enumerate(matrix):
        new = []
        for i in range(j):
            new.append((row[i] - arithmetic.dot(new, factor[i][:i])) / factor[i][i])
        new.append((row[j] - arithmetic.dot(new, new)) ** 0.5)
        factor.append(new)
    return factor


def solve(factor, right, arithmetic):
    n = len(factor)
    forward = []
    for i in range(n):
        forward.append((right[i] - arithmetic.dot(factor[i][:i], forward)) / factor[i][i])
    x = [None] * n
    for i in reversed(range(n)):
        below = arithmetic.dot([factor[j][i] for j in range(i + 1, n)], x[i + 1 :])
        x[i] = (forward[i] - below) / factor[i][i]
    return x


def inverse(factor, arithmetic):
    n = len(factor)
    unit = [[arithmetic.number(i == j) for i in range(n)] for j in range(n)]
    return [solve(factor, column, arithmetic) for column in unit]


# --- the function ------------------------------------------------------------------------


class Problem:
    """F of a design, in one arithmetic. Only cells that are not 0 take part."""

    def __init__(self, design, l2, arithmetic):
        number = arithmetic.number
        self.arithmetic = arithmetic
        self.n_blocks = len(design.classes) - 1
        self.n_terms = len(design.columns)
        self.where = [[i for i, x in enumerate(column) if x] for column in design.columns]
        self.cells = [
            [number(column[i]) for i in where] for column, where in zip(design.columns, self.where)
        ]
        self.rows = [([], []) for _ in design.weights]
        for j, (where, cells) in enumerate(zip(self.where, self.cells)):
            for i, x in zip(where, cells):
                self.rows[i][0].append(j)
                self.rows[i][1].append(x)
        self.shares = [[number(s) for s in row] for row in design.shares]
        self.weights = [number(w) for w in design.weights]
        self.offset = [number(o) for o in design.offset]
        strength = number(sum(design.weights)) * number(l2)
        self.strengths = [strength * number(factor) for factor in design.factors]
        self.is_binomial = design.is_binomial

    # --- rows ---

    def scores(self, beta):
        """[row][class] z, of which class 0 has 0."""
        n = self.n_terms
        blocks = [beta[k * n : (k + 1) * n] for k in range(self.n_blocks)]
        zero = self.arithmetic.number(0)
        rows = []
        for (where, cells), offset in zip(self.rows, self.offset):
            z = [offset + self.arithmetic.dot(cells, [b[j] for j in where]) for b in blocks]
            rows.append([zero, *z])
        return rows

    def softmax(self, z):
        """The logarithm of the sum, and the probabilities."""
        shift = max(z)
        powers = [self.arithmetic.exp(value - shift) for value in z]
        total = sum(powers)
        return shift + self.arithmetic.log(total), [power / total for power in powers]

    # --- the penalty ---

    def coupling(self, k, l):
        """The matrix of q."""
        if self.is_binomial:
            return self.arithmetic.number(1)
        return (k == l) - self.arithmetic.number(1) / (self.n_blocks + 1)

    def penalty_gradient(self, beta, k, j):
        if not self.strengths[j]:
            return self.arithmetic.number(0)
        others = (self.coupling(k, l) * beta[l * self.n_terms + j] for l in range(self.n_blocks))
        return self.strengths[j] * sum(others)

    def penalty(self, beta):
        return sum(
            beta[k * self.n_terms + j] * self.penalty_gradient(beta, k, j) / 2
            for k in range(self.n_blocks)
            for j in range(self.n_terms)
        )

    # --- value and derivatives ---

    def log_likelihood(self, beta):
        """Without the part that does not depend on beta."""
        total = []
        for z, shares, weight in zip(self.scores(beta), self.shares, self.weights):
            total.append(weight * (self.arithmetic.dot(shares, z) - self.softmax(z)[0]))
        return mp.fsum(total) if self.arithmetic is Digits else math.fsum(total)

    def value(self, beta):
        return self.penalty(beta) - self.log_likelihood(beta)

    def column_dot(self, j, values):
        return self.arithmetic.dot(self.cells[j], [values[i] for i in self.where[j]])

    def gradient(self, beta, probabilities):
        gradient = []
        for k in range(self.n_blocks):
            residual = [
                w * (p[k + 1] - s[k + 1])
                for w, p, s in zip(self.weights, probabilities, self.shares)
            ]
            for j in range(self.n_terms):
                gradient.append(self.column_dot(j, residual) + self.penalty_gradient(beta, k, j))
        return gradient

    def hessian(self, probabilities):
        """The lower triangle, by rows; the upper one is 0."""
        n, size = self.n_terms, self.n_terms * self.n_blocks
        zero = self.arithmetic.number(0)
        hessian = [[zero] * size for _ in range(size)]
        for k in range(self.n_blocks):
            for l in range(k + 1):
                curvature = [
                    w * p[k + 1] * ((k == l) - p[l + 1])
                    for w, p in zip(self.weights, probabilities)
                ]
                self.fill_block(hessian, k * n, l * n, curvature)
                for j in range(n):
                    hessian[k * n + j][l * n + j] += self.strengths[j] * self.coupling(k, l)
        return hessian

    def fill_block(self, hessian, top, left, curvature):
        """A block is symmetric in itself."""
        zero = self.arithmetic.number(0)
        for j in range(self.n_terms):
            scaled = [zero] * len(curvature)
            for i, x in zip(self.where[j], self.cells[j]):
                scaled[i] = curvature[i] * x
            for m in range(j + 1):
                entry = self.column_dot(m, scaled)
                hessian[top + j][left + m] = entry
                if top != left:
                    hessian[top + m][left + j] = entry

    def derivatives(self, beta):
        probabilities = [self.softmax(z)[1] for z in self.scores(beta)]
        return self.gradient(beta, probabilities), self.hessian(probabilities)


# --- Newton ------------------------------------------------------------------------------


def newton(problem, beta, most_steps=60):
    """From beta to where no step is longer than rounding; a long step is halved while F rises."""
    arithmetic = problem.arithmetic
    for _ in range(most_steps):
        gradient, hessian = problem.derivatives(beta)
        step = solve(cholesky(hessian, arithmetic), gradient, arithmetic)
        decrement = arithmetic.dot(step, gradient)
        new = [b - s for b, s in zip(beta, step)]
        value = problem.value(beta)
        if decrement <= arithmetic.settled * (1 + abs(value)):
            return new
        while decrement > LONG_STEP * (1 + abs(value)) and problem.value(new) > value:
            step = [s / 2 for s in step]
            new = [b - s for b, s in zip(beta, step)]
        beta = new
    raise ArithmeticError("no optimum: are the classes separable?")


def optimum(design, l2):
    """The problem in fifty digits, and its solution."""
    rough = Problem(design, l2, Floats)
    start = newton(rough, [0.0] * (rough.n_terms * rough.n_blocks))
    exact = Problem(design, l2, Digits)
    return exact, newton(exact, [mpf(b) for b in start])


# --- statistics --------------------------------------------------------------------------


def null_log_likelihood(design, has_intercept):
    """Of the intercepts alone, offsets kept; without intercepts, of nothing but the offsets."""
    null = type(design)(**vars(design))
    null.columns = [[mpf(1)] * design.n_rows] if has_intercept else []
    null.factors = [mpf(0)] * len(null.columns)
    if not has_intercept:
        return Problem(null, 0, Digits).log_likelihood([])
    problem, beta = optimum(null, 0)
    return problem.log_likelihood(beta)


def saturated_log_likelihood(design):
    """Of a model with a probability for each row."""
    return mp.fsum(
        w * s * mp.log(s) for w, row in zip(design.weights, design.shares) for s in row if s > 0
    )


def coefficient_statistics(estimate, variance):
    error = sqrt(variance)
    z = estimate / error
    reach = sqrt(mpf(2)) * erfinv(mpf(CONFIDENCE)) * error
    return {
        "estimate": estimate,
        "std_error": error,
        "z": z,
        "p_value": erfc(abs(z) / sqrt(mpf(2))),
        "ci_low": estimate - reach,
        "ci_high": estimate + reach,
        "odds_ratio": mp.exp(estimate),
    }


def repeats_rows(request):
    """Are weights numbers of rows? Not those of counts, where a row stays one observation."""
    is_frequency = request.get("weight_kind", "frequency") == "frequency"
    return "weights" in request and "trials" not in request and is_frequency


def fit_statistics(design, request, value, likelihood):
    """The contract's "fit" as far as mathematics decides it. Rows count once, or as often as
    frequency weights say."""
    has_intercept = request.get("intercept", True)
    n_blocks = len(design.classes) - 1
    n_coefficients = n_blocks * len(design.terms)
    constant = design.log_coefficient
    full = likelihood + constant
    null = null_log_likelihood(design, has_intercept) + constant
    saturated = saturated_log_likelihood(design) + constant
    sum_weights = mp.fsum(design.weights)
    n = sum_weights if repeats_rows(request) else mpf(design.n_rows)
    df = n_coefficients - n_blocks * has_intercept
    ratio = 2 * (full - null)
    cox_snell = 1 - mp.exp(-ratio / n)
    return {
        "objective": value / sum_weights,
        "log_likelihood": full,
        "null_log_likelihood": null,
        "deviance": 2 * (saturated - full),
        "null_deviance": 2 * (saturated - null),
        "aic": 2 * n_coefficients - 2 * full,
        "bic": mp.log(n) * n_coefficients - 2 * full,
        "mcfadden": 1 - full / null,
        "cox_snell": cox_snell,
        "nagelkerke": cox_snell / (1 - mp.exp(2 * null / n)),
        "lr_statistic": ratio,
        "lr_df": df,
        "lr_p_value": gammainc(mpf(df) / 2, ratio / 2, inf, regularized=True),
        "sum_weights": sum_weights,
        "n_rows": design.n_rows,
        "n_rows_dropped": design.n_rows_dropped,
        "n_coefficients": n_coefficients,
        "df_residual": n - n_coefficients,
    }


def fit(design, request):
    """Everything of a fit: what is stored, as mpf. Scores and probabilities are those of a row that
    comes to be predicted, without an offset."""
    problem, beta = optimum(design, request.get("penalty", {}).get("l2", 0))
    _, hessian = problem.derivatives(beta)
    covariance = inverse(cholesky(hessian, Digits), Digits)
    likelihood = problem.log_likelihood(beta)
    problem.offset = [mpf(0)] * design.n_rows
    scores = problem.scores(beta)
    return {
        "beta": beta,
        "covariance": covariance,
        "scores": scores,
        "probabilities": [problem.softmax(z)[1] for z in scores],
        "fit": fit_statistics(design, request, problem.penalty(beta) - likelihood, likelihood),
    }
