#include "core/data/levels.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/text/number.h"

int levels_begin(struct levels_writer *writer, size_t n, size_t n_text_bytes,
                 struct error *err)
{
    size_t array_bytes, text_bytes, n_bytes;
    if (!memory_product(n, sizeof(struct level), &array_bytes) ||
        !memory_sum(n, n_text_bytes, &text_bytes) ||
        !memory_sum(array_bytes, text_bytes, &n_bytes))
        return error_no_memory(err, SIZE_MAX);
    struct level *levels = memory_new(n_bytes, 1, err);
    if (!levels)
        return -1;
    *writer = (struct levels_writer){levels, 0, (char *)levels + array_bytes};
    return 0;
}

void levels_add(struct levels_writer *writer, const char *text, size_t n_bytes,
                uint64_t n_rows)
{
    if (n_bytes > 0)
        memcpy(writer->end, text, n_bytes);
    writer->end[n_bytes] = '\0';
    writer->levels[writer->n++] = (struct level){writer->end, n_bytes, n_rows};
    writer->end += n_bytes + 1;
}

/* ---- finding ---- */

static size_t find_number(const struct level *levels, size_t n, double value)
{
    size_t found = SIZE_MAX, n_found = 0;
    for (size_t i = 0; i < n; i++) {
        double other;
        if (!number_parse(levels[i].text, levels[i].n_bytes, &other))
            return SIZE_MAX;
        if (other == value) {
            found = i;
            n_found++;
        }
    }
    return n_found == 1 ? found : SIZE_MAX;
}

size_t levels_find(const struct level *levels, size_t n, const char *text, size_t n_bytes)
{
    double value;
    for (size_t i = 0; i < n; i++)
        if (levels[i].n_bytes == n_bytes && memcmp(levels[i].text, text, n_bytes) == 0)
            return i;
    return number_parse(text, n_bytes, &value) ? find_number(levels, n, value) : SIZE_MAX;
}

size_t levels_count_texts(const struct level *levels, size_t n, uint64_t *n_rows)
{
    size_t n_texts = 0;
    double value;
    *n_rows = 0;
    for (size_t i = 0; i < n; i++)
        if (!number_parse(levels[i].text, levels[i].n_bytes, &value)) {
            *n_rows += levels[i].n_rows;
            n_texts++;
        }
    return n_texts;
}

/* ---- sorting ---- */

struct entry {
    const char *text;
    size_t n_bytes;
    double value;
    uint32_t index;
};

static int compare_bytes(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    size_t n = a->n_bytes < b->n_bytes ? a->n_bytes : b->n_bytes;
    int order = n > 0 ? memcmp(a->text, b->text, n) : 0;
    return order != 0 ? order : (a->n_bytes > b->n_bytes) - (a->n_bytes < b->n_bytes);
}

static int compare_values(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = (a->value > b->value) - (a->value < b->value);
    return order != 0 ? order : compare_bytes(left, right);
}

int levels_order(const struct dictionary *texts, uint32_t *order, struct error *err)
{
    struct entry *entries = memory_new(texts->n, sizeof(*entries), err);
    bool all_numbers = true;
    if (!entries)
        return -1;
    for (uint32_t i = 0; i < texts->n; i++) {
        struct entry *entry = &entries[i];
        entry->index = i;
        entry->text = dictionary_text(texts, i, &entry->n_bytes);
        all_numbers =
            all_numbers && number_parse(entry->text, entry->n_bytes, &entry->value);
    }
    qsort(entries, texts->n, sizeof(*entries),
          all_numbers ? compare_values : compare_bytes);
    for (uint32_t i = 0; i < texts->n; i++)
        order[i] = entries[i].index;
    memory_free(entries);
    return 0;
}

/* ---- as bytes ---- */

void levels_pack(const struct level *levels, size_t n, size_t n_kept, struct buffer *out)
{
    pack_u64(out, n);
    pack_u64(out, n_kept);
    for (size_t i = 0; i < n_kept; i++) {
        pack_bytes(out, levels[i].text, levels[i].n_bytes);
        pack_u64(out, levels[i].n_rows);
    }
}

/* How long the texts are that come next; the reader is a copy. */
static size_t text_bytes(struct pack_reader in, size_t n_levels)
{
    size_t total = 0, n;
    for (size_t i = 0; i < n_levels; i++) {
        (void)pack_read_bytes(&in, &n);
        (void)pack_read_u64(&in);
        total += n; /* of bytes that are there: cannot overflow */
    }
    return total;
}

struct level *levels_unpack(struct pack_reader *in, size_t *n, size_t *n_kept,
                            struct error *err)
{
    struct levels_writer writer;
    uint64_t count = pack_read_u64(in);
    size_t kept = pack_read_count(in, 16);
    in->failed = in->failed || count < kept;
    if (pack_check(in, err) < 0 ||
        levels_begin(&writer, kept, text_bytes(*in, kept), err) < 0)
        return NULL;
    for (size_t i = 0; i < kept; i++) {
        size_t n_bytes;
        const char *text = pack_read_bytes(in, &n_bytes);
        levels_add(&writer, text, n_bytes, pack_read_u64(in));
    }
    if (pack_check(in, err) < 0) {
        memory_free(writer.levels);
        return NULL;
    }
    *n = (size_t)count;
    *n_kept = kept;
    return writer.levels;
}
