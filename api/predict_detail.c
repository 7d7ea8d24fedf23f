#include "api/predict_detail.h"

#include <stdint.h>

const char *predict_detail(enum error_code code, size_t input)
{
    switch (code) {
    case ERROR_MISSING_VALUE:
        return "the value is missing and the model does not know what to do without it";
    case ERROR_NOT_A_NUMBER:
        return input == SIZE_MAX ? "the row's offset is to be a number"
                                 : "a number is needed here";
    case ERROR_UNKNOWN_LEVEL:
        return "the level was not seen in training; schema.inputs lists the levels";
    case ERROR_INVALID_TYPE:
        return input == SIZE_MAX ? "a row is an array of cells, an instance an object"
                                 : "a string, a number or a boolean is needed here";
    case ERROR_WRONG_WIDTH:
        return "the row does not have one cell for each input";
    case ERROR_UNKNOWN_COLUMN:
        return "the model has no such input; schema.inputs lists them";
    case ERROR_DUPLICATE_COLUMN:
        return "the input stands here and among what all rows share";
    case ERROR_NON_FINITE:
        return "an expression of the model's formula has no finite value in this row";
    default:
        return error_title(code);
    }
}
