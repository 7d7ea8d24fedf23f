#include "core/data/formula_scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text/number.h"
#include "core/text/utf8.h"

/* ---- telling ---- */

int formula_scan_refuse(size_t position, struct error *err, const char *format, ...)
{
    char message[sizeof(err->message)];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    error_set(err, ERROR_BAD_FORMULA, "%s", message);
    error_place(err, "position %zu", position);
    return -1;
}

static const char *describe(enum formula_token token)
{
    static const char *const words[] = {
        [FORMULA_END] = "the end",   [FORMULA_NUMBER] = "a number",
        [FORMULA_TEXT] = "a text",   [FORMULA_NAME] = "a name",
        [FORMULA_POINT] = "\".\"",   [FORMULA_TILDE] = "\"~\"",
        [FORMULA_PLUS] = "\"+\"",    [FORMULA_MINUS] = "\"-\"",
        [FORMULA_STAR] = "\"*\"",    [FORMULA_SLASH] = "\"/\"",
        [FORMULA_POWER] = "\"^\"",   [FORMULA_COLON] = "\":\"",
        [FORMULA_OPEN] = "\"(\"",    [FORMULA_CLOSE] = "\")\"",
        [FORMULA_COMMA] = "\",\"",   [FORMULA_ASSIGN] = "\"=\"",
        [FORMULA_EQUAL] = "\"==\"",  [FORMULA_UNEQUAL] = "\"!=\"",
        [FORMULA_LESS] = "\"<\"",    [FORMULA_LESS_EQUAL] = "\"<=\"",
        [FORMULA_GREATER] = "\">\"", [FORMULA_GREATER_EQUAL] = "\">=\"",
        [FORMULA_AND] = "\"&\"",     [FORMULA_OR] = "\"|\"",
        [FORMULA_NOT] = "\"!\"",
    };
    return words[token];
}

int formula_scan_expected(const struct formula_scan *scan, const char *what,
                          struct error *err)
{
    return formula_scan_refuse(scan->position, err, "expected %s, found %s", what,
                               describe(scan->token));
}

/* ---- characters ---- */

static int at(const struct formula_scan *scan, size_t ahead)
{
    return scan->at + ahead < scan->n_bytes ? (unsigned char)scan->text[scan->at + ahead]
                                            : -1;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Of names: any character beyond ASCII is a letter. */
static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static bool is_inner(int c)
{
    return is_letter(c) || is_digit(c) || c == '.';
}

static void skip_blanks(struct formula_scan *scan)
{
    while (is_blank(at(scan, 0)))
        scan->at++;
}

/* ---- words ---- */

static void scan_name(struct formula_scan *scan)
{
    size_t start = scan->at;
    while (is_inner(at(scan, 0)))
        scan->at++;
    bool is_point = scan->at == start + 1 && scan->text[start] == '.';
    scan->token = is_point ? FORMULA_POINT : FORMULA_NAME;
    buffer_append(&scan->content, scan->text + start, scan->at - start);
}

static int scan_number(struct formula_scan *scan, struct error *err)
{
    const char *end;
    if (number_read(scan->text + scan->at, scan->n_bytes - scan->at, &scan->number,
                    &end) != NUMBER_OK)
        return formula_scan_refuse(scan->position, err,
                                   "the number is beyond the range of a double");
    scan->at = (size_t)(end - scan->text);
    scan->token = FORMULA_NUMBER;
    if (is_inner(at(scan, 0)))
        return formula_scan_refuse(
            scan->at + 1, err,
            "expected an operator behind the number; a name that begins with a digit "
            "stands in backquotes");
    return 0;
}

/* A backslash takes the next quote or backslash as it is. */
static int scan_quoted(struct formula_scan *scan, struct error *err)
{
    int quote = at(scan, 0);
    for (scan->at++; at(scan, 0) > 0 && at(scan, 0) != quote; scan->at++) {
        int next = at(scan, 1);
        if (at(scan, 0) == '\\' && (next == '\\' || next == quote))
            scan->at++;
        else if (at(scan, 0) == '\\')
            return formula_scan_refuse(
                scan->at + 1, err,
                "expected a quote or a backslash behind the backslash");
        buffer_append_byte(&scan->content, scan->text[scan->at]);
    }
    if (at(scan, 0) != quote)
        return formula_scan_refuse(scan->position, err,
                                   "the quote that begins here is not closed");
    scan->at++;
    scan->is_quoted = quote == '`';
    scan->token = scan->is_quoted ? FORMULA_NAME : FORMULA_TEXT;
    if (scan->is_quoted && scan->content.n_bytes == 0)
        return formula_scan_refuse(scan->position, err,
                                   "expected a name in the backquotes");
    return 0;
}

static const struct {
    char text[3];
    enum formula_token token;
} operators[] = {/* longer ones first */
                 {"**", FORMULA_POWER},
                 {"==", FORMULA_EQUAL},
                 {"!=", FORMULA_UNEQUAL},
                 {"<=", FORMULA_LESS_EQUAL},
                 {">=", FORMULA_GREATER_EQUAL},
                 {"~", FORMULA_TILDE},
                 {"+", FORMULA_PLUS},
                 {"-", FORMULA_MINUS},
                 {"*", FORMULA_STAR},
                 {"/", FORMULA_SLASH},
                 {"^", FORMULA_POWER},
                 {":", FORMULA_COLON},
                 {"(", FORMULA_OPEN},
                 {")", FORMULA_CLOSE},
                 {",", FORMULA_COMMA},
                 {"=", FORMULA_ASSIGN},
                 {"<", FORMULA_LESS},
                 {">", FORMULA_GREATER},
                 {"&", FORMULA_AND},
                 {"|", FORMULA_OR},
                 {"!", FORMULA_NOT}};

static int scan_operator(struct formula_scan *scan, struct error *err)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
        const char *text = operators[i].text;
        if (at(scan, 0) != text[0] || (text[1] && at(scan, 1) != text[1]))
            continue;
        scan->at += strlen(text);
        scan->token = operators[i].token;
        return 0;
    }
    return formula_scan_refuse(
        scan->position, err,
        "expected a name, a number or an operator; other names stand in backquotes");
}

static int scan_word(struct formula_scan *scan, struct error *err)
{
    int c = at(scan, 0);
    if (is_digit(c) || (c == '.' && is_digit(at(scan, 1))))
        return scan_number(scan, err);
    if (c == '"' || c == '\'' || c == '`')
        return scan_quoted(scan, err);
    if (!is_letter(c) && c != '.')
        return scan_operator(scan, err);
    scan_name(scan);
    return 0;
}

int formula_scan_next(struct formula_scan *scan, struct error *err)
{
    skip_blanks(scan);
    buffer_clear(&scan->content);
    buffer_append(&scan->content, "", 0);
    scan->is_quoted = scan->is_call = false;
    scan->position = scan->at + 1;
    scan->token = FORMULA_END;
    if (scan->at == scan->n_bytes)
        return 0;
    if (scan_word(scan, err) < 0)
        return -1;
    skip_blanks(scan);
    scan->is_call = scan->token == FORMULA_NAME && !scan->is_quoted && at(scan, 0) == '(';
    return buffer_check(&scan->content, err);
}

int formula_scan_start(struct formula_scan *scan, const char *text, size_t n_bytes,
                       struct error *err)
{
    size_t n_valid = utf8_valid_prefix(text, n_bytes);
    *scan = (struct formula_scan){.text = text, .n_bytes = n_bytes};
    if (n_valid < n_bytes)
        return formula_scan_refuse(n_valid + 1, err, "the text is not UTF-8");
    return formula_scan_next(scan, err);
}

void formula_scan_free(struct formula_scan *scan)
{
    buffer_free(&scan->content);
    *scan = (struct formula_scan){0};
}

bool formula_scan_is_name(const struct formula_scan *scan, const char *name)
{
    return scan->token == FORMULA_NAME && !scan->is_quoted &&
           strcmp(scan->content.bytes, name) == 0;
}

int formula_scan_pass(struct formula_scan *scan, enum formula_token token,
                      const char *what, struct error *err)
{
    return scan->token == token ? formula_scan_next(scan, err)
                                : formula_scan_expected(scan, what, err);
}

/* ---- depth ---- */

int formula_scan_enter(struct formula_scan *scan, struct error *err)
{
    if (++scan->depth > FORMULA_MAX_DEPTH)
        return formula_scan_refuse(scan->position, err, "nested more than %u deep",
                                   FORMULA_MAX_DEPTH);
    return 0;
}

void formula_scan_leave(struct formula_scan *scan)
{
    scan->depth--;
}

/* ---- writing ---- */

static bool is_plain(const char *name)
{
    bool begins = is_letter((unsigned char)name[0]) ||
                  (name[0] == '.' && name[1] != '\0' && !is_digit(name[1]));
    size_t i = 0;
    while (is_inner((unsigned char)name[i]))
        i++;
    return begins && name[i] == '\0';
}

static void write_quoted(const char *text, char quote, struct buffer *out)
{
    buffer_append_byte(out, quote);
    for (; *text; text++) {
        if (*text == quote || *text == '\\')
            buffer_append_byte(out, '\\');
        buffer_append_byte(out, *text);
    }
    buffer_append_byte(out, quote);
}

void formula_scan_write_name(const char *name, struct buffer *out)
{
    if (is_plain(name))
        buffer_append_string(out, name);
    else
        write_quoted(name, '`', out);
}

void formula_scan_write_text(const char *text, struct buffer *out)
{
    write_quoted(text, '"', out);
}
