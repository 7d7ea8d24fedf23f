#include "server/config_file.h"

#include <string.h>

#include "server/small_file.h"

#define BLANKS " \t\r"

/* Takes blanks off both ends, in place. */
static char *trim(char *text)
{
    text += strspn(text, BLANKS);
    size_t n = strlen(text);
    while (n > 0 && strchr(BLANKS, text[n - 1]))
        n--;
    text[n] = '\0';
    return text;
}

static void cut_comment(char *line)
{
    char *mark = line;
    while ((mark = strchr(mark, '#')) != NULL) {
        if (mark == line || strchr(BLANKS, mark[-1])) {
            *mark = '\0';
            return;
        }
        mark++;
    }
}

/* A quoted value keeps its blanks and '#'; behind it only a comment may follow. NULL with
 * err. */
static const char *take_value(char *text, struct error *err)
{
    text += strspn(text, BLANKS);
    if (text[0] != '"') {
        cut_comment(text);
        return trim(text);
    }
    char *end = strchr(text + 1, '"');
    if (!end) {
        error_set(err, ERROR_INVALID, "the closing quote is missing");
        return NULL;
    }
    *end = '\0';
    cut_comment(end + 1);
    if (trim(end + 1)[0] == '\0')
        return text + 1;
    error_set(err, ERROR_INVALID, "there is text after the closing quote");
    return NULL;
}

static int read_line(char *line, config_file_fn *each, void *context, struct error *err)
{
    char *start = line + strspn(line, BLANKS);
    if (start[0] == '\0' || start[0] == '#')
        return 0;
    char *equals = strchr(start, '=');
    if (!equals)
        return error_set(err, ERROR_INVALID, "wants name = value");
    *equals = '\0';
    const char *value = take_value(equals + 1, err);
    return value ? each(context, trim(start), value, err) : -1;
}

static int read_lines(char *text, config_file_fn *each, void *context, struct error *err)
{
    size_t number = 1;
    for (char *line = text; line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        if (read_line(line, each, context, err) != 0) {
            error_place(err, "line %zu", number);
            return -1;
        }
        line = end ? end + 1 : NULL;
    }
    return 0;
}

int config_file_read(const char *path, config_file_fn *each, void *context,
                     struct error *err)
{
    struct buffer text = BUFFER_EMPTY;
    int result = small_file_read(path, &text, err);
    if (result == 0 && text.n_bytes > 0) {
        if (memchr(text.bytes, '\0', text.n_bytes))
            result = error_set(err, ERROR_INVALID, "the file is not text: it has a NUL");
        else
            result = read_lines(text.bytes, each, context, err);
    }
    buffer_free(&text);
    return result;
}
