#include "server/exit_code.h"

/* What keeps a start from succeeding can be put right by whoever starts, but for these.
 */
enum exit_code exit_code_of_start(const struct error *err)
{
    if (err->code == ERROR_INTERNAL || err->code == ERROR_NO_MEMORY)
        return EXIT_CODE_BUG;
    return EXIT_CODE_SETTINGS;
}
