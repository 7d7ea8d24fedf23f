#include "api/alias_record.h"

#include "core/base/pack.h"

void alias_record_pack(uint64_t version, struct buffer *out)
{
    pack_u64(out, version);
}

uint64_t alias_record_version(const struct store_record *record)
{
    struct pack_reader in = {.bytes = record->meta, .n_bytes = record->meta_bytes};
    uint64_t version = pack_read_u64(&in);
    return pack_check_end(&in, NULL) == 0 ? version : 0;
}
