#include "server/command.h"

#include <stdio.h>

#include "core/store/store.h"

static void print_line(void *context, const char *line)
{
    (void)context;
    puts(line);
}

enum exit_code command_check(const struct config *config)
{
    struct error err = {0};
    long n_damaged = store_check(config->data_directory, print_line, NULL, &err);
    if (n_damaged >= 0)
        return n_damaged == 0 ? EXIT_CODE_OK : EXIT_CODE_NOT_SO;
    error_place(&err, "--data %s", config->data_directory);
    command_complain(&err);
    return exit_code_of_start(&err);
}
