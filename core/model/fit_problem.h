/*
 * How the checks of a request tell what is wrong: through a fit_problem_fn.
 */
#ifndef LOGITD_CORE_MODEL_FIT_PROBLEM_H
#define LOGITD_CORE_MODEL_FIT_PROBLEM_H

#include <stdarg.h>

#include "core/model/fit.h"

/* One problem, with the pointer to its field as place and a printf-like message. Returns
 * 1: so many. */
long fit_problem_tell(fit_problem_fn *problem, void *context, enum error_code code,
                      const char *place, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Where one check after the other tells its problems, and how many there have been. */
struct fit_problems {
    fit_problem_fn *tell;
    void *context;
    long n;
};

/* The same, counted. */
void fit_problem_add(struct fit_problems *problems, enum error_code code,
                     const char *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void fit_problem_add_list(struct fit_problems *problems, enum error_code code,
                          const char *place, const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));

#endif
