#include "api/alias_record.h"

#include <math.h>

#include "core/base/pack.h"

/*
 * One version alone is its number, as it was before there were others. Else 0, which is
 * no version, then the number of the format, the shares and the shadow.
 */
#define FORMAT 2U
#define LEAST_SHARE_BYTES 16U
#define ROUNDING 1e-6

void alias_record_pack(const struct alias_target *target, struct buffer *out)
{
    if (target->n_shares == 1 && target->shadow == 0) {
        pack_u64(out, target->shares[0].version);
        return;
    }
    pack_u64(out, 0);
    pack_u32(out, FORMAT);
    pack_u64(out, target->n_shares);
    for (size_t i = 0; i < target->n_shares; i++) {
        pack_u64(out, target->shares[i].version);
        pack_f64(out, target->shares[i].share);
    }
    pack_u64(out, target->shadow);
}

static void read_target(struct pack_reader *in, struct alias_target *target)
{
    double sum = 0;
    uint32_t format = pack_read_u32(in);
    size_t n = pack_read_count(in, LEAST_SHARE_BYTES);
    in->failed = in->failed || format != FORMAT || n == 0;
    for (size_t i = 0; i < n && !in->failed; i++) {
        uint64_t version = pack_read_u64(in);
        double share = pack_read_f64(in);
        in->failed = in->failed || version == 0 || !(share > 0) ||
                     !alias_target_add(target, version, share);
        sum += share;
    }
    target->shadow = pack_read_u64(in);
    in->failed = in->failed || !(fabs(sum - 1) < ROUNDING) ||
                 alias_target_answers(target, target->shadow);
}

bool alias_record_unpack(const struct store_record *record, struct alias_target *target)
{
    struct pack_reader in = {.bytes = record->meta, .n_bytes = record->meta_bytes};
    struct alias_target read = {0};
    uint64_t version = pack_read_u64(&in);
    if (version > 0)
        read = alias_target_of_version(version);
    else
        read_target(&in, &read);
    if (pack_check_end(&in, NULL) < 0)
        return false;
    *target = read;
    return true;
}
