/*
 * The Accept header (RFC 9110, section 12.5.1): which of the types on offer a client
 * likes best.
 */
#ifndef LOGITD_API_ACCEPT_H
#define LOGITD_API_ACCEPT_H

#include <stddef.h>

/* Index of the type with the greatest weight, the first of equals; n_types if the client
 * takes none. The most precise range counts for each. NULL or "": the first. Parameters
 * but q are passed over; what is malformed names nothing. */
size_t accept_choose(const char *header, const char *const *types, size_t n_types);

#endif
