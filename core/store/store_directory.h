/*
 * The data directory and what lies where in it:
 *
 *   lock         held (flock) by the one process that uses the directory
 *   logitd.db    the records, with SQLite's log beside it
 *   blobs/       <id>.blob, and <id>.tmp while it is written
 *   quarantine/  blobs found damaged, kept for people
 *   reserve      space that deletes may use when the disk is full
 */
#ifndef LOGITD_CORE_STORE_STORE_DIRECTORY_H
#define LOGITD_CORE_STORE_STORE_DIRECTORY_H

#include "core/base/error.h"

#define STORE_DIRECTORY_DATABASE "logitd.db"
#define STORE_DIRECTORY_LOG STORE_DIRECTORY_DATABASE "-wal"

struct store_directory { /* -1 each while it is closed */
    int fd;
    int lock;
    int blobs;
    int quarantine;
    char *database_path;
};

enum store_directory_use {
    STORE_DIRECTORY_MAKE,   /* makes what is missing, but for the database */
    STORE_DIRECTORY_REPAIR, /* the same, of one that is there */
    STORE_DIRECTORY_LOOK    /* makes nothing */
};

/* ERROR_LOCKED if another process has it; ERROR_NOT_FOUND if it is to be there, and is
 * not. */
int store_directory_open(struct store_directory *directory, const char *path,
                         enum store_directory_use use, struct error *err) MUST_CHECK;
void store_directory_close(struct store_directory *directory);

/* What is there before the database is opened. */
struct store_directory_traces {
    bool has_database; /* with something in it */
    bool has_log;
    bool has_blobs;
};
int store_directory_look(const struct store_directory *directory,
                         struct store_directory_traces *traces,
                         struct error *err) MUST_CHECK;

/* A damaged blob's file, out of the way. */
int store_directory_quarantine(const struct store_directory *directory,
                               const unsigned char *id, struct error *err) MUST_CHECK;

#endif
