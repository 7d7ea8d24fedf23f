/* A model as bytes, and back, bit for bit. */
#ifndef LOGITD_CORE_MODEL_MODEL_FILE_H
#define LOGITD_CORE_MODEL_MODEL_FILE_H

#include "core/model/model.h"

void model_file_write(const struct model *model, struct buffer *out);
/* A model with one reference. ERROR_CORRUPT, ERROR_FORMAT_VERSION. */
struct model *model_file_read(const void *bytes, size_t n_bytes,
                              struct error *err) MUST_CHECK;

#endif
