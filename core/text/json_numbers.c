/*
 * Commas and brackets are looked for in blocks of 64 bytes, and the cells between them
 * read together (number_cells.h), which takes digits, points and signs; the few others
 * are read one by one. A cell that is no number ends the run, whatever it is: a string
 * with commas in it, too, for what precedes its first comma begins with a quote.
 */
#include "core/text/json_numbers.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "core/text/number.h"
#include "core/text/number_cells.h"

#define CELLS 64U           /* that are read together */
#define BLOCK 64U           /* bytes */
#define AT_ONCE 4U          /* marks of a block that are noted together */
#define LOOK_BACK 32U       /* before the text, that number_cells_read may want */
#define NEAR_END 1024U      /* bytes that are copied, as some behind them are read */
#define MOST_CELL_BYTES 512 /* a longer number is for the slower way */
#define PADDING (BLOCK + CSV_PADDING)

/* ---- where they are ---- */

/* Which bytes of a block are a comma, and which a closing bracket. */
struct marks {
    uint64_t commas, brackets;
};

#ifdef __SSE2__
static inline uint64_t find_byte(const __m128i *some, char c)
{
    const __m128i all = _mm_set1_epi8(c);
    uint64_t found = 0;
    for (size_t i = 0; i < 4; i++)
        found |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(some[i], all))
                 << 16 * i;
    return found;
}

static inline struct marks find_marks(const char *bytes)
{
    __m128i some[4];
    for (size_t i = 0; i < 4; i++)
        some[i] = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * i));
    return (struct marks){find_byte(some, ','), find_byte(some, ']')};
}
#else
static inline struct marks find_marks(const char *bytes)
{
    struct marks marks = {0};
    for (size_t i = 0; i < BLOCK; i++) {
        marks.commas |= (uint64_t)(bytes[i] == ',') << i;
        marks.brackets |= (uint64_t)(bytes[i] == ']') << i;
    }
    return marks;
}
#endif

/* Appends where the bits are, which come as they please: a dozen at a time, whether or
 * not there are so many, for a branch on each would be guessed wrong. */
static inline size_t put_places(uint64_t bits, uint32_t block, uint32_t *places)
{
    size_t n = 0;
    while (bits)
        for (size_t k = 0; k < AT_ONCE; k++) {
            places[n] = block + (bits ? (uint32_t)__builtin_ctzll(bits) : 0);
            n += bits != 0;
            bits &= bits - 1;
        }
    return n;
}

/* Where the cells from `at` on end, up to the one that a bracket ends: `most` of them or
 * fewer than a block more, and none behind `n`. PADDING bytes behind n may be read. */
static size_t find_ends(const char *text, size_t at, size_t n, uint32_t *ends,
                        size_t most)
{
    size_t n_ends = 0, n_bytes_most = most * MOST_CELL_BYTES;
    n = n - at < n_bytes_most ? n : at + n_bytes_most;
    for (size_t block = at; block < n && n_ends < most; block += BLOCK) {
        struct marks marks = find_marks(text + block);
        uint64_t to_bracket = marks.brackets ^ (marks.brackets - 1);
        uint64_t to_n = n - block < BLOCK ? (UINT64_C(1) << (n - block)) - 1 : UINT64_MAX;
        uint64_t found = (marks.commas | marks.brackets) & to_bracket & to_n;
        n_ends += put_places(found, (uint32_t)block, ends + n_ends);
        if (marks.brackets)
            break;
    }
    return n_ends < most ? n_ends : most;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline uint32_t pass_blanks(const char *text, uint32_t at, uint32_t end)
{
    while (at < end && is_blank(text[at]))
        at++;
    return at;
}

/* A digit or '-', told without a branch between the two: signs come as they please. */
static inline bool begins_number(char c)
{
    const uint64_t digits_and_sign = UINT64_C(0x3ff) << ('0' - '-') | 1;
    unsigned from_sign = (unsigned char)(c - '-');
    return from_sign < 64 && (digits_and_sign >> from_sign & 1);
}

/* The cells, as far as they begin as numbers do. */
static size_t find_cells(const char *text, size_t at, size_t n, struct csv_field *cells,
                         size_t most)
{
    uint32_t ends[CELLS + BLOCK + AT_ONCE], start = (uint32_t)at;
    size_t n_ends = find_ends(text, at, n, ends, most);
    for (size_t i = 0; i < n_ends; i++) {
        start = pass_blanks(text, start, ends[i]);
        if (!begins_number(text[start]) || ends[i] - start > MOST_CELL_BYTES)
            return i;
        cells[i] = (struct csv_field){start, ends[i]};
        start = ends[i] + 1;
    }
    return n_ends;
}

/* ---- what they are ---- */

/* As JSON has it: a digit before a point and behind it, no zero in front of another. The
 * cell is digits, with a sign and a point perhaps, and a mark behind it. Without a
 * branch: the first digit is often 0, often not. */
static inline bool is_json(const char *cell, size_t n)
{
    size_t sign = *cell == '-';
    unsigned char first = (unsigned char)(cell[sign] - '0');
    unsigned char second = (unsigned char)(cell[sign + 1] - '0');
    unsigned has_more_zeros = (unsigned)(first == 0) & (unsigned)(second < 10);
    return ((unsigned)(first < 10) & (unsigned)(cell[n - 1] != '.') & ~has_more_zeros) &
           1;
}

static bool read_other(const char *cell, size_t n, double *value)
{
    const char *end;
    return number_read_json(cell, n, value, &end) == NUMBER_OK && end == cell + n;
}

static bool is_number(const char *text, struct csv_field cell, unsigned char kind,
                      double *value)
{
    size_t n = cell.end - cell.start;
    return kind == NUMBER_CELLS_NUMBER ? is_json(text + cell.start, n)
                                       : read_other(text + cell.start, n, value);
}

/* Of eight kinds, a bit in the byte of each that is not plain. */
static inline uint64_t find_others(const unsigned char *kinds)
{
    uint64_t eight;
    _Static_assert(NUMBER_CELLS_PLAIN == 0, "the others have a bit set");
    memcpy(&eight, kinds, sizeof(eight));
    return le64toh(eight);
}

/* How many of them are numbers, up to the first that is not. */
static size_t read_cells(const char *text, const struct csv_field *cells, size_t n,
                         double *values)
{
    unsigned char kinds[CELLS];
    memset(kinds + (n & ~(size_t)7), NUMBER_CELLS_PLAIN, n < CELLS ? 8 : 0);
    number_cells_read(text, cells, n, values, kinds);
    for (size_t i = 0; i < n; i += 8)
        for (uint64_t others = find_others(kinds + i); others; others &= others - 1) {
            size_t which = i + (size_t)__builtin_ctzll(others) / 8;
            if (!is_number(text, cells[which], kinds[which], &values[which]))
                return which;
        }
    return n;
}

/* Of text from `at` on; *end is of text. */
static size_t read_some(const char *text, size_t at, size_t n, double *values,
                        size_t most, size_t *end)
{
    struct csv_field cells[CELLS];
    size_t n_cells = find_cells(text, at, n, cells, most < CELLS ? most : CELLS);
    size_t n_read = n_cells > 0 ? read_cells(text, cells, n_cells, values) : 0;
    *end = n_read > 0 ? cells[n_read - 1].end : at;
    return n_read;
}

size_t json_numbers_read(const char *text, size_t n_before, size_t n, double *values,
                         size_t most, size_t *n_used)
{
    size_t n_read, back = LOOK_BACK;
    if (n > NEAR_END) {
        size_t n_near = n - PADDING < UINT32_MAX / 2 ? n - PADDING : UINT32_MAX / 2;
        back = n_before < back ? n_before : back;
        n_read = read_some(text - back, back, back + n_near, values, most, n_used);
    } else {
        char copy[LOOK_BACK + NEAR_END + PADDING];
        memset(copy, 0, LOOK_BACK);
        memcpy(copy + LOOK_BACK, text, n);
        memset(copy + LOOK_BACK + n, 0, PADDING);
        n_read = read_some(copy, back, back + n, values, most, n_used);
    }
    *n_used -= back;
    return n_read;
}
