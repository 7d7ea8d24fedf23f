/* Time: a monotonic clock for durations and limits, the wall clock for what people read.
 */
#ifndef LOGITD_CORE_BASE_CLOCK_H
#define LOGITD_CORE_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

double clock_seconds(void); /* monotonic, since an arbitrary moment */

/* Microseconds since 1970-01-01 UTC, never less than a value returned before. */
int64_t clock_wall_microseconds(void);

/* "2026-11-24T08:12:09.123456Z": RFC 3339, UTC. `text` holds CLOCK_TEXT_BYTES. Returns
 * text. */
#define CLOCK_TEXT_BYTES 32
char *clock_text(int64_t wall_microseconds, char *text);

/* The other way round: any time of RFC 3339, of the years 1970 to 9999, with an offset
 * and as many decimals as it likes, of which six count. False: it is none. */
bool clock_parse(const char *text, int64_t *wall_microseconds);

#endif
