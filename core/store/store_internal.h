/* What a store is made of; for this room alone. */
#ifndef LOGITD_CORE_STORE_STORE_INTERNAL_H
#define LOGITD_CORE_STORE_STORE_INTERNAL_H

#include "core/store/store_directory.h"
#include "core/store/store_writer.h"

struct store {
    struct store_options options;
    struct store_directory directory;
    struct record_index index;
    struct database *database;
    struct disk_reserve reserve;
    struct store_writer writer;
};

#endif
