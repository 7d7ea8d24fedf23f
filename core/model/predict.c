#include "core/model/predict.h"

#include <assert.h>
#include <float.h>
#include <math.h>

/* Inputs of 1e300 must not make infinities. */
static double clamp(double score)
{
    return score > DBL_MAX ? DBL_MAX : score < -DBL_MAX ? -DBL_MAX : score;
}

/* A term with weights [its columns] adds this to a score, where it is no plain number. */
static double contribution(const struct encoding *encoding, const struct term *term,
                           const double *weights, const double *cells, double scale)
{
    size_t column;
    double value = term_value(encoding, term, cells, &column);
    return value == 0 ? 0 : weights[column] * scale * (value * scale);
}

static double sum_of(const struct encoding *encoding, const double *weights,
                     double intercept, const double *cells)
{
    double score = intercept;
    for (size_t t = 0; t < encoding->n_terms;) {
        const struct term *term = &encoding->terms[t];
        const double *of = weights + term->first_column;
        for (size_t i = 0; i < term->n_plain; i++)
            score += of[i] * cells[term->factors->input + i];
        if (term->n_plain == 0)
            score += contribution(encoding, term, of, cells, 1);
        t += term->n_plain > 0 ? term->n_plain : 1;
    }
    return score;
}

/* The same sum where it, or a part of it, is beyond the doubles: weights and values are
 * taken by 2^-540, so that no product nor a sum of many is. */
static double sum_of_huge(const struct encoding *encoding, const double *weights,
                          double intercept, const double *cells)
{
    const double scale = 0x1p-540;
    double score = intercept * scale * scale;
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        score += contribution(encoding, term, weights + term->first_column, cells, scale);
    }
    return score / scale / scale;
}

void predict_scores(const struct model *model, const double *cells, size_t n_rows,
                    const double *offset, double *scores)
{
    const struct encoding *encoding = model->encoding;
    size_t n_scores = model_n_scores(model);
    for (size_t row = 0; row < n_rows; row++, cells += encoding->n_inputs)
        for (size_t k = 0; k < n_scores; k++) {
            const double *weights = model->weights + k * encoding->n_columns;
            double score = sum_of(encoding, weights, model->intercepts[k], cells);
            if (!isfinite(score))
                score = sum_of_huge(encoding, weights, model->intercepts[k], cells);
            if (offset && n_scores == 1)
                score += offset[row];
            *scores++ = clamp(score);
        }
}

/* ---- sparse rows ---- */

/* An intercept of -0 is 0 once there are zeros in a row. */
static double sum_entries(const struct predict_entry *entries, size_t n,
                          const double *weights, double intercept)
{
    double score = intercept + 0.0;
    for (size_t i = 0; i < n; i++)
        score += weights[entries[i].input] * entries[i].value;
    return score;
}

static double sum_huge_entries(const struct predict_entry *entries, size_t n,
                               const double *weights, double intercept)
{
    const double scale = 0x1p-540;
    double score = intercept * scale * scale;
    for (size_t i = 0; i < n; i++)
        score += weights[entries[i].input] * scale * (entries[i].value * scale);
    return score / scale / scale;
}

void predict_scores_sparse(const struct model *model, const struct predict_entry *entries,
                           const size_t *ends, size_t n_rows, const double *offset,
                           double *scores)
{
    size_t n_scores = model_n_scores(model), start = 0;
    assert(model->encoding->is_sparse);
    for (size_t row = 0; row < n_rows; row++) {
        const struct predict_entry *from = entries ? entries + start : NULL;
        size_t n = ends[row] - start;
        start = ends[row];
        for (size_t k = 0; k < n_scores; k++) {
            const double *weights = model->weights + k * model->encoding->n_columns;
            double score = sum_entries(from, n, weights, model->intercepts[k]);
            if (!isfinite(score))
                score = sum_huge_entries(from, n, weights, model->intercepts[k]);
            if (offset && n_scores == 1)
                score += offset[row];
            *scores++ = clamp(score);
        }
    }
}

/* σ(z), without overflow and without losing small values. */
static double sigmoid(double z)
{
    if (z >= 0)
        return 1 / (1 + exp(-z));
    double e = exp(z);
    return e / (1 + e);
}

void predict_probabilities(const struct model *model, const double *scores,
                           double *probabilities)
{
    if (model->family == FAMILY_BINOMIAL) {
        double e = exp(-fabs(scores[0])), likely = 1 / (1 + e), other = e / (1 + e);
        bool is_positive = scores[0] >= 0;
        probabilities[model->positive] = is_positive ? likely : other;
        probabilities[1 - model->positive] = is_positive ? other : likely;
        return;
    }
    double most = scores[0], sum = 0;
    for (size_t k = 1; k < model->n_classes; k++)
        most = scores[k] > most ? scores[k] : most;
    for (size_t k = 0; k < model->n_classes; k++)
        sum += probabilities[k] = exp(scores[k] - most);
    for (size_t k = 0; k < model->n_classes; k++)
        probabilities[k] /= sum;
}

size_t predict_label(const struct model *model, const double *scores, double threshold,
                     bool *tie)
{
    if (model->family != FAMILY_MULTINOMIAL) {
        /* At ½ the sign of z decides: σ of a tiny negative z rounds to ½. */
        bool is_positive =
            threshold == 0.5 ? scores[0] >= 0 : sigmoid(scores[0]) >= threshold;
        *tie = threshold == 0.5 && scores[0] == 0;
        return is_positive ? model->positive : 1 - model->positive;
    }
    size_t best = 0;
    *tie = false;
    for (size_t k = 1; k < model->n_classes; k++) {
        *tie = scores[k] == scores[best] || (*tie && scores[k] < scores[best]);
        best = scores[k] > scores[best] ? k : best;
    }
    return best;
}
