/* Which known word did somebody mean? For messages about unknown names. */
#ifndef LOGITD_SERVER_SUGGEST_H
#define LOGITD_SERVER_SUGGEST_H

#include <stddef.h>

/* How many letters must be put in, taken out, replaced or swapped with their neighbour to
 * make one word of the other. Words of 64 bytes and more count as far apart: SIZE_MAX. */
size_t suggest_distance(const char *a, const char *b);

/* The nearest of the words if it is near enough to be meant, or one that `word` begins
 * with or that begins with it; else NULL. */
const char *suggest_word(const char *word, const char *const *words, size_t n_words);

#endif
