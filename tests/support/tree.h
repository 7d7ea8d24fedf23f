/*
 * A folder of a test's own with files in it. Every failure fails the test.
 */
#ifndef LOGITD_TESTS_SUPPORT_TREE_H
#define LOGITD_TESTS_SUPPORT_TREE_H

#include <stddef.h>

#define TREE_PATH_BYTES 256

struct tree {
    char root[64];
};

/* An empty one below TMPDIR. */
void tree_open(struct tree *tree);
void tree_close(struct tree *tree); /* removes it with all that is in it */

/* Where "a/b/name" is. path[TREE_PATH_BYTES]; returns path. */
char *tree_path(const struct tree *tree, const char *name, char *path);

/* Makes the file and the folders above it. */
void tree_write(const struct tree *tree, const char *name, const char *text);
void tree_write_bytes(const struct tree *tree, const char *name, const void *bytes,
                      size_t n);

#endif
