#include "core/jobs/job_record.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/pack.h"

#define FORMAT_VERSION 2
#define WITHOUT_STARTS 1 /* the version before */

static const char *const state_words[JOB_N_STATES] = {
#define JOB_STATE_WORD(name, word) [JOB_##name] = (word),
    JOB_STATES(JOB_STATE_WORD)
#undef JOB_STATE_WORD
};

const char *job_record_state_word(enum job_state state)
{
    return state_words[state];
}

int job_record_state_of_word(const char *word, enum job_state *state)
{
    for (size_t i = 0; i < JOB_N_STATES; i++)
        if (strcmp(state_words[i], word) == 0) {
            *state = (enum job_state)i;
            return 0;
        }
    return -1;
}

void job_record_free(struct job_record *record)
{
    memory_free(record->owner);
    memory_free(record->request);
    memory_free(record->result);
    *record = (struct job_record){0};
}

int job_record_copy(struct job_record *to, const struct job_record *from,
                    struct error *err)
{
    struct job_record copy = *from;
    copy.owner = copy.result = NULL;
    copy.request = NULL;
    if ((from->owner && !(copy.owner = memory_copy_string(from->owner, err))) ||
        (from->result && !(copy.result = memory_copy_string(from->result, err))) ||
        (from->request &&
         !(copy.request = memory_copy(from->request, from->request_bytes, err)))) {
        job_record_free(&copy);
        return -1;
    }
    *to = copy;
    return 0;
}

/* ---- as bytes ---- */

static void pack_progress(const struct job_progress *progress, struct buffer *out)
{
    pack_f64(out, progress->fraction);
    pack_u64(out, progress->iteration);
    pack_f64(out, progress->objective);
    pack_f64(out, progress->gradient_norm);
    pack_f64(out, progress->eta_seconds);
}

/* The word, not the number: codes may be put in another order. */
static void pack_error(const struct error *error, struct buffer *out)
{
    pack_string(out, error_word(error->code));
    pack_string(out, error->place);
    pack_string(out, error->message);
}

void job_record_pack(const struct job_record *record, struct buffer *out)
{
    pack_u32(out, FORMAT_VERSION);
    pack_string(out, record->id);
    pack_u8(out, (uint8_t)record->state);
    pack_u32(out, record->attempt);
    pack_u64(out, (uint64_t)record->created_at);
    pack_u64(out, (uint64_t)record->started_at);
    pack_u64(out, (uint64_t)record->finished_at);
    pack_progress(&record->progress, out);
    pack_error(&record->error, out);
    pack_string(out, record->owner);
    pack_u8(out, record->request != NULL);
    pack_bytes(out, record->request, record->request ? record->request_bytes : 0);
    pack_string(out, record->result);
    pack_u32(out, record->n_starts);
    pack_u64(out, record->last_event);
}

static void read_progress(struct pack_reader *in, struct job_progress *progress)
{
    progress->fraction = pack_read_f64(in);
    progress->iteration = pack_read_u64(in);
    progress->objective = pack_read_f64(in);
    progress->gradient_norm = pack_read_f64(in);
    progress->eta_seconds = pack_read_f64(in);
}

/* A text into text[n_bytes]; one that is missing or does not fit fails the record. */
static void read_text(struct pack_reader *in, char *text, size_t n_bytes,
                      struct error *why)
{
    char *read = pack_read_string(in, why);
    if (!read || strlen(read) >= n_bytes)
        in->failed = true;
    else
        snprintf(text, n_bytes, "%s", read);
    memory_free(read);
}

static void read_error(struct pack_reader *in, struct error *error, struct error *why)
{
    char word[64];
    read_text(in, word, sizeof(word), why);
    if (!in->failed)
        error->code = error_code_of_word(word);
    read_text(in, error->place, sizeof(error->place), why);
    read_text(in, error->message, sizeof(error->message), why);
}

static void read_state(struct pack_reader *in, enum job_state *state)
{
    uint8_t number = pack_read_u8(in);
    if (number >= JOB_N_STATES)
        in->failed = true;
    else
        *state = (enum job_state)number;
}

static void read_request(struct pack_reader *in, struct job_record *record,
                         struct error *why)
{
    bool is_there = pack_read_u8(in) != 0;
    size_t n;
    const void *bytes = pack_read_bytes(in, &n);
    if (!bytes || !is_there)
        return;
    record->request = memory_copy(bytes, n, why);
    record->request_bytes = record->request ? n : 0;
}

/* What cannot be had for want of memory is told in `why`. */
static void read_all(struct pack_reader *in, uint32_t version, struct job_record *record,
                     struct error *why)
{
    read_text(in, record->id, sizeof(record->id), why);
    read_state(in, &record->state);
    record->attempt = pack_read_u32(in);
    record->created_at = (int64_t)pack_read_u64(in);
    record->started_at = (int64_t)pack_read_u64(in);
    record->finished_at = (int64_t)pack_read_u64(in);
    read_progress(in, &record->progress);
    read_error(in, &record->error, why);
    record->owner = pack_read_string(in, why);
    read_request(in, record, why);
    record->result = pack_read_string(in, why);
    record->n_starts = version == WITHOUT_STARTS ? record->attempt : pack_read_u32(in);
    record->last_event = version == WITHOUT_STARTS ? 0 : pack_read_u64(in);
}

int job_record_unpack(struct job_record *record, const void *bytes, size_t n,
                      struct error *err)
{
    struct pack_reader in = {.bytes = bytes, .n_bytes = n};
    struct job_record read = {0};
    struct error why = {0};
    uint32_t version = pack_read_u32(&in);
    if (!in.failed && version != FORMAT_VERSION && version != WITHOUT_STARTS)
        return error_set(err, ERROR_FORMAT_VERSION,
                         "the job's record has a format that is not known");
    read_all(&in, version, &read, &why);
    int result = error_is_set(&why) ? error_copy(err, &why) : pack_check_end(&in, err);
    if (result < 0) {
        job_record_free(&read);
        return -1;
    }
    *record = read;
    return 0;
}
