#include "api/predict_options.h"

#include "core/base/memory.h"
#include "core/model/contribution.h"
#include "core/model/score_error.h"

#define MOST_TOP_K 1000000

static const char *const member_names[PREDICT_N_MEMBERS] = {
    [PREDICT_MEMBER_ROWS] = "rows",
    [PREDICT_MEMBER_COLUMNS] = "columns",
    [PREDICT_MEMBER_INSTANCES] = "instances",
    [PREDICT_MEMBER_OUTPUT] = "output",
    [PREDICT_MEMBER_THRESHOLD] = "threshold",
    [PREDICT_MEMBER_LAYOUT] = "layout",
    [PREDICT_MEMBER_ON_ERROR] = "on_error",
    [PREDICT_MEMBER_TOP_K] = "top_k",
    [PREDICT_MEMBER_CONFIDENCE] = "confidence",
    [PREDICT_MEMBER_OFFSET] = "offset",
};

/* ---- members ---- */

static int refuse_member(const struct json_text *key, struct problem_list *problems,
                         struct error *err)
{
    char pointer[PROBLEM_POINTER_BYTES];
    char *name = memory_new(key->n_bytes + 1, 1, err);
    if (!name)
        return -1;
    json_scan_unescape(key, name);
    problem_report(problems, ERROR_UNKNOWN_FIELD, problem_pointer(pointer, "", name),
                   "known are rows, columns, instances, offset, output, threshold, "
                   "top_k, confidence, layout and on_error");
    memory_free(name);
    return 0;
}

/* PREDICT_N_MEMBERS for an unknown one. */
static size_t member_of_key(const struct json_text *key)
{
    size_t m = 0;
    while (m < PREDICT_N_MEMBERS && !json_scan_text_is(key, member_names[m]))
        m++;
    return m;
}

/* Notes where the value at the scan lies and goes on behind it. */
static int pass_member(struct predict_members *members, struct json_scan *scan,
                       const struct json_text *key, struct problem_list *problems,
                       struct error *err)
{
    size_t m = member_of_key(key);
    if (m == PREDICT_N_MEMBERS)
        return refuse_member(key, problems, err) < 0 ? -1 : json_scan_skip(scan, err);
    if (members->has[m]) {
        error_set(err, ERROR_DUPLICATE_KEY, "%s is given twice", member_names[m]);
        error_place(err, "byte %zu", (size_t)(key->text - scan->text) - 1);
        return -1;
    }
    members->has[m] = true;
    members->at[m] = *scan;
    bool is_read_later = m == PREDICT_MEMBER_ROWS || m == PREDICT_MEMBER_INSTANCES;
    return is_read_later ? json_scan_pass(scan, err) : json_scan_skip(scan, err);
}

int predict_options_find(const char *body, size_t n_bytes,
                         struct predict_members *members, struct problem_list *problems,
                         struct error *err)
{
    struct json_scan scan = json_scan_start(body, n_bytes);
    struct json_text key;
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_OBJECT) {
        problem_report(problems, ERROR_INVALID_TYPE, "", "an object is needed");
        return json_scan_check(body, n_bytes, err);
    }
    members->is_object = true;
    if (json_scan_enter_object(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(&scan, &key, err)) == 1)
        if (pass_member(members, &scan, &key, problems, err) < 0)
            return -1;
    return more < 0 ? -1 : json_scan_finish(&scan, err);
}

/* ---- options: known to be well formed, so that reading fails only for a number beyond
 * the doubles ---- */

/* What models of a family offer, and tell where nothing was asked for. */
static const struct family_outputs {
    unsigned offered, usual; /* enum predict_output */
    const char *words;
} family_outputs[] = {
    [FAMILY_BINOMIAL] = {PREDICT_LABEL | PREDICT_PROBABILITY | PREDICT_LOG_ODDS |
                             PREDICT_LINEAR_PREDICTOR | PREDICT_OF_CELLS,
                         PREDICT_LABEL | PREDICT_PROBABILITY | PREDICT_LOG_ODDS,
                         "label, probability, log_odds, linear_predictor, "
                         "standard_error, interval, contributions"},
    [FAMILY_MULTINOMIAL] = {PREDICT_LABEL | PREDICT_PROBABILITY | PREDICT_LOGITS |
                                PREDICT_OF_CELLS,
                            PREDICT_LABEL | PREDICT_PROBABILITY | PREDICT_LOGITS,
                            "label, probability, logits, standard_error, interval, "
                            "contributions"},
    [FAMILY_GAUSSIAN] = {PREDICT_PREDICTION | PREDICT_LINEAR_PREDICTOR | PREDICT_OF_CELLS,
                         PREDICT_PREDICTION,
                         "prediction, linear_predictor, standard_error, interval, "
                         "contributions"},
    [FAMILY_HINGE] = {PREDICT_LABEL | PREDICT_LINEAR_PREDICTOR | PREDICT_CONTRIBUTIONS,
                      PREDICT_LABEL | PREDICT_LINEAR_PREDICTOR,
                      "label, linear_predictor, contributions"},
    [FAMILY_ABSOLUTE] = {PREDICT_PREDICTION | PREDICT_LINEAR_PREDICTOR |
                             PREDICT_CONTRIBUTIONS,
                         PREDICT_PREDICTION,
                         "prediction, linear_predictor, contributions"},
};

/* 0: the model does not offer it, or there is none such. */
static unsigned output_of_word(const struct model *model, const struct json_text *word)
{
    static const struct {
        const char *word;
        unsigned output;
    } known[] = {
        {"label", PREDICT_LABEL},
        {"probability", PREDICT_PROBABILITY},
        {"log_odds", PREDICT_LOG_ODDS},
        {"logits", PREDICT_LOGITS},
        {"linear_predictor", PREDICT_LINEAR_PREDICTOR},
        {"prediction", PREDICT_PREDICTION},
        {"standard_error", PREDICT_STANDARD_ERROR},
        {"interval", PREDICT_INTERVAL},
        {"contributions", PREDICT_CONTRIBUTIONS},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (json_scan_text_is(word, known[i].word))
            return known[i].output & family_outputs[model->family].offered;
    return 0;
}

/* What is offered, but by another fit of the model. */
static void check_output(const struct model *model, unsigned output, const char *pointer,
                         struct problem_list *problems)
{
    struct error why = {0};
    int status = output & (PREDICT_STANDARD_ERROR | PREDICT_INTERVAL)
                     ? score_error_check(model, &why)
                 : output & PREDICT_CONTRIBUTIONS ? contribution_check(model, &why)
                                                  : 0;
    if (status < 0)
        problem_report(problems, why.code, pointer, "%s", why.message);
}

static int read_one_output(const struct model *model, struct json_scan *scan, size_t i,
                           unsigned *outputs, struct problem_list *problems,
                           struct error *err)
{
    struct json_text word = {0};
    bool is_text = json_scan_peek(scan) == JSON_KIND_STRING;
    if ((is_text ? json_scan_string(scan, &word, err) : json_scan_skip(scan, err)) < 0)
        return -1;
    unsigned output = is_text ? output_of_word(model, &word) : 0;
    char pointer[PROBLEM_POINTER_BYTES];
    problem_pointer_at(pointer, "/output", i);
    if (output == 0)
        problem_report(problems, ERROR_UNSUPPORTED, pointer, "this model offers %s",
                       family_outputs[model->family].words);
    else
        check_output(model, output, pointer, problems);
    *outputs |= output;
    return 0;
}

static int read_output(const struct model *model, struct json_scan scan,
                       unsigned *outputs, struct problem_list *problems,
                       struct error *err)
{
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(problems, ERROR_INVALID_TYPE, "/output",
                       "an array of words is needed");
        return 0;
    }
    int more;
    size_t n = 0;
    *outputs = 0;
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_element(&scan, err)) == 1)
        if (read_one_output(model, &scan, n++, outputs, problems, err) < 0)
            return -1;
    if (n == 0)
        problem_report(problems, ERROR_INVALID, "/output",
                       "at least one output is needed");
    return more;
}

/* 1, with a number of a range; 0 with a problem; -1 only for one beyond the doubles. */
static int read_number(struct json_scan scan, const char *pointer,
                       bool (*is_right)(double), const char *needed, double *value,
                       struct problem_list *problems, struct error *err)
{
    bool is_number = json_scan_peek(&scan) == JSON_KIND_NUMBER;
    if (is_number && json_scan_number(&scan, value, err) < 0)
        return -1;
    if (is_number && is_right(*value))
        return 1;
    problem_report(problems, is_number ? ERROR_OUT_OF_RANGE : ERROR_INVALID_TYPE, pointer,
                   "%s is needed", needed);
    return 0;
}

static bool is_share(double value)
{
    return value >= 0 && value <= 1;
}

static bool is_confidence(double value)
{
    return value > 0 && value < 1;
}

static bool is_count(double value)
{
    return value >= 1 && value <= MOST_TOP_K && value == (double)(size_t)value;
}

static int read_threshold(const struct model *model, struct json_scan scan,
                          double *threshold, struct problem_list *problems,
                          struct error *err)
{
    double value;
    int result = read_number(scan, "/threshold", is_share, "a number from 0 to 1", &value,
                             problems, err);
    if (result < 1)
        return result;
    if (model->family != FAMILY_BINOMIAL)
        problem_report(problems, ERROR_INVALID, "/threshold",
                       "a threshold is for a binomial model; this one is %s",
                       family_traits(model->family)->word);
    else
        *threshold = value;
    return 0;
}

static int read_top_k(const struct model *model, struct json_scan scan,
                      struct predict_options *options, struct problem_list *problems,
                      struct error *err)
{
    double value;
    int result = read_number(scan, "/top_k", is_count, "a whole number from 1 to 1000000",
                             &value, problems, err);
    if (result < 1)
        return result;
    if (!family_traits(model->family)->is_logistic)
        problem_report(problems, ERROR_INVALID, "/top_k",
                       "top_k is for a model with probabilities; this one is %s",
                       family_traits(model->family)->word);
    options->top_k = (size_t)value;
    options->outputs |= PREDICT_TOP_K;
    return 0;
}

static int read_confidence(struct json_scan scan, double *confidence,
                           struct problem_list *problems, struct error *err)
{
    return read_number(scan, "/confidence", is_confidence, "a number above 0 and below 1",
                       confidence, problems, err) < 0
               ? -1
               : 0;
}

/* Which of two words; the first where it is neither, which is reported. */
static bool is_second_word(struct json_scan scan, const char *pointer, const char *first,
                           const char *second, struct problem_list *problems)
{
    struct json_text word;
    if (json_scan_peek(&scan) == JSON_KIND_STRING &&
        json_scan_string(&scan, &word, NULL) == 0) {
        if (json_scan_text_is(&word, first))
            return false;
        if (json_scan_text_is(&word, second))
            return true;
    }
    problem_report(problems, ERROR_INVALID, pointer, "one of \"%s\" and \"%s\" is needed",
                   first, second);
    return false;
}

static void read_words(const struct predict_members *members,
                       struct predict_options *options, struct problem_list *problems)
{
    const struct json_scan *at = members->at;
    options->columns_layout = members->has[PREDICT_MEMBER_LAYOUT] &&
                              is_second_word(at[PREDICT_MEMBER_LAYOUT], "/layout",
                                             "records", "columns", problems);
    options->on_error_row =
        members->has[PREDICT_MEMBER_ON_ERROR] &&
        is_second_word(at[PREDICT_MEMBER_ON_ERROR], "/on_error", "fail", "row", problems);
}

int predict_options_read(const struct model *model, const struct predict_members *members,
                         struct predict_options *options, struct problem_list *problems,
                         struct error *err)
{
    const struct json_scan *at = members->at;
    const bool *has = members->has;
    options->outputs = family_outputs[model->family].usual;
    options->threshold = .5;
    options->confidence = .95;
    if ((has[PREDICT_MEMBER_OUTPUT] &&
         read_output(model, at[PREDICT_MEMBER_OUTPUT], &options->outputs, problems, err) <
             0) ||
        (has[PREDICT_MEMBER_THRESHOLD] &&
         read_threshold(model, at[PREDICT_MEMBER_THRESHOLD], &options->threshold,
                        problems, err) < 0) ||
        (has[PREDICT_MEMBER_TOP_K] &&
         read_top_k(model, at[PREDICT_MEMBER_TOP_K], options, problems, err) < 0) ||
        (has[PREDICT_MEMBER_CONFIDENCE] &&
         read_confidence(at[PREDICT_MEMBER_CONFIDENCE], &options->confidence, problems,
                         err) < 0))
        return -1;
    read_words(members, options, problems);
    return 0;
}
