#include "core/text/json_cut.h"

#include <stdint.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

void json_cut_free(struct json_cut *cut)
{
    buffer_free(&cut->carry);
    *cut = (struct json_cut){0};
}

/* With the bit 0x20 set '[' is '{' and ']' is '}', and no other byte is one of them. */
static inline bool is_bracket(char c)
{
    return (c | 0x20) == '{' || (c | 0x20) == '}' || c == '"';
}

#ifdef __SSE2__
/* Which of 16 bytes are brackets or quotes. */
static inline unsigned find_brackets(const char *bytes)
{
    __m128i some = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    __m128i lower = _mm_or_si128(some, _mm_set1_epi8(0x20));
    __m128i are = _mm_or_si128(_mm_cmpeq_epi8(lower, _mm_set1_epi8('{')),
                               _mm_cmpeq_epi8(lower, _mm_set1_epi8('}')));
    are = _mm_or_si128(are, _mm_cmpeq_epi8(some, _mm_set1_epi8('"')));
    return (unsigned)_mm_movemask_epi8(are);
}

/* The first in whole blocks of 64 bytes, or behind them. */
static size_t find_in_blocks(const char *text, size_t n)
{
    size_t at = 0;
    for (; n - at >= 64; at += 64) {
        uint64_t low = find_brackets(text + at) | find_brackets(text + at + 16) << 16;
        uint64_t high = find_brackets(text + at + 32) | find_brackets(text + at + 48)
                                                            << 16;
        if (low | high)
            return at + (size_t)__builtin_ctzll(low | high << 32);
    }
    return at;
}

/* The same with a block in one vector. */
__attribute__((target("avx512f,avx512bw"))) static size_t find_in_vectors(
    const char *text, size_t n)
{
    const __m512i open = _mm512_set1_epi8('{'), close = _mm512_set1_epi8('}');
    const __m512i quote = _mm512_set1_epi8('"'), bit = _mm512_set1_epi8(0x20);
    size_t at = 0;
    for (; n - at >= 64; at += 64) {
        __m512i some = _mm512_loadu_si512(text + at), lower = _mm512_or_si512(some, bit);
        uint64_t are = _mm512_cmpeq_epi8_mask(lower, open) |
                       _mm512_cmpeq_epi8_mask(lower, close) |
                       _mm512_cmpeq_epi8_mask(some, quote);
        if (are)
            return at + (size_t)__builtin_ctzll(are);
    }
    return at;
}
#endif

#ifdef __SSE2__
__attribute__((target("avx512f,avx512bw,popcnt"))) static size_t pass_in_vectors(
    const char *text, size_t n, int *depth, int floor, int most)
{
    const __m512i open = _mm512_set1_epi8('{'), close = _mm512_set1_epi8('}');
    const __m512i quote = _mm512_set1_epi8('"'), bit = _mm512_set1_epi8(0x20);
    size_t at = 0;
    for (; n - at >= 64; at += 64) {
        __m512i some = _mm512_loadu_si512(text + at), lower = _mm512_or_si512(some, bit);
        int n_open = __builtin_popcountll(_mm512_cmpeq_epi8_mask(lower, open));
        int n_close = __builtin_popcountll(_mm512_cmpeq_epi8_mask(lower, close));
        if (_mm512_cmpeq_epi8_mask(some, quote) || *depth - n_close <= floor ||
            *depth + n_open > most)
            break;
        *depth += n_open - n_close;
    }
    return at;
}
#endif

size_t json_cut_pass(const char *text, size_t n, int *depth, int floor, int most)
{
#ifdef __SSE2__
    if (__builtin_cpu_supports("avx512bw"))
        return pass_in_vectors(text, n, depth, floor, most);
#endif
    (void)text, (void)n, (void)depth, (void)floor, (void)most;
    return 0;
}

size_t json_cut_bracket(const char *text, size_t n)
{
#ifdef __SSE2__
    size_t at = __builtin_cpu_supports("avx512bw") ? find_in_vectors(text, n)
                                                   : find_in_blocks(text, n);
#else
    size_t at = 0;
#endif
    while (at < n && !is_bracket(text[at]))
        at++;
    return at;
}

/* ---- the end of a value ---- */

/* Behind the quote that ends the string, or n. */
static size_t pass_string(struct json_cut *cut, const char *bytes, size_t n)
{
    size_t at = 0;
    for (; at < n && cut->in_string; at++) {
        if (cut->is_escaped)
            cut->is_escaped = false;
        else if (bytes[at] == '\\')
            cut->is_escaped = true;
        else
            cut->in_string = bytes[at] != '"';
    }
    return at;
}

static bool ends_word(char c)
{
    return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' || c == '\n' ||
           c == '\r';
}

/* A number, or true, false or null: its end is what comes behind it. */
static size_t pass_word(const char *bytes, size_t n)
{
    size_t at = 0;
    while (at < n && !ends_word(bytes[at]))
        at++;
    return at;
}

/* At a bracket or a quote. */
static void pass_bracket(struct json_cut *cut, char c)
{
    if (c == '"')
        cut->in_string = true;
    else if ((c | 0x20) == '{')
        cut->depth++;
    else
        cut->depth--;
}

/* How many of the bytes belong to the value. */
static size_t find_end(struct json_cut *cut, const char *bytes, size_t n, bool *is_end)
{
    size_t at = 0;
    if (!cut->is_container && !cut->in_string) {
        at = pass_word(bytes, n);
        *is_end = at < n;
        return at;
    }
    *is_end = false;
    while (at < n && !*is_end) {
        if (cut->in_string) {
            at += pass_string(cut, bytes + at, n - at);
        } else {
            at += json_cut_bracket(bytes + at, n - at);
            if (at < n)
                pass_bracket(cut, bytes[at++]);
        }
        *is_end = !cut->in_string && cut->depth == 0;
    }
    return at;
}

static void begin(struct json_cut *cut, char first)
{
    cut->is_begun = true;
    cut->in_string = first == '"';
    cut->is_container = first == '{' || first == '[';
    cut->depth = cut->is_container;
    cut->is_escaped = false;
    buffer_clear(&cut->carry);
}

int json_cut_push(struct json_cut *cut, const char *bytes, size_t n, size_t *n_used,
                  struct json_cut_value *value, struct error *err)
{
    bool is_end, is_first = n > 0 && !cut->is_begun;
    if (is_first)
        begin(cut, *bytes);
    bool has_bracket = is_first && (cut->in_string || cut->is_container);
    size_t n_value =
        has_bracket + find_end(cut, bytes + has_bracket, n - has_bracket, &is_end);
    if (cut->carry.n_bytes + n_value > JSON_CUT_MAX_BYTES)
        return error_set(err, ERROR_TOO_LARGE, "the value is longer than %u bytes",
                         JSON_CUT_MAX_BYTES);
    *n_used = n_value;
    cut->is_begun = n > 0 && !is_end;
    if (is_end && cut->carry.n_bytes == 0) {
        *value = (struct json_cut_value){bytes, n_value};
        return 1;
    }
    buffer_append(&cut->carry, bytes, n_value);
    if (buffer_check(&cut->carry, err) < 0)
        return -1;
    *value = (struct json_cut_value){cut->carry.bytes, cut->carry.n_bytes};
    return is_end;
}
