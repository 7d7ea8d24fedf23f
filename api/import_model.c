#include "api/import_model.h"

#include <string.h>

#include "api/import_classes.h"
#include "api/import_covariance.h"
#include "api/import_inputs.h"
#include "api/import_matrix.h"
#include "api/import_named.h"
#include "api/job_field.h"
#include "api/model_state.h"
#include "core/base/memory.h"

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

static JOB_FIELD(read_object)
{
    (void)context, (void)err;
    if (!json_is_object(value))
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be an object");
    return 0;
}

/* Where only some coefficients are listed, the others are not known. */
static JOB_FIELD(refuse_omitted)
{
    const json_t *body = context;
    (void)value, (void)err;
    if (!json_object_get(body, "state"))
        problem_report(problems, ERROR_INVALID, pointer,
                       "not all coefficients are listed; ask for the version with "
                       "include=coefficients or include=state");
    return 0;
}

/* What a version tells beside its coefficients may stay in a body: without `state` it is
 * of a fit that was not made here, and let be. */
static int check_members(const json_t *json, struct problem_list *problems,
                         struct error *err)
{
    static const struct json_field fields[] = {
        {"state", false, read_text},
        {"family", false, skip},
        {"classes", false, skip},
        {"positive", false, skip},
        {"reference", false, skip},
        {"formula", false, skip},
        {"target", false, read_text},
        {"weights", false, read_text},
        {"trials", false, read_text},
        {"offset", false, read_text},
        {"schema", false, skip},
        {"features", false, skip},
        {"levels", false, skip},
        {"coefficients", false, skip},
        {"coefficients_omitted", false, refuse_omitted},
        {"coef", false, skip},
        {"intercept", false, skip},
        {"mean", false, skip},
        {"scale", false, skip},
        {"covariance", false, skip},
        {"metadata", false, read_object},
        {"model", false, skip},
        {"version", false, skip},
        {"created_at", false, skip},
        {"softmax", false, skip},
        {"marginal_effects", false, skip},
        {"variance_inflation", false, skip},
        {"residuals", false, skip},
        {"fit", false, skip},
        {"aliases", false, skip},
        {"dataset", false, skip},
        {"dataset_sha256", false, skip},
        {"sha256", false, skip},
        {"name", false, skip},
        {"ready", false, skip},
        {"model_version_status", false, skip},
    };
    return json_fields_read(json, "", fields, JOB_FIELD_COUNT(fields), (void *)json,
                            problems, err);
}

/* ---- the steps ---- */

static int read_coefficients(struct import_body *body, struct error *err)
{
    const json_t *coefficients = import_body_member(body, "coefficients");
    const json_t *coef = import_body_member(body, "coef");
    if (coefficients && coef)
        problem_report(body->problems, ERROR_INVALID, "/coef",
                       "the coefficients are said twice");
    else if (coef)
        return import_matrix_read(body, coef, err);
    else if (!coefficients)
        problem_report(body->problems, ERROR_MISSING_FIELD, "/coefficients",
                       "coefficients is missing; coef and intercept will do, too");
    else if (!json_is_array(coefficients) && !json_is_object(coefficients))
        problem_report(body->problems, ERROR_INVALID_TYPE, "/coefficients",
                       "must be an array or an object");
    else
        return import_named_read(body, coefficients, err);
    return 0;
}

static void check_rest(const struct import_body *body)
{
    static const char *const of_coef[] = {"intercept", "mean", "scale"};
    char pointer[PROBLEM_POINTER_BYTES];
    for (size_t i = 0; i < 3 && !import_body_member(body, "coef"); i++)
        if (import_body_member(body, of_coef[i]))
            problem_report(body->problems, ERROR_INVALID,
                           problem_pointer(pointer, "", of_coef[i]), "goes with coef");
    if (body->formula.target && body->formula.intercept != body->intercept)
        problem_report(body->problems, ERROR_INVALID, "/formula",
                       "the formula has %s intercept, and the coefficients have %s",
                       body->formula.intercept ? "an" : "no",
                       body->intercept ? "one" : "none");
    if (body->means && !body->intercept && import_body_member(body, "coefficients"))
        for (size_t j = 0; j < body->encoding->n_columns; j++)
            if (body->means[j] != 0) {
                problem_report(body->problems, ERROR_INVALID, "/coefficients",
                               "means need an intercept, which makes up for them");
                return;
            }
}

typedef int step_fn(struct import_body *body, struct error *err);

/* A step that follows goes by what those before it found. */
static int read_steps(struct import_body *body, struct error *err)
{
    static step_fn *const steps[] = {import_classes_read, import_inputs_read,
                                     read_coefficients, import_covariance_read};
    size_t n = body->problems->n;
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        if (steps[i](body, err) < 0)
            return -1;
        if (body->problems->n > n)
            return 0;
    }
    check_rest(body);
    return 0;
}

/* ---- the model ---- */

static bool is_typical(const struct import_body *body)
{
    bool is_scaler =
        import_body_member(body, "mean") && import_body_member(body, "scale");
    return body->means && (is_scaler || (body->order && body->intercept));
}

static int copy_text(const struct import_body *body, const char *name, char **copy,
                     struct error *err)
{
    const json_t *value = import_body_member(body, name);
    if (!value)
        return 0;
    *copy = memory_copy_string(json_string_value(value), err);
    return *copy ? 0 : -1;
}

static int copy_formula(const struct import_body *body, struct model_roles *roles,
                        struct error *err)
{
    const struct formula *formula = &body->formula;
    if ((formula->target && !roles->target &&
         !(roles->target = memory_copy_string(formula->target, err))) ||
        (formula->offset && !roles->offset &&
         !(roles->offset = memory_copy_string(formula->offset, err))))
        return -1;
    return copy_text(body, "formula", &roles->formula, err);
}

static int copy_metadata(const struct import_body *body, struct model *model,
                         struct error *err)
{
    const json_t *metadata = import_body_member(body, "metadata");
    struct buffer text = BUFFER_EMPTY;
    if (!metadata)
        return 0;
    struct json_writer json = json_write_start(&text);
    json_fields_write(metadata, &json);
    int result = buffer_check(&text, err);
    if (result == 0) {
        model->metadata = memory_copy_text(text.bytes, text.n_bytes, err);
        result = model->metadata ? 0 : -1;
    }
    buffer_free(&text);
    return result;
}

/* It is not shared yet. */
static int sign(const struct import_body *body, struct model *model, struct error *err)
{
    struct model_roles *roles = &model->roles;
    if (copy_text(body, "target", &roles->target, err) < 0 ||
        copy_text(body, "weights", &roles->weights, err) < 0 ||
        copy_text(body, "trials", &roles->trials, err) < 0 ||
        copy_text(body, "offset", &roles->offset, err) < 0)
        return -1;
    return copy_formula(body, roles, err) < 0 ? -1 : copy_metadata(body, model, err);
}

static struct model *make(struct import_body *body, struct error *err)
{
    const struct model_import from = {
        .family = body->family,
        .n_classes = body->given.n,
        .classes = body->classes,
        .positive = body->positive,
        .reference = body->reference == SIZE_MAX ? 0 : body->reference,
        .intercept = body->intercept,
        .encoding = body->encoding,
        .estimates = body->estimates,
        .std_errors = body->std_errors,
        .covariance = body->covariance,
        .means = body->means,
        .scales = body->scales,
        .is_typical = is_typical(body)};
    struct error why = {0};
    struct model *model = model_import(&from, &why);
    if (!model) {
        if (why.code == ERROR_NO_MEMORY)
            error_copy(err, &why);
        else
            problem_report(body->problems, why.code, "/coefficients", "%s", why.message);
        return NULL;
    }
    body->encoding = NULL; /* it was taken */
    if (sign(body, model, err) == 0)
        return model;
    model_release(model);
    return NULL;
}

static struct model *read_coefficients_of(const json_t *json,
                                          struct problem_list *problems,
                                          struct error *err)
{
    struct import_body body = {.json = json, .problems = problems};
    struct model *model = NULL;
    size_t n = problems->n;
    if (read_steps(&body, err) == 0 && problems->n == n)
        model = make(&body, err);
    import_body_free(&body);
    return model;
}

struct model *import_model_read(const char *body, size_t n_bytes,
                                struct problem_list *problems, struct error *err)
{
    struct model *model = NULL;
    json_t *json = json_fields_parse(body, n_bytes, err);
    if (json && check_members(json, problems, err) == 0 && problems->n == 0)
        model = json_object_get(json, "state")
                    ? model_state_read(json, problems, err)
                    : read_coefficients_of(json, problems, err);
    json_decref(json);
    return model;
}
