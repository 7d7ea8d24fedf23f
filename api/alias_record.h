/*
 * What a STORE_ALIAS record says: the number of the version that the alias names.
 */
#ifndef LOGITD_API_ALIAS_RECORD_H
#define LOGITD_API_ALIAS_RECORD_H

#include <stdint.h>

#include "core/base/buffer.h"
#include "core/store/store.h"

void alias_record_pack(uint64_t version, struct buffer *out);
/* 0 if the record is damaged. */
uint64_t alias_record_version(const struct store_record *record);

#endif
