/*
 * Most rows are numbers, and nothing is done for them but reading them: pointers are
 * written, strings copied and problems told only for what needs it.
 */
#include "api/predict_rows.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/predict_detail.h"
#include "api/predict_cells.h"
#include "api/predict_kept.h"
#include "core/base/memory.h"
#include "core/text/number.h"

int predict_rows_begin(struct predict_rows *rows, const struct model *model,
                       struct predict_body *parsed, const struct predict_beside *beside,
                       struct problem_list *problems, struct error *err)
{
    *rows = (struct predict_rows){.encoding = model->encoding,
                                  .parsed = parsed,
                                  .beside = beside,
                                  .problems = problems};
    rows->n_cells = model->encoding->n_inputs;
    rows->cells = &rows->cell;
    return beside ? predict_rows_name_cells(rows, err) : 0;
}

int predict_rows_name_cells(struct predict_rows *rows, struct error *err)
{
    size_t n = rows->encoding->n_inputs;
    size_t n_most = n + (rows->beside ? rows->beside->n : 0);
    if (rows->input_of_cell)
        return 0;
    rows->input_of_cell = memory_new(n_most, sizeof(*rows->input_of_cell), err);
    rows->beside_of_cell = memory_new(n_most, sizeof(*rows->beside_of_cell), err);
    rows->run_of_cell = memory_new(n_most, sizeof(*rows->run_of_cell), err);
    if (!rows->input_of_cell || !rows->beside_of_cell || !rows->run_of_cell)
        return -1;
    for (size_t i = 0; i < n_most; i++) {
        rows->input_of_cell[i] = i < n ? i : SIZE_MAX;
        rows->beside_of_cell[i] = SIZE_MAX;
    }
    predict_rows_find_runs(rows);
    return 0;
}

int predict_rows_note_seen(struct predict_rows *rows, struct error *err)
{
    size_t n = rows->encoding->n_inputs;
    if (!rows->seen)
        rows->seen = memory_new(n, sizeof(*rows->seen), err);
    return rows->seen ? 0 : -1;
}

int predict_rows_prepare_arrays(struct predict_rows *rows, struct error *err)
{
    size_t n = rows->encoding->n_inputs;
    if (!rows->encoding->is_sparse || rows->all_cells)
        return 0;
    rows->all_cells = memory_new(n, sizeof(*rows->all_cells), err);
    rows->cells = rows->all_cells;
    return rows->cells ? 0 : -1;
}

void predict_rows_free(struct predict_rows *rows)
{
    memory_free(rows->input_of_cell);
    memory_free(rows->beside_of_cell);
    memory_free(rows->run_of_cell);
    memory_free(rows->seen);
    memory_free(rows->all_cells);
    memory_free(rows->shared);
    memory_free(rows->is_shared);
    buffer_free(&rows->text);
}

static bool is_numeric(const struct predict_rows *rows, size_t input)
{
    return rows->encoding->inputs[input].type == COLUMN_NUMERIC;
}

void predict_rows_find_runs(struct predict_rows *rows)
{
    const size_t *inputs = rows->input_of_cell;
    size_t run = 0;
    for (size_t i = rows->n_cells; i-- > 0;) {
        bool goes_on = run > 0 && inputs[i] + 1 == inputs[i + 1];
        bool is_number = inputs[i] != SIZE_MAX && rows->beside_of_cell[i] == SIZE_MAX &&
                         is_numeric(rows, inputs[i]);
        run = is_number ? (goes_on ? run + 1 : 1) : 0;
        rows->run_of_cell[i] = run;
    }
}

const char *predict_rows_plain(struct predict_rows *rows, const struct json_text *text,
                               size_t *n, struct error *err)
{
    if (!text->has_escapes) {
        *n = text->n_bytes;
        return text->text;
    }
    buffer_clear(&rows->text);
    char *out = buffer_reserve(&rows->text, text->n_bytes);
    if (!out) {
        error_no_memory(err, text->n_bytes);
        return NULL;
    }
    *n = json_scan_unescape(text, out);
    return out;
}

/* ---- what is wrong with a row ---- */

/* Whatever its cells are: they may be those of other inputs. */
static void refuse_width(struct predict_rows *rows, size_t n_cells)
{
    char pointer[PROBLEM_POINTER_BYTES];
    rows->code = ERROR_NONE;
    if (predict_cells_mark(rows, ERROR_WRONG_WIDTH, SIZE_MAX))
        problem_report(rows->problems, ERROR_WRONG_WIDTH,
                       problem_pointer_at(pointer, rows->list ? rows->list : "/rows",
                                          rows->parsed->n_rows),
                       "the row has %zu cells where %zu are needed", n_cells,
                       rows->n_cells);
}

/* ---- the frame of a row ---- */

/* Where its cells go; of entries, those of an array. NULL without memory. */
static double *row_begin(struct predict_rows *rows, struct error *err)
{
    rows->code = ERROR_NONE;
    if (!rows->encoding->is_sparse)
        return predict_kept_cells(rows->parsed, rows->encoding->n_inputs, err);
    return predict_kept_begin_entries(rows->parsed, err) < 0 ? NULL : rows->cells;
}

static int row_end(struct predict_rows *rows, const char *list, struct error *err)
{
    const struct predict_body *parsed = rows->parsed;
    if (rows->encoding->n_expressions > 0)
        predict_cells_check_values(
            rows, parsed->cells + parsed->n_good * rows->encoding->n_inputs, list);
    if (parsed->offset)
        predict_cells_take_offset(rows);
    if (rows->code != ERROR_NONE)
        return predict_kept_bad(rows->parsed, rows->code, rows->input, err);
    predict_kept_good(rows->parsed);
    return 0;
}

/* The value at the scan is no row. */
static int refuse_row(struct predict_rows *rows, struct json_scan *scan, const char *list,
                      struct error *err)
{
    predict_cells_refuse(rows, ERROR_INVALID_TYPE, SIZE_MAX,
                         &(struct predict_spot){list, NULL, SIZE_MAX});
    return json_scan_skip(scan, err) < 0 ? -1 : row_end(rows, list, err);
}

/* ---- rows ---- */

/* The value at the scan, of a column beside the inputs; where it is an input's, too, the
 * scan stays before it. */
static int read_beside(struct predict_rows *rows, struct json_scan *scan, size_t which,
                       bool is_input, const struct predict_spot *spot, struct error *err)
{
    char pointer[PROBLEM_POINTER_BYTES];
    struct json_scan copy = *scan;
    const struct predict_beside *beside = rows->beside;
    predict_cells_point(rows, spot, pointer);
    return beside->read(beside->context, which, rows->parsed->n_rows,
                        is_input ? &copy : scan, pointer, err);
}

static size_t input_of(const struct predict_rows *rows, size_t at)
{
    return rows->input_of_cell ? rows->input_of_cell[at] : at;
}

/* How many numbers may come from this cell on, for inputs that follow each other. */
static size_t run_of(const struct predict_rows *rows, size_t at)
{
    if (at >= rows->n_cells)
        return 0;
    return rows->run_of_cell ? rows->run_of_cell[at]
                             : rows->encoding->inputs[at].n_numeric;
}

/* One element that is no number of a run. */
static int read_element(struct predict_rows *rows, struct json_scan *scan, double *cells,
                        size_t at, struct error *err)
{
    if (at >= rows->n_cells)
        return json_scan_skip(scan, err);
    size_t input = input_of(rows, at);
    size_t which = rows->beside_of_cell ? rows->beside_of_cell[at] : SIZE_MAX;
    if (which != SIZE_MAX &&
        read_beside(rows, scan, which, input != SIZE_MAX,
                    &(struct predict_spot){"/rows", NULL, at}, err) < 0)
        return -1;
    if (input == SIZE_MAX)
        return 0;
    return predict_cells_read(rows, scan, input, &cells[input],
                              &(struct predict_spot){"/rows", NULL, at}, err);
}

/* Behind the bracket: the cells, and how many there were. */
static int read_elements(struct predict_rows *rows, struct json_scan *scan, double *cells,
                         size_t *n_elements, struct error *err)
{
    size_t n = 0, n_read;
    for (;;) {
        size_t run = run_of(rows, n);
        double *next = run > 0 ? cells + input_of(rows, n) : cells;
        int more = json_scan_next_numbers(scan, next, run, &n_read, err);
        if (more < 0)
            return -1;
        n += n_read;
        if (more == 0)
            break;
        if (read_element(rows, scan, cells, n++, err) < 0)
            return -1;
    }
    *n_elements = n;
    return 0;
}

static int keep_cells(struct predict_rows *rows, const double *cells, struct error *err)
{
    for (size_t i = 0; i < rows->encoding->n_inputs; i++)
        if (cells[i] != 0 &&
            predict_kept_add_entry(rows->parsed, (uint32_t)i, cells[i], err) < 0)
            return -1;
    return 0;
}

int predict_rows_read_array(struct predict_rows *rows, struct json_scan *scan,
                            struct error *err)
{
    size_t n_cells;
    double *cells = row_begin(rows, err);
    if (!cells)
        return -1;
    if (json_scan_peek(scan) != JSON_KIND_ARRAY)
        return refuse_row(rows, scan, "/rows", err);
    if (json_scan_enter_array(scan, err) < 0 ||
        read_elements(rows, scan, cells, &n_cells, err) < 0)
        return -1;
    if (n_cells != rows->n_cells)
        refuse_width(rows, n_cells);
    if (rows->encoding->is_sparse && rows->code == ERROR_NONE &&
        keep_cells(rows, cells, err) < 0)
        return -1;
    return row_end(rows, "/rows", err);
}

/* ---- instances ---- */

static int refuse_name(struct predict_rows *rows, const char *plain, size_t n,
                       struct error *err)
{
    char *name = memory_copy_text(plain, n, err);
    if (!name)
        return -1;
    predict_cells_refuse(rows, ERROR_UNKNOWN_COLUMN, SIZE_MAX,
                         &(struct predict_spot){"/instances", name, SIZE_MAX});
    memory_free(name);
    return 0;
}

static int refuse_twice(const struct predict_rows *rows, size_t input, size_t byte,
                        struct error *err)
{
    error_set(err, ERROR_DUPLICATE_KEY, "an instance has the input %s twice",
              rows->encoding->inputs[input].name);
    error_place(err, "byte %zu", byte);
    return -1;
}

size_t predict_rows_find_beside(const struct predict_rows *rows, const char *name,
                                size_t n_bytes)
{
    for (size_t i = 0; rows->beside && i < rows->beside->n; i++)
        if (strlen(rows->beside->names[i]) == n_bytes &&
            memcmp(rows->beside->names[i], name, n_bytes) == 0)
            return i;
    return SIZE_MAX;
}

static int read_member(struct predict_rows *rows, struct json_scan *scan,
                       const struct json_text *key, double *cells, struct error *err)
{
    size_t n;
    const char *plain = predict_rows_plain(rows, key, &n, err);
    if (!plain)
        return -1;
    size_t input = encoding_find_input(rows->encoding, plain, n);
    size_t which = predict_rows_find_beside(rows, plain, n);
    if (which != SIZE_MAX &&
        read_beside(
            rows, scan, which, input != SIZE_MAX,
            &(struct predict_spot){"/instances", rows->beside->names[which], SIZE_MAX},
            err) < 0)
        return -1;
    if (input == SIZE_MAX && which != SIZE_MAX)
        return 0;
    if (input == SIZE_MAX)
        return refuse_name(rows, plain, n, err) < 0 ? -1 : json_scan_skip(scan, err);
    const struct predict_spot spot = {"/instances", rows->encoding->inputs[input].name,
                                      SIZE_MAX};
    if (rows->encoding->is_sparse) {
        double value = 0;
        if (predict_cells_read(rows, scan, input, &value, &spot, err) < 0)
            return -1;
        return predict_kept_add_entry(rows->parsed, (uint32_t)input, value, err);
    }
    if (rows->seen[input])
        return refuse_twice(rows, input, (size_t)(key->text - scan->text) - 1, err);
    rows->seen[input] = true;
    return predict_cells_read(rows, scan, input, &cells[input], &spot, err);
}

/* Of inputs that were not seen: sparse ones are 0, others missing. */
static void fill_missing(struct predict_rows *rows, double *cells, const char *list)
{
    for (size_t i = 0; i < rows->encoding->n_inputs; i++) {
        const struct input *input = &rows->encoding->inputs[i];
        const struct predict_spot spot = {list, input->name, SIZE_MAX};
        if (rows->seen[i])
            continue;
        if (input->is_sparse)
            predict_cells_number(rows, i, 0, &cells[i], &spot);
        else
            predict_cells_missing(rows, i, &cells[i], &spot);
    }
}

/* The inputs of a row by name: none so far. */
static int begin_seen(struct predict_rows *rows, struct error *err)
{
    if (rows->encoding->is_sparse)
        return 0;
    if (predict_rows_note_seen(rows, err) < 0)
        return -1;
    memset(rows->seen, 0, rows->encoding->n_inputs * sizeof(*rows->seen));
    return 0;
}

/* The object at the scan. */
static int read_members(struct predict_rows *rows, struct json_scan *scan, double *cells,
                        struct error *err)
{
    struct json_text key;
    int more;
    if (begin_seen(rows, err) < 0 || json_scan_enter_object(scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(scan, &key, err)) == 1)
        if (read_member(rows, scan, &key, cells, err) < 0)
            return -1;
    return more;
}

/* The cells that all instances have. */
static void take_shared(struct predict_rows *rows, double *cells)
{
    for (size_t i = 0; rows->shared && i < rows->encoding->n_inputs; i++) {
        const struct predict_spot spot = {"/instances", rows->encoding->inputs[i].name,
                                          SIZE_MAX};
        if (rows->is_shared[i] && rows->seen[i])
            predict_cells_refuse(rows, ERROR_DUPLICATE_COLUMN, i, &spot);
        if (!rows->is_shared[i])
            continue;
        cells[i] = rows->shared[i];
        rows->seen[i] = true;
    }
}

int predict_rows_read_instance(struct predict_rows *rows, struct json_scan *scan,
                               struct error *err)
{
    double *cells = row_begin(rows, err);
    if (!cells)
        return -1;
    if (json_scan_peek(scan) != JSON_KIND_OBJECT)
        return refuse_row(rows, scan, "/instances", err);
    if (read_members(rows, scan, cells, err) < 0)
        return -1;
    if (!rows->encoding->is_sparse) {
        take_shared(rows, cells);
        fill_missing(rows, cells, "/instances");
        return row_end(rows, "/instances", err);
    }
    size_t twice = predict_kept_end_entries(rows->parsed);
    return twice == SIZE_MAX ? row_end(rows, "/instances", err)
                             : refuse_twice(rows, twice, scan->at, err);
}

int predict_rows_read_shared(struct predict_rows *rows, struct json_scan *scan,
                             const char *pointer, struct error *err)
{
    size_t n = rows->encoding->n_inputs;
    if (json_scan_peek(scan) != JSON_KIND_OBJECT || rows->encoding->is_sparse) {
        bool is_object = json_scan_peek(scan) == JSON_KIND_OBJECT;
        problem_report(rows->problems, is_object ? ERROR_UNSUPPORTED : ERROR_INVALID_TYPE,
                       pointer, "%s",
                       is_object ? "a model of sparse inputs takes each by itself"
                                 : "an object is needed");
        return json_scan_skip(scan, err);
    }
    rows->shared = memory_new(n, sizeof(*rows->shared), err);
    rows->is_shared = memory_new(n, sizeof(*rows->is_shared), err);
    if (!rows->shared || !rows->is_shared)
        return -1;
    rows->reads_shared = pointer;
    int result = read_members(rows, scan, rows->shared, err);
    rows->reads_shared = NULL;
    if (result < 0)
        return -1;
    memcpy(rows->is_shared, rows->seen, n * sizeof(*rows->seen));
    return result;
}

/* ---- either, or a cell ---- */

/* The value at the scan as the only cell of its row. */
static int read_lone_cell(struct predict_rows *rows, struct json_scan *scan,
                          struct error *err)
{
    double *cells = row_begin(rows, err);
    if (!cells)
        return -1;
    if (rows->encoding->n_inputs != 1)
        return refuse_row(rows, scan, "/instances", err);
    if (predict_cells_read(rows, scan, 0, cells,
                           &(struct predict_spot){"/instances", NULL, SIZE_MAX}, err) < 0)
        return -1;
    if (rows->encoding->is_sparse && rows->code == ERROR_NONE &&
        keep_cells(rows, cells, err) < 0)
        return -1;
    return row_end(rows, "/instances", err);
}

int predict_rows_read_any(struct predict_rows *rows, struct json_scan *scan,
                          struct error *err)
{
    switch (json_scan_peek(scan)) {
    case JSON_KIND_ARRAY:
        return predict_rows_prepare_arrays(rows, err) < 0
                   ? -1
                   : predict_rows_read_array(rows, scan, err);
    case JSON_KIND_OBJECT:
        return predict_rows_read_instance(rows, scan, err);
    default:
        return read_lone_cell(rows, scan, err);
    }
}

/* ---- lines of text ---- */

static int read_entry(struct predict_rows *rows, const struct libsvm_entry *entry,
                      double *cells, struct error *err)
{
    char name[NUMBER_TEXT_BYTES];
    size_t n = number_write_integer((int64_t)entry->index, name);
    size_t input = encoding_find_input(rows->encoding, name, n);
    if (input == SIZE_MAX)
        return 0;
    if (rows->encoding->is_sparse)
        return predict_kept_add_entry(rows->parsed, (uint32_t)input, entry->value, err);
    rows->seen[input] = true;
    predict_cells_number(
        rows, input, entry->value, &cells[input],
        &(struct predict_spot){NULL, rows->encoding->inputs[input].name, SIZE_MAX});
    return 0;
}

int predict_rows_read_entries(struct predict_rows *rows,
                              const struct libsvm_entry *entries, size_t n,
                              struct error *err)
{
    double *cells = row_begin(rows, err);
    if (!cells || begin_seen(rows, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (read_entry(rows, &entries[i], cells, err) < 0)
            return -1;
    if (rows->encoding->is_sparse)
        predict_kept_end_entries(rows->parsed); /* the scanner lets none stand twice */
    else
        fill_missing(rows, cells, NULL);
    return row_end(rows, NULL, err);
}
