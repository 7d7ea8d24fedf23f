#include "server/command.h"

#include <stdio.h>

#include "core/store/store.h"

static void print_line(void *context, const char *line)
{
    (void)context;
    puts(line);
}

enum exit_code command_rebuild(const struct config *config)
{
    struct error err = {0};
    if (store_rebuild(config->data_directory, print_line, NULL, &err) == 0)
        return EXIT_CODE_OK;
    error_place(&err, "--data %s", config->data_directory);
    command_complain(&err);
    return exit_code_of_start(&err);
}
