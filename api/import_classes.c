#include "api/import_classes.h"

#include <string.h>

#include "core/base/memory.h"

/* ---- classes ---- */

static int add_class(struct import_body *body, const json_t *value, size_t i,
                     struct error *err)
{
    char room[IMPORT_BODY_TEXT_BYTES], pointer[PROBLEM_POINTER_BYTES];
    const char *text;
    size_t n_bytes;
    uint32_t n = body->given.n;
    problem_pointer_at(pointer, "/classes", i);
    if (!import_body_text(value, room, &text, &n_bytes)) {
        problem_report(body->problems, ERROR_INVALID_TYPE, pointer,
                       "must be a string, a number, true or false");
        return 0;
    }
    uint32_t number = dictionary_add(&body->given, text, n_bytes, err);
    if (number == DICTIONARY_NONE)
        return -1;
    if (number < n)
        problem_report(body->problems, ERROR_INVALID, pointer, "a class is there twice");
    return 0;
}

/* Into the empty block `writer`. */
static void copy_sorted(struct import_body *body, struct levels_writer *writer,
                        const uint32_t *order)
{
    for (uint32_t i = 0; i < body->given.n; i++) {
        size_t n_bytes;
        const char *text = dictionary_text(&body->given, order[i], &n_bytes);
        levels_add(writer, text, n_bytes, 0);
        body->class_of_given[order[i]] = i;
    }
}

static int sort_classes(struct import_body *body, struct error *err)
{
    struct levels_writer writer;
    uint32_t n = body->given.n;
    uint32_t *order = memory_new(n, sizeof(*order), err);
    int result = -1;
    body->class_of_given = memory_new(n, sizeof(*body->class_of_given), err);
    if (order && body->class_of_given &&
        levels_begin(&writer, n, body->given.n_text_bytes, err) == 0) {
        body->classes = writer.levels;
        result = levels_order(&body->given, order, err);
        if (result == 0)
            copy_sorted(body, &writer, order);
    }
    memory_free(order);
    return result;
}

static int read_classes(struct import_body *body, struct error *err)
{
    const json_t *classes = import_body_member(body, "classes");
    if (classes && !json_is_array(classes)) {
        problem_report(body->problems, ERROR_INVALID_TYPE, "/classes",
                       "must be an array");
        return 0;
    }
    for (size_t i = 0; i < json_array_size(classes); i++)
        if (add_class(body, json_array_get(classes, i), i, err) < 0)
            return -1;
    return sort_classes(body, err);
}

/* ---- family ---- */

static void read_family(struct import_body *body)
{
    const json_t *family = import_body_member(body, "family");
    body->family = body->given.n == 0   ? FAMILY_GAUSSIAN
                   : body->given.n == 2 ? FAMILY_BINOMIAL
                                        : FAMILY_MULTINOMIAL;
    if (family && (!json_is_string(family) ||
                   !family_find(json_string_value(family), &body->family)))
        problem_report(body->problems, ERROR_INVALID, "/family",
                       "must be binomial, multinomial, gaussian, hinge or absolute");
}

static void check_number_of_classes(const struct import_body *body)
{
    const struct family_traits *traits = family_traits(body->family);
    uint32_t n = body->given.n;
    if (traits->of_numbers ? n == 0 : traits->of_two_classes ? n == 2 : n >= 2)
        return;
    problem_report(body->problems, ERROR_INVALID, "/classes", "%s has %s", traits->word,
                   traits->of_numbers       ? "no classes"
                   : traits->of_two_classes ? "two classes"
                                            : "two classes or more");
}

/* ---- the two that stand out ---- */

/* SIZE_MAX where it is not said. */
static size_t read_class(const struct import_body *body, const char *name, bool applies)
{
    char pointer[PROBLEM_POINTER_BYTES];
    const json_t *value = import_body_member(body, name);
    problem_pointer(pointer, "", name);
    if (!value)
        return SIZE_MAX;
    char room[IMPORT_BODY_TEXT_BYTES];
    const char *text;
    size_t n_bytes;
    if (applies && import_body_text(value, room, &text, &n_bytes))
        return import_body_class(body, text, n_bytes, pointer);
    problem_report(body->problems, ERROR_INVALID, pointer, "%s has no such class",
                   family_traits(body->family)->word);
    return SIZE_MAX;
}

int import_classes_read(struct import_body *body, struct error *err)
{
    if (read_classes(body, err) < 0)
        return -1;
    read_family(body);
    check_number_of_classes(body);
    body->positive =
        read_class(body, "positive", family_traits(body->family)->of_two_classes);
    body->reference = read_class(body, "reference", body->family == FAMILY_MULTINOMIAL);
    if (body->positive == SIZE_MAX)
        body->positive = body->given.n == 2 ? body->class_of_given[1] : 0;
    return 0;
}
