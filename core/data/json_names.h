/*
 * The member "columns" of a table in JSON: an array of names. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_JSON_NAMES_H
#define LOGITD_CORE_DATA_JSON_NAMES_H

#include "core/data/reader.h"
#include "core/text/json_scan.h"

struct json_names { /* all zero: none */
    size_t n, capacity;
    char **names;
    bool are_bad; /* some were told to be */
};
void json_names_free(struct json_names *names); /* what it owns */

/* The value that comes next, into an all-zero one. What is no array or no name is told to
 * ingest_refuse_row at its pointer ("/columns/3"), and left out. */
int json_names_read(struct json_names *names, struct json_scan *scan,
                    struct ingest *ingest, struct error *err) MUST_CHECK;

#endif
