/*
 * The optimal string alignment distance (Damerau 1964, restricted): row by row over a
 * table whose cell (i, j) is the distance between the first i letters of a and the first
 * j of b. A swap of neighbours looks two rows back, so three rows are kept.
 */
#include "server/suggest.h"

#include <stdint.h>
#include <string.h>

#define MAX_LETTERS 64U

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t suggest_distance(const char *a, const char *b)
{
    size_t n = strlen(a);
    size_t m = strlen(b);
    if (n >= MAX_LETTERS || m >= MAX_LETTERS)
        return SIZE_MAX;
    size_t rows[3][MAX_LETTERS];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        const size_t *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

/* A third of the letters may be wrong. */
static const char *nearest(const char *word, const char *const *words, size_t n_words)
{
    const char *best = NULL;
    size_t bound = strlen(word) / 3 + 1;
    for (size_t i = 0; i < n_words; i++) {
        size_t distance = suggest_distance(word, words[i]);
        if (distance < bound) {
            best = words[i];
            bound = distance;
        }
    }
    return best;
}

const char *suggest_word(const char *word, const char *const *words, size_t n_words)
{
    const char *best = nearest(word, words, n_words);
    for (size_t i = 0; !best && i < n_words; i++) {
        size_t n = least(strlen(word), strlen(words[i]));
        if (n >= 3 && strncmp(word, words[i], n) == 0)
            best = words[i];
    }
    return best;
}
