/*
 * The table of settings: one row each gives the name, the kind and range of its values,
 * its default and its help. Options, environment, config file and --help are read off it.
 */
#ifndef LOGITD_SERVER_SETTING_H
#define LOGITD_SERVER_SETTING_H

#include <stdint.h>

#include "server/config.h"

enum setting_kind {
    SETTING_TEXT,         /* char *: a file or folder */
    SETTING_ADDRESS,      /* host and port */
    SETTING_COUNT,        /* size_t in [least, most] */
    SETTING_SIZE,         /* size_t bytes in [least, most] */
    SETTING_SWITCH,       /* bool; the option takes no value */
    SETTING_MODEL,        /* char *: NAME, NAME/VERSION or NAME@ALIAS */
    SETTING_LEVEL,        /* enum log_level */
    SETTING_INSTRUCTIONS, /* enum instructions */
    SETTING_FORMAT        /* bool: is it json? */
};

struct setting {
    const char *name;
    enum setting_kind kind;
    size_t offset; /* in struct config */
    uint64_t least, most;
    const char *takes;    /* what --help calls its value */
    const char *standard; /* the default as one would write it; NULL: none, or computed */
    const char *computed; /* what --help says of a computed one */
    const char *help;
    const char *also; /* words that others use for it, a blank around each */
};

/* The rows, in the order of --help. */
const struct setting *setting_table(size_t *n_settings);

/* NULL if there is no such setting. */
const struct setting *setting_find(const char *name);

/* The setting that somebody may have meant, or NULL. */
const struct setting *setting_suggest(const char *name);

/* Reads `text` into the setting's place. On failure err says what is wanted. */
int setting_assign(const struct setting *setting, struct config *config, const char *text,
                   struct error *err) MUST_CHECK;

#endif
