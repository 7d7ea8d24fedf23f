#include "server/gate.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define MOST_LENGTH_DIGITS 18

/* ---- the reasons ---- */

struct reason {
    int status;
    const char *code, *detail;
};

static const struct reason reasons[GATE_N_REASONS] = {
#define GATE_ROW(name, status, code, detail) {status, code, detail},
    GATE_REASONS(GATE_ROW)
#undef GATE_ROW
};

int gate_status(enum gate_reason reason)
{
    return reasons[reason].status;
}

const char *gate_code(enum gate_reason reason)
{
    return reasons[reason].code;
}

const char *gate_detail(enum gate_reason reason)
{
    return reasons[reason].detail;
}

/* ---- the whole ---- */

/* Behind the value, or NULL if more than a colon and blanks stand before it. */
static const char *end_of_field(const struct gate_field *field)
{
    const char *at = field->name + field->name_bytes;
    if (field->value <= at)
        return NULL; /* a continued line, glued to the name */
    for (at++; at < field->value; at++)
        if (*at != ' ' && *at != '\t')
            return NULL;
    return field->value + field->value_bytes;
}

/* Every byte of the head is in a piece or separates two, as it should. */
static bool is_whole(const struct gate_head *head)
{
    const char *at = head->method + strlen(head->method);
    if (head->place != at + 1 || head->version != head->place + head->target_bytes + 1)
        return false;
    at = head->version + strlen(head->version);
    for (size_t i = 0; i < head->n_fields; i++) {
        if (head->fields[i].name != at + 2 || !(at = end_of_field(&head->fields[i])))
            return false;
    }
    return head->method + head->n_bytes == at + 4;
}

/* ---- the first line ---- */

static bool read_method(const char *word, enum method *method)
{
    for (enum method m = METHOD_GET; m < METHOD_N; m++)
        if (strcmp(word, request_method_word(m)) == 0) {
            *method = m;
            return true;
        }
    return false;
}

static bool is_version(const char *text)
{
    return strncmp(text, "HTTP/1.", 7) == 0 && text[7] >= '0' && text[7] <= '9' &&
           text[8] == '\0';
}

static bool is_version_1_0(const struct gate_head *head)
{
    return head->version[7] == '0';
}

/* NULL if the target is not as it must be. */
static const char *origin_form(const char *target)
{
    for (const char *c = target; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '#')
            return NULL;
    if (target[0] == '/')
        return target;
    if (strncasecmp(target, "http://", 7) == 0)
        target = strchr(target + 7, '/');
    else if (strncasecmp(target, "https://", 8) == 0)
        target = strchr(target + 8, '/');
    return target && target[0] == '/' ? target : NULL;
}

static enum gate_reason check_first_line(const struct gate_head *head,
                                         struct gate_result *result)
{
    if (!read_method(head->method, &result->method))
        return GATE_UNKNOWN_METHOD;
    if (!is_version(head->version))
        return GATE_UNKNOWN_VERSION;
    if (head->target_bytes > GATE_MOST_TARGET_BYTES)
        return GATE_TARGET_TOO_LONG;
    result->path = origin_form(head->target);
    return result->path ? GATE_PASSED : GATE_BAD_TARGET;
}

/* ---- header fields ---- */

/* Letters, digits and !#$%&'*+-.^_`|~, a bit each. */
static bool is_token_byte(char c)
{
    static const uint64_t token[] = {0x03ff6cfa00000000, 0x57ffffffc7fffffe, 0, 0};
    unsigned char byte = (unsigned char)c;
    return token[byte / 64] >> byte % 64 & 1;
}

static bool is_token(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_token_byte(text[i]))
            return false;
    return n > 0;
}

static bool is_value(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static inline bool is_named(const struct gate_field *field, const char *name)
{
    return field->name_bytes == strlen(name) && strcasecmp(field->name, name) == 0;
}

/* What a lenient parser might take for the name itself. */
static bool is_longer_than(const struct gate_field *field, const char *name)
{
    size_t n = strlen(name);
    return field->name_bytes > n && strncasecmp(field->name, name, n) == 0;
}

static enum gate_reason check_field(const struct gate_field *field)
{
    if (field->name_bytes + field->value_bytes > GATE_MOST_FIELD_BYTES)
        return GATE_HEADER_TOO_LARGE;
    if (!is_token(field->name, field->name_bytes) ||
        is_longer_than(field, "Content-Length") ||
        is_longer_than(field, "Transfer-Encoding"))
        return GATE_BAD_HEADER_NAME;
    return is_value(field->value, field->value_bytes) ? GATE_PASSED
                                                      : GATE_BAD_HEADER_VALUE;
}

static enum gate_reason check_fields(const struct gate_head *head)
{
    if (head->n_fields > GATE_MOST_FIELDS)
        return GATE_TOO_MANY_HEADERS;
    if (head->n_bytes > GATE_MOST_HEAD_BYTES)
        return GATE_HEAD_TOO_LARGE;
    for (size_t i = 0; i < head->n_fields; i++) {
        enum gate_reason reason = check_field(&head->fields[i]);
        if (reason != GATE_PASSED)
            return reason;
    }
    return GATE_PASSED;
}

/* ---- fields that say how to read the request ---- */

struct framing {
    const struct gate_field *host, *length, *type, *authorization;
    const struct gate_field *coding, *expect;
    size_t n_codings, n_expects;
};

/* False if the field had been there before. */
static bool take_once(const struct gate_field **slot, const struct gate_field *field)
{
    bool is_first = !*slot;
    *slot = field;
    return is_first;
}

static bool collect_field(struct framing *framing, const struct gate_field *field)
{
    if (is_named(field, "Host"))
        return take_once(&framing->host, field);
    if (is_named(field, "Content-Length"))
        return take_once(&framing->length, field);
    if (is_named(field, "Content-Type"))
        return take_once(&framing->type, field);
    if (is_named(field, "Authorization"))
        return take_once(&framing->authorization, field);
    if (is_named(field, "Transfer-Encoding")) {
        framing->coding = field;
        framing->n_codings++;
    } else if (is_named(field, "Expect")) {
        framing->expect = field;
        framing->n_expects++;
    }
    return true;
}

/* The value without blanks behind it (the parser drops those before it). */
static bool value_is(const struct gate_field *field, const char *word)
{
    size_t n = field->value_bytes;
    while (n > 0 && (field->value[n - 1] == ' ' || field->value[n - 1] == '\t'))
        n--;
    return n == strlen(word) && strncasecmp(field->value, word, n) == 0;
}

static bool read_length(const struct gate_field *field, size_t *length)
{
    if (field->value_bytes == 0 || field->value_bytes > MOST_LENGTH_DIGITS)
        return false;
    *length = 0;
    for (size_t i = 0; i < field->value_bytes; i++) {
        if (field->value[i] < '0' || field->value[i] > '9')
            return false;
        *length = *length * 10 + (size_t)(field->value[i] - '0');
    }
    return true;
}

static bool may_have_body(enum method method)
{
    return method != METHOD_GET && method != METHOD_HEAD && method != METHOD_DELETE &&
           method != METHOD_TRACE;
}

static enum gate_reason check_length(const struct gate_head *head,
                                     const struct framing *framing,
                                     struct gate_result *result)
{
    if (framing->coding && (framing->length || is_version_1_0(head)))
        return GATE_AMBIGUOUS_LENGTH;
    if (framing->coding)
        return framing->n_codings == 1 && value_is(framing->coding, "chunked")
                   ? GATE_LENGTH_REQUIRED
                   : GATE_UNKNOWN_CODING;
    result->has_length = framing->length != NULL;
    if (framing->length && !read_length(framing->length, &result->content_length))
        return GATE_BAD_CONTENT_LENGTH;
    return result->content_length > 0 && !may_have_body(result->method)
               ? GATE_UNEXPECTED_BODY
               : GATE_PASSED;
}

static enum gate_reason check_framing(const struct gate_head *head,
                                      struct gate_result *result)
{
    struct framing framing = {0};
    for (size_t i = 0; i < head->n_fields; i++)
        if (!collect_field(&framing, &head->fields[i]))
            return GATE_REPEATED_HEADER;
    if (!framing.host && !is_version_1_0(head))
        return GATE_MISSING_HOST;
    enum gate_reason reason = check_length(head, &framing, result);
    if (reason != GATE_PASSED || is_version_1_0(head)) /* 1.0 knows no Expect */
        return reason;
    result->expects_continue = framing.n_expects > 0;
    return framing.n_expects == 0 ||
                   (framing.n_expects == 1 && value_is(framing.expect, "100-continue"))
               ? GATE_PASSED
               : GATE_BAD_EXPECTATION;
}

enum gate_reason gate_check(const struct gate_head *head, struct gate_result *result)
{
    *result = (struct gate_result){0};
    enum gate_reason reason = check_first_line(head, result);
    if (reason == GATE_PASSED)
        reason = check_fields(head);
    if (reason == GATE_PASSED && !is_whole(head))
        reason = GATE_MALFORMED_HEAD;
    if (reason == GATE_PASSED)
        reason = check_framing(head, result);
    return reason;
}
