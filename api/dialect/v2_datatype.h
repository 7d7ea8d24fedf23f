/*
 * The datatypes of tensors (Open Inference Protocol, "Tensor Data Types"), and how their
 * elements lie in binary data: little-endian, row by row, without gaps; of BYTES a length
 * of four bytes before each.
 */
#ifndef LOGITD_API_DIALECT_V2_DATATYPE_H
#define LOGITD_API_DIALECT_V2_DATATYPE_H

#include <stdbool.h>
#include <stddef.h>

enum v2_datatype {
    V2_BOOL,
    V2_UINT8,
    V2_UINT16,
    V2_UINT32,
    V2_UINT64,
    V2_INT8,
    V2_INT16,
    V2_INT32,
    V2_INT64,
    V2_FP16,
    V2_FP32,
    V2_FP64,
    V2_BYTES,
    V2_BF16,
    V2_N_DATATYPES
};

/* V2_N_DATATYPES: there is none of this name. */
enum v2_datatype v2_datatype_find(const char *name, size_t n);
const char *v2_datatype_name(enum v2_datatype datatype);
size_t v2_datatype_bytes(enum v2_datatype datatype); /* of an element; 0: V2_BYTES */

/* Is the number one of this datatype, and told exactly by a double? Any is one of the
 * floating ones. */
bool v2_datatype_has(enum v2_datatype datatype, double value);

/* n elements as doubles: how many of them, up to the first that is none exactly. Not of
 * V2_BYTES. */
size_t v2_datatype_read(enum v2_datatype datatype, const char *bytes, size_t n,
                        double *values);

#endif
