"""Firth's penalised likelihood to fifty digits, for two classes.

Maximised is l(b) + 1/2 log|I(b)|, I = sum_i w_i p_i (1 - p_i) x_i x_i' (Firth 1993). Its score is
sum_i x_i (w_i (s_i - p_i) + h_i (1/2 - p_i)) with h_i = w_i p_i (1 - p_i) x_i' I^-1 x_i (Heinze and
Schemper 2002). Fisher's scoring, with steps halved while the value falls, gives a start in floats; a
secant matrix over fifty digits does the rest (Newton's method with differences for derivatives).
"""

from mpmath import gammainc, inf, lu_solve, matrix, mpf

from solve import (
    Digits,
    Floats,
    Problem,
    cholesky,
    fit_statistics,
    inverse,
    solve,
)

ROUGH = 1e-12
DIFFERENCE = mpf(10) ** -25
EXACT = mpf(10) ** -45
MOST_STEPS = 500


class Penalised:
    """The problem without columns left out; `free` are the coefficients that may move."""

    def __init__(self, design, arithmetic, free):
        self.plain = Problem(design, 0, arithmetic)
        self.arithmetic = arithmetic
        self.free = free

    def information(self, beta):
        probabilities = [self.plain.softmax(z)[1] for z in self.plain.scores(beta)]
        return probabilities, self.plain.hessian(probabilities)

    def value(self, beta):
        factor = cholesky(self.information(beta)[1], self.arithmetic)
        half_log = sum(self.arithmetic.log(row[-1]) for row in factor)
        return self.plain.log_likelihood(beta) + half_log

    def score(self, beta):
        """Of the free coefficients."""
        plain, dot = self.plain, self.arithmetic.dot
        probabilities, information = self.information(beta)
        covariance = inverse(cholesky(information, self.arithmetic), self.arithmetic)
        residuals = []
        for (where, cells), p, s, w in zip(
            plain.rows, probabilities, plain.shares, plain.weights
        ):
            products = [dot(cells, [covariance[j][m] for m in where]) for j in where]
            hat = w * p[1] * p[0] * dot(cells, products)
            residuals.append(w * (s[1] - p[1]) + hat * (p[0] - p[1]) / 2)
        return [plain.column_dot(j, residuals) for j in self.free]

    def scoring_step(self, beta, score):
        information = self.information(beta)[1]
        part = [[information[j][m] for m in self.free[: i + 1]] for i, j in enumerate(self.free)]
        return solve(cholesky(part, self.arithmetic), score, self.arithmetic)


def moved(beta, free, step, share):
    new = list(beta)
    for j, s in zip(free, step):
        new[j] += share * s
    return new


def rough_maximum(design, free, n):
    problem, beta = Penalised(design, Floats, free), [0.0] * n
    for _ in range(MOST_STEPS):
        score = problem.score(beta)
        step = problem.scoring_step(beta, score)
        if Floats.dot(step, score) < ROUGH:
            return beta
        share, value = 1.0, problem.value(beta)
        while problem.value(moved(beta, free, step, share)) < value - 1e-13 * abs(value):
            share /= 2
        beta = moved(beta, free, step, share)
    raise ArithmeticError("Fisher's scoring does not settle")


def slopes(problem, beta, score):
    """The derivatives of the score by forward differences."""
    columns = []
    for j in problem.free:
        near = list(beta)
        near[j] += DIFFERENCE
        columns.append([(a - b) / DIFFERENCE for a, b in zip(problem.score(near), score)])
    return matrix(columns).T


def maximum(design, free, n):
    """The problem in fifty digits, and where it is greatest."""
    problem = Penalised(design, Digits, free)
    beta = [mpf(b) for b in rough_maximum(design, free, n)]
    for _ in range(MOST_STEPS):
        score = problem.score(beta)
        step = list(lu_solve(slopes(problem, beta, score), [-s for s in score]))
        beta = moved(beta, free, step, mpf(1))
        if max(abs(s) / (1 + abs(beta[j])) for j, s in zip(free, step)) < EXACT:
            return problem, beta
    raise ArithmeticError("no maximum was reached")


def penalised_statistics(design, request, problem, beta):
    """The contract's "fit" where Firth's penalty changes it. AIC and BIC are none."""
    n, likelihood = len(beta), problem.plain.log_likelihood(beta)
    value = problem.value(beta)
    constant = design.log_coefficient
    fit = fit_statistics(design, request, -value, likelihood)
    if request.get("intercept", True):
        null_problem, null = maximum(design, [0], n)
        null_value = null_problem.value(null)
    else:
        null_value = problem.value([mpf(0)] * n)
    ratio = 2 * (value - null_value)
    del fit["aic"], fit["bic"]
    return fit | {
        "penalized_log_likelihood": value + constant,
        "null_penalized_log_likelihood": null_value + constant,
        "lr_statistic": ratio,
        "lr_p_value": gammainc(mpf(fit["lr_df"]) / 2, ratio / 2, inf, regularized=True),
    }


def fit(design, request):
    """Everything of a fit, as solve.fit gives it."""
    n = len(design.columns)
    problem, beta = maximum(design, list(range(n)), n)
    covariance = inverse(cholesky(problem.information(beta)[1], Digits), Digits)
    statistics = penalised_statistics(design, request, problem, beta)
    problem.plain.offset = [mpf(0)] * design.n_rows
    scores = problem.plain.scores(beta)
    return {
        "beta": beta,
        "covariance": covariance,
        "scores": scores,
        "probabilities": [problem.plain.softmax(z)[1] for z in scores],
        "fit": statistics,
    }
