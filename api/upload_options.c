#include "api/upload_options.h"

#include <stdio.h>
#include <string.h>

#include "api/query.h"
#include "core/base/memory.h"

static const struct {
    const char *word;
    char character;
} names[] = {{"tab", '\t'},  {"comma", ','}, {"semicolon", ';'},
             {"space", ' '}, {"pipe", '|'},  {"colon", ':'}};

static bool is_usable(char c)
{
    bool is_alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return c == '\t' || (c >= ' ' && c < 0x7f && !is_alphanumeric);
}

static void read_delimiter(char *delimiter, const char *text,
                           struct problem_list *problems)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(text, names[i].word) == 0) {
            *delimiter = names[i].character;
            return;
        }
    if (strlen(text) == 1 && is_usable(text[0]) && text[0] != '"')
        *delimiter = text[0];
    else
        problem_report(
            problems, ERROR_INVALID, "query delimiter",
            "must be one character that is no letter, digit or double quote, or "
            "one of tab, comma, semicolon, space, pipe, colon");
}

static void read_quote(char *quote, const char *text, struct problem_list *problems)
{
    if (strcmp(text, "none") == 0 || text[0] == '\0')
        *quote = '\0';
    else if (strlen(text) == 1 && is_usable(text[0]) && text[0] != ' ' && text[0] != '\t')
        *quote = text[0];
    else
        problem_report(
            problems, ERROR_INVALID, "query quote",
            "must be one character that is no letter, digit or blank, or none");
}

static int read_na(struct upload_options *options, const char *text, struct error *err)
{
    size_t n = 1;
    for (const char *c = text; *c; c++)
        n += *c == ',';
    if (!(options->na_text = memory_copy_string(text, err)) ||
        !(options->na = memory_new(n, sizeof(*options->na), err)))
        return -1;
    char *at = options->na_text;
    for (size_t i = 0; i < n; i++) {
        options->na[i] = at;
        at += strcspn(at, ",");
        *at++ = '\0';
    }
    options->ingest.na = options->na;
    options->ingest.n_na = n;
    return 0;
}

int upload_options_read(struct upload_options *options, const struct request *request,
                        struct problem_list *problems, struct error *err)
{
    const char *delimiter = request_query(request, "delimiter");
    const char *quote = request_query(request, "quote");
    const char *na = request_query(request, "na");
    struct ingest_options *ingest = &options->ingest;
    *ingest = ingest_defaults;
    if (delimiter)
        read_delimiter(&ingest->delimiter, delimiter, problems);
    if (quote)
        read_quote(&ingest->quote, quote, problems);
    if (delimiter && quote && ingest->quote && ingest->delimiter == ingest->quote)
        problem_report(problems, ERROR_INVALID, "query quote",
                       "must differ from the delimiter");
    ingest->header = query_bool(request, "header", ingest->header, problems);
    return na ? read_na(options, na, err) : 0;
}

void upload_options_refuse(const struct request *request, const char *format,
                           struct problem_list *problems)
{
    static const char *const parameters[] = {"delimiter", "quote", "header", "na"};
    char place[32];
    for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++) {
        if (!request_query(request, parameters[i]))
            continue;
        snprintf(place, sizeof(place), "query %s", parameters[i]);
        problem_report(problems, ERROR_INVALID, place,
                       "goes with delimited text, and not with %s", format);
    }
}

void upload_options_free(struct upload_options *options)
{
    memory_free(options->na_text);
    memory_free(options->na);
    *options = (struct upload_options){0};
}
