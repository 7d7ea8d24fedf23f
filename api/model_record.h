/*
 * What a STORE_MODEL record says of a model: the highest version number that was ever
 * given, so that a number is never given twice, not even after its version was deleted.
 */
#ifndef LOGITD_API_MODEL_RECORD_H
#define LOGITD_API_MODEL_RECORD_H

#include <stdint.h>

#include "core/base/buffer.h"
#include "core/store/store.h"

void model_record_pack(uint64_t highest_version, struct buffer *out);
/* 0 if there is no such model, or its record is damaged. */
uint64_t model_record_highest(struct store *store, const char *name);

#endif
