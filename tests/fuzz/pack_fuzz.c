/* Whatever is in a record, reading it ends, and reads nothing but the record. */
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/base/pack.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
    struct pack_reader in = {.bytes = bytes, .n_bytes = n};
    struct error err = {0};
    size_t count;
    while (in.at < in.n_bytes && !in.failed) {
        switch (pack_read_u8(&in)) {
        case 0:
            memory_free(pack_read_string(&in, &err));
            break;
        case 1:
            memory_free(pack_read_f64_array(&in, &count, &err));
            break;
        case 2:
            pack_read_bytes(&in, &count);
            break;
        case 3:
            pack_read_count(&in, 8);
            break;
        default:
            pack_read_f64(&in);
        }
    }
    if (pack_check_end(&in, &err) == 0 && in.at != n)
        abort();
    return 0;
}
