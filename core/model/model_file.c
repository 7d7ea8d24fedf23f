#include "core/model/model_file.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

/*
 * Little-endian (core/base/pack.h): magic, version, then the fields in the order of the
 * struct. Arrays carry their lengths, which must be those that follow from classes and
 * encoding.
 */

#define MAGIC "logitdmd"
#define MAGIC_BYTES 8U
#define VERSION 9U /* sparse inputs have a baseline, too; and there may be no inputs */
#define WITHOUT_EFFORT 7U
#define WITHOUT_BASELINE 6U
#define WITHOUT_LEARNING 5U
#define WITHOUT_TYPICAL 4U /* the oldest that is read */
#define LEAST_CLASS_BYTES 9U
#define COEFFICIENT_BYTES 58U

/* ---- writing ---- */

static void write_coefficient(const struct coefficient *of, struct buffer *out)
{
    pack_f64(out, of->estimate);
    pack_f64(out, of->std_error);
    pack_f64(out, of->z);
    pack_f64(out, of->p_value);
    pack_f64(out, of->ci_low);
    pack_f64(out, of->ci_high);
    pack_f64(out, of->odds_ratio);
    pack_u8(out, of->aliased);
    pack_u8(out, (uint8_t)(of->infinite > 0 ? 2 : of->infinite < 0));
}

static void write_learning(const struct model_learning *learning, struct buffer *out)
{
    pack_u64(out, learning->n_steps);
    pack_f64(out, learning->loss);
    pack_f64(out, learning->recent_loss);
    pack_f64(out, learning->accuracy);
}

void model_file_write(const struct model *model, struct buffer *out)
{
    size_t n = model->n_blocks * model->n_terms;
    buffer_append(out, MAGIC, MAGIC_BYTES);
    pack_u32(out, VERSION);
    pack_u8(out, (uint8_t)model->family);
    pack_u64(out, model->n_classes);
    for (size_t k = 0; k < model->n_classes; k++)
        pack_string(out, model->classes[k]);
    pack_u64(out, model->positive);
    pack_u64(out, model->reference);
    encoding_pack(model->encoding, out);
    pack_u8(out, model->intercept);
    pack_u64(out, model->n_blocks);
    for (size_t b = 0; b < model->n_blocks; b++)
        pack_u64(out, model->block_class[b]);
    pack_u64(out, n);
    for (size_t i = 0; i < n; i++)
        write_coefficient(&model->coefficients[i], out);
    pack_f64_array(out, model->covariance, model->covariance ? n * n : 0);
    pack_f64_array(out, model->means, model->means ? model->encoding->n_columns : 0);
    pack_f64_array(out, model->scales, model->scales ? model->encoding->n_columns : 0);
    pack_f64_array(out, model->weights,
                   model_n_scores(model) * model->encoding->n_columns);
    pack_f64_array(out, model->intercepts, model_n_scores(model));
    typical_pack(&model->typical, model->encoding->n_columns, out);
    report_pack(&model->report, out);
    pack_string(out, model->roles.target);
    pack_string(out, model->roles.weights);
    pack_string(out, model->roles.trials);
    pack_string(out, model->roles.offset);
    pack_string(out, model->roles.formula);
    pack_string(out, model->dataset);
    pack_string(out, model->dataset_sha256);
    pack_string(out, model->metadata);
    write_learning(&model->learning, out);
    baseline_pack(&model->baseline, out);
    report_pack_effort(&model->report.effort, out);
}

/* ---- reading: a reader stays failed once the record turned out to be damaged ---- */

/* 0 if what was read so far was there, and is as it must be. */
static int check(struct pack_reader *in, bool is_right, struct error *err)
{
    in->failed = in->failed || !is_right;
    return pack_check(in, err);
}

static bool read_bool(struct pack_reader *in)
{
    uint8_t value = pack_read_u8(in);
    in->failed = in->failed || value > 1;
    return value == 1;
}

static int read_below(struct pack_reader *in, size_t end, size_t *value,
                      struct error *err)
{
    uint64_t read = pack_read_u64(in);
    *value = (size_t)read;
    return check(in, read < end, err);
}

static int read_family(struct model *model, struct pack_reader *in, struct error *err)
{
    uint8_t family = pack_read_u8(in);
    model->family = (enum family)family;
    return check(in, family_traits(model->family) != NULL, err);
}

static int read_classes(struct model *model, struct pack_reader *in, struct error *err)
{
    size_t n = pack_read_count(in, LEAST_CLASS_BYTES);
    const struct family_traits *traits = family_traits(model->family);
    if (check(in,
              traits->of_numbers       ? n == 0
              : traits->of_two_classes ? n == 2
                                       : n >= 2,
              err) < 0)
        return -1;
    model->classes = memory_new(n, sizeof(*model->classes), err);
    if (!model->classes)
        return -1;
    model->n_classes = n;
    for (size_t k = 0; k < n; k++) {
        model->classes[k] = pack_read_string(in, err);
        if (check(in, model->classes[k] != NULL, err) < 0)
            return -1;
    }
    size_t end = n > 0 ? n : 1; /* of no class: 0 */
    if (read_below(in, end, &model->positive, err) < 0)
        return -1;
    return read_below(in, end, &model->reference, err);
}

static int read_blocks(struct model *model, struct pack_reader *in, struct error *err)
{
    size_t n = pack_read_count(in, 8);
    size_t expected = model->family == FAMILY_MULTINOMIAL ? model->n_classes - 1 : 1;
    if (check(in, n == expected, err) < 0)
        return -1;
    model->block_class = memory_new(n, sizeof(*model->block_class), err);
    if (!model->block_class)
        return -1;
    model->n_blocks = n;
    for (size_t b = 0; b < n; b++)
        if (read_below(in, model->n_classes > 0 ? model->n_classes : 1,
                       &model->block_class[b], err) < 0)
            return -1;
    return 0;
}

static void read_coefficient(struct coefficient *of, struct pack_reader *in)
{
    of->estimate = pack_read_f64(in);
    of->std_error = pack_read_f64(in);
    of->z = pack_read_f64(in);
    of->p_value = pack_read_f64(in);
    of->ci_low = pack_read_f64(in);
    of->ci_high = pack_read_f64(in);
    of->odds_ratio = pack_read_f64(in);
    of->aliased = read_bool(in);
    uint8_t infinite = pack_read_u8(in);
    in->failed = in->failed || infinite > 2;
    of->infinite = infinite == 2 ? 1 : infinite == 1 ? -1 : 0;
}

static int read_coefficients(struct model *model, struct pack_reader *in,
                             struct error *err)
{
    size_t n = pack_read_count(in, COEFFICIENT_BYTES), expected;
    model->n_terms = model->encoding->n_columns + model->intercept;
    if (check(in,
              memory_product(model->n_blocks, model->n_terms, &expected) && n == expected,
              err) < 0)
        return -1;
    model->coefficients = memory_new(n, sizeof(*model->coefficients), err);
    if (!model->coefficients)
        return -1;
    for (size_t i = 0; i < n; i++)
        read_coefficient(&model->coefficients[i], in);
    return pack_check(in, err);
}

/* rows·columns finite numbers. */
static int read_matrix(struct pack_reader *in, size_t rows, size_t columns,
                       double **values, struct error *err)
{
    size_t n, expected;
    *values = pack_read_f64_array(in, &n, err);
    bool is_right = *values && memory_product(rows, columns, &expected) && n == expected;
    for (size_t i = 0; is_right && i < n; i++)
        is_right = isfinite((*values)[i]);
    return check(in, is_right, err);
}

/* n finite numbers, or none at all. */
static int read_optional(struct pack_reader *in, size_t n, double **values,
                         struct error *err)
{
    size_t n_read;
    *values = pack_read_f64_array(in, &n_read, err);
    bool is_right = !*values || n_read == n;
    for (size_t i = 0; *values && is_right && i < n; i++)
        is_right = isfinite((*values)[i]);
    return check(in, is_right, err);
}

static int read_standardization(struct model *model, struct pack_reader *in,
                                struct error *err)
{
    size_t n = model->encoding->n_columns;
    if (read_optional(in, n, &model->means, err) < 0 ||
        read_optional(in, n, &model->scales, err) < 0)
        return -1;
    return check(in, (model->means != NULL) == (model->scales != NULL), err);
}

static int read_arrays(struct model *model, struct pack_reader *in, struct error *err)
{
    size_t n = model->n_blocks * model->n_terms, n_read, expected;
    model->covariance = pack_read_f64_array(in, &n_read, err);
    if (check(in,
              !model->covariance ||
                  (memory_product(n, n, &expected) && n_read == expected),
              err) < 0 ||
        read_standardization(model, in, err) < 0 ||
        read_matrix(in, model_n_scores(model), model->encoding->n_columns,
                    &model->weights, err) < 0)
        return -1;
    return read_matrix(in, model_n_scores(model), 1, &model->intercepts, err);
}

static int read_typical(struct model *model, struct pack_reader *in, uint32_t version,
                        struct error *err)
{
    if (version == WITHOUT_TYPICAL)
        return 0;
    return typical_unpack(&model->typical, model->encoding->n_columns, in, err);
}

static void read_learning(struct model_learning *learning, struct pack_reader *in)
{
    learning->n_steps = pack_read_u64(in);
    learning->loss = pack_read_f64(in);
    learning->recent_loss = pack_read_f64(in);
    learning->accuracy = pack_read_f64(in);
}

static int read_model(struct model *model, struct pack_reader *in, uint32_t version,
                      struct error *err)
{
    if (read_family(model, in, err) < 0 || read_classes(model, in, err) < 0 ||
        !(model->encoding = encoding_unpack(in, err)))
        return -1;
    model->intercept = read_bool(in);
    if (read_blocks(model, in, err) < 0 || read_coefficients(model, in, err) < 0 ||
        read_arrays(model, in, err) < 0 || read_typical(model, in, version, err) < 0 ||
        report_unpack(&model->report, in, err) < 0 ||
        check(in,
              addenda_fit(&model->report.addenda, model->encoding->n_terms,
                          model->encoding->n_columns, model->n_classes),
              err) < 0)
        return -1;
    model->roles.target = pack_read_string(in, err);
    model->roles.weights = pack_read_string(in, err);
    model->roles.trials = pack_read_string(in, err);
    model->roles.offset = pack_read_string(in, err);
    model->roles.formula = pack_read_string(in, err);
    model->dataset = pack_read_string(in, err);
    model->dataset_sha256 = pack_read_string(in, err);
    model->metadata = pack_read_string(in, err);
    if (version > WITHOUT_LEARNING)
        read_learning(&model->learning, in);
    if (version > WITHOUT_BASELINE &&
        baseline_unpack(&model->baseline, model->encoding, in, err) < 0)
        return -1;
    model->report.effort.passes = NAN;
    if (version > WITHOUT_EFFORT)
        report_unpack_effort(&model->report.effort, in);
    return pack_check_end(in, err);
}

static int read_head(struct pack_reader *in, uint32_t *version, struct error *err)
{
    if (in->n_bytes < MAGIC_BYTES || memcmp(in->bytes, MAGIC, MAGIC_BYTES) != 0)
        return error_set(err, ERROR_CORRUPT, "the stored object is not a model");
    in->at = MAGIC_BYTES;
    *version = pack_read_u32(in);
    if (pack_check(in, err) < 0)
        return -1;
    if (*version >= WITHOUT_TYPICAL && *version <= VERSION)
        return 0;
    return error_set(
        err, ERROR_FORMAT_VERSION,
        "the stored model has format %u; this program reads formats %u to %u", *version,
        WITHOUT_TYPICAL, VERSION);
}

struct model *model_file_read(const void *bytes, size_t n_bytes, struct error *err)
{
    struct pack_reader in = {.bytes = bytes, .n_bytes = n_bytes};
    uint32_t version = 0;
    if (read_head(&in, &version, err) < 0)
        return NULL;
    struct model *model = memory_new(1, sizeof(*model), err);
    if (!model)
        return NULL;
    atomic_init(&model->n_references, 1);
    if (read_model(model, &in, version, err) < 0) {
        model_release(model);
        return NULL;
    }
    return model;
}
