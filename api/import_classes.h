/*
 * What a body that gives coefficients says of what is predicted: family, classes,
 * positive, reference.
 */
#ifndef LOGITD_API_IMPORT_CLASSES_H
#define LOGITD_API_IMPORT_CLASSES_H

#include "api/import_body.h"

/* Into family, given, classes, class_of_given, positive and reference. Without a family
 * two classes are binomial, more multinomial, none gaussian; without a positive class it
 * is the last given, as of scikit-learn's classes_ and R's levels. Reports what is wrong.
 * -1 only without memory. */
int import_classes_read(struct import_body *body, struct error *err) MUST_CHECK;

#endif
