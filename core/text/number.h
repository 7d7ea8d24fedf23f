/*
 * Numbers ⇄ text. The only place where the project converts between the two. Independent
 * of the locale, exact both ways. Pure functions, thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_NUMBER_H
#define LOGITD_CORE_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What number_read found. */
enum number_result {
    NUMBER_OK,
    NUMBER_NONE,    /* no number starts here */
    NUMBER_OVERFLOW /* a number, but beyond the range of a double: 1e309 */
};

/*
 * Reads the longest decimal number at the start of text[0..n): [+-] digits [. digits]
 * [e[+-]digits], with at least one digit before or after the point; correctly rounded
 * (nearest even). Never reads text[n]. "inf", "nan" and hexadecimal are no numbers here.
 * Too small becomes 0 or a subnormal. On NUMBER_OK and NUMBER_OVERFLOW *end is behind the
 * number.
 */
enum number_result number_read(const char *text, size_t n, double *value,
                               const char **end);

/* The same by the grammar of JSON: no '+', no zeros in front, digits on both sides of a
 * point. */
enum number_result number_read_json(const char *text, size_t n, double *value,
                                    const char **end);

/* The whole of text[0..n) as one number; true if it is, finite, and nothing is left over.
 */
bool number_parse(const char *text, size_t n, double *value);
/* The whole of text as a whole number in [least, most]: [+-] digits. *value is left alone
 * where there is none. */
bool number_parse_integer(const char *text, size_t n, int64_t least, int64_t most,
                          int64_t *value);

/* The shortest decimal text that reads back to the same bits, as JSON has it: "0.1",
 * "-1e-07", "380", "1e+22", "-0.0". `value` must be finite. Writes at most
 * NUMBER_TEXT_BYTES, some of them behind its end, no NUL; returns how many. */
#define NUMBER_TEXT_BYTES 40
size_t number_write(double value, char *text);
size_t number_write_integer(int64_t value, char *text);

#endif
