/*
 * The values of settings as people write them: counts, sizes, switches, addresses, words.
 * Each function reads the whole of `text`; on failure err says what is wanted and quotes
 * what was given (it goes to the person who runs the daemon, never to a caller).
 */
#ifndef LOGITD_SERVER_SETTING_VALUE_H
#define LOGITD_SERVER_SETTING_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/* A whole number from `least` to `most`. */
int setting_value_count(const char *text, uint64_t least, uint64_t most, size_t *value,
                        struct error *err) MUST_CHECK;

/* Bytes: "4096", "256M", "16 GiB", "1.5G"; units are powers of 1024. */
int setting_value_size(const char *text, uint64_t least, uint64_t most, size_t *value,
                       struct error *err) MUST_CHECK;

/* true, yes, on, 1 or false, no, off, 0. */
int setting_value_switch(const char *text, bool *value, struct error *err) MUST_CHECK;

/* One of the words: its index. */
int setting_value_word(const char *text, const char *const *words, size_t n_words,
                       size_t *index, struct error *err) MUST_CHECK;

/* "127.0.0.1:8080", "localhost:0", "[::1]:8080": the host without brackets. Needs a port,
 * so that a forgotten one is not taken for a default. */
#define SETTING_VALUE_HOST_BYTES 256
int setting_value_address(const char *text, char host[SETTING_VALUE_HOST_BYTES],
                          uint16_t *port, struct error *err) MUST_CHECK;

/* "16 MiB", "1.5 GiB", "1000 bytes": exact. text[32]. Returns text. */
char *setting_value_size_text(uint64_t bytes, char *text);

#endif
