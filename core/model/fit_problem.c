#include "core/model/fit_problem.h"

#include <stdio.h>

__attribute__((format(printf, 5, 0))) static long tell(
    fit_problem_fn *problem, void *context, enum error_code code, const char *place,
    const char *format, va_list arguments)
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
    long n = tell(problem, context, code, place, format, arguments);
    va_end(arguments);
    return n;
}

void fit_problem_add_list(struct fit_problems *problems, enum error_code code,
                          const char *place, const char *format, va_list arguments)
{
    problems->n +=
        tell(problems->tell, problems->context, code, place, format, arguments);
}

void fit_problem_add(struct fit_problems *problems, enum error_code code,
                     const char *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fit_problem_add_list(problems, code, place, format, arguments);
    va_end(arguments);
}
