/*
 * The families: what is predicted, and by which loss of a row with margin z (log-odds, or
 * the number predicted):
 *
 *   binomial     log(1+e^z) - yz             y: the class, or a share of successes
 *   multinomial  log Σ e^{z_k} - z_y
 *   gaussian     ½(y - z)²                   y: a number
 *   absolute     |y - z|                     y: a number
 *   hinge        max(0, 1 - (2y-1)z)         y: the class
 */
#ifndef LOGITD_CORE_MODEL_FAMILY_H
#define LOGITD_CORE_MODEL_FAMILY_H

#include <stdbool.h>

enum family { /* written to disk */
              FAMILY_BINOMIAL = 1,
              FAMILY_MULTINOMIAL = 2,
              FAMILY_GAUSSIAN = 3,
              FAMILY_HINGE = 4,
              FAMILY_ABSOLUTE = 5
};

struct family_traits {
    const char *word;           /* the contract's */
    bool of_numbers;            /* predicts a number; else a class */
    bool of_two_classes;        /* one margin tells both */
    bool is_logistic;           /* margins are log-odds or logits; has probabilities, and
                                 * a likelihood that data may separate */
    bool is_smooth;             /* has second derivatives: Newton's methods apply */
    const char *auto_algorithm; /* of those without; else NULL */
};

/* NULL for a number that is no family. */
const struct family_traits *family_traits(enum family family);

/* False, leaving *family alone, if there is none of this word. */
bool family_find(const char *word, enum family *family);

#endif
