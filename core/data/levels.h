/*
 * The levels of a categorical column: an array and the texts that it points to in one
 * block of memory, freed with memory_free.
 */
#ifndef LOGITD_CORE_DATA_LEVELS_H
#define LOGITD_CORE_DATA_LEVELS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/pack.h"
#include "core/data/dictionary.h"

struct level {
    char *text; /* as the data wrote it; followed by a NUL; never NULL */
    size_t n_bytes;
    uint64_t n_rows; /* how many cells have it */
};

/* Fills a block made for n levels with n_text_bytes bytes of text in all. */
struct levels_writer {
    struct level *levels;
    size_t n;
    char *end;
};
int levels_begin(struct levels_writer *writer, size_t n, size_t n_text_bytes,
                 struct error *err) MUST_CHECK;
void levels_add(struct levels_writer *writer, const char *text, size_t n_bytes,
                uint64_t n_rows);

/* order[rank] = number of the text: by value where all texts are numbers, else bytewise.
 */
int levels_order(const struct dictionary *texts, uint32_t *order,
                 struct error *err) MUST_CHECK;

/*
 * The level with this text; or, where all levels are numbers and so is the text, the only
 * one with its value ("1.50" finds "1.5": what a column of numbers wrote is kept as its
 * shortest text). SIZE_MAX if there is none.
 */
size_t levels_find(const struct level *levels, size_t n, const char *text,
                   size_t n_bytes);

/* How many levels are no numbers, and how many cells have one of them. */
size_t levels_count_texts(const struct level *levels, size_t n, uint64_t *n_rows);

/* The first n_kept of n levels, both counts included; and back. Reads NULL for no levels.
 */
void levels_pack(const struct level *levels, size_t n, size_t n_kept, struct buffer *out);
struct level *levels_unpack(struct pack_reader *in, size_t *n, size_t *n_kept,
                            struct error *err) MUST_CHECK;

#endif
