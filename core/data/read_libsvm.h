/* The reader of text in LIBSVM's form (core/text/libsvm.h). Labels are numbers. */
#ifndef LOGITD_CORE_DATA_READ_LIBSVM_H
#define LOGITD_CORE_DATA_READ_LIBSVM_H

#include "core/data/reader.h"

extern const struct reader read_libsvm;

#endif
