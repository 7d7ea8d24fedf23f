#include "api/body_cut.h"

static int note(struct body_cut_member *member, const struct json_scan *scan,
                const struct json_text *key, struct error *err)
{
    if (member->has) {
        error_set(err, ERROR_DUPLICATE_KEY, "%s is given twice", member->name);
        error_place(err, "byte %zu", (size_t)(key->text - scan->text) - 1);
        return -1;
    }
    member->has = true;
    member->at = *scan;
    return 0;
}

/* As it is in the text. */
static void append(struct buffer *rest, const struct json_text *key, const char *value,
                   size_t n_bytes)
{
    if (rest->n_bytes > 1)
        buffer_append_byte(rest, ',');
    buffer_append_byte(rest, '"');
    buffer_append(rest, key->text, key->n_bytes);
    buffer_append_string(rest, "\":");
    buffer_append(rest, value, n_bytes);
}

static int pass_member(struct json_scan *scan, const struct json_text *key,
                       struct body_cut_member *members, size_t n_members,
                       struct buffer *rest, struct error *err)
{
    size_t start = scan->at, i = 0;
    while (i < n_members && !json_scan_text_is(key, members[i].name))
        i++;
    if ((i < n_members && note(&members[i], scan, key, err) < 0) ||
        json_scan_skip(scan, err) < 0)
        return -1;
    if (i == n_members)
        append(rest, key, scan->text + start, scan->at - start);
    return 0;
}

int body_cut(const char *body, size_t n_bytes, struct body_cut_member *members,
             size_t n_members, struct buffer *rest, struct error *err)
{
    struct json_scan scan = json_scan_start(body, n_bytes);
    struct json_text key;
    int more;
    if (json_scan_enter_object(&scan, err) < 0)
        return -1;
    buffer_append_byte(rest, '{');
    while ((more = json_scan_next_key(&scan, &key, err)) == 1)
        if (pass_member(&scan, &key, members, n_members, rest, err) < 0)
            return -1;
    buffer_append_byte(rest, '}');
    return more < 0 ? -1 : buffer_check(rest, err);
}
