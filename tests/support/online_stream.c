#include "tests/support/online_stream.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/data/cell_reader.h"
#include "core/model/evaluate_outcomes.h"

static void start(struct online_stream *stream)
{
    budget_start(&stream->budget, SIZE_MAX);
    stream->pool = pool_new(1, 0, NULL);
    stream->request = fit_defaults;
    stream->request.target = "y";
}

void online_stream_draw(struct online_stream *stream, uint64_t seed, size_t n_rows,
                        size_t n_classes)
{
    struct random random = random_start(seed, 0);
    struct buffer csv = BUFFER_EMPTY;
    start(stream);
    buffer_append_string(&csv, "y,a,b,g\n");
    for (size_t i = 0; i < n_rows; i++) {
        double a = random_normal(&random), b = 1e4 + 50 * random_normal(&random);
        int g = (int)random_below(&random, 3);
        double z = 0.8 * a + (b - 1e4) / 60 - 0.4 * g + random_normal(&random);
        double middle = (double)n_classes / 2;
        if (n_classes == 0)
            buffer_printf(&csv, "%.17g,%.17g,%.17g,g%d\n", 1e3 + 7 * z, a, b, g);
        else
            buffer_printf(&csv, "c%d,%.17g,%.17g,g%d\n",
                          (int)fmin(fmax(floor(z + middle), 0), (double)n_classes - 1), a,
                          b, g);
    }
    csv_table_read(&stream->table, csv.bytes);
    buffer_free(&csv);
}

void online_stream_draw_sparse(struct online_stream *stream, uint64_t seed, size_t n_rows)
{
    struct random random = random_start(seed, 0);
    struct buffer text = BUFFER_EMPTY;
    start(stream);
    for (size_t i = 0; i < n_rows; i++) {
        size_t column = 1;
        double first = 7 + random_normal(&random) / 2;
        double z = first - 7 + random_normal(&random);
        buffer_printf(&text, "%d 1:%.17g", z > 0, first);
        for (int k = 0; k < 4; k++) {
            column += 1 + random_below(&random, 9);
            buffer_printf(&text, " %zu:%.17g", column, 100 * random_uniform(&random));
        }
        buffer_append_string(&text, "\n");
    }
    csv_table_read_libsvm(&stream->table, text.bytes);
    stream->request.target = "label";
    stream->request.l2 = 1e-4;
    buffer_free(&text);
}

/* ---- rows ---- */

static void read_cells(struct online_stream *stream)
{
    const struct encoding *encoding = stream->model->encoding;
    size_t n = (size_t)table_summary(stream->table.table)->n_rows;
    struct cell_reader *reader = cell_reader_new(stream->table.table, encoding, NULL);
    double *scratch = memory_new(n, sizeof(double), NULL);
    ck_assert_ptr_nonnull(reader);
    stream->cells = memory_new(n * encoding->n_inputs, sizeof(double), NULL);
    cell_reader_read(reader, 0, n, scratch, stream->cells);
    stream->source = (struct online_rows){.cells = stream->cells, .n = n};
    memory_free(scratch);
    cell_reader_free(reader);
}

static void find_entries(struct online_stream *stream)
{
    size_t n_inputs = stream->model->encoding->n_inputs, n = 0;
    stream->entries =
        memory_new(stream->source.n * n_inputs, sizeof(*stream->entries), NULL);
    stream->ends = memory_new(stream->source.n, sizeof(*stream->ends), NULL);
    for (size_t i = 0; i < stream->source.n; i++) {
        for (size_t j = 0; j < n_inputs; j++)
            if (stream->cells[i * n_inputs + j] != 0)
                stream->entries[n++] =
                    (struct predict_entry){(uint32_t)j, stream->cells[i * n_inputs + j]};
        stream->ends[i] = n;
    }
    stream->source.entries = stream->entries;
    stream->source.ends = stream->ends;
}

static void fail_on_bad(void *context, uint64_t row, const char *column,
                        enum error_code code)
{
    (void)context;
    ck_abort_msg("row %llu, column %s: %d", (unsigned long long)row, column, code);
}

static void read_labels(struct online_stream *stream)
{
    const struct model *model = stream->model;
    struct evaluate_outcomes outcomes = {0};
    size_t target = 0, n = stream->source.n;
    while (strcmp(table_summary(stream->table.table)->columns[target].name,
                  stream->request.target) != 0)
        target++;
    const struct evaluate_columns columns = {
        target, EVALUATE_OUTCOMES_NONE, EVALUATE_OUTCOMES_NONE, EVALUATE_OUTCOMES_NONE};
    bool *is_bad = memory_new(n, sizeof(bool), NULL);
    ck_assert_int_eq(
        evaluate_outcomes_open(&outcomes, model, stream->table.table, &columns, n, NULL),
        0);
    evaluate_outcomes_read(&outcomes, 0, n, is_bad, fail_on_bad, NULL);
    for (size_t i = 0; i < n; i++)
        stream->rows.y[i] = model->n_classes > 0
                                ? online_rows_label(model, (size_t)outcomes.y[i])
                                : outcomes.y[i];
    evaluate_outcomes_free(&outcomes);
    memory_free(is_bad);
}

void online_stream_fit(struct online_stream *stream)
{
    const struct fit_room room = {.budget = &stream->budget};
    struct error err = {0};
    if (!stream->model)
        stream->model = fit_run(&stream->request, stream->table.table, &room,
                                stream->pool, NULL, &err);
    ck_assert_msg(stream->model != NULL, "%s (%s)", err.message, err.place);
    read_cells(stream);
    if (stream->model->encoding->is_sparse)
        find_entries(stream);
    ck_assert_int_eq(
        online_rows_make(&stream->rows, stream->model, &stream->source, &err), 0);
    read_labels(stream);
}

void online_stream_free(struct online_stream *stream)
{
    design_free(&stream->rows);
    model_release(stream->model);
    memory_free(stream->cells);
    memory_free(stream->entries);
    memory_free(stream->ends);
    pool_free(stream->pool);
    csv_table_free(&stream->table);
    *stream = (struct online_stream){0};
}

struct design online_stream_part(const struct online_stream *stream, size_t first,
                                 size_t n)
{
    struct design part = stream->rows;
    part.n_rows = n;
    part.n_blocks = (n + DESIGN_BLOCK_ROWS - 1) / DESIGN_BLOCK_ROWS;
    part.x = part.x ? part.x + first * part.n_columns : NULL;
    part.starts = part.starts ? part.starts + first : NULL;
    part.y += first;
    part.weights += first;
    part.offset += first;
    return part;
}

/* ---- losses ---- */

static long double margin(const struct design *rows, size_t i, const double *block,
                          bool intercept)
{
    long double z = intercept ? block[0] : 0;
    for (size_t j = 0; rows->x && j < rows->n_columns; j++)
        z += (long double)block[intercept + j] * rows->x[i * rows->n_columns + j];
    for (uint64_t e = rows->starts ? rows->starts[i] : 0;
         rows->starts && e < rows->starts[i + 1]; e++)
        z += (long double)block[intercept + rows->columns[e]] * rows->values[e];
    return z;
}

static long double loss_of_margin(enum family family, long double z, long double y,
                                  long double *told)
{
    bool is_number = family == FAMILY_GAUSSIAN || family == FAMILY_ABSOLUTE;
    *told = is_number ? 0 : z >= 0 ? y : 1 - y;
    if (family == FAMILY_BINOMIAL)
        return (z > 0 ? z + log1pl(expl(-z)) : log1pl(expl(z))) - y * z;
    if (family == FAMILY_HINGE)
        return y * fmaxl(0, 1 - z) + (1 - y) * fmaxl(0, 1 + z);
    return family == FAMILY_GAUSSIAN ? (y - z) * (y - z) / 2 : fabsl(y - z);
}

static long double loss_of_margins(const long double *z, size_t n, size_t y,
                                   long double *told)
{
    long double most = z[0], sum = 0;
    for (size_t k = 1; k < n; k++)
        most = fmaxl(most, z[k]);
    for (size_t k = 0; k < n; k++)
        sum += expl(z[k] - most);
    size_t best = 0; /* the first of equals: codes are in the order of classes */
    while (z[best] != most)
        best++;
    *told = best == y;
    return most + logl(sum) - z[y];
}

static long double loss_of_row(const struct online *online, const struct design *rows,
                               size_t i, const double *given, long double *told)
{
    const struct model *model = online->model;
    long double z[8] = {0};
    size_t first = model->n_classes - online->n_blocks;
    if (model->family != FAMILY_MULTINOMIAL)
        return loss_of_margin(model->family,
                              margin(rows, i, given, model->intercept) + rows->offset[i],
                              rows->y[i], told);
    for (size_t b = 0; b < online->n_blocks; b++)
        z[first + b] =
            margin(rows, i, given + b * online->basis.n_terms, model->intercept);
    return loss_of_margins(z, model->n_classes, (size_t)rows->y[i], told);
}

double online_stream_loss(const struct online_stream *stream, const struct online *online,
                          size_t first, size_t n, double *correct)
{
    double *given = memory_new(online->n, sizeof(double), NULL);
    long double sum = 0, told, all_told = 0;
    online_given(online, given);
    for (size_t i = first; i < first + n; i++) {
        double weight = stream->rows.weights[i];
        sum += weight * loss_of_row(online, &stream->rows, i, given, &told);
        all_told += weight * told;
    }
    memory_free(given);
    if (correct)
        *correct = (double)all_told;
    return (double)(sum / n);
}

/* ½ l2 Σ w², of classes without l1 less their mean, and l1 Σ |w|. */
double online_stream_penalty(const struct online *online)
{
    const struct model *model = online->model;
    size_t n_terms = online->basis.n_terms;
    bool is_centred =
        model->family == FAMILY_MULTINOMIAL && online->n_blocks < model->n_classes;
    double *given = memory_new(online->n, sizeof(double), NULL);
    long double squares = 0, sizes = 0;
    online_given(online, given);
    for (size_t i = model->intercept; i < n_terms; i++) {
        long double mean = 0;
        for (size_t b = 0; b < online->n_blocks; b++)
            mean += given[b * n_terms + i] / (long double)model->n_classes;
        squares += is_centred ? mean * mean : 0;
        for (size_t b = 0; b < online->n_blocks; b++) {
            long double w = given[b * n_terms + i];
            squares += is_centred ? (w - mean) * (w - mean) : w * w;
            sizes += fabsl(w);
        }
    }
    memory_free(given);
    return (double)(online->head.plan.l2 * squares / 2 + online->head.plan.l1 * sizes);
}
