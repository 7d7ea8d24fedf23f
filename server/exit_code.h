/* How the process ends (sysexits.h has the same numbers). */
#ifndef LOGITD_SERVER_EXIT_CODE_H
#define LOGITD_SERVER_EXIT_CODE_H

#include "core/base/error.h"

enum exit_code {
    EXIT_CODE_OK = 0,       /* a clean drain; what a command asked about is in order */
    EXIT_CODE_NOT_SO = 1,   /* a command's answer: damaged, or not ready */
    EXIT_CODE_USAGE = 64,   /* the command line */
    EXIT_CODE_BUG = 70,     /* ours, or the machine fails */
    EXIT_CODE_SETTINGS = 78 /* configuration or data directory */
};

/* Of an error that keeps the daemon or a command from starting. */
enum exit_code exit_code_of_start(const struct error *err);

#endif
