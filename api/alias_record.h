/*
 * What a STORE_ALIAS record says: what the alias stands for.
 */
#ifndef LOGITD_API_ALIAS_RECORD_H
#define LOGITD_API_ALIAS_RECORD_H

#include "api/alias_target.h"
#include "core/base/buffer.h"
#include "core/store/store.h"

void alias_record_pack(const struct alias_target *target, struct buffer *out);
/* False if the record is damaged, or of a format that this program does not know. */
bool alias_record_unpack(const struct store_record *record, struct alias_target *target);

#endif
