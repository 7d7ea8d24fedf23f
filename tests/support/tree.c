#include "tests/support/tree.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void tree_open(struct tree *tree)
{
    const char *base = getenv("TMPDIR");
    snprintf(tree->root, sizeof(tree->root), "%.40s/logitd-XXXXXX", base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(tree->root));
}

void tree_close(struct tree *tree)
{
    char command[96];
    snprintf(command, sizeof(command), "rm -rf '%s'", tree->root);
    ck_assert_int_eq(system(command), 0);
}

char *tree_path(const struct tree *tree, const char *name, char *path)
{
    int n = snprintf(path, TREE_PATH_BYTES, "%s/%s", tree->root, name);
    ck_assert_int_lt(n, TREE_PATH_BYTES);
    return path;
}

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700); /* may be there */
        *slash = '/';
    }
}

void tree_write_bytes(const struct tree *tree, const char *name, const void *bytes,
                      size_t n)
{
    char path[TREE_PATH_BYTES];
    make_folders(tree_path(tree, name, path));
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    ck_assert_int_eq(fclose(file), 0);
}

void tree_write(const struct tree *tree, const char *name, const char *text)
{
    tree_write_bytes(tree, name, text, strlen(text));
}
