#include "api/model_record.h"

#include "core/base/pack.h"

void model_record_pack(uint64_t highest_version, struct buffer *out)
{
    pack_u64(out, highest_version);
}

uint64_t model_record_highest(struct store *store, const char *name)
{
    const struct store_record *record = store_find(store, STORE_MODEL, name);
    if (!record)
        return 0;
    struct pack_reader in = {.bytes = record->meta, .n_bytes = record->meta_bytes};
    uint64_t highest = pack_read_u64(&in);
    int result = pack_check_end(&in, NULL);
    store_release(record);
    return result == 0 ? highest : 0;
}
