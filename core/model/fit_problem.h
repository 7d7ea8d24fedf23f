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
long fit_problem_tell_list(fit_problem_fn *problem, void *context, enum error_code code,
                           const char *place, const char *format, va_list arguments)
    __attribute__((format(printf, 5, 0)));

#endif
