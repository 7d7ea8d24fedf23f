#include "api/dialect/text_problem.h"

#include <string.h>

#include "core/text/utf8.h"

/* What was cut to its size may end inside a character. */
static void append(struct buffer *out, const char *text)
{
    buffer_append(out, text, utf8_valid_prefix(text, strlen(text)));
}

static void append_error(struct buffer *out, const struct error *error)
{
    append(out, error->message);
    if (!error->place[0])
        return;
    buffer_append_string(out, " (");
    append(out, error->place);
    buffer_append_string(out, ")");
}

void text_problem_write(struct json_writer *json, const char *key,
                        const struct problem *problem)
{
    struct buffer text = BUFFER_EMPTY;
    if (problem->n_errors == 0)
        append(&text, problem->detail);
    for (size_t i = 0; i < problem->n_errors; i++) {
        buffer_append_string(&text, i > 0 ? "; " : "");
        append_error(&text, &problem->errors[i]);
    }
    json_write_key(json, key);
    json_write_text(json, text.bytes ? text.bytes : "", text.n_bytes);
    json->out->failed = json->out->failed || text.failed;
    buffer_free(&text);
}
