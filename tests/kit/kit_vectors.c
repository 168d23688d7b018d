/* kit_vectors.c: see kit_vectors.h. */
#include "kit/kit_vectors.h"

#include "kit/kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static size_t run_file(const char *path, void (*run)(void *self, const struct kit_vector *vector),
                       void *self)
{
    struct cord_arena *arena = cord_arena_new(64 << 20);
    struct cord_yaml *documents = NULL;
    struct cord_error err = {0};
    cord_str text = kit_read_file(path);
    size_t count = 0;
    CHECK(arena);
    if (cord_yaml_parse(text, 256, arena, &documents, &err) != CORD_OK) {
        fail_msg("%s: %s", path, err.text);
    }
    for (const struct cord_yaml *d = documents->child; d; d = d->next, count++) {
        const struct kit_vector vector = {d, path, arena};
        run(self, &vector);
    }
    free((void *)(uintptr_t)text.ptr);
    cord_arena_free(arena);
    return count;
}

size_t kit_vectors_each(const char *folder,
                        void (*run)(void *self, const struct kit_vector *vector), void *self)
{
    char path[4096];
    size_t count = 0;
    (void)snprintf(path, sizeof path, CORD_SOURCE_DIR "/tests/golden/%s", folder);
    DIR *dir = opendir(path);
    CHECK(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (cord_str_ends(cord_str_from(entry->d_name), CORD_STR(".yml"))) {
            (void)snprintf(path, sizeof path, CORD_SOURCE_DIR "/tests/golden/%s/%s", folder,
                           entry->d_name);
            count += run_file(path, run, self);
        }
    }
    closedir(dir);
    print_message("%zu vectors\n", count);
    return count;
}
