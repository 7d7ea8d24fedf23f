#include "api/predict_table.h"

/* ---- cells ---- */

static const char *label(const struct predict_outcome *outcome, size_t part)
{
    (void)part;
    return outcome->model->classes[outcome->label];
}

static double probability(const struct predict_outcome *outcome, size_t class,
                          size_t part)
{
    (void)part;
    return outcome->probabilities[class];
}

static double score(const struct predict_outcome *outcome, size_t class, size_t part)
{
    (void)part;
    return outcome->scores[class == SIZE_MAX ? 0 : class];
}

/* Here the part is the block. */
static double std_error(const struct predict_outcome *outcome, size_t class, size_t part)
{
    (void)class;
    return outcome->std_errors[part];
}

static double interval_low(const struct predict_outcome *outcome, size_t class,
                           size_t part)
{
    (void)part;
    return outcome->intervals[class == SIZE_MAX ? 0 : class].low;
}

static double interval_high(const struct predict_outcome *outcome, size_t class,
                            size_t part)
{
    (void)part;
    return outcome->intervals[class == SIZE_MAX ? 0 : class].high;
}

static double bias(const struct predict_outcome *outcome, size_t class, size_t part)
{
    (void)part;
    return outcome->contribution.bias[class == SIZE_MAX ? 0 : class];
}

static double contributions(const struct predict_outcome *outcome, size_t class,
                            size_t part)
{
    size_t at = class == SIZE_MAX ? 0 : class;
    return outcome->parts[at * outcome->contribution.n + part];
}

static const char *top_class(const struct predict_outcome *outcome, size_t part)
{
    return outcome->model->classes[outcome->ranking[part]];
}

static double top_probability(const struct predict_outcome *outcome, size_t class,
                              size_t part)
{
    (void)class;
    return outcome->probabilities[outcome->ranking[part]];
}

/* ---- columns ---- */

typedef double number_fn(const struct predict_outcome *outcome, size_t class,
                         size_t part);

struct telling {
    const struct predict_outcome *outcome;
    predict_table_fn *tell;
    void *context;
};

static void tell_number(const struct telling *telling, const char *name, size_t class,
                        size_t part, number_fn *number)
{
    const struct predict_table_column column = {name, class, part, number, NULL};
    telling->tell(telling->context, telling->outcome, &column);
}

static void tell_text(const struct telling *telling, const char *name, size_t part,
                      const char *(*text)(const struct predict_outcome *, size_t))
{
    const struct predict_table_column column = {name, SIZE_MAX, part, NULL, text};
    telling->tell(telling->context, telling->outcome, &column);
}

/* One of each class, or one where there are none. */
static void tell_classes(const struct telling *telling, size_t n, const char *name,
                         number_fn *number)
{
    for (size_t k = 0; k < n; k++)
        tell_number(telling, name, k, SIZE_MAX, number);
    if (n == 0)
        tell_number(telling, name, SIZE_MAX, SIZE_MAX, number);
}

static void tell_scores(const struct telling *telling)
{
    const struct predict_outcome *outcome = telling->outcome;
    unsigned outputs = outcome->wanted;
    size_t n_classes = outcome->model->n_classes;
    if (outputs & PREDICT_LABEL)
        tell_text(telling, "label", SIZE_MAX, label);
    if (outputs & PREDICT_PROBABILITY)
        tell_classes(telling, n_classes, "probability", probability);
    if (outputs & PREDICT_LOGITS)
        tell_classes(telling, n_classes, "logits", score);
    if (outputs & PREDICT_PREDICTION)
        tell_number(telling, "prediction", SIZE_MAX, SIZE_MAX, score);
    if (outputs & PREDICT_LOG_ODDS)
        tell_number(telling, "log_odds", SIZE_MAX, SIZE_MAX, score);
    if (outputs & PREDICT_LINEAR_PREDICTOR)
        tell_number(telling, "linear_predictor", SIZE_MAX, SIZE_MAX, score);
}

static void tell_intervals(const struct telling *telling)
{
    size_t n = telling->outcome->model->n_classes;
    for (size_t k = 0; k < (n > 0 ? n : 1); k++) {
        size_t class = n > 0 ? k : SIZE_MAX;
        tell_number(telling, "interval_low", class, SIZE_MAX, interval_low);
        tell_number(telling, "interval_high", class, SIZE_MAX, interval_high);
    }
}

static void tell_errors(const struct telling *telling)
{
    const struct predict_outcome *outcome = telling->outcome;
    size_t n = outcome->wanted & PREDICT_STANDARD_ERROR ? outcome->model->n_blocks : 0;
    for (size_t b = 0; b < n; b++)
        tell_number(telling, "standard_error", predict_outcome_error_class(outcome, b), b,
                    std_error);
    if (outcome->wanted & PREDICT_INTERVAL)
        tell_intervals(telling);
}

static void tell_contributions(const struct telling *telling)
{
    const struct predict_outcome *outcome = telling->outcome;
    size_t n = model_n_scores(outcome->model);
    for (size_t k = 0; k < n; k++) {
        size_t class = n > 1 ? k : SIZE_MAX;
        tell_number(telling, "bias", class, SIZE_MAX, bias);
        for (size_t i = 0; i < outcome->contribution.n; i++)
            tell_number(telling, "contributions", class, i, contributions);
    }
}

void predict_table_each(const struct predict_outcome *outcome, predict_table_fn *tell,
                        void *context)
{
    const struct telling telling = {outcome, tell, context};
    tell_scores(&telling);
    tell_errors(&telling);
    if (outcome->wanted & PREDICT_CONTRIBUTIONS)
        tell_contributions(&telling);
    size_t n_top = outcome->wanted & PREDICT_TOP_K ? predict_outcome_n_top(outcome) : 0;
    for (size_t i = 0; i < n_top; i++) {
        tell_text(&telling, "top_k", i, top_class);
        tell_number(&telling, "top_k_probability", SIZE_MAX, i, top_probability);
    }
}

/* ---- names ---- */

void predict_table_write_name(const struct predict_outcome *outcome,
                              const struct predict_table_column *column,
                              struct buffer *out)
{
    buffer_append_string(out, column->name);
    if (column->class != SIZE_MAX)
        buffer_printf(out, "[%s]", outcome->model->classes[column->class]);
    if (column->number == contributions)
        buffer_printf(out, "[%s]",
                      contribution_name(&outcome->contribution, column->part));
    else if (column->number == top_probability || column->text == top_class)
        buffer_printf(out, "[%zu]", column->part + 1);
}
