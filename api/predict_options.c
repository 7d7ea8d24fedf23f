#include "api/predict_options.h"

#include <math.h>
#include <stdio.h>

static const char *const member_names[PREDICT_N_MEMBERS] = {
    [PREDICT_MEMBER_ROWS] = "rows",           [PREDICT_MEMBER_COLUMNS] = "columns",
    [PREDICT_MEMBER_INSTANCES] = "instances", [PREDICT_MEMBER_OUTPUT] = "output",
    [PREDICT_MEMBER_THRESHOLD] = "threshold", [PREDICT_MEMBER_LAYOUT] = "layout",
    [PREDICT_MEMBER_ON_ERROR] = "on_error",   [PREDICT_MEMBER_TOP_K] = "top_k",
};

#define POINTER_BYTES 96

/* ---- members ---- */

static int note_member(struct predict_members *members, const struct json_scan *scan,
                       const struct json_text *key, struct problem_list *problems,
                       struct error *err)
{
    for (int m = 0; m < PREDICT_N_MEMBERS; m++)
        if (json_scan_text_is(key, member_names[m])) {
            if (members->has[m])
                return error_set(err, ERROR_DUPLICATE_KEY, "\"%s\" stands twice",
                                 member_names[m]);
            members->has[m] = true;
            members->at[m] = *scan;
            return 0;
        }
    char pointer[POINTER_BYTES];
    int n = key->n_bytes < POINTER_BYTES / 2 ? (int)key->n_bytes : POINTER_BYTES / 2;
    snprintf(pointer, sizeof(pointer), "/%.*s", n, key->text);
    problem_report(
        problems, ERROR_UNKNOWN_FIELD, pointer,
        "known are rows, columns, instances, output, threshold, layout and on_error");
    return 0;
}

int predict_options_find(const char *body, size_t n_bytes,
                         struct predict_members *members, struct problem_list *problems,
                         struct error *err)
{
    struct json_scan scan = json_scan_start(body, n_bytes);
    struct json_text key;
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_OBJECT) {
        if (json_scan_check(body, n_bytes, err) < 0)
            return -1;
        problem_report(problems, ERROR_INVALID_TYPE, "", "an object is needed");
        return 0;
    }
    if (json_scan_enter_object(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(&scan, &key, err)) == 1)
        if (note_member(members, &scan, &key, problems, err) < 0 ||
            json_scan_skip(&scan, err) < 0)
            return -1;
    return more < 0 ? -1 : json_scan_finish(&scan, err);
}

/* ---- options: the text is known to be well formed, so reading fails only without memory
 * ---- */

static unsigned output_of_word(const struct model *model, const struct json_text *word)
{
    bool multinomial = model->family == FAMILY_MULTINOMIAL;
    if (json_scan_text_is(word, "label"))
        return PREDICT_LABEL;
    if (json_scan_text_is(word, "probability"))
        return PREDICT_PROBABILITY;
    if (json_scan_text_is(word, multinomial ? "logits" : "log_odds"))
        return PREDICT_LOG_ODDS;
    if (!multinomial && json_scan_text_is(word, "linear_predictor"))
        return PREDICT_LINEAR_PREDICTOR;
    return 0;
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
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof(pointer), "/output/%zu", i);
    if (output == 0)
        problem_report(problems, ERROR_UNSUPPORTED, pointer,
                       "this model offers label, probability, %s",
                       model->family == FAMILY_MULTINOMIAL
                           ? "logits"
                           : "log_odds, linear_predictor");
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
    *outputs = 0;
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    for (size_t i = 0; (more = json_scan_next_element(&scan, err)) == 1; i++)
        if (read_one_output(model, &scan, i, outputs, problems, err) < 0)
            return -1;
    if (more == 0 && *outputs == 0 && problems->n == 0)
        problem_report(problems, ERROR_INVALID, "/output",
                       "at least one output is needed");
    return more;
}

static int read_threshold(const struct model *model, struct json_scan scan,
                          double *threshold, struct problem_list *problems,
                          struct error *err)
{
    double value = NAN;
    if (json_scan_peek(&scan) == JSON_KIND_NUMBER &&
        json_scan_number(&scan, &value, err) < 0)
        return -1;
    if (!(value >= 0 && value <= 1))
        problem_report(problems, ERROR_OUT_OF_RANGE, "/threshold",
                       "a number from 0 to 1 is needed");
    else if (model->family == FAMILY_MULTINOMIAL)
        problem_report(problems, ERROR_INVALID, "/threshold",
                       "a threshold is for two classes; this model has %zu",
                       model->n_classes);
    else
        *threshold = value;
    return 0;
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

int predict_options_read(const struct model *model, const struct predict_members *members,
                         struct predict_options *options, struct problem_list *problems,
                         struct error *err)
{
    const struct json_scan *at = members->at;
    const bool *has = members->has;
    options->outputs = PREDICT_LABEL | PREDICT_PROBABILITY | PREDICT_LOG_ODDS;
    options->threshold = .5;
    if (has[PREDICT_MEMBER_OUTPUT] && read_output(model, at[PREDICT_MEMBER_OUTPUT],
                                                  &options->outputs, problems, err) < 0)
        return -1;
    if (has[PREDICT_MEMBER_THRESHOLD] &&
        read_threshold(model, at[PREDICT_MEMBER_THRESHOLD], &options->threshold, problems,
                       err) < 0)
        return -1;
    options->columns_layout =
        has[PREDICT_MEMBER_LAYOUT] && is_second_word(at[PREDICT_MEMBER_LAYOUT], "/layout",
                                                     "records", "columns", problems);
    options->on_error_row =
        has[PREDICT_MEMBER_ON_ERROR] &&
        is_second_word(at[PREDICT_MEMBER_ON_ERROR], "/on_error", "fail", "row", problems);
    if (has[PREDICT_MEMBER_TOP_K])
        problem_report(problems, ERROR_UNSUPPORTED, "/top_k", "top_k is not offered yet");
    if (options->columns_layout && options->on_error_row)
        problem_report(problems, ERROR_INVALID, "/on_error",
                       "\"row\" needs the layout \"records\"");
    return 0;
}
