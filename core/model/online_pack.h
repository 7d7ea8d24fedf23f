/*
 * A working copy as bytes, in two parts: the head, small, and the numbers. They keep
 * their bits.
 */
#ifndef LOGITD_CORE_MODEL_ONLINE_PACK_H
#define LOGITD_CORE_MODEL_ONLINE_PACK_H

#include "core/model/online.h"

void online_pack_head(const struct online_head *head, struct buffer *out);
void online_pack_numbers(const struct online *online, struct buffer *out);

/* What online_pack_head could not have written fails the reader. */
void online_pack_read_head(struct online_head *head, struct pack_reader *in);

/* Into an all-zero copy that has its model and its head. ERROR_CORRUPT for numbers that
 * are not of these. online_free in any case. */
int online_pack_read_numbers(struct online *online, struct pack_reader *in,
                             struct error *err) MUST_CHECK;

#endif
