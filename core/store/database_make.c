#include "core/store/database_make.h"

#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/store/database.h"
#include "core/store/disk.h"

#define NEW_DATABASE "new.db"
static const char *const new_files[] = {NEW_DATABASE, NEW_DATABASE "-wal",
                                        NEW_DATABASE "-journal"};

static int write_rows(struct database *database, struct record *const *records, size_t n,
                      struct error *err)
{
    uint64_t number = database_next_number(database);
    if (database_begin(database, err) < 0 ||
        database_reserve_numbers(database, number + n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct store_record *shown = &records[i]->shown;
        shown->sequence = shown->revision = number++;
        if (database_put(database, records[i], err) < 0)
            return -1;
    }
    return database_commit(database, err);
}

/* Nothing of it may stay in the log, which has another name. */
static int fill(const char *path, struct record *const *records, size_t n,
                struct error *err)
{
    struct database *database = database_open(path, DATABASE_MAKE, err);
    if (!database)
        return -1;
    int result = n > 0 ? write_rows(database, records, n, err) : 0;
    if (result == 0)
        result = database_checkpoint(database, true, err);
    database_close(database);
    return result;
}

static char *new_path(const struct store_directory *directory, struct error *err)
{
    const char *old = directory->database_path;
    struct buffer text = BUFFER_EMPTY;
    buffer_append(&text, old, (size_t)(strrchr(old, '/') + 1 - old));
    buffer_append_string(&text, NEW_DATABASE);
    return buffer_take(&text, &(size_t){0}, err);
}

int database_make_write(const struct store_directory *directory,
                        struct record *const *records, size_t n, struct error *err)
{
    for (size_t i = 0; i < sizeof(new_files) / sizeof(*new_files); i++)
        if (disk_remove(directory->fd, new_files[i], err) < 0)
            return -1;
    int fd = disk_create(directory->fd, NEW_DATABASE, err);
    char *path = fd >= 0 ? new_path(directory, err) : NULL;
    int result = path ? fill(path, records, n, err) : -1;
    if (result == 0)
        result = disk_sync(fd, err);
    memory_free(path);
    if (fd >= 0)
        close(fd);
    return result;
}

int database_make_place(const struct store_directory *directory, struct error *err)
{
    if (disk_rename(directory->fd, NEW_DATABASE, directory->fd, STORE_DIRECTORY_DATABASE,
                    err) < 0)
        return -1;
    return disk_sync(directory->fd, err);
}
