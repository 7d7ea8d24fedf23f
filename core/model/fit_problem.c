#include "core/model/fit_problem.h"

#include <stdio.h>

long fit_problem_tell_list(fit_problem_fn *problem, void *context, enum error_code code,
                           const char *place, const char *format, va_list arguments)
{
    struct error found = {0};
    char message[sizeof(found.message)];
    vsnprintf(message, sizeof(message), format, arguments);
    error_set(&found, code, "%s", message);
    error_place(&found, "%s", place);
    problem(context, &found);
    return 1;
}

long fit_problem_tell(fit_problem_fn *problem, void *context, enum error_code code,
                      const char *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    long n = fit_problem_tell_list(problem, context, code, place, format, arguments);
    va_end(arguments);
    return n;
}
