/* An empty directory for one test, in memory where there is enough: what a test kills is
 * a process, not the machine, and an fsync a hundred times as fast tries more. $TMPDIR
 * says otherwise. */
#ifndef LOGITD_TESTS_SUPPORT_SCRATCH_DIRECTORY_H
#define LOGITD_TESTS_SUPPORT_SCRATCH_DIRECTORY_H

#define SCRATCH_DIRECTORY_BYTES 64

/* path[SCRATCH_DIRECTORY_BYTES]. Fails the test if none can be made. */
void scratch_directory_make(char *path);

#endif
