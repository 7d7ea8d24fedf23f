#include "core/text/csv_cut.h"

#ifdef __AVX2__
#include "core/text/csv_cut_body.h"

#define LANES 32U
typedef unsigned char lanes __attribute__((vector_size(LANES)));
typedef char signs __attribute__((vector_size(LANES)));

CSV_CUT_INLINE uint64_t bits_of(const signs *chosen)
{
    return (uint32_t)__builtin_ia32_pmovmskb256(*chosen);
}

CSV_CUT_INLINE void look(const struct csv_cut *cut, const char *bytes,
                         struct block *block)
{
    const unsigned char delimiter = (unsigned char)cut->delimiter,
                        quote = (unsigned char)cut->quote;
    *block = (struct block){0, 0, 0};
    for (size_t i = 0; i < CSV_MARKS_BLOCK; i += LANES) {
        lanes here;
        memcpy(&here, bytes + i, sizeof(here));
        signs are_delimiters = (signs)(here == delimiter),
              are_line_feeds = (signs)(here == '\n');
        signs special = (signs)((here <= ' ') | (here == quote)) | (signs)here;
        block->delimiters |= bits_of(&are_delimiters) << i;
        block->line_feeds |= bits_of(&are_line_feeds) << i;
        block->others |= bits_of(&special) << i;
    }
    block->others &= ~(block->delimiters | block->line_feeds);
}

CSV_CUT_INLINE void put_fields(uint64_t marks, size_t at, size_t start,
                               struct csv_field *fields)
{
    size_t n = (size_t)__builtin_popcountll(marks);
    for (size_t done = 0, most = 12; done < n; most = done < 24 ? 24 : done + 8)
        for (; done < most; done++, marks &= marks - 1) {
            size_t end = at + (size_t)__builtin_ctzll(marks | UINT64_C(1) << 63);
            fields[done] = (struct csv_field){(uint32_t)start, (uint32_t)end};
            start = end + 1;
        }
}

size_t csv_cut_avx2(struct csv_cut *cut, size_t at, size_t n)
{
    return take_blocks(cut, at, n, look, put_fields);
}
#else
size_t csv_cut_avx2(struct csv_cut *cut, size_t at, size_t n)
{
    (void)cut, (void)n;
    return at;
}
#endif
