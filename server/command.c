#include "server/command.h"

#include <stdio.h>

void command_complain(const struct error *err)
{
    fprintf(stderr, "logitd: %s%s%s\n", err->place, err->place[0] != '\0' ? ": " : "",
            err->message);
}
