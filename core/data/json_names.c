#include "core/data/json_names.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/json_row.h"

void json_names_free(struct json_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        memory_free(names->names[i]);
    memory_free(names->names);
}

/* Of the i-th name. */
static int refuse(struct json_names *names, struct ingest *ingest, size_t i,
                  enum error_code code, const char *message, struct error *err)
{
    struct error problem = {0};
    names->are_bad = true;
    error_set(&problem, code, "%s", message);
    error_place(&problem, "/columns/%zu", i);
    return ingest_refuse_row(ingest, &problem, err);
}

static int refuse_value(struct json_names *names, struct json_scan *scan,
                        struct ingest *ingest, struct error *err)
{
    struct error problem = {0};
    names->are_bad = true;
    if (json_scan_skip(scan, err) < 0)
        return -1;
    error_set(&problem, ERROR_INVALID_TYPE, "must be an array");
    error_place(&problem, "/columns");
    return ingest_refuse_row(ingest, &problem, err);
}

static int make_room(struct json_names *names, struct error *err)
{
    if (names->n < names->capacity)
        return 0;
    size_t capacity = names->capacity > 0 ? 2 * names->capacity : 16;
    char **larger = memory_resize(names->names, capacity, sizeof(*larger), err);
    if (!larger)
        return -1;
    names->names = larger;
    names->capacity = capacity;
    return 0;
}

/* *has_nul: a name that ends too early. */
static int add(struct json_names *names, const struct json_text *text, bool *has_nul,
               struct error *err)
{
    if (make_room(names, err) < 0)
        return -1;
    char *name = memory_copy_text(text->text, text->n_bytes, err);
    if (!name)
        return -1;
    size_t n_bytes = json_scan_unescape(text, name);
    name[n_bytes] = '\0';
    names->names[names->n++] = name;
    *has_nul = strlen(name) < n_bytes;
    return 0;
}

static int read_name(struct json_names *names, size_t i, struct json_scan *scan,
                     struct ingest *ingest, struct error *err)
{
    struct json_text text;
    bool has_nul;
    if (i == JSON_ROW_MAX_COLUMNS)
        return error_set(err, ERROR_TOO_LARGE, "there are more than %u columns",
                         JSON_ROW_MAX_COLUMNS);
    if (json_scan_peek(scan) != JSON_KIND_STRING)
        return json_scan_skip(scan, err) < 0
                   ? -1
                   : refuse(names, ingest, i, ERROR_INVALID_TYPE, "must be a string",
                            err);
    if (json_scan_string(scan, &text, err) < 0 || add(names, &text, &has_nul, err) < 0)
        return -1;
    return has_nul ? refuse(names, ingest, i, ERROR_BAD_COLUMN_NAME,
                            "may not contain the character U+0000", err)
                   : 0;
}

int json_names_read(struct json_names *names, struct json_scan *scan,
                    struct ingest *ingest, struct error *err)
{
    int more;
    if (json_scan_peek(scan) != JSON_KIND_ARRAY)
        return refuse_value(names, scan, ingest, err);
    if (json_scan_enter_array(scan, err) < 0)
        return -1;
    for (size_t i = 0; (more = json_scan_next_element(scan, err)) == 1; i++)
        if (read_name(names, i, scan, ingest, err) < 0)
            return -1;
    return more;
}
