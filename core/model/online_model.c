#include "core/model/online_model.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/model_assemble.h"
#include "core/optim/vectors.h"

#define BECAUSE "it learnt from rows as they came, a step for each batch"

/* ---- coefficients ---- */

/* Of classes that each have a block: told against the first one; the intercepts, which no
 * penalty holds, are centred. */
static int put_classes(const struct online *online, struct estimate *estimate,
                       const double *given, struct error *err)
{
    size_t n_terms = estimate->n_terms, n_classes = online->n_blocks;
    double sum = 0;
    estimate->classes = memory_copy(given, online->n * sizeof(double), err);
    if (!estimate->classes)
        return -1;
    for (size_t b = 0; b < estimate->n_blocks; b++)
        for (size_t i = 0; i < n_terms; i++)
            estimate->solution[b * n_terms + i] = given[(b + 1) * n_terms + i] - given[i];
    for (size_t k = 0; online->model->intercept && k < n_classes; k++)
        sum += given[k * n_terms];
    for (size_t k = 0; online->model->intercept && k < n_classes; k++)
        estimate->classes[k * n_terms] -= sum / (double)n_classes;
    return 0;
}

static int put_solution(const struct online *online, struct estimate *estimate,
                        struct error *err)
{
    double *given = memory_new(online->n, sizeof(*given), err);
    int status = -1;
    if (given) {
        online_given(online, given);
        status = vectors_all_finite(given, online->n)
                     ? 0
                     : error_set(err, ERROR_NON_FINITE,
                                 "a coefficient leaves the range of numbers; give its "
                                 "column in other units");
    }
    if (status == 0 && online->n_blocks > estimate->n_blocks)
        status = put_classes(online, estimate, given, err);
    else if (status == 0)
        memcpy(estimate->solution, given, online->n * sizeof(*given));
    memory_free(given);
    return status;
}

static void tell(const struct online *online, struct estimate *estimate)
{
    bool has_odds = family_traits(online->model->family)->is_logistic;
    const double *weights = estimate->classes ? estimate->classes : estimate->solution;
    size_t n = estimate->n_blocks * estimate->n_terms;
    for (size_t i = 0; i < n; i++) {
        double value = estimate->solution[i];
        estimate->coefficients[i] =
            (struct coefficient){.estimate = value,
                                 .std_error = NAN,
                                 .z = NAN,
                                 .p_value = NAN,
                                 .ci_low = NAN,
                                 .ci_high = NAN,
                                 .odds_ratio = has_odds ? exp(value) : (double)NAN};
    }
    for (size_t i = 0; i < online->n; i++)
        estimate->report.n_nonzero +=
            i % estimate->n_terms >= online->model->intercept && weights[i] != 0;
    estimate->report.n_coefficients = n;
}

/* ---- the report ---- */

static int write_report(const struct online *online, const char *from,
                        struct report *report, struct error *err)
{
    const struct online_head *head = &online->head;
    report_forget(report);
    report->algorithm = memory_copy_string(online_word(head->plan.algorithm), err);
    report->chosen_because = memory_copy_string(BECAUSE, err);
    report->stop_reason = memory_copy_string(ONLINE_MODEL_STOP, err);
    report->warm_start = memory_copy_string(from, err);
    report->iterations = head->whole.n_steps;
    report->n_rows = head->whole.n_rows;
    report->sum_weights = head->whole.score.weights;
    report->n_threads = 1;
    report->design_is_sparse = online_is_sparse(online->model);
    return report->algorithm && report->chosen_because && report->stop_reason &&
                   report->warm_start
               ? 0
               : -1;
}

static int fill(const struct online *online, const char *from, struct estimate *estimate,
                struct error *err)
{
    const struct model *model = online->model;
    size_t n = estimate->n_blocks * estimate->n_terms;
    estimate->solution = memory_new(n, sizeof(*estimate->solution), err);
    estimate->coefficients = memory_new(n, sizeof(*estimate->coefficients), err);
    if (!estimate->solution || !estimate->coefficients ||
        typical_copy(&estimate->typical, &online->typical, model->encoding->n_columns,
                     err) < 0 ||
        put_solution(online, estimate, err) < 0)
        return -1;
    tell(online, estimate);
    return write_report(online, from, &estimate->report, err);
}

/* ---- what is the other model's ---- */

static struct encoding *copy_encoding(const struct encoding *encoding, struct error *err)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct encoding *copy = NULL;
    encoding_pack(encoding, &bytes);
    struct pack_reader in = {.bytes = (const void *)bytes.bytes,
                             .n_bytes = bytes.n_bytes};
    if (buffer_check(&bytes, err) == 0)
        copy = encoding_unpack(&in, err);
    buffer_free(&bytes);
    return copy;
}

static int copy_text(char **copy, const char *text, struct error *err)
{
    *copy = text ? memory_copy_string(text, err) : NULL;
    return text && !*copy ? -1 : 0;
}

static int copy_roles(struct model_roles *copy, const struct model_roles *roles,
                      struct error *err)
{
    return copy_text(&copy->target, roles->target, err) < 0 ||
                   copy_text(&copy->weights, roles->weights, err) < 0 ||
                   copy_text(&copy->trials, roles->trials, err) < 0 ||
                   copy_text(&copy->offset, roles->offset, err) < 0 ||
                   copy_text(&copy->formula, roles->formula, err) < 0
               ? -1
               : 0;
}

static struct model *assemble(const struct model *like, struct estimate *estimate,
                              struct error *err)
{
    struct level *classes = memory_new(like->n_classes, sizeof(*classes), err);
    struct model_parts parts = {.family = like->family,
                                .n_classes = like->n_classes,
                                .classes = classes,
                                .positive = like->positive,
                                .reference = like->reference,
                                .intercept = like->intercept,
                                .estimate = estimate};
    struct model *model = NULL;
    for (size_t k = 0; classes && k < like->n_classes; k++)
        classes[k] =
            (struct level){.text = like->classes[k], .n_bytes = strlen(like->classes[k])};
    if (classes && (parts.encoding = copy_encoding(like->encoding, err)))
        model = model_assemble(&parts, err);
    if (!model)
        encoding_free(parts.encoding);
    memory_free(classes);
    return model;
}

static void tell_learning(const struct online_head *head, struct model_learning *learning)
{
    learning->n_steps = head->whole.n_steps;
    learning->loss = online_loss(&head->whole.score);
    learning->recent_loss = online_loss(&head->recent);
    learning->accuracy = online_accuracy(head, &head->whole.score);
}

struct model *online_model(const struct online *online, const char *from,
                           struct error *err)
{
    const struct model *like = online->model;
    bool is_multinomial = like->family == FAMILY_MULTINOMIAL;
    struct estimate estimate = {.n_blocks = is_multinomial ? like->n_classes - 1 : 1,
                                .n_terms = online->basis.n_terms};
    struct model *model = NULL;
    if (fill(online, from, &estimate, err) == 0)
        model = assemble(like, &estimate, err);
    estimate_free(&estimate);
    if (model && copy_roles(&model->roles, &like->roles, err) < 0) {
        model_release(model);
        return NULL;
    }
    if (model)
        tell_learning(&online->head, &model->learning);
    return model;
}
