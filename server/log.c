/*
 * A line is put together in a piece of the stack and written with one write(2), so that
 * lines of several threads never mix and a full memory still leaves a log. Its length is
 * bounded: values are cut (between characters, marked with "…").
 */
#include "server/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/text/utf8.h"

#define LINE_BYTES 4096U
#define DETAIL_BYTES 2048U /* of a value as written, escapes included */
#define WORD_BYTES 192U
#define CUT "…"

struct line {
    char bytes[LINE_BYTES];
    size_t n;
    bool json;
    bool is_open; /* json: the first field is there */
};

static const char *const levels[] = {"debug", "info", "warning", "error"};

static void put(struct line *line, const char *text, size_t n)
{
    if (n > LINE_BYTES - line->n)
        n = LINE_BYTES - line->n;
    memcpy(line->bytes + line->n, text, n);
    line->n += n;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

/* ---- values ---- */

/* The bytes of the character at `text`, 0 if none is valid there. */
static size_t character_bytes(const char *text)
{
    unsigned char first = (unsigned char)text[0];
    size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    n = strnlen(text, n);
    return utf8_valid_prefix(text, n) == n ? n : 0;
}

/* Control characters could move a terminal's cursor; U+0080…U+009F are some, too. */
static bool is_control(const char *text, size_t n)
{
    unsigned char first = (unsigned char)text[0];
    return (n == 1 && (first < 0x20 || first == 0x7F)) ||
           (n == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0);
}

/* How the character at `text` is written, in out[8]; *n is its length in the source. */
static size_t escape(const char *text, bool quoted, char *out, size_t *n)
{
    *n = character_bytes(text);
    if (*n == 0) {
        *n = 1;
        return (size_t)sprintf(out, "\\ufffd");
    }
    unsigned char last = (unsigned char)text[*n - 1];
    if (is_control(text, *n))
        return (size_t)sprintf(out, "\\u%04x", last);
    if (text[0] == '\\' || (quoted && text[0] == '"'))
        return (size_t)sprintf(out, "\\%c", text[0]);
    memcpy(out, text, *n);
    return *n;
}

/* Escaped, in at most `most` bytes. */
static void put_escaped(struct line *line, const char *value, bool quoted, size_t most)
{
    size_t end = line->n + most - strlen(CUT);
    while (*value != '\0') {
        char out[8];
        size_t n_read;
        size_t n = escape(value, quoted, out, &n_read);
        if (line->n + n > end) {
            put_text(line, CUT);
            return;
        }
        put(line, out, n);
        value += n_read;
    }
}

/* ---- fields ---- */

static void put_name(struct line *line, const char *name)
{
    if (line->json) {
        put_text(line, line->is_open ? ",\"" : "{\"");
        put_text(line, name);
        put_text(line, "\":");
    } else {
        put_text(line, line->is_open ? " " : "");
        put_text(line, name);
        put_text(line, "=");
    }
    line->is_open = true;
}

/* In text a plain word needs no quotes. */
static void put_string(struct line *line, const char *name, const char *value,
                       size_t most)
{
    bool quoted = line->json || value[0] == '\0' || strpbrk(value, " =\"\\") != NULL;
    put_name(line, name);
    put_text(line, quoted ? "\"" : "");
    put_escaped(line, value, quoted, most);
    put_text(line, quoted ? "\"" : "");
}

/* One that may be missing. */
static void put_optional(struct line *line, const char *name, const char *value)
{
    if (value)
        put_string(line, name, value, WORD_BYTES);
}

static void put_integer(struct line *line, const char *name, unsigned long value)
{
    char text[24];
    put_name(line, name);
    snprintf(text, sizeof(text), "%lu", value);
    put_text(line, text);
}

/* To the microsecond. */
static void put_seconds(struct line *line, const char *name, double value)
{
    char text[64];
    put_name(line, name);
    snprintf(text, sizeof(text), "%.6f", value);
    put_text(line, text);
}

/* "time level event" of text stand without names. */
static void start(struct line *line, const struct log *log, enum log_level level,
                  const char *event)
{
    char now[CLOCK_TEXT_BYTES];
    clock_text(clock_wall_microseconds(), now);
    line->n = 0;
    line->json = log->json;
    line->is_open = false;
    if (log->json) {
        put_string(line, "time", now, WORD_BYTES);
        put_string(line, "level", levels[level], WORD_BYTES);
        put_string(line, "event", event, WORD_BYTES);
        return;
    }
    put_text(line, now);
    put_text(line, " ");
    put_text(line, levels[level]);
    put_text(line, " ");
    put_escaped(line, event, false, WORD_BYTES);
    line->is_open = true;
}

/* A log that cannot be written is nothing to stop for: what is left of the line is lost.
 */
static void finish(struct line *line, const struct log *log)
{
    put_text(line, line->json ? "}\n" : "\n");
    ssize_t n;
    do
        n = write(log->fd, line->bytes, line->n);
    while (n < 0 && errno == EINTR);
}

/* ---- events ---- */

void log_event(const struct log *log, enum log_level level, const char *event,
               const char *detail)
{
    if (level < log->least)
        return;
    struct line line;
    start(&line, log, level, event);
    if (log->json)
        put_string(&line, "detail", detail, DETAIL_BYTES);
    else {
        put_text(&line, ": ");
        put_escaped(&line, detail, false, DETAIL_BYTES);
    }
    finish(&line, log);
}

/* The error that explains an event or an answer. */
static void put_error(struct line *line, const struct error *err)
{
    char source[96];
    snprintf(source, sizeof(source), "%.80s:%d", err->file ? err->file : "?", err->line);
    put_optional(line, "code", error_word(err->code));
    if (err->place[0] != '\0')
        put_string(line, "place", err->place, WORD_BYTES);
    put_string(line, "detail", err->message, DETAIL_BYTES);
    put_optional(line, "source", source);
}

void log_error(const struct log *log, enum log_level level, const char *event,
               const struct error *err)
{
    if (level < log->least)
        return;
    struct line line;
    start(&line, log, level, event);
    put_error(&line, err);
    finish(&line, log);
}

/* A 5xx is a bug, but for those that say "not now", and for what the gate says of unknown
 * methods and versions. */
static enum log_level level_of(int status)
{
    if (status == 503 || status == 507)
        return LOG_LEVEL_WARNING;
    bool is_ours = status >= 500 && status != 501 && status != 505;
    return is_ours ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;
}

void log_answer(const struct log *log, const struct log_request *request)
{
    enum log_level level = level_of(request->status);
    if (level < log->least)
        return;
    struct line line;
    start(&line, log, level, "answer");
    put_optional(&line, "method", request->method);
    put_optional(&line, "route", request->route);
    put_integer(&line, "status", (unsigned long)request->status);
    put_seconds(&line, "seconds", request->seconds);
    put_optional(&line, "request_id", request->request_id);
    put_optional(&line, "principal", request->principal);
    put_integer(&line, "request_bytes", request->request_bytes);
    put_integer(&line, "response_bytes", request->response_bytes);
    if (request->fault)
        put_error(&line, request->fault);
    finish(&line, log);
}
