/*
 * How the query of an upload says to read the text: delimiter, header, na, quote.
 */
#ifndef LOGITD_API_UPLOAD_OPTIONS_H
#define LOGITD_API_UPLOAD_OPTIONS_H

#include "api/problem.h"
#include "core/data/ingest.h"

struct upload_options {
    struct ingest_options ingest; /* points into what follows */
    char *na_text;                /* the list, cut at its commas; owned */
    const char **na;              /* owned */
};

/* Reports the parameters that say how to read delimited text, where the file is none. */
void upload_options_refuse(const struct request *request, const char *format,
                           struct problem_list *problems);

/* Into an all-zero one. delimiter and quote: one ASCII character or its name (tab, comma,
 * semicolon, space, pipe; quote also none); header: true or false; na: a list with commas
 * between, where an empty piece means the empty cell. Problems are reported, not
 * returned; -1 is for lack of memory. */
int upload_options_read(struct upload_options *options, const struct request *request,
                        struct problem_list *problems, struct error *err) MUST_CHECK;
void upload_options_free(struct upload_options *options);

#endif
