#include "api/dialect/members.h"

#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"

static void list_names(const struct members_field *fields, size_t n, struct buffer *out)
{
    for (size_t i = 0; i < n; i++)
        buffer_printf(out, "%s%s", i ? ", " : "", fields[i].name);
}

static int refuse(const struct json_text *key, const char *pointer,
                  const struct members_field *fields, size_t n,
                  struct problem_list *problems, struct error *err)
{
    char place[PROBLEM_POINTER_BYTES];
    struct buffer names = BUFFER_EMPTY;
    char *name = memory_new(key->n_bytes + 1, 1, err);
    if (!name)
        return -1;
    json_scan_unescape(key, name);
    list_names(fields, n, &names);
    problem_report(problems, ERROR_UNKNOWN_FIELD, problem_pointer(place, pointer, name),
                   "there is no such field; known here: %s",
                   names.bytes ? names.bytes : "nothing");
    buffer_free(&names);
    memory_free(name);
    return 0;
}

static int take(struct json_scan *scan, const struct json_text *key,
                struct members_field *field, struct error *err)
{
    if (field->has) {
        error_set(err, ERROR_DUPLICATE_KEY, "%s is given twice", field->name);
        error_place(err, "byte %zu", scan->offset + (size_t)(key->text - scan->text) - 1);
        return -1;
    }
    field->has = true;
    field->at = *scan;
    return field->is_checked_later ? json_scan_pass(scan, err)
                                   : json_scan_skip(scan, err);
}

static struct members_field *field_of(const struct json_text *key,
                                      struct members_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (json_scan_text_is(key, fields[i].name))
            return &fields[i];
    return NULL;
}

int members_find(struct json_scan *scan, const char *pointer,
                 struct members_field *fields, size_t n, struct problem_list *problems,
                 struct error *err)
{
    struct json_text key;
    int more;
    if (json_scan_peek(scan) != JSON_KIND_OBJECT) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "an object is needed");
        return json_scan_skip(scan, err);
    }
    if (json_scan_enter_object(scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(scan, &key, err)) == 1) {
        struct members_field *field = field_of(&key, fields, n);
        if (field ? take(scan, &key, field, err) < 0
                  : refuse(&key, pointer, fields, n, problems, err) < 0 ||
                        json_scan_skip(scan, err) < 0)
            return -1;
    }
    return more;
}
