/*
 * The slow, exact comparison behind number_read(): a decimal of any length against a
 * point halfway between two doubles, in whole numbers of up to 4096 bits. Pure,
 * thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_NUMBER_EXACT_H
#define LOGITD_CORE_TEXT_NUMBER_EXACT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The sign of D·10^exponent − half·2^half_exponent. D is the whole number that the digits
 * of text[0..n) spell; a point among them is passed over, leading zeros count for
 * nothing. Both sides must lie within a factor of two of each other, the right one be
 * halfway between two doubles that follow each other: a whole number below 2^54 times a
 * power of two from 2^-1075 on.
 */
int number_exact_compare(const char *text, size_t n, int64_t exponent, uint64_t half,
                         int half_exponent);

#endif
