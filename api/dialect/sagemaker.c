#include "api/dialect/sagemaker.h"

#include <string.h>

#include "api/dialect/tensors.h"
#include "api/predict_rows.h"
#include "core/model/predict.h"
#include "core/text/number.h"

/* ---- rows ---- */

static bool begins_with_features(struct json_scan scan)
{
    struct json_text key;
    return json_scan_peek(&scan) == JSON_KIND_OBJECT &&
           json_scan_enter_object(&scan, NULL) == 0 &&
           json_scan_next_key(&scan, &key, NULL) == 1 &&
           json_scan_text_is(&key, "features");
}

static bool is_an_input(const struct model *model)
{
    return encoding_find_input(model->encoding, "features", strlen("features")) !=
           SIZE_MAX;
}

bool sagemaker_has_features(const struct scoring *scoring, struct json_scan list)
{
    return !is_an_input(scoring->serving.found.model) &&
           json_scan_peek(&list) == JSON_KIND_ARRAY &&
           json_scan_enter_array(&list, NULL) == 0 &&
           json_scan_next_element(&list, NULL) == 1 && begins_with_features(list);
}

/* An object with nothing but features. */
static int read_features(struct predict_rows *rows, struct json_scan *scan,
                         struct error *err)
{
    char place[PROBLEM_POINTER_BYTES];
    struct json_text key;
    int more;
    if (json_scan_enter_object(scan, err) < 0 ||
        json_scan_next_key(scan, &key, err) < 0 ||
        predict_rows_prepare_arrays(rows, err) < 0)
        return -1;
    rows->within = "features";
    int result = predict_rows_read_array(rows, scan, err);
    rows->within = NULL;
    if (result < 0)
        return -1;
    while ((more = json_scan_next_key(scan, &key, err)) == 1) {
        problem_report(rows->problems, ERROR_UNKNOWN_FIELD,
                       problem_pointer_at(place, rows->list, rows->parsed->n_rows - 1),
                       "beside features nothing is known");
        if (json_scan_skip(scan, err) < 0)
            return -1;
    }
    return more;
}

static int read_row(struct predict_rows *rows, struct json_scan *scan, bool by_name,
                    struct error *err)
{
    return !by_name && begins_with_features(*scan)
               ? read_features(rows, scan, err)
               : predict_rows_read_instance(rows, scan, err);
}

typedef int read_fn(struct scoring *scoring, struct predict_rows *rows,
                    struct json_scan scan, struct error *err);

static int read_list(struct scoring *scoring, struct predict_rows *rows,
                     struct json_scan scan, struct error *err)
{
    int more;
    (void)scoring;
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_element(&scan, err)) == 1)
        if (read_row(rows, &scan, false, err) < 0)
            return -1;
    return more;
}

/* A scan of the line at `at`, with its place in the body. */
static struct json_scan line_at(const struct json_scan *whole, size_t at)
{
    struct json_scan line = *whole;
    const char *text = whole->text + at;
    const char *end = memchr(text, '\n', whole->n_bytes - at);
    line.text = text;
    line.n_bytes = end ? (size_t)(end - text) : whole->n_bytes - at;
    line.offset = at;
    return line;
}

static int read_lines(struct scoring *scoring, struct predict_rows *rows,
                      struct json_scan scan, struct error *err)
{
    bool by_name = is_an_input(scoring->serving.found.model);
    for (size_t at = 0; at < scan.n_bytes;) {
        struct json_scan line = line_at(&scan, at);
        at += line.n_bytes + 1;
        if (json_scan_peek(&line) != JSON_KIND_END &&
            (read_row(rows, &line, by_name, err) < 0 || json_scan_finish(&line, err) < 0))
            return -1;
    }
    return 0;
}

static int read_rows(struct scoring *scoring, struct json_scan scan, const char *list,
                     read_fn *read, struct error *err)
{
    struct predict_rows rows;
    scoring->body.budget = scoring->serving.budget;
    int result = predict_rows_begin(&rows, scoring->serving.found.model, &scoring->body,
                                    NULL, &scoring->problems, err);
    rows.list = list;
    if (result == 0)
        result = read(scoring, &rows, scan, err);
    predict_rows_free(&rows);
    if (result == 0 && scoring->body.n_rows == 0)
        problem_report(&scoring->problems, ERROR_NO_ROWS, list,
                       "at least one row is needed");
    return result;
}

int sagemaker_read_instances(struct scoring *scoring, struct json_scan list,
                             struct error *err)
{
    int result = read_rows(scoring, list, "/instances", read_list, err);
    if (result < 0 || scoring->problems.n > 0)
        scoring_check_text(scoring, err);
    return result;
}

int sagemaker_read_lines(struct scoring *scoring, struct error *err)
{
    return read_rows(scoring, scoring_scan(scoring), "", read_lines, err);
}

/* ---- answers ---- */

/* A class that is a number is told as one: its labels are numbers. */
static void write_label(struct json_writer *json, const char *text)
{
    struct json_text number;
    struct json_scan scan = json_scan_start(text, strlen(text));
    if (json_scan_number_text(&scan, &number, NULL) == 0 &&
        number.n_bytes == strlen(text))
        json_write_raw(json, text, number.n_bytes);
    else
        json_write_string(json, text);
}

/* How many; where they are. */
static size_t find_scores(const struct scoring *scoring, size_t row,
                          double *probabilities, const double **scores)
{
    const struct model *model = scoring->serving.found.model;
    *scores = serving_scores_of(&scoring->serving, row);
    if (!family_traits(model->family)->is_logistic)
        return 1;
    predict_probabilities(model, *scores, probabilities);
    bool is_two = model_n_scores(model) == 1;
    *scores = is_two ? probabilities + model->positive : probabilities;
    return is_two ? 1 : model->n_classes;
}

void sagemaker_write_row(struct json_writer *json, const struct scoring *scoring,
                         size_t row, double *probabilities)
{
    const struct model *model = scoring->serving.found.model;
    const double *scores;
    bool tie;
    size_t n = find_scores(scoring, row, probabilities, &scores);
    json_write_begin_object(json);
    if (n == 1)
        json_write_member_number(json, "score", scores[0]);
    else
        json_write_member_numbers(json, "score", scores, n);
    if (model->n_classes > 0) {
        json_write_key(json, "predicted_label");
        write_label(
            json,
            model->classes[predict_label(model, serving_scores_of(&scoring->serving, row),
                                         scoring->body.options.threshold, &tie)]);
    }
    json_write_end_object(json);
}

void sagemaker_write_line(struct buffer *out, const struct scoring *scoring, size_t row,
                          double *probabilities)
{
    const double *scores;
    size_t n = find_scores(scoring, row, probabilities, &scores);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buffer_append_byte(out, ',');
        tensors_append_number(out, scores[i]);
    }
    buffer_append_byte(out, '\n');
}
