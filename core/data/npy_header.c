#include "core/data/npy_header.h"

#include <string.h>

#define MOST_DIGITS 18

/* ---- before the dict ---- */

static const char magic[6] = "\x93NUMPY";

static int fail_prefix(size_t byte, enum error_code code, const char *message,
                       struct error *err)
{
    error_set(err, code, "%s", message);
    error_place(err, "byte %zu", byte);
    return -1;
}

static size_t load(const unsigned char *at, size_t n)
{
    size_t value = 0;
    for (size_t i = n; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

int npy_header_read_prefix(struct npy_prefix *prefix, const char *text, size_t n,
                           struct error *err)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t n_magic = n < sizeof(magic) ? n : sizeof(magic);
    if (memcmp(text, magic, n_magic) != 0)
        return fail_prefix(
            0, ERROR_BAD_NPY,
            "this is no file of NumPy's (.npy): they begin with \\x93NUMPY", err);
    if (n > 6 && (bytes[6] < 1 || bytes[6] > 3))
        return fail_prefix(6, ERROR_UNSUPPORTED,
                           "only the versions 1.0, 2.0 and 3.0 of .npy are read", err);
    size_t n_length = n > 6 && bytes[6] == 1 ? 2 : 4;
    if (n < 8 + n_length)
        return 0;
    if (bytes[7] != 0)
        return fail_prefix(7, ERROR_UNSUPPORTED,
                           "only the versions 1.0, 2.0 and 3.0 of .npy are read", err);
    size_t n_dict_bytes = load(bytes + 8, n_length);
    if (n_dict_bytes > NPY_HEADER_MAX_BYTES)
        return fail_prefix(8, ERROR_TOO_LARGE, "the header has more than 65536 bytes",
                           err);
    *prefix = (struct npy_prefix){8 + n_length, n_dict_bytes};
    return 1;
}

/* ---- the dict ---- */

struct scan {
    const char *text;
    size_t n, at;
    size_t offset; /* of the text in the file */
};

static int place_here(const struct scan *scan, struct error *err)
{
    error_place(err, "byte %zu", scan->offset + scan->at);
    return -1;
}

static int fail(const struct scan *scan, const char *message, struct error *err)
{
    error_set(err, ERROR_BAD_NPY, "the header is malformed: %s", message);
    return place_here(scan, err);
}

/* The byte behind the blanks; '\0' at the end. */
static char next(struct scan *scan)
{
    while (scan->at < scan->n && strchr(" \t\r\n", scan->text[scan->at]) &&
           scan->text[scan->at] != '\0')
        scan->at++;
    return scan->at < scan->n ? scan->text[scan->at] : '\0';
}

static bool take(struct scan *scan, char c)
{
    bool is_there = next(scan) == c && scan->at < scan->n;
    scan->at += is_there;
    return is_there;
}

/* In either quotes. */
static int read_string(struct scan *scan, const char **text, size_t *n, struct error *err)
{
    char quote = next(scan);
    if (quote != '\'' && quote != '"')
        return fail(scan, "a text in quotes is needed here", err);
    const char *start = scan->text + scan->at + 1;
    const char *end = memchr(start, quote, scan->n - scan->at - 1);
    if (!end)
        return fail(scan, "a text lacks its closing quote", err);
    *text = start;
    *n = (size_t)(end - start);
    scan->at += *n + 2;
    return 0;
}

static bool take_word(struct scan *scan, const char *word)
{
    size_t n = strlen(word);
    next(scan);
    if (scan->n - scan->at < n || memcmp(scan->text + scan->at, word, n) != 0)
        return false;
    scan->at += n;
    return true;
}

static int read_type(struct scan *scan, struct npy_type *type, struct error *err)
{
    const char *text;
    size_t n;
    char first = next(scan);
    if (first == '[' || first == '(') /* fields, or a type with a shape */
        return npy_type_read(type, "V", 1, err) < 0 ? place_here(scan, err) : 0;
    size_t start = scan->at;
    if (read_string(scan, &text, &n, err) < 0)
        return -1;
    if (npy_type_read(type, text, n, err) == 0)
        return 0;
    scan->at = start;
    return place_here(scan, err);
}

static int read_order(struct scan *scan, bool *is_fortran, struct error *err)
{
    *is_fortran = take_word(scan, "True");
    if (*is_fortran || take_word(scan, "False"))
        return 0;
    return fail(scan, "fortran_order must be True or False", err);
}

static int read_dimension(struct scan *scan, uint64_t *value, struct error *err)
{
    size_t n_digits = 0;
    next(scan);
    for (*value = 0; scan->at < scan->n; scan->at++, n_digits++) {
        char c = scan->text[scan->at];
        if (c < '0' || c > '9')
            break;
        if (n_digits == MOST_DIGITS) {
            error_set(err, ERROR_TOO_LARGE, "the shape of the array is too large");
            return place_here(scan, err);
        }
        *value = 10 * *value + (uint64_t)(c - '0');
    }
    take(scan, 'L'); /* Python 2 */
    return n_digits > 0 ? 0 : fail(scan, "shape must be a tuple of whole numbers", err);
}

/* (), (3,), (3, 4), (3, 4,). */
static int read_shape(struct scan *scan, struct npy_header *header, struct error *err)
{
    size_t n = 0;
    bool is_tuple = true;
    if (!take(scan, '('))
        return fail(scan, "shape must be a tuple of whole numbers", err);
    while (!take(scan, ')')) {
        if (n > 0 && !is_tuple)
            return fail(scan, "a comma or ')' is needed here", err);
        if (n == NPY_HEADER_MAX_DIMENSIONS)
            return fail(scan, "an array has at most 64 dimensions", err);
        if (read_dimension(scan, &header->shape[n++], err) < 0)
            return -1;
        is_tuple = take(scan, ',');
    }
    if (n == 1 && !is_tuple)
        return fail(scan, "shape must be a tuple of whole numbers", err);
    header->n_dimensions = n;
    return 0;
}

enum { HAS_TYPE = 1, HAS_ORDER = 2, HAS_SHAPE = 4, HAS_ALL = 7 };

static bool is_word(const char *text, size_t n, const char *word)
{
    return strlen(word) == n && memcmp(text, word, n) == 0;
}

static int read_entry(struct scan *scan, struct npy_header *header, int *found,
                      struct error *err)
{
    const char *key;
    size_t n;
    if (read_string(scan, &key, &n, err) < 0)
        return -1;
    int which = is_word(key, n, "descr")           ? HAS_TYPE
                : is_word(key, n, "fortran_order") ? HAS_ORDER
                : is_word(key, n, "shape")         ? HAS_SHAPE
                                                   : 0;
    if (which == 0 || (*found & which))
        return fail(scan, "it has descr, fortran_order and shape, once each", err);
    *found |= which;
    if (!take(scan, ':'))
        return fail(scan, "a ':' is needed behind the key", err);
    return which == HAS_TYPE    ? read_type(scan, &header->type, err)
           : which == HAS_ORDER ? read_order(scan, &header->is_fortran, err)
                                : read_shape(scan, header, err);
}

int npy_header_read(struct npy_header *header, const char *text, size_t n, size_t offset,
                    struct error *err)
{
    struct scan scan = {.text = text, .n = n, .offset = offset};
    bool may_go_on = true;
    int found = 0;
    if (!take(&scan, '{'))
        return fail(&scan, "a '{' is needed here", err);
    while (!take(&scan, '}')) {
        if (!may_go_on)
            return fail(&scan, "a comma or '}' is needed here", err);
        if (read_entry(&scan, header, &found, err) < 0)
            return -1;
        may_go_on = take(&scan, ',');
    }
    if (found != HAS_ALL)
        return fail(&scan, "it has descr, fortran_order and shape, once each", err);
    next(&scan);
    return scan.at == n ? 0 : fail(&scan, "nothing may stand behind the '}'", err);
}
