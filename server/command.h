/*
 * What `logitd COMMAND` does beside serving. Each prints its answer on standard output,
 * what kept it from one on standard error, and returns the exit code.
 */
#ifndef LOGITD_SERVER_COMMAND_H
#define LOGITD_SERVER_COMMAND_H

#include "server/config.h"
#include "server/exit_code.h"

/* Verifies the data directory; EXIT_CODE_NOT_SO if something in it is damaged. */
enum exit_code command_check(const struct config *config);

/* Makes the database again from the blobs. */
enum exit_code command_rebuild(const struct config *config);

/* Asks the daemon at --listen whether it is ready; EXIT_CODE_NOT_SO if it is not or does
 * not answer. */
enum exit_code command_health(const struct config *config);

/* Makes a key: prints it, then its entry for the file of keys. */
enum exit_code command_key(const struct config *config);

/* "logitd: PLACE: MESSAGE" on standard error. */
void command_complain(const struct error *err);

#endif
