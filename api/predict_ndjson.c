#include "api/predict_ndjson.h"

#include <string.h>

#include "api/predict_cells.h"
#include "api/predict_kept.h"
#include "api/predict_places.h"
#include "core/text/lines.h"

/* How many there were before a line. */
struct mark {
    size_t n_rows, n_good, n_bad, n_problems;
};

struct reading {
    struct predict_rows rows;
    uint64_t line;
    struct mark before; /* this line */
};

static struct mark mark_of(const struct predict_rows *rows)
{
    const struct predict_body *parsed = rows->parsed;
    return (struct mark){parsed->n_rows, parsed->n_good, parsed->n_bad,
                         rows->problems->n};
}

/* As if nothing had been read of the line. */
static void go_back(struct reading *reading)
{
    struct predict_body *parsed = reading->rows.parsed;
    parsed->n_rows = reading->before.n_rows;
    parsed->n_good = reading->before.n_good;
    parsed->n_bad = reading->before.n_bad;
    reading->rows.problems->n = reading->before.n_problems;
    reading->rows.code = ERROR_NONE;
}

static int refuse_line(struct reading *reading, size_t byte, const struct error *why,
                       struct error *err)
{
    struct predict_rows *rows = &reading->rows;
    char place[PROBLEM_POINTER_BYTES];
    go_back(reading);
    if (predict_cells_mark(rows, why->code, SIZE_MAX))
        problem_report(rows->problems, why->code,
                       problem_pointer_at(place, "/rows", rows->parsed->n_rows),
                       "line %llu, byte %zu: %s", (unsigned long long)reading->line,
                       byte + 1, why->message);
    return predict_kept_bad(rows->parsed, rows->code, SIZE_MAX, err);
}

static int read_value(struct predict_rows *rows, struct json_scan *scan,
                      struct error *err)
{
    if (json_scan_peek(scan) == JSON_KIND_OBJECT)
        return predict_rows_read_instance(rows, scan, err);
    return predict_rows_prepare_arrays(rows, err) < 0
               ? -1
               : predict_rows_read_array(rows, scan, err);
}

static int on_line(void *context, uint64_t line, const char *text, size_t n,
                   struct error *err)
{
    struct reading *reading = context;
    size_t n_mark = line == 1 && n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    struct json_scan scan = json_scan_start(text + n_mark, n - n_mark);
    struct error why = {0};
    reading->line = line;
    reading->before = mark_of(&reading->rows);
    if (json_scan_peek(&scan) == JSON_KIND_END)
        return 0;
    if (read_value(&reading->rows, &scan, &why) == 0 &&
        json_scan_finish(&scan, &why) == 0)
        return 0;
    bool is_ours = error_kind(why.code) == ERROR_KIND_BUSY ||
                   error_kind(why.code) == ERROR_KIND_TOO_LARGE;
    return is_ours ? error_copy(err, &why)
                   : refuse_line(reading, n_mark + scan.at, &why, err);
}

static int read_lines(struct reading *reading, const char *body, size_t n_bytes,
                      struct error *err)
{
    struct lines lines = {.on_line = on_line, .context = reading};
    int result = lines_push(&lines, body, n_bytes, err);
    if (result == 0)
        result = lines_finish(&lines, err);
    lines_free(&lines);
    if (result == 0 && reading->rows.parsed->n_rows == 0)
        problem_report(reading->rows.problems, ERROR_NO_ROWS, "",
                       "at least one line with a row is needed");
    return result;
}

int predict_ndjson_read(const struct model *model, const char *body, size_t n_bytes,
                        struct budget *budget, struct predict_body *parsed,
                        struct problem_list *problems, struct error *err)
{
    struct problem_list found = {0};
    struct reading reading = {0};
    parsed->budget = budget;
    int result = predict_rows_begin(&reading.rows, model, parsed, NULL, &found, err);
    if (result == 0)
        result = read_lines(&reading, body, n_bytes, err);
    predict_rows_free(&reading.rows);
    predict_places_of_lines(&found, model->encoding);
    problem_list_move(problems, &found);
    problem_list_free(&found);
    if (result == 0 && problems->n == 0)
        return 0;
    predict_body_free(parsed);
    return -1;
}
