#include "api/import_named.h"

#include <math.h>
#include <string.h>

#include "api/import_terms.h"
#include "api/job_field.h"
#include "api/model_json.h"
#include "core/base/memory.h"

/* One coefficient as it is listed. */
struct entry {
    const char *class;      /* NULL: it names none */
    const char *term;       /* NULL: it names none */
    const json_t *estimate; /* NULL: it is not there */
    const json_t *object;   /* of an array; NULL: of an object by name */
    const char *pointer;    /* its own */
};

struct named {
    struct import_body *body;
    struct import_terms terms;
    unsigned char *has_class; /* [classes] is there a coefficient for it? */
    unsigned char *is_listed; /* [n_blocks × n_terms] */
    size_t n_listed, n_scaled;
};

typedef int entry_fn(struct named *named, const struct entry *entry, struct error *err);

/* ---- one after the other ---- */

static JOB_FIELD(skip)
{
    (void)context, (void)value, (void)pointer, (void)problems, (void)err;
    return 0;
}

static JOB_FIELD(read_text)
{
    const char *text;
    (void)context, (void)err;
    json_fields_string(value, pointer, problems, &text);
    return 0;
}

/* What a version tells of a coefficient; what follows from the estimate and its standard
 * error is worked out anew. */
static int check_object(const struct import_body *body, const json_t *object,
                        const char *pointer, struct error *err)
{
    static const struct json_field fields[] = {
        {"term", true, read_text},   {"class", false, read_text},
        {"estimate", false, skip},   {"std_error", false, skip},
        {"mean", false, skip},       {"scale", false, skip},
        {"infinite", false, skip},   {"aliased", false, skip},
        {"z", false, skip},          {"p_value", false, skip},
        {"ci_low", false, skip},     {"ci_high", false, skip},
        {"odds_ratio", false, skip}, {"odds_ratio_overflows", false, skip},
    };
    return json_fields_read(object, pointer, fields, JOB_FIELD_COUNT(fields), NULL,
                            body->problems, err);
}

static int each_of_array(struct named *named, const json_t *array, entry_fn *visit,
                         struct error *err)
{
    char pointer[PROBLEM_POINTER_BYTES];
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *object = json_array_get(array, i);
        const struct entry entry = {
            .class = json_string_value(json_object_get(object, "class")),
            .term = json_string_value(json_object_get(object, "term")),
            .estimate = json_object_get(object, "estimate"),
            .object = object,
            .pointer = problem_pointer_at(pointer, "/coefficients", i)};
        if (visit(named, &entry, err) < 0)
            return -1;
    }
    return 0;
}

static int each_of_object(struct named *named, const json_t *object, const char *class,
                          const char *parent, entry_fn *visit, struct error *err)
{
    const char *name;
    json_t *value;
    char pointer[PROBLEM_POINTER_BYTES];
    json_object_foreach((json_t *)object, name, value)
    {
        const struct entry entry = {.class = class,
                                    .term = name,
                                    .estimate = value,
                                    .pointer = problem_pointer(pointer, parent, name)};
        if (visit(named, &entry, err) < 0)
            return -1;
    }
    return 0;
}

static int each(struct named *named, const json_t *coefficients, entry_fn *visit,
                struct error *err)
{
    const char *class;
    json_t *of;
    char pointer[PROBLEM_POINTER_BYTES];
    if (json_is_array(coefficients))
        return each_of_array(named, coefficients, visit, err);
    if (named->body->family != FAMILY_MULTINOMIAL)
        return each_of_object(named, coefficients, NULL, "/coefficients", visit, err);
    json_object_foreach((json_t *)coefficients, class, of)
    {
        if (each_of_object(named, of, class,
                           problem_pointer(pointer, "/coefficients", class), visit,
                           err) < 0)
            return -1;
    }
    return 0;
}

/* ---- what there is, before there is room for it ---- */

static int note(struct named *named, const struct entry *entry, struct error *err)
{
    struct import_body *body = named->body;
    if (entry->object && check_object(body, entry->object, entry->pointer, err) < 0)
        return -1;
    if (entry->term && import_terms_is_intercept(entry->term))
        body->intercept = true;
    if (body->family != FAMILY_MULTINOMIAL)
        return 0;
    if (!entry->class) {
        problem_report(body->problems, ERROR_MISSING_FIELD, entry->pointer,
                       "the class is missing");
        return 0;
    }
    size_t class =
        import_body_class(body, entry->class, strlen(entry->class), entry->pointer);
    if (class != SIZE_MAX)
        named->has_class[class] = 1;
    return 0;
}

/* Without a word it is the one class that no coefficient is for. */
static void find_reference(struct named *named)
{
    struct import_body *body = named->body;
    size_t n_without = 0, without = 0;
    for (size_t k = 0; k < body->given.n; k++)
        if (!named->has_class[k]) {
            without = k;
            n_without++;
        }
    if (body->family != FAMILY_MULTINOMIAL || body->reference != SIZE_MAX)
        return;
    if (n_without == 1)
        body->reference = without;
    else
        problem_report(body->problems, ERROR_INVALID, "/coefficients",
                       "must be for all classes but one, the reference");
}

/* ---- putting them in their places ---- */

/* False with the problem reported. */
static bool find_block(struct named *named, const struct entry *entry, size_t *block)
{
    struct import_body *body = named->body;
    *block = 0;
    if (body->family != FAMILY_MULTINOMIAL)
        return true;
    size_t class =
        import_body_class(body, entry->class, strlen(entry->class), entry->pointer);
    *block = import_body_block(body, class);
    if (*block == SIZE_MAX)
        problem_report(body->problems, ERROR_INVALID, entry->pointer,
                       "the reference class has no coefficients: they are differences "
                       "to it");
    return *block != SIZE_MAX;
}

/* SIZE_MAX with the problem reported. */
static int find_term(struct named *named, const struct entry *entry, size_t *term,
                     struct error *err)
{
    struct import_body *body = named->body;
    uint32_t column;
    *term = 0;
    if (import_terms_is_intercept(entry->term))
        return 0;
    if (import_terms_find(&named->terms, entry->term, &column, err) < 0)
        return -1;
    *term = column + (size_t)body->intercept;
    if (column < IMPORT_TERMS_AMBIGUOUS)
        return 0;
    *term = SIZE_MAX;
    problem_report(body->problems, ERROR_UNKNOWN_COLUMN, entry->pointer,
                   column == IMPORT_TERMS_NONE
                       ? "the inputs have no such term"
                       : "several coefficients could be meant; write name[level]");
    return 0;
}

static void put_estimate(struct named *named, const struct entry *entry, size_t i)
{
    struct import_body *body = named->body;
    const json_t *infinite = json_object_get(entry->object, "infinite");
    const char *text = json_string_value(entry->estimate);
    if (infinite && !json_is_null(infinite))
        problem_report(body->problems, ERROR_NON_FINITE, entry->pointer,
                       "an infinite estimate cannot be imported; ask for the version "
                       "with include=state");
    else if (entry->estimate && !json_is_null(entry->estimate) &&
             !(text && !entry->object && strcmp(text, "NA") == 0))
        (void)import_body_number(body, entry->estimate, entry->pointer,
                                 &body->estimates[i]);
}

/* False where it is not there, null, or wrong and reported. */
static bool read_member(const struct named *named, const struct entry *entry,
                        const char *name, double *value)
{
    char pointer[PROBLEM_POINTER_BYTES];
    const json_t *member = json_object_get(entry->object, name);
    problem_pointer(pointer, entry->pointer, name);
    return member && !json_is_null(member) &&
           import_body_number(named->body, member, pointer, value);
}

static void put_std_error(struct named *named, const struct entry *entry, size_t i)
{
    double value;
    if (!read_member(named, entry, "std_error", &value))
        return;
    if (value >= 0)
        named->body->std_errors[i] = value;
    else
        problem_report(named->body->problems, ERROR_OUT_OF_RANGE, entry->pointer,
                       "a standard error is not negative");
}

static int put_scale(struct named *named, const struct entry *entry, size_t column,
                     struct error *err)
{
    struct import_body *body = named->body;
    double mean = 0, scale = 1;
    bool has_mean = read_member(named, entry, "mean", &mean);
    if (!read_member(named, entry, "scale", &scale) && !has_mean)
        return 0;
    if (!body->means) {
        size_t n = body->encoding->n_columns;
        body->means = memory_new(n, sizeof(*body->means), err);
        body->scales = memory_new(n, sizeof(*body->scales), err);
        if (!body->means || !body->scales)
            return -1;
    }
    bool is_first = body->scales[column] == 0;
    if (!(scale > 0) ||
        (!is_first && (body->scales[column] != scale || body->means[column] != mean)))
        problem_report(body->problems, ERROR_OUT_OF_RANGE, entry->pointer,
                       "a scale is above 0, and mean and scale of a column are the same "
                       "for all classes");
    body->means[column] = mean;
    body->scales[column] = scale;
    named->n_scaled++;
    return 0;
}

static int put(struct named *named, const struct entry *entry, struct error *err)
{
    struct import_body *body = named->body;
    size_t block, term;
    if (!find_block(named, entry, &block))
        return 0;
    if (find_term(named, entry, &term, err) < 0)
        return -1;
    if (term == SIZE_MAX)
        return 0;
    size_t i = block * body->n_terms + term;
    if (named->is_listed[i]) {
        problem_report(body->problems, ERROR_INVALID, entry->pointer,
                       "the coefficient is there twice");
        return 0;
    }
    named->is_listed[i] = 1;
    body->order[named->n_listed++] = i;
    put_estimate(named, entry, i);
    put_std_error(named, entry, i);
    return term < body->intercept ? 0
                                  : put_scale(named, entry, term - body->intercept, err);
}

/* ---- the whole ---- */

static void write_name(const struct import_body *body, size_t i, struct buffer *out)
{
    size_t term = i % body->n_terms;
    if (body->intercept && term == 0)
        buffer_append_string(out, "(intercept)");
    else
        encoding_write_column(body->encoding, term - body->intercept, out);
}

static void check_complete(const struct named *named)
{
    const struct import_body *body = named->body;
    size_t n = body->n_blocks * body->n_terms;
    for (size_t i = 0; i < n; i++) {
        struct buffer name = BUFFER_EMPTY;
        if (named->is_listed[i])
            continue;
        write_name(body, i, &name);
        problem_report(body->problems, ERROR_MISSING_FIELD, "/coefficients",
                       "there is no coefficient for %.100s",
                       name.bytes ? name.bytes : "");
        buffer_free(&name);
    }
    if (body->means && named->n_scaled != n - body->n_blocks * body->intercept)
        problem_report(body->problems, ERROR_MISSING_FIELD, "/coefficients",
                       "mean and scale are those of all columns, or of none");
}

static int put_all(struct named *named, const json_t *coefficients, struct error *err)
{
    struct import_body *body = named->body;
    if (import_body_make_room(body, err) < 0)
        return -1;
    size_t n = body->n_blocks * body->n_terms;
    named->is_listed = memory_new(n, 1, err);
    body->order = memory_new(n, sizeof(*body->order), err);
    if (!named->is_listed || !body->order || each(named, coefficients, put, err) < 0)
        return -1;
    check_complete(named);
    return 0;
}

int import_named_read(struct import_body *body, const json_t *coefficients,
                      struct error *err)
{
    struct named named = {.body = body, .terms = {.encoding = body->encoding}};
    size_t n = body->problems->n;
    named.has_class = memory_new(body->given.n, 1, err);
    int result = named.has_class ? each(&named, coefficients, note, err) : -1;
    if (result == 0)
        find_reference(&named);
    if (result == 0 && body->problems->n == n)
        result = put_all(&named, coefficients, err);
    memory_free(named.has_class);
    memory_free(named.is_listed);
    import_terms_free(&named.terms);
    return result;
}
