#include "api/import_inputs.h"

#include <string.h>

#include "api/import_input_list.h"
#include "api/import_terms.h"
#include "api/job_field.h"
#include "core/base/memory.h"

/* ---- as a version tells them ---- */

struct schema {
    struct import_input_list *list;
    const json_t *inputs;
    int64_t n;
};

static JOB_FIELD(read_inputs)
{
    struct schema *schema = context;
    (void)err;
    if (json_is_array(value))
        schema->inputs = value;
    else
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be an array");
    return 0;
}

static JOB_FIELD(read_n_inputs)
{
    struct schema *schema = context;
    (void)err;
    json_fields_integer(value, pointer, 0, INT64_MAX, problems, &schema->n);
    return 0;
}

static int read_schema(struct import_body *body, const json_t *json,
                       struct import_input_list *list, struct error *err)
{
    static const struct json_field fields[] = {{"inputs", true, read_inputs},
                                               {"n_inputs", false, read_n_inputs}};
    struct schema schema = {.n = -1, .list = list};
    char pointer[PROBLEM_POINTER_BYTES];
    if (json_fields_read(json, "/schema", fields, 2, &schema, body->problems, err) < 0)
        return -1;
    size_t n = json_array_size(schema.inputs);
    if (schema.n >= 0 && (uint64_t)schema.n != n)
        problem_report(body->problems, ERROR_INVALID, "/schema/inputs",
                       "not all inputs are listed; ask for the version with "
                       "include=inputs");
    for (size_t i = 0; i < n; i++) {
        problem_pointer_at(pointer, "/schema/inputs", i);
        if (import_input_list_add_object(list, json_array_get(schema.inputs, i), pointer,
                                         body->problems, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- by name ---- */

static int add_number(struct import_body *body, struct import_input_list *list,
                      const char *name, const char *pointer, struct error *err)
{
    struct input_declaration *input;
    return import_input_list_add(list, name, pointer, body->problems, &input, err);
}

static int read_features(struct import_body *body, const json_t *features,
                         struct import_input_list *list, struct error *err)
{
    char pointer[PROBLEM_POINTER_BYTES];
    if (!json_is_array(features))
        problem_report(body->problems, ERROR_INVALID_TYPE, "/features",
                       "must be an array");
    for (size_t i = 0; i < json_array_size(features); i++) {
        const char *name;
        problem_pointer_at(pointer, "/features", i);
        if (json_fields_string(json_array_get(features, i), pointer, body->problems,
                               &name) &&
            add_number(body, list, name, pointer, err) < 0)
            return -1;
    }
    return 0;
}

/* What the formula names but on its left side and in offsets. */
static int take_mentions(struct import_body *body, struct import_input_list *list,
                         struct error *err)
{
    const struct formula *formula = &body->formula;
    for (size_t i = 0; i < formula->n_mentions; i++) {
        const char *name = formula->mentions[i].name;
        bool is_left = strcmp(name, formula->target) == 0;
        bool is_offset = formula->is_offset_column && strcmp(name, formula->offset) == 0;
        if (!is_left && !is_offset && add_number(body, list, name, "/formula", err) < 0)
            return -1;
    }
    return 0;
}

/* The factor whose coefficient this is; NULL: it is none's. */
static const char *find_factor(const json_t *levels, const char *name)
{
    const char *factor;
    json_t *of;
    json_object_foreach((json_t *)levels, factor, of)
    {
        for (size_t i = 0; i < json_array_size(of); i++) {
            char room[IMPORT_BODY_TEXT_BYTES];
            const char *text;
            size_t n_bytes;
            if (import_body_text(json_array_get(of, i), room, &text, &n_bytes) &&
                import_terms_is_level(name, factor, text, n_bytes))
                return factor;
        }
    }
    return NULL;
}

/* gre:rank2, I(gpa^2), rank[T.2] where rank has no levels. */
static bool looks_made(const char *name)
{
    return strpbrk(name, ":([") != NULL;
}

/* From the names of coefficients, each input where it is named first. */
static int take_names(struct import_body *body, const json_t *names, const char *at,
                      struct import_input_list *list, struct error *err)
{
    const json_t *levels = import_body_member(body, "levels");
    const char *name;
    json_t *value;
    char pointer[PROBLEM_POINTER_BYTES];
    json_object_foreach((json_t *)names, name, value)
    {
        const char *factor = find_factor(levels, name);
        if (import_terms_is_intercept(name) ||
            import_input_list_find(list, factor ? factor : name))
            continue;
        problem_pointer(pointer, at, name);
        if (!factor && looks_made(name))
            problem_report(body->problems, ERROR_UNKNOWN_COLUMN, pointer,
                           "is a level or a product: give the levels of factors, and "
                           "the formula; or say in features that it is an input");
        else if (add_number(body, list, factor ? factor : name, pointer, err) < 0)
            return -1;
    }
    return 0;
}

/* Of an object of classes, those of the first. */
static int take_coefficients(struct import_body *body, struct import_input_list *list,
                             struct error *err)
{
    const json_t *coefficients = import_body_member(body, "coefficients");
    const json_t *names = coefficients;
    char pointer[PROBLEM_POINTER_BYTES] = "/coefficients";
    if (!json_is_object(coefficients)) {
        problem_report(body->problems, ERROR_MISSING_FIELD, "/schema",
                       "schema is missing: say what the inputs are, or name them in "
                       "features");
        return 0;
    }
    void *first = json_object_iter((json_t *)coefficients);
    if (first && json_is_object(json_object_iter_value(first))) {
        names = json_object_iter_value(first);
        problem_pointer(pointer, "/coefficients", json_object_iter_key(first));
    }
    return take_names(body, names, pointer, list, err);
}

static int read_levels(struct import_body *body, struct import_input_list *list,
                       struct error *err)
{
    const json_t *levels = import_body_member(body, "levels");
    const char *name;
    json_t *of;
    char pointer[PROBLEM_POINTER_BYTES];
    if (levels && !json_is_object(levels))
        problem_report(body->problems, ERROR_INVALID_TYPE, "/levels",
                       "must be an object of arrays");
    json_object_foreach((json_t *)levels, name, of)
    {
        struct input_declaration *input = import_input_list_find(list, name);
        problem_pointer(pointer, "/levels", name);
        if (!input)
            problem_report(body->problems, ERROR_UNKNOWN_COLUMN, pointer,
                           "there is no such input");
        else if (import_input_list_levels(input, of, pointer, body->problems, err) < 0)
            return -1;
    }
    return 0;
}

static int read_list(struct import_body *body, struct import_input_list *list,
                     struct error *err)
{
    const json_t *schema = import_body_member(body, "schema"),
                 *features = import_body_member(body, "features");
    if (schema && (features || import_body_member(body, "levels")))
        problem_report(body->problems, ERROR_INVALID, "/schema",
                       "the inputs are said twice: give schema, or features and levels");
    if (schema)
        return read_schema(body, schema, list, err);
    int result = features               ? read_features(body, features, list, err)
                 : body->formula.target ? take_mentions(body, list, err)
                                        : take_coefficients(body, list, err);
    return result < 0 ? -1 : read_levels(body, list, err);
}

/* ---- the formula ---- */

/* What a point stands for. */
static int name_columns(const struct import_body *body, const char ***names, size_t *n,
                        struct error *err)
{
    const json_t *inputs = json_object_get(import_body_member(body, "schema"), "inputs");
    const json_t *from = inputs ? inputs : import_body_member(body, "features");
    *names = memory_new(json_array_size(from), sizeof(**names), err);
    *n = 0;
    for (size_t i = 0; *names && i < json_array_size(from); i++) {
        const json_t *value = json_array_get(from, i);
        const json_t *name = inputs ? json_object_get(value, "name") : value;
        if (json_is_string(name))
            (*names)[(*n)++] = json_string_value(name);
    }
    return *names ? 0 : -1;
}

static int read_formula(struct import_body *body, struct error *err)
{
    const json_t *value = import_body_member(body, "formula");
    const char **names;
    const char *text;
    size_t n;
    struct error why = {0};
    if (!value || !json_fields_string(value, "/formula", body->problems, &text))
        return 0;
    if (name_columns(body, &names, &n, err) < 0)
        return -1;
    int result = formula_parse(&body->formula, text, strlen(text), names, n, &why);
    memory_free(names);
    if (result == 0)
        return 0;
    if (why.code == ERROR_NO_MEMORY)
        return error_copy(err, &why);
    problem_report(body->problems, why.code, "/formula", "%s: %s", why.place,
                   why.message);
    return 0;
}

/* C(rank, ref="2") */
static void take_references(const struct import_body *body,
                            struct import_input_list *list)
{
    for (size_t i = 0; i < body->formula.n_factors; i++) {
        const struct formula_factor *factor = &body->formula.factors[i];
        struct input_declaration *input =
            factor->name ? import_input_list_find(list, factor->name) : NULL;
        if (input && factor->kind == FORMULA_CATEGORICAL && input->n_levels == 0)
            problem_report(body->problems, ERROR_INVALID, "/formula",
                           "the levels of %.100s are not given", factor->name);
        if (input && factor->reference)
            input->reference = factor->reference;
    }
}

/* ---- the encoding ---- */

/* A missing number has a column of its own where a coefficient is for it. */
static void find_indicators(const struct import_body *body,
                            struct import_input_list *list)
{
    const json_t *coefficients = import_body_member(body, "coefficients");
    for (size_t i = 0; i < json_array_size(coefficients); i++) {
        const char *term =
            json_string_value(json_object_get(json_array_get(coefficients, i), "term"));
        size_t n = term ? strlen(term) : 0, n_suffix = strlen("[missing]");
        if (n <= n_suffix || strcmp(term + n - n_suffix, "[missing]") != 0)
            continue;
        uint32_t at = dictionary_find(&list->names, term, n - n_suffix);
        if (at != DICTIONARY_NONE)
            list->inputs[at].has_indicator = true;
    }
}

static int declare(struct import_body *body, const struct import_input_list *list,
                   struct error *err)
{
    struct error why = {0};
    body->encoding = encoding_declare(list->inputs, list->names.n,
                                      body->formula.target ? &body->formula : NULL, &why);
    if (body->encoding)
        return 0;
    if (why.code == ERROR_NO_MEMORY)
        return error_copy(err, &why);
    if (why.place[0])
        problem_report(body->problems, why.code, "/schema", "%.100s: %s", why.place,
                       why.message);
    else
        problem_report(body->problems, why.code, "/schema", "%s", why.message);
    return 0;
}

int import_inputs_read(struct import_body *body, struct error *err)
{
    struct import_input_list list = {0};
    size_t n = body->problems->n;
    int result = read_formula(body, err);
    if (result == 0)
        result = read_list(body, &list, err);
    if (result == 0)
        take_references(body, &list);
    find_indicators(body, &list);
    if (result == 0 && body->problems->n == n)
        result = declare(body, &list, err);
    import_input_list_free(&list);
    return result;
}
