/*
 * What the files of csv_cut.h have in common. Each says how a block is looked at, and how
 * its cells are written: what costs time is not knowing how many these are, so that up to
 * 64 may be, whatever there are. Rows are counted by their line feeds.
 */
#ifndef LOGITD_CORE_TEXT_CSV_CUT_BODY_H
#define LOGITD_CORE_TEXT_CSV_CUT_BODY_H

#include <stdint.h>

#include "core/text/csv_cut.h"
#include "core/text/csv_marks.h"

/* Bit i: byte i of a block. */
struct block {
    uint64_t delimiters, line_feeds;
    uint64_t others; /* marks that are neither, blanks, bytes beyond ASCII */
};

typedef void look_fn(const struct csv_cut *cut, const char *bytes, struct block *block);
/* The cells that end at the marks of the block at text[at]; the first begins at start. */
typedef void put_fields_fn(uint64_t marks, size_t at, size_t start,
                           struct csv_field *fields);

/* Of each instruction set, so that all is one function. */
#define CSV_CUT_INLINE __attribute__((always_inline)) static inline

/* The rows that end in the block, whose cells follow those before; false where one of
 * them, or what has come of the last, has another number of them. */
CSV_CUT_INLINE bool count_rows(struct csv_cut *cut, const struct block *block)
{
    uint64_t marks = block->delimiters | block->line_feeds;
    size_t n_fields = cut->n_fields, n_rows = cut->n_rows, row_end = cut->row_end;
    for (uint64_t left = block->line_feeds; left; left &= left - 1, n_rows++) {
        uint64_t before = marks & ((left & -left) - 1);
        if (n_fields + (size_t)__builtin_popcountll(before) != row_end)
            return false;
        row_end += cut->n_columns;
    }
    n_fields += (size_t)__builtin_popcountll(marks);
    if (n_fields > row_end || n_rows >= cut->most)
        return false;
    cut->n_fields = n_fields;
    cut->n_rows = n_rows;
    cut->row_end = row_end;
    return true;
}

CSV_CUT_INLINE size_t behind_last(uint64_t marks, size_t at)
{
    return at + 64 - (size_t)__builtin_clzll(marks);
}

CSV_CUT_INLINE bool take_block(struct csv_cut *cut, size_t at, look_fn *look,
                               put_fields_fn *put_fields)
{
    struct block block;
    struct csv_field *fields = cut->fields + cut->n_fields;
    look(cut, cut->text + at, &block);
    if (block.others || !count_rows(cut, &block))
        return false;
    uint64_t marks = block.delimiters | block.line_feeds;
    put_fields(marks, at, cut->start, fields);
    if (marks)
        cut->start = behind_last(marks, at);
    if (block.line_feeds)
        cut->end = behind_last(block.line_feeds, at);
    return true;
}

CSV_CUT_INLINE size_t take_blocks(struct csv_cut *cut, size_t at, size_t n, look_fn *look,
                                  put_fields_fn *put_fields)
{
    const size_t room = cut->most * cut->n_columns;
    struct csv_cut now = *cut;
    if (cut->may_trim || cut->n_columns == 1 || /* it may be a blank line */
        (cut->line_feed_at == at && at > 0))
        return at;
    while (at + CSV_MARKS_BLOCK + CSV_PADDING <= n &&
           now.n_fields + CSV_MARKS_BLOCK <= room &&
           take_block(&now, at, look, put_fields))
        at += CSV_MARKS_BLOCK;
    *cut = now;
    return at;
}

#endif
