/*
 * What is kept of a dataset beside its table: what was uploaded and what is known of it
 * without reading a row; and that as the contract's JSON (contract.md "Datasets").
 */
#ifndef LOGITD_API_DATASET_RECORD_H
#define LOGITD_API_DATASET_RECORD_H

#include <stdint.h>

#include "core/base/checksum.h"
#include "core/data/summary.h"
#include "core/store/store.h"
#include "core/text/json_write.h"

/* What a record and the answers list; the counts stay whole. */
#define DATASET_RECORD_COLUMNS 1000
#define DATASET_RECORD_LEVELS 100

/* "ds_" and 20 characters, NUL included. */
#define DATASET_RECORD_ID_BYTES 32

struct dataset_record {
    char *name;                      /* NULL: none was given */
    char *format;                    /* "csv" */
    char sha256[CHECKSUM_HEX_BYTES]; /* of the bytes as uploaded */
    uint64_t n_bytes;                /* how many they were */
    struct summary summary;
};

void dataset_record_free(
    struct dataset_record *record); /* what it owns; back to all zero */

int dataset_record_new_id(char id[DATASET_RECORD_ID_BYTES], struct error *err) MUST_CHECK;

/* Keeps fewer levels than DATASET_RECORD_LEVELS where they are so long that the record
 * would grow beyond a few MiB. */
void dataset_record_pack(const struct dataset_record *record, struct buffer *out);
/* Into an all-zero record. */
int dataset_record_unpack(struct dataset_record *record,
                          const struct store_record *stored,
                          struct error *err) MUST_CHECK;

/* The dataset as one JSON value. */
void dataset_record_write_json(const struct dataset_record *record,
                               const struct store_record *stored,
                               struct json_writer *json);

#endif
