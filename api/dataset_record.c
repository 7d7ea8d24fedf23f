#include "api/dataset_record.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/base/random.h"
#include "core/text/number.h"

#define FORMAT_VERSION 4
#define MOST_BYTES (4U << 20)

void dataset_record_free(struct dataset_record *record)
{
    memory_free(record->name);
    memory_free(record->format);
    summary_free(&record->summary);
    *record = (struct dataset_record){0};
}

int dataset_record_new_id(char id[DATASET_RECORD_ID_BYTES], struct error *err)
{
    unsigned char random[10];
    if (random_bytes(random, sizeof(random), err) < 0)
        return -1;
    size_t at = (size_t)snprintf(id, DATASET_RECORD_ID_BYTES, "ds_");
    for (size_t i = 0; i < sizeof(random); i++)
        at += (size_t)snprintf(id + at, DATASET_RECORD_ID_BYTES - at, "%02x", random[i]);
    return 0;
}

/* ---- as bytes ---- */

static void pack_head(const struct dataset_record *record, struct buffer *out)
{
    pack_u32(out, FORMAT_VERSION);
    pack_string(out, record->name);
    pack_string(out, record->format);
    pack_string(out, record->sha256);
    pack_u64(out, record->n_bytes);
}

void dataset_record_pack(const struct dataset_record *record, struct buffer *out)
{
    size_t n_levels = DATASET_RECORD_LEVELS;
    size_t start = out->n_bytes;
    pack_head(record, out);
    size_t n_head = out->n_bytes - start;
    summary_pack(&record->summary, DATASET_RECORD_COLUMNS, n_levels, out);
    while (!out->failed && out->n_bytes - start > MOST_BYTES && n_levels > 0) {
        out->n_bytes = start + n_head;
        n_levels /= 2;
        summary_pack(&record->summary, DATASET_RECORD_COLUMNS, n_levels, out);
    }
}

static int unpack(struct dataset_record *record, struct pack_reader *in,
                  struct error *err)
{
    struct error why = {0};
    if (pack_read_u32(in) != FORMAT_VERSION)
        return error_set(err, ERROR_FORMAT_VERSION,
                         "the dataset's record has a format that is not known");
    record->name = pack_read_string(in, &why);
    record->format = pack_read_string(in, &why);
    char *sha256 = pack_read_string(in, &why);
    if (sha256)
        snprintf(record->sha256, sizeof(record->sha256), "%s", sha256);
    memory_free(sha256);
    record->n_bytes = pack_read_u64(in);
    if (error_is_set(&why))
        return error_copy(err, &why);
    if (summary_unpack(&record->summary, in, err) < 0)
        return -1;
    return pack_check_end(in, err);
}

int dataset_record_unpack(struct dataset_record *record,
                          const struct store_record *stored, struct error *err)
{
    struct pack_reader in = {.bytes = stored->meta, .n_bytes = stored->meta_bytes};
    int result = unpack(record, &in, err);
    if (result < 0)
        dataset_record_free(record);
    return result;
}

/* ---- as JSON ---- */

static void write_levels(const struct column_summary *column, struct json_writer *json)
{
    json_write_member_integer(json, "n_levels", (int64_t)column->n_levels);
    json_write_key(json, "levels");
    json_write_begin_array(json);
    for (size_t i = 0; i < column->n_levels_kept && i < DATASET_RECORD_LEVELS; i++) {
        const struct level *level = &column->levels[i];
        json_write_begin_object(json);
        json_write_key(json, "level");
        json_write_text(json, level->text, level->n_bytes);
        json_write_member_integer(json, "count", (int64_t)level->n_rows);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

static void write_quantiles(const double *quantiles, struct json_writer *json)
{
    json_write_key(json, "quantiles");
    json_write_begin_object(json);
    for (size_t i = 0; i < SUMMARY_QUANTILES; i++) {
        char share[NUMBER_TEXT_BYTES + 1];
        share[number_write(summary_shares[i], share)] = '\0';
        json_write_member_number(json, share, quantiles[i]);
    }
    json_write_end_object(json);
}

static void write_moments(const struct column_summary *column, struct json_writer *json)
{
    json_write_member_number(json, "min", column->min);
    json_write_member_number(json, "max", column->max);
    json_write_member_number(json, "mean", column->mean);
    json_write_member_number(json, "std", column->std);
    if (column->quantiles)
        write_quantiles(column->quantiles, json);
}

static void write_column(const struct column_summary *column, struct json_writer *json)
{
    bool is_categorical = column->type == COLUMN_CATEGORICAL;
    json_write_begin_object(json);
    json_write_member_string(json, "name", column->name);
    json_write_member_string(json, "type", is_categorical ? "categorical" : "numeric");
    if (column->is_sparse)
        json_write_member_bool(json, "sparse", true);
    json_write_member_integer(json, "n_missing", (int64_t)column->n_missing);
    if (is_categorical)
        write_levels(column, json);
    else
        write_moments(column, json);
    json_write_end_object(json);
}

static void write_columns(const struct summary *summary, struct json_writer *json)
{
    json_write_key(json, "columns");
    json_write_begin_array(json);
    for (size_t i = 0; i < summary->n_columns_kept && i < DATASET_RECORD_COLUMNS; i++)
        write_column(&summary->columns[i], json);
    json_write_end_array(json);
}

void dataset_record_write_json(const struct dataset_record *record,
                               const struct store_record *stored,
                               struct json_writer *json)
{
    char created_at[CLOCK_TEXT_BYTES];
    json_write_begin_object(json);
    json_write_member_string(json, "id", stored->key);
    json_write_member_string(json, "name", record->name);
    json_write_member_string(json, "format", record->format);
    json_write_member_string(json, "sha256", record->sha256);
    json_write_member_integer(json, "bytes", (int64_t)record->n_bytes);
    json_write_member_integer(json, "n_rows", (int64_t)record->summary.n_rows);
    json_write_member_integer(json, "n_columns", (int64_t)record->summary.n_columns);
    json_write_member_string(json, "created_at",
                             clock_text(stored->created_at, created_at));
    if (stored->damaged)
        json_write_member_bool(json, "damaged", true);
    write_columns(&record->summary, json);
    json_write_end_object(json);
}
