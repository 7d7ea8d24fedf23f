"""Fits with |w| in their penalty, to fifty digits.

Minimised is F = sum_i w_i (log sum_k exp z_ik - sum_k s_ik z_ik)/W + l2/2 sum f_j b_kj^2
+ l1 sum g_j |b_kj|, W the sum of weights, as solve.py writes rows; k runs over class 1 of a binomial
model and over all classes of a multinomial one, whose weights are not centred. A coefficient under
no penalty is 0 for class 0: a shift of all classes changes nothing.

Floats find which coefficients are not 0, by coordinate descent on quadratic models, over columns of
mean 0 and length 1. Digits then solve for these alone, their signs given, and hold the conditions of
Karush, Kuhn and Tucker against all others: what they leave proves the choice.
"""

from operator import mul

from mpmath import mp, mpf

from solve import Digits, Floats, cholesky, solve

NEW_ONES = 30
SLACK = mpf("1e-7")
"""By which the slopes of coefficients that are 0 stay within their l1, relative to it."""


class Problem:
    """F of a design, in one arithmetic. A coordinate is a class and a term."""

    def __init__(self, design, columns, strengths, arithmetic):
        number = arithmetic.number
        self.arithmetic = arithmetic
        self.columns = [[number(x) for x in column] for column in columns]
        self.l1 = [number(l1) for l1, _ in strengths]
        self.l2 = [number(l2) for _, l2 in strengths]
        self.shares = [[number(s) for s in row] for row in design.shares]
        total = sum(design.weights)
        self.weights = [number(w / total) for w in design.weights]
        self.offset = [number(o) for o in design.offset]
        self.classes = [1] if design.is_binomial else list(range(len(design.classes)))
        self.n_classes = len(design.classes)

    def is_free(self, j):
        return not self.l1[j] and not self.l2[j]

    def coordinates(self):
        return [
            (k, j)
            for k in self.classes
            for j in range(len(self.columns))
            if k > 0 or not self.is_free(j)
        ]

    def scores(self, beta):
        zero = self.arithmetic.number(0)
        rows = [[zero] * self.n_classes for _ in self.weights]
        for row, offset in zip(rows, self.offset):
            row[1] += offset
        for (k, j), value in beta.items():
            for row, x in zip(rows, self.columns[j]):
                row[k] += value * x
        return rows

    def softmax(self, z):
        shift = max(z)
        powers = [self.arithmetic.exp(value - shift) for value in z]
        total = sum(powers)
        return shift + self.arithmetic.log(total), [power / total for power in powers]

    def loss(self, beta):
        return sum(
            w * (self.softmax(z)[0] - self.arithmetic.dot(s, z))
            for w, z, s in zip(self.weights, self.scores(beta), self.shares)
        )

    def value(self, beta):
        penalty = sum(
            self.l1[j] * abs(b) + self.l2[j] * b * b / 2 for (_, j), b in beta.items()
        )
        return self.loss(beta) + penalty

    def probabilities(self, beta):
        return [self.softmax(z)[1] for z in self.scores(beta)]

    def gradient(self, beta, probabilities, coordinates):
        residual = {
            k: [w * (p[k] - s[k]) for w, p, s in zip(self.weights, probabilities, self.shares)]
            for k in self.classes
        }
        return [
            self.arithmetic.dot(self.columns[j], residual[k])
            + self.l2[j] * beta.get((k, j), 0)
            for k, j in coordinates
        ]

    def hessian(self, probabilities, coordinates):
        """The lower triangle, by rows."""
        curvature = {}
        rows = []
        for n, (k, i) in enumerate(coordinates):
            row = []
            for l, j in coordinates[: n + 1]:
                if (k, l) not in curvature:
                    curvature[k, l] = [
                        w * p[k] * ((k == l) - p[l]) for w, p in zip(self.weights, probabilities)
                    ]
                scaled = list(map(mul, curvature[k, l], self.columns[i]))
                entry = self.arithmetic.dot(scaled, self.columns[j])
                row.append(entry + (self.l2[j] if (k, i) == (l, j) else 0))
            rows.append(row)
        return rows


def slope(value, gradient, l1):
    """Of F along a coordinate; 0 at a minimum."""
    if value:
        return gradient + (l1 if value > 0 else -l1)
    return max(abs(gradient) - l1, 0)


# --- which are not 0 ---------------------------------------------------------------------


def sweep(hessian, gradient, start, new, l1):
    """One round of coordinate descent; returns by how much coordinates moved."""
    moved = 0.0
    for i, row in enumerate(hessian):
        step = [b - a for a, b in zip(start, new)]
        q = gradient[i] + sum(map(mul, row, step))
        aim = new[i] - q / row[i]
        width = l1[i] / row[i]
        aim = aim - width if aim > width else aim + width if aim < -width else 0.0
        moved = max(moved, abs(aim - new[i]) * row[i] ** 0.5)
        new[i] = aim
    return moved


def quadratic_minimum(hessian, gradient, start, l1):
    n = len(start)
    whole = [[hessian[max(i, j)][min(i, j)] for j in range(n)] for i in range(n)]
    new = list(start)
    for _ in range(2000):
        if sweep(whole, gradient, start, new, l1) < 1e-12:
            break
    return new


def improve(problem, beta, coordinates):
    """A step of proximal Newton; returns the new point and the greatest slope before it."""
    probabilities = problem.probabilities(beta)
    gradient = problem.gradient(beta, probabilities, coordinates)
    slopes = {
        c: abs(slope(beta.get(c, 0), g, problem.l1[c[1]])) for c, g in zip(coordinates, gradient)
    }
    old = [c for c in coordinates if beta.get(c) or not problem.l1[c[1]]]
    others = sorted((c for c in coordinates if c not in set(old)), key=lambda c: -slopes[c])
    moving = sorted(old + [c for c in others[:NEW_ONES] if slopes[c] > 0])
    at = dict(zip(coordinates, gradient))
    start = [beta.get(c, 0.0) for c in moving]
    new = quadratic_minimum(
        problem.hessian(probabilities, moving),
        [at[c] for c in moving],
        start,
        [problem.l1[j] for _, j in moving],
    )
    value, share = problem.value(beta), 1.0
    while True:
        trial = {c: a + share * (b - a) if share < 1 else b for c, a, b in zip(moving, start, new)}
        trial = {c: b for c, b in trial.items() if b}
        if problem.value(trial) <= value or share < 1e-6:
            return trial, max(slopes.values())
        share /= 2


def find_signs(problem, most_steps=200):
    beta, coordinates = {}, problem.coordinates()
    for _ in range(most_steps):
        beta, greatest = improve(problem, beta, coordinates)
        if greatest < 1e-9:
            return beta
    raise ArithmeticError("no minimum was found")


# --- and their values --------------------------------------------------------------------


def newton(problem, beta, most_steps=60):
    """Over the coordinates of beta, which keep their signs."""
    arithmetic, moving = problem.arithmetic, sorted(beta)
    signs = {c: (b > 0) - (b < 0) for c, b in beta.items()}
    for _ in range(most_steps):
        probabilities = problem.probabilities(beta)
        gradient = problem.gradient(beta, probabilities, moving)
        right = [g + signs[c] * problem.l1[c[1]] for c, g in zip(moving, gradient)]
        factor = cholesky(problem.hessian(probabilities, moving), arithmetic)
        step = solve(factor, right, arithmetic)
        beta = {c: beta[c] - s for c, s in zip(moving, step)}
        if arithmetic.dot(step, right) <= arithmetic.settled:
            return beta
    raise ArithmeticError("no minimum: are the classes separable?")


def check_minimum(problem, beta, signs):
    coordinates = problem.coordinates()
    gradient = problem.gradient(beta, problem.probabilities(beta), coordinates)
    for c, g in zip(coordinates, gradient):
        l1 = problem.l1[c[1]]
        if c not in beta:
            assert abs(g) < l1 * (1 - SLACK), f"{c} might be other than 0"
        else:
            assert not l1 or beta[c] * signs[c] > 0, f"{c} has another sign"
            assert abs(slope(beta[c], g, l1)) < mpf(10) ** -40


# --- all together ------------------------------------------------------------------------


def strengths_of(design, request):
    """l1 and l2 of each term. Of standardised columns design.factors has the squares of lengths."""
    penalty = request["penalty"]
    is_standardised = request.get("standardize", False)
    assert not (is_standardised and penalty.get("factors"))
    return [
        (
            mpf(float(penalty["l1"])) * (factor ** mpf(0.5) if is_standardised else factor),
            mpf(float(penalty.get("l2", 0))) * factor,
        )
        for factor in design.factors
    ]


def scaled_for_floats(design, strengths):
    """Columns of mean 0, if there is an intercept, and of length 1, and what penalties are on them."""
    total = sum(design.weights)
    has_intercept = design.terms[0] == "(intercept)"
    columns, scaled = [], []
    for term, column, (l1, l2) in zip(design.terms, design.columns, strengths):
        mean = sum(w * x for w, x in zip(design.weights, column)) / total
        if not has_intercept or term == "(intercept)":
            mean = mpf(0)
        square = sum(w * (x - mean) ** 2 for w, x in zip(design.weights, column)) / total
        length = square ** mpf(0.5) or mpf(1)
        columns.append([(x - mean) / length for x in column])
        scaled.append((l1 / length, l2 / length**2))
    return columns, scaled


def start_of(design, strengths):
    """What floats find, on columns as given; intercepts but roughly, which Newton's steps mend."""
    columns, scaled = scaled_for_floats(design, strengths)
    rough = find_signs(Problem(design, columns, scaled, Floats))
    exact = Problem(design, columns, scaled, Digits)
    return {c: mpf(b) for c, b in rough.items()}, exact


def as_given(design, beta):
    """Coefficients on columns of mean 0 and length 1 become those of the columns as given."""
    total = sum(design.weights)
    has_intercept = design.terms[0] == "(intercept)"
    given = {}
    for (k, j), value in sorted(beta.items()):
        column = design.columns[j]
        mean = sum(w * x for w, x in zip(design.weights, column)) / total
        if not has_intercept or j == 0:
            mean = mpf(0)
        square = sum(w * (x - mean) ** 2 for w, x in zip(design.weights, column)) / total
        length = square ** mpf(0.5) or mpf(1)
        given[k, j] = given.get((k, j), mpf(0)) + value / length
        if mean:
            given[k, 0] = given.get((k, 0), mpf(0)) - value / length * mean
    return given


def centred(problem, beta):
    """What is under no penalty is told so that it adds up to 0 over the classes."""
    if len(problem.classes) == 1:
        return beta
    told = dict(beta)
    for j in filter(problem.is_free, range(len(problem.columns))):
        values = [beta.get((k, j), mpf(0)) for k in problem.classes]
        mean = mp.fsum(values) / len(values)
        told |= {(k, j): value - mean for k, value in zip(problem.classes, values)}
    return told


def least_for_zeros(problem, strengths, l1):
    """The l1 from which on all that it weighs are 0."""
    free = {c: mpf(0) for c in problem.coordinates() if not problem.l1[c[1]]}
    beta = newton(problem, free) if free else {}
    weighed = [c for c in problem.coordinates() if problem.l1[c[1]]]
    gradient = problem.gradient(beta, problem.probabilities(beta), weighed)
    return max(abs(g) / strengths[j][0] for g, (_, j) in zip(gradient, weighed)) * l1


def fit(design, request):
    """Coefficients that are not 0, by class and term, and F."""
    strengths = strengths_of(design, request)
    start, scaled = start_of(design, strengths)
    found = newton(scaled, start)
    check_minimum(scaled, found, start)
    exact = Problem(design, design.columns, strengths, Digits)
    beta = centred(exact, as_given(design, found))
    return {
        "beta": beta,
        "objective": exact.value(beta),
        "log_likelihood": -exact.loss(beta) * mp.fsum(design.weights) + design.log_coefficient,
        "l1_max": least_for_zeros(exact, strengths, mpf(float(request["penalty"]["l1"]))),
        "n_nonzero": len([j for _, j in beta if design.terms[j] != "(intercept)"]),
    }
