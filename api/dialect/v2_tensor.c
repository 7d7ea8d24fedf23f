#include "api/dialect/v2_tensor.h"

#include <stdint.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/text/number.h"

enum member { NAME, DATATYPE, SHAPE, PARAMETERS, DATA, N_MEMBERS };
static const char *const member_names[N_MEMBERS] = {"name", "datatype", "shape",
                                                    "parameters", "data"};

struct reading {
    const struct model *model;
    struct v2_tensor *tensor;
    struct problem_list *problems;
    struct json_scan at[N_MEMBERS];
    bool has[N_MEMBERS];
    bool is_wrong; /* a problem was told */
};

void v2_tensor_point(const struct v2_tensor *tensor, const char *member,
                     char pointer[PROBLEM_POINTER_BYTES])
{
    problem_pointer_at(pointer, "/inputs", tensor->position);
    if (member)
        problem_pointer(pointer, pointer, member);
}

#define refuse(reading, code, member, ...)                                               \
    do {                                                                                 \
        char pointer_[PROBLEM_POINTER_BYTES];                                            \
        v2_tensor_point((reading)->tensor, member, pointer_);                            \
        problem_report((reading)->problems, code, pointer_, __VA_ARGS__);                \
        (reading)->is_wrong = true;                                                      \
    } while (0)

/* ---- members ---- */

static size_t member_of_key(const struct json_text *key)
{
    size_t m = 0;
    while (m < N_MEMBERS && !json_scan_text_is(key, member_names[m]))
        m++;
    return m;
}

/* The data is passed over, and read later; what nobody knows is checked. */
static int find_member(struct reading *reading, struct json_scan *scan,
                       const struct json_text *key, struct error *err)
{
    size_t m = member_of_key(key);
    if (m == N_MEMBERS)
        return json_scan_skip(scan, err);
    if (reading->has[m]) {
        error_set(err, ERROR_DUPLICATE_KEY, "%s is given twice", member_names[m]);
        error_place(err, "byte %zu", (size_t)(key->text - scan->text) - 1);
        return -1;
    }
    reading->has[m] = true;
    reading->at[m] = *scan;
    if (m != DATA)
        return json_scan_skip(scan, err);
    (void)json_scan_peek(scan); /* blanks are passed */
    size_t start = scan->at;
    int result = json_scan_pass(scan, err);
    reading->tensor->data_bytes = scan->at - start;
    return result;
}

static int find_members(struct reading *reading, struct json_scan *scan,
                        struct error *err)
{
    struct json_text key;
    int more;
    if (json_scan_peek(scan) != JSON_KIND_OBJECT) {
        refuse(reading, ERROR_INVALID_TYPE, NULL, "an object is needed");
        return json_scan_skip(scan, err);
    }
    if (json_scan_enter_object(scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(scan, &key, err)) == 1)
        if (find_member(reading, scan, &key, err) < 0)
            return -1;
    return more;
}

/* The members are well-formed from here on. */

static bool is_there(struct reading *reading, enum member member, enum json_kind kind,
                     const char *what)
{
    if (!reading->has[member])
        refuse(reading, ERROR_MISSING_FIELD, member_names[member], "%s is needed", what);
    else if (json_scan_peek(&reading->at[member]) != kind)
        refuse(reading, ERROR_INVALID_TYPE, member_names[member], "%s is needed", what);
    else
        return true;
    return false;
}

/* ---- which inputs ---- */

bool v2_tensor_is_whole(const struct model *model)
{
    const struct encoding *encoding = model->encoding;
    for (size_t i = 0; !encoding->is_sparse && i < encoding->n_inputs; i++)
        if (encoding->inputs[i].type != COLUMN_NUMERIC)
            return false;
    return encoding->n_inputs == 1 ||
           encoding_find_input(encoding, V2_TENSOR_INPUT, strlen(V2_TENSOR_INPUT)) ==
               SIZE_MAX;
}

static void find_inputs(struct reading *reading, const char *name, size_t n)
{
    const struct encoding *encoding = reading->model->encoding;
    struct v2_tensor *tensor = reading->tensor;
    size_t input = encoding_find_input(encoding, name, n);
    bool is_whole = n == strlen(V2_TENSOR_INPUT) && memcmp(name, V2_TENSOR_INPUT, n) == 0;
    if (input == SIZE_MAX && !is_whole)
        refuse(reading, ERROR_UNKNOWN_COLUMN, "name",
               "the model has no such input; its metadata lists them");
    tensor->first_input = input == SIZE_MAX ? 0 : input;
    tensor->n_inputs = input == SIZE_MAX ? encoding->n_inputs : 1;
}

static int read_name(struct reading *reading, struct error *err)
{
    struct json_scan scan = reading->at[NAME];
    struct json_text text;
    if (!is_there(reading, NAME, JSON_KIND_STRING, "the name of an input"))
        return 0;
    if (json_scan_string(&scan, &text, err) < 0)
        return -1;
    char *plain = memory_new(text.n_bytes + 1, 1, err);
    if (!plain)
        return -1;
    find_inputs(reading, plain, json_scan_unescape(&text, plain));
    memory_free(plain);
    return 0;
}

/* ---- datatype and shape ---- */

static bool has_numbers(const struct reading *reading)
{
    const struct v2_tensor *tensor = reading->tensor;
    const struct input *inputs = reading->model->encoding->inputs + tensor->first_input;
    for (size_t i = 0; i < tensor->n_inputs; i++)
        if (inputs[i].type == COLUMN_NUMERIC)
            return true;
    return false;
}

static int read_datatype(struct reading *reading, struct error *err)
{
    struct json_scan scan = reading->at[DATATYPE];
    struct json_text text;
    enum v2_datatype datatype = V2_N_DATATYPES;
    if (!is_there(reading, DATATYPE, JSON_KIND_STRING, "a datatype, such as FP64"))
        return 0;
    if (json_scan_string(&scan, &text, err) < 0)
        return -1;
    datatype = v2_datatype_find(text.text, text.n_bytes);
    if (datatype == V2_N_DATATYPES)
        refuse(reading, ERROR_INVALID, "datatype",
               "there is no such datatype; FP64 is for numbers, BYTES for text");
    else if (datatype == V2_BYTES && has_numbers(reading))
        refuse(reading, ERROR_INVALID, "datatype",
               "numbers are needed, FP64 for example, not BYTES");
    reading->tensor->datatype = datatype;
    return 0;
}

static int read_dimension(struct reading *reading, struct json_scan *scan,
                          struct error *err)
{
    struct v2_tensor *tensor = reading->tensor;
    struct json_text text = {0};
    int64_t value = -1;
    bool is_number = json_scan_peek(scan) == JSON_KIND_NUMBER;
    if ((is_number ? json_scan_number_text(scan, &text, err)
                   : json_scan_skip(scan, err)) < 0)
        return -1;
    if (!is_number ||
        !number_parse_integer(text.text, text.n_bytes, 0, INT64_MAX, &value)) {
        if (!reading->is_wrong)
            refuse(reading, ERROR_INVALID, "shape",
                   "a dimension is a whole number from 0 on");
    } else if (tensor->n_dimensions < V2_TENSOR_MAX_DIMENSIONS) {
        tensor->dimensions[tensor->n_dimensions] = (size_t)value;
    }
    tensor->n_dimensions++;
    return 0;
}

/* [-1, n_inputs], and of one input [-1], too. */
static void check_shape(struct reading *reading)
{
    const struct v2_tensor *tensor = reading->tensor;
    size_t n_elements;
    bool fits = (tensor->n_dimensions == 1 && tensor->n_inputs == 1) ||
                (tensor->n_dimensions == 2 && tensor->dimensions[1] == tensor->n_inputs);
    if (!fits && tensor->n_inputs == 1)
        refuse(reading, ERROR_WRONG_WIDTH, "shape", "the shape is [-1] or [-1,1]");
    else if (!fits)
        refuse(reading, ERROR_WRONG_WIDTH, "shape", "the shape is [-1,%zu]",
               tensor->n_inputs);
    else if (!memory_product(tensor->dimensions[0], tensor->n_inputs, &n_elements) ||
             n_elements > SIZE_MAX / sizeof(double))
        refuse(reading, ERROR_OUT_OF_RANGE, "shape", "there cannot be so many elements");
}

static int read_shape(struct reading *reading, struct error *err)
{
    struct json_scan scan = reading->at[SHAPE];
    int more;
    if (!is_there(reading, SHAPE, JSON_KIND_ARRAY, "an array of dimensions"))
        return 0;
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_element(&scan, err)) == 1)
        if (read_dimension(reading, &scan, err) < 0)
            return -1;
    if (more == 0 && !reading->is_wrong)
        check_shape(reading);
    return more;
}

/* ---- where the data is ---- */

static int read_size(struct reading *reading, struct json_scan *scan, struct error *err)
{
    struct json_text text = {0};
    int64_t value;
    bool is_number = json_scan_peek(scan) == JSON_KIND_NUMBER;
    if ((is_number ? json_scan_number_text(scan, &text, err)
                   : json_scan_skip(scan, err)) < 0)
        return -1;
    reading->tensor->has_binary = true;
    if (is_number && number_parse_integer(text.text, text.n_bytes, 0, INT64_MAX, &value))
        reading->tensor->binary_bytes = (size_t)value;
    else
        refuse(reading, ERROR_INVALID, "parameters",
               "binary_data_size is a whole number from 0 on");
    return 0;
}

/* Those that are not known may be meant for another server. */
static int read_parameters(struct reading *reading, struct error *err)
{
    struct json_scan scan = reading->at[PARAMETERS];
    struct json_text key;
    int more;
    if (!reading->has[PARAMETERS] ||
        !is_there(reading, PARAMETERS, JSON_KIND_OBJECT, "an object"))
        return 0;
    if (json_scan_enter_object(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(&scan, &key, err)) == 1) {
        bool is_size = json_scan_text_is(&key, "binary_data_size");
        if (json_scan_text_is(&key, "shared_memory_region"))
            refuse(reading, ERROR_UNSUPPORTED, "parameters",
                   "shared memory is not supported");
        if ((is_size ? read_size(reading, &scan, err) : json_scan_skip(&scan, err)) < 0)
            return -1;
    }
    return more;
}

/* Before there is memory for them. An element of JSON has a byte, and a comma or a
 * bracket behind it; a text a length before it. */
static void check_size(struct reading *reading)
{
    const struct v2_tensor *tensor = reading->tensor;
    size_t n_elements = tensor->dimensions[0] * tensor->n_inputs;
    size_t size = v2_datatype_bytes(tensor->datatype);
    if (tensor->has_data && n_elements > tensor->data_bytes / 2)
        refuse(reading, ERROR_WRONG_WIDTH, "data",
               "there are fewer elements than the shape's %zu", n_elements);
    else if (tensor->has_binary && size == 0 && n_elements > tensor->binary_bytes / 4)
        refuse(reading, ERROR_WRONG_WIDTH, "parameters",
               "%zu bytes are not those of %zu texts, each behind its length",
               tensor->binary_bytes, n_elements);
    else if (tensor->has_binary && size > 0 && n_elements * size != tensor->binary_bytes)
        refuse(reading, ERROR_WRONG_WIDTH, "parameters",
               "there are %zu bytes where the shape has %zu", tensor->binary_bytes,
               n_elements * size);
}

static void find_data(struct reading *reading)
{
    struct v2_tensor *tensor = reading->tensor;
    tensor->has_data = reading->has[DATA];
    tensor->data = reading->at[DATA];
    if (reading->is_wrong)
        return;
    if (tensor->has_data && tensor->has_binary)
        refuse(reading, ERROR_INVALID, "data",
               "there is binary_data_size, too: either is needed, not both");
    else if (!tensor->has_data && !tensor->has_binary)
        refuse(reading, ERROR_MISSING_FIELD, "data",
               "data is needed, or binary_data_size among the parameters");
    else if (tensor->has_data && json_scan_peek(&reading->at[DATA]) != JSON_KIND_ARRAY)
        refuse(reading, ERROR_INVALID_TYPE, "data", "an array is needed");
    else
        check_size(reading);
}

int v2_tensor_read(const struct model *model, size_t position, struct json_scan *scan,
                   struct v2_tensor *tensor, struct problem_list *problems,
                   struct error *err)
{
    struct reading reading = {.model = model, .tensor = tensor, .problems = problems};
    tensor->position = position;
    if (find_members(&reading, scan, err) < 0)
        return -1;
    if (reading.is_wrong) /* it is no object */
        return 0;
    if (read_name(&reading, err) < 0)
        return -1;
    if (reading.is_wrong) /* nobody knows what it is for */
        return 0;
    if (read_datatype(&reading, err) < 0 || read_shape(&reading, err) < 0 ||
        read_parameters(&reading, err) < 0)
        return -1;
    find_data(&reading);
    return !reading.is_wrong;
}
