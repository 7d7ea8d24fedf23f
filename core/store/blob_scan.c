#include "core/store/blob_scan.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/store/disk.h"

struct scan {
    int directory;
    blob_scan_fn *on_blob;
    void *context;
};

static int verify(struct blob_reader *reader, const struct blob_tail *tail,
                  struct error *err)
{
    unsigned char computed[CHECKSUM_SHA256_BYTES];
    if (blob_reader_verify(reader, tail, computed, err) < 0)
        return -1;
    return memcmp(computed, tail->digest, sizeof(computed)) == 0
               ? 0
               : error_set(err, ERROR_CORRUPT, "its SHA-256 is wrong");
}

/* The tail is to be freed, also on failure. */
static int read_all(int directory, const unsigned char *id, struct blob_header *header,
                    struct blob_tail *tail, struct error *err)
{
    struct blob_reader reader;
    if (blob_reader_open(&reader, directory, id, err) < 0)
        return -1;
    int result = blob_reader_tail(&reader, tail, err);
    if (result == 0)
        result = verify(&reader, tail, err);
    *header = reader.header;
    blob_reader_close(&reader);
    return result;
}

int blob_scan_one(int directory, const unsigned char *id, blob_scan_fn *on_blob,
                  void *context, struct error *err)
{
    struct blob_header header = {0};
    struct blob_tail tail = {0};
    struct error why = {0};
    int result = read_all(directory, id, &header, &tail, &why);
    struct blob_scan_item item = {.id = id};
    if (result == 0) {
        item.header = &header;
        item.tail = &tail;
    } else {
        item.why = &why;
    }
    if (result == 0 || why.code == ERROR_CORRUPT || why.code == ERROR_NOT_FOUND ||
        why.code == ERROR_IO)
        result = on_blob(context, &item, err);
    else
        error_copy(err, &why);
    memory_free(tail.bytes);
    return result;
}

static int see_name(void *context, const char *name, struct error *err)
{
    const struct scan *scan = context;
    unsigned char id[BLOB_FORMAT_ID_BYTES];
    if (!blob_format_read_name(name, id))
        return 0;
    return blob_scan_one(scan->directory, id, scan->on_blob, scan->context, err);
}

int blob_scan(int directory, blob_scan_fn *on_blob, void *context, struct error *err)
{
    struct scan scan = {directory, on_blob, context};
    return disk_each_name(directory, see_name, &scan, err);
}
