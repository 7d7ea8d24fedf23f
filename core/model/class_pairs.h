/*
 * The Hessian of several classes from sparse rows as they lie: its blocks are sums of the
 * same products of a row's numbers, weighted by ω p_k([k=l] - p_l). So each product is
 * formed once, for all pairs of classes side by side (gram_classes.h), and of the numbers
 * that are there alone; what the basis makes of them follows at the end (raw_terms.h).
 */
#ifndef LOGITD_CORE_MODEL_CLASS_PAIRS_H
#define LOGITD_CORE_MODEL_CLASS_PAIRS_H

#include "core/model/likelihood.h"

/* Fewer would leave most lanes without work. */
#define CLASS_PAIRS_LEAST_BLOCKS 3U

/* Does it, for a likelihood of which everything else is known? Its sums are no more than
 * the Hessian's. */
bool class_pairs_serve(const struct likelihood *likelihood);

/* Numbers in a room: the weights of a few rows. */
size_t class_pairs_room(const struct likelihood *likelihood);

/* Sums of an evaluation with a Hessian. */
size_t class_pairs_n_sums(const struct likelihood *likelihood);

/* Of rows as they lie: sums [raw terms × n_blocks] += their products with v [n_rows ×
 * n_classes], as gram_add_product_classes, but into whole vectors first: what is written
 * by halves cannot be read back at once. */
void class_pairs_add_product(const struct likelihood *likelihood,
                             struct likelihood_room *room, const struct gram_rows *rows,
                             const double *v, double *sums);

/* Adds to the Hessian among all sums of an evaluation; p_k are the room's margins. */
void class_pairs_add(const struct likelihood *likelihood, struct likelihood_room *room,
                     const struct gram_rows *rows, double *sums);

/* The lower triangles of all blocks on and below the diagonal, from all sums, behind
 * which there is room. */
void class_pairs_take(const struct likelihood *likelihood, double *sums, double *hessian);

#endif
