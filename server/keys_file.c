#include "server/keys_file.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/request.h"
#include "core/base/memory.h"
#include "core/text/json_scan.h"
#include "server/small_file.h"

#define MOST_PER_SECOND 1e6
#define LEAST_PER_SECOND 0.001
#define MOST_JOBS 100000

/* ---- words ---- */

unsigned keys_file_scope(const char *word)
{
    if (strcmp(word, "predict") == 0)
        return SCOPE_PREDICT;
    if (strcmp(word, "train") == 0)
        return SCOPE_TRAIN;
    return strcmp(word, "admin") == 0 ? SCOPE_ADMIN | SCOPE_TRAIN | SCOPE_PREDICT : 0;
}

bool keys_file_is_name(const char *text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t n = strlen(text);
    return n > 0 && n < KEYS_FILE_NAME_BYTES && strspn(text, letters) == n &&
           !strchr("._-", text[0]);
}

/* A string that is no longer than `out` holds, unescaped; "" for a longer one, which is
 * never a right value. */
static int read_word(struct json_scan *scan, char *out, size_t out_bytes,
                     struct error *err)
{
    struct json_text text;
    if (json_scan_string(scan, &text, err) != 0)
        return -1;
    size_t n = 0;
    if (text.n_bytes < out_bytes)
        n = json_scan_unescape(&text, out);
    out[n] = '\0';
    return 0;
}

/* ---- the members of an entry ---- */

typedef int member_fn(struct json_scan *scan, struct keys_file_entry *entry,
                      struct error *err);

static int read_name(struct json_scan *scan, struct keys_file_entry *entry,
                     struct error *err)
{
    if (read_word(scan, entry->name, sizeof(entry->name), err) != 0)
        return -1;
    if (keys_file_is_name(entry->name))
        return 0;
    return error_set(err, ERROR_INVALID,
                     "a name is a letter or digit and up to 127 letters, digits, '.', "
                     "'_' or '-'");
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_sha256(struct json_scan *scan, struct keys_file_entry *entry,
                       struct error *err)
{
    char text[CHECKSUM_HEX_BYTES + 1];
    if (read_word(scan, text, sizeof(text), err) != 0)
        return -1;
    bool is_right = strlen(text) == CHECKSUM_HEX_BYTES - 1;
    for (size_t i = 0; is_right && i < CHECKSUM_SHA256_BYTES; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        is_right = high >= 0 && low >= 0;
        entry->sha256[i] = (unsigned char)(high * 16 + low);
    }
    if (is_right)
        return 0;
    return error_set(err, ERROR_INVALID,
                     "the SHA-256 of a key has 64 hexadecimal digits");
}

static int read_scopes(struct json_scan *scan, struct keys_file_entry *entry,
                       struct error *err)
{
    int more;
    if (json_scan_enter_array(scan, err) != 0)
        return -1;
    while ((more = json_scan_next_element(scan, err)) == 1) {
        char word[16];
        if (read_word(scan, word, sizeof(word), err) != 0)
            return -1;
        unsigned scope = keys_file_scope(word);
        if (scope == 0)
            return error_set(err, ERROR_INVALID, "a scope is predict, train or admin");
        entry->scopes |= scope;
    }
    if (more == 0 && entry->scopes == 0)
        return error_set(err, ERROR_INVALID, "name at least one scope");
    return more;
}

static int read_rate(struct json_scan *scan, struct keys_file_entry *entry,
                     struct error *err)
{
    if (json_scan_number(scan, &entry->requests_per_second, err) != 0)
        return -1;
    if (entry->requests_per_second >= LEAST_PER_SECOND &&
        entry->requests_per_second <= MOST_PER_SECOND)
        return 0;
    return error_set(err, ERROR_OUT_OF_RANGE,
                     "requests a second are from %g to %.0f; leave the member out for no "
                     "limit",
                     LEAST_PER_SECOND, MOST_PER_SECOND);
}

static int read_jobs(struct json_scan *scan, struct keys_file_entry *entry,
                     struct error *err)
{
    double value;
    if (json_scan_number(scan, &value, err) != 0)
        return -1;
    if (value < 1 || value > MOST_JOBS || value != (double)(size_t)value)
        return error_set(err, ERROR_OUT_OF_RANGE,
                         "jobs are a whole number from 1 to %d; leave the member out for "
                         "no limit",
                         MOST_JOBS);
    entry->n_jobs_most = (size_t)value;
    return 0;
}

struct member {
    const char *name;
    bool is_needed;
    member_fn *read;
};

static const struct member members[] = {
    {"name", true, read_name},     {"sha256", true, read_sha256},
    {"scopes", true, read_scopes}, {"requests_per_second", false, read_rate},
    {"jobs", false, read_jobs},
};

#define N_MEMBERS (sizeof(members) / sizeof(*members))

/* ---- an entry ---- */

static const struct member *find_member(const struct json_text *key)
{
    for (size_t i = 0; i < N_MEMBERS; i++)
        if (json_scan_text_is(key, members[i].name))
            return &members[i];
    return NULL;
}

static int read_member(struct json_scan *scan, const struct json_text *key,
                       struct keys_file_entry *entry, unsigned *seen, struct error *err)
{
    const struct member *member = find_member(key);
    if (!member)
        return error_set(err, ERROR_UNKNOWN_FIELD,
                         "a key has name, sha256, scopes, requests_per_second and jobs, "
                         "and nothing else");
    unsigned bit = 1U << (member - members);
    if (*seen & bit)
        return error_set(err, ERROR_DUPLICATE_KEY, "%s is there twice", member->name);
    *seen |= bit;
    struct error inner = {0};
    if (member->read(scan, entry, &inner) == 0)
        return 0;
    error_set(err, inner.code, "%s: %s", member->name, inner.message);
    if (inner.place[0] != '\0')
        error_place(err, "%s", inner.place);
    return -1;
}

static int read_entry(struct json_scan *scan, struct keys_file_entry *entry,
                      struct error *err)
{
    struct json_text key;
    unsigned seen = 0;
    int more;
    if (json_scan_enter_object(scan, err) != 0)
        return -1;
    while ((more = json_scan_next_key(scan, &key, err)) == 1)
        if (read_member(scan, &key, entry, &seen, err) != 0)
            return -1;
    for (size_t i = 0; more == 0 && i < N_MEMBERS; i++)
        if (members[i].is_needed && !(seen & 1U << i))
            return error_set(err, ERROR_MISSING_FIELD, "%s is missing", members[i].name);
    return more;
}

/* ---- the file ---- */

static int check_unlike(const struct keys_file *file, const struct keys_file_entry *entry,
                        struct error *err)
{
    for (size_t i = 0; i < file->n_entries; i++) {
        if (strcmp(file->entries[i].name, entry->name) == 0)
            return error_set(err, ERROR_CONFLICT, "/keys/%zu has the same name", i);
        if (memcmp(file->entries[i].sha256, entry->sha256, CHECKSUM_SHA256_BYTES) == 0)
            return error_set(err, ERROR_CONFLICT, "/keys/%zu is the same key", i);
    }
    return 0;
}

static int append(struct keys_file *file, const struct keys_file_entry *entry,
                  struct error *err)
{
    if (file->n_entries == KEYS_FILE_MAX_ENTRIES)
        return error_set(err, ERROR_TOO_LARGE, "there are more than %u keys",
                         KEYS_FILE_MAX_ENTRIES);
    struct keys_file_entry *entries =
        memory_resize(file->entries, file->n_entries + 1, sizeof(*entries), err);
    if (!entries)
        return -1;
    file->entries = entries;
    entries[file->n_entries++] = *entry;
    return 0;
}

static int read_entries(struct json_scan *scan, struct keys_file *file, struct error *err)
{
    int more;
    if (json_scan_enter_array(scan, err) != 0)
        return -1;
    while ((more = json_scan_next_element(scan, err)) == 1) {
        struct keys_file_entry entry = {0};
        if (read_entry(scan, &entry, err) != 0 || check_unlike(file, &entry, err) != 0 ||
            append(file, &entry, err) != 0) {
            error_place(err, "/keys/%zu", file->n_entries);
            return -1;
        }
    }
    return more;
}

static int read_all(struct json_scan *scan, struct keys_file *file, struct error *err)
{
    struct json_text key;
    bool has_keys = false;
    int more;
    if (json_scan_enter_object(scan, err) != 0)
        return -1;
    while ((more = json_scan_next_key(scan, &key, err)) == 1) {
        if (!json_scan_text_is(&key, "keys") || has_keys)
            return error_set(err, ERROR_UNKNOWN_FIELD,
                             "the file has the one member \"keys\", once");
        has_keys = true;
        if (read_entries(scan, file, err) != 0)
            return -1;
    }
    if (more != 0 || json_scan_finish(scan, err) != 0)
        return -1;
    if (file->n_entries == 0)
        return error_set(err, ERROR_INVALID,
                         "there are no keys; `logitd key NAME SCOPE` makes one");
    return 0;
}

int keys_file_parse(const char *text, size_t n_bytes, struct keys_file *file,
                    struct error *err)
{
    struct json_scan scan = json_scan_start(text, n_bytes);
    struct keys_file read = {0};
    if (read_all(&scan, &read, err) != 0) {
        keys_file_free(&read);
        return -1;
    }
    *file = read;
    return 0;
}

int keys_file_read(const char *path, struct keys_file *file, struct error *err)
{
    struct buffer text = BUFFER_EMPTY;
    int result = small_file_read(path, &text, err);
    if (result == 0)
        result =
            keys_file_parse(text.n_bytes > 0 ? text.bytes : "", text.n_bytes, file, err);
    buffer_free(&text);
    return result;
}

void keys_file_free(struct keys_file *file)
{
    memory_free(file->entries);
    *file = (struct keys_file){0};
}
