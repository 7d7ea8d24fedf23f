#include "core/base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct code_row {
    const char *word;
    enum error_kind kind;
    const char *title;
};

static const struct code_row rows[ERROR_N_CODES] = {
#define ERROR_ROW(name, word, kind, title)                                               \
    [ERROR_##name] = {word, ERROR_KIND_##kind, title},
    ERROR_CODES(ERROR_ROW)
#undef ERROR_ROW
};

/* A text that was cut may end within a UTF-8 character: takes that off. */
__attribute__((format(printf, 3, 0))) static void text_format(char *text, size_t size,
                                                              const char *format,
                                                              va_list arguments)
{
    int n = vsnprintf(text, size, format, arguments);
    size_t end = size - 1;
    if (n < 0 || (size_t)n < size)
        return;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && ((unsigned char)text[end - 1] & 0x80) != 0)
        text[end - 1] = '\0';
}

int error_set_at(struct error *err, enum error_code code, const char *file, int line,
                 const char *format, ...)
{
    assert(code > ERROR_NONE && code < ERROR_N_CODES);
    if (!err || error_is_set(err))
        return -1;
    err->code = code;
    err->file = file;
    err->line = line;
    va_list arguments;
    va_start(arguments, format);
    text_format(err->message, sizeof(err->message), format, arguments);
    va_end(arguments);
    return -1;
}

void error_place(struct error *err, const char *format, ...)
{
    if (!err || !error_is_set(err) || err->place[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    text_format(err->place, sizeof(err->place), format, arguments);
    va_end(arguments);
}

int error_copy(struct error *err, const struct error *from)
{
    if (err && !error_is_set(err))
        *err = *from;
    return -1;
}

void error_clear(struct error *err)
{
    if (err)
        *err = (struct error){0};
}

bool error_is_set(const struct error *err)
{
    return err && err->code != ERROR_NONE;
}

const char *error_word(enum error_code code)
{
    return rows[code].word;
}

enum error_kind error_kind(enum error_code code)
{
    return rows[code].kind;
}

const char *error_title(enum error_code code)
{
    return rows[code].title;
}

bool error_is_told(enum error_code code)
{
    return error_kind(code) != ERROR_KIND_FAULT || code == ERROR_CRASHED ||
           code == ERROR_UNREADABLE;
}

enum error_code error_code_of_word(const char *word)
{
    for (int code = 0; code < ERROR_N_CODES; code++)
        if (strcmp(rows[code].word, word) == 0)
            return (enum error_code)code;
    return ERROR_INTERNAL;
}

int error_no_memory(struct error *err, size_t bytes)
{
    return error_set(err, ERROR_NO_MEMORY, "no memory for %zu bytes", bytes);
}

int error_errno_at(struct error *err, int number, const char *file, int line,
                   const char *what)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return error_set_at(err, ERROR_NO_SPACE, file, line, "%s: no space left", what);
    case ENOMEM:
        return error_set_at(err, ERROR_NO_MEMORY, file, line, "%s: no memory", what);
    default:
        return error_set_at(err, ERROR_IO, file, line, "%s failed (error %d)", what,
                            number);
    }
}
