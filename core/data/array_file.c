#include "core/data/array_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/mapping.h"
#include "core/base/memory.h"
#include "core/base/residence.h"

/* An array has whole pages, of any system, and one at least, so that no two begin
 * together. */
#define PAGE_BYTES ((size_t)64 << 10)

struct place {
    size_t at, n_bytes;
    bool is_taken;
    struct mapping *guard; /* of the place; NULL: none */
};

struct array_file {
    int fd;
    unsigned char *bytes;
    size_t n_bytes, n_used;
    struct residence *residence;
    bool has_failed; /* where there is no guard any more */
    size_t n_places;
    struct place places[ARRAY_FILE_MOST];
};

/* Mapped beyond the file's end, too, which follows as arrays are taken. */
static int open_file(struct array_file *file, size_t n_bytes, size_t resident_bytes,
                     struct error *err)
{
    if (!memory_sum(n_bytes, ARRAY_FILE_MOST * PAGE_BYTES, &file->n_bytes))
        return error_no_memory(err, n_bytes);
    void *start =
        mmap(NULL, file->n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
    if (start == MAP_FAILED)
        return error_errno(err, errno, "map a scratch file");
    file->bytes = start;
    file->residence = residence_new(start, file->n_bytes, resident_bytes, err);
    return file->residence ? 0 : -1;
}

struct array_file *array_file_new(int fd, size_t n_bytes, size_t resident_bytes,
                                  struct error *err)
{
    struct array_file *file = memory_new(1, sizeof(*file), err);
    if (!file) {
        close(fd);
        return NULL;
    }
    file->fd = fd;
    if (open_file(file, n_bytes, resident_bytes, err) < 0) {
        array_file_free(file);
        return NULL;
    }
    return file;
}

void array_file_free(struct array_file *file)
{
    if (!file)
        return;
    for (size_t i = 0; i < file->n_places; i++)
        mapping_unguard(file->places[i].guard);
    if (file->bytes)
        munmap(file->bytes, file->n_bytes);
    residence_free(file->residence);
    close(file->fd);
    memory_free(file);
}

/* ---- arrays ---- */

static int reserve(const struct array_file *file, const struct place *place,
                   struct error *err)
{
    int number;
    do
        number = posix_fallocate(file->fd, (off_t)place->at, (off_t)place->n_bytes);
    while (number == EINTR);
    if (number == 0)
        return 0;
    return number == ENOSPC || number == EDQUOT || number == EFBIG
               ? error_set(err, ERROR_NO_SPACE,
                           "the disk has no room for %zu bytes of a fit that does not "
                           "fit the memory budget (--memory)",
                           place->at + place->n_bytes)
               : error_errno(err, number, "reserve room for a fit on the disk");
}

/* What was given back, and is as large. */
static struct place *find_free(struct array_file *file, size_t n_bytes)
{
    for (size_t i = 0; i < file->n_places; i++)
        if (!file->places[i].is_taken && file->places[i].n_bytes == n_bytes)
            return &file->places[i];
    return NULL;
}

static void clear(struct array_file *file, const struct place *place)
{
    unsigned char *bytes = file->bytes + place->at;
    for (size_t i = 0; i < place->n_bytes; i += PAGE_BYTES) {
        array_file_touch(file, bytes + i, PAGE_BYTES);
        memset(bytes + i, 0, PAGE_BYTES);
    }
}

static struct place *add_place(struct array_file *file, size_t n_bytes, struct error *err)
{
    struct place *place = &file->places[file->n_places];
    if (file->n_places == ARRAY_FILE_MOST || n_bytes > file->n_bytes - file->n_used) {
        error_set(err, ERROR_INTERNAL, "a fit's arrays are more than was counted");
        return NULL;
    }
    *place = (struct place){.at = file->n_used, .n_bytes = n_bytes};
    if (reserve(file, place, err) < 0)
        return NULL;
    place->guard =
        mapping_guard(file->bytes + place->at, n_bytes, PROT_READ | PROT_WRITE, err);
    if (!place->guard)
        return NULL;
    file->n_used += n_bytes;
    file->n_places++;
    return place;
}

void *array_file_take(struct array_file *file, size_t n, size_t size, struct error *err)
{
    size_t n_bytes;
    if (!memory_product(n, size, &n_bytes) ||
        !memory_sum(n_bytes, PAGE_BYTES, &n_bytes)) {
        error_no_memory(err, SIZE_MAX);
        return NULL;
    }
    n_bytes = n_bytes / PAGE_BYTES * PAGE_BYTES;
    struct place *place = find_free(file, n_bytes);
    if (place)
        clear(file, place);
    else if (!(place = add_place(file, n_bytes, err)))
        return NULL;
    place->is_taken = true;
    return file->bytes + place->at;
}

void array_file_give_back(struct array_file *file, void *array)
{
    for (size_t i = 0; i < file->n_places; i++)
        if (file->places[i].is_taken && file->bytes + file->places[i].at == array)
            file->places[i].is_taken = false;
}

static void expose(struct array_file *file, struct place *place)
{
    file->has_failed = file->has_failed || mapping_has_failed(place->guard);
    mapping_unguard(place->guard);
    place->guard = NULL;
}

void array_file_expose(struct array_file *file, const void *array)
{
    for (size_t i = 0; file && i < file->n_places; i++)
        if (file->bytes + file->places[i].at == array)
            expose(file, &file->places[i]);
}

int array_file_check(const struct array_file *file, struct error *err)
{
    bool has_failed = file && file->has_failed;
    for (size_t i = 0; file && i < file->n_places; i++)
        has_failed = has_failed || mapping_has_failed(file->places[i].guard);
    return has_failed ? error_set(err, ERROR_UNREADABLE,
                                  "the scratch file of the fit cannot be read")
                      : 0;
}

void array_file_touch(struct array_file *file, const void *from, size_t n_bytes)
{
    if (file)
        residence_touch(file->residence, from, n_bytes);
}
