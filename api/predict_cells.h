/*
 * One cell of a predict request, and what is said of those that the model cannot use. The
 * part of predict_rows.c that knows what a cell may be.
 */
#ifndef LOGITD_API_PREDICT_CELLS_H
#define LOGITD_API_PREDICT_CELLS_H

#include "api/predict_rows.h"

/* Where in the row that is being read. */
struct predict_spot {
    const char *list; /* "/rows"; NULL: in text, where rows are lines */
    const char *name; /* of an instance's member, or NULL and the number of a cell */
    size_t cell;      /* SIZE_MAX: the row itself; the input, where rows->point is set */
};

/* Marks the row; the first reason counts. True if a problem is to be told: not where the
 * row answers for itself, nor beyond those that are listed. */
bool predict_cells_mark(struct predict_rows *rows, enum error_code code, size_t input);
/* The spot as problems name it. */
void predict_cells_point(const struct predict_rows *rows, const struct predict_spot *spot,
                         char pointer[PROBLEM_POINTER_BYTES]);
/* Marks the row, and tells the problem where that is to be. input SIZE_MAX: of the row.
 */
void predict_cells_refuse(struct predict_rows *rows, enum error_code code, size_t input,
                          const struct predict_spot *spot);

/* Refuses the row with these cells if an expression of the model's formula has no value
 * there. */
void predict_cells_check_values(struct predict_rows *rows, const double *cells,
                                const char *list);

/* Of a row that ends: keeps its offset, of which the body has some; refuses the row if it
 * is no number. */
void predict_cells_take_offset(struct predict_rows *rows);

/* A cell without a value. */
void predict_cells_missing(struct predict_rows *rows, size_t input, double *cell,
                           const struct predict_spot *spot);
/* A categorical input takes a number as the data wrote it. */
void predict_cells_number(struct predict_rows *rows, size_t input, double value,
                          double *cell, const struct predict_spot *spot);
void predict_cells_text(struct predict_rows *rows, size_t input, const char *text,
                        size_t n, double *cell, const struct predict_spot *spot);
/* The value at the scan, whatever it is. -1 for malformed text and want of memory. */
int predict_cells_read(struct predict_rows *rows, struct json_scan *scan, size_t input,
                       double *cell, const struct predict_spot *spot,
                       struct error *err) MUST_CHECK;

#endif
