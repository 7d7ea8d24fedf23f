/*
 * The command line, taken apart: a command, its arguments, and options as pairs of
 * setting and text. Nothing is assigned yet, because options beat what must be read
 * before them.
 */
#ifndef LOGITD_SERVER_COMMAND_LINE_H
#define LOGITD_SERVER_COMMAND_LINE_H

#include "server/setting.h"

struct command_line_option {
    const struct setting *setting;
    const char *value; /* borrowed from argv */
};

struct command_line {
    enum config_command command;
    const char *config_file; /* of --config; NULL: not given */
    struct command_line_option *options;
    size_t n_options;
    char **arguments; /* the list is owned, its strings are argv's */
    size_t n_arguments;
};

/* Into an all-zero one. Options are --name VALUE, --name=VALUE and, for a switch, --name;
 * "--" ends them. On failure err's place is the option. */
int command_line_read(struct command_line *line, int argc, char **argv,
                      struct error *err) MUST_CHECK;
void command_line_free(struct command_line *line);

#endif
