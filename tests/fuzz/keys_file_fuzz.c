/* Any bytes as a file of keys: what is accepted has names, scopes and limits in their
 * ranges, no two alike. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/keys_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(int holds)
{
    if (!holds)
        abort();
}

static void check_entry(const struct keys_file *file, size_t i)
{
    const struct keys_file_entry *entry = &file->entries[i];
    check(keys_file_is_name(entry->name));
    check(entry->scopes > 0 && entry->scopes < 8);
    check(entry->requests_per_second >= 0 && entry->requests_per_second <= 1e6);
    check(entry->n_jobs_most <= 100000);
    for (size_t j = 0; j < i; j++)
        check(strcmp(entry->name, file->entries[j].name) != 0 &&
              memcmp(entry->sha256, file->entries[j].sha256, sizeof(entry->sha256)) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct keys_file file = {0};
    struct error err = {0};
    int result = keys_file_parse((const char *)bytes, n, &file, &err);
    check((result == 0) == !error_is_set(&err));
    check((result == 0) == (file.n_entries > 0));
    for (size_t i = 0; i < file.n_entries; i++)
        check_entry(&file, i);
    keys_file_free(&file);
    return 0;
}
