/*
 * replay.c: runs a fuzz target over files, so that plain `make test` keeps what
 * fuzzing has found. Arguments: the target, then files and folders of files.
 *
 * The build lists the targets in replay_targets.h, as TARGET(utf8), and renames
 * the LLVMFuzzerTestOneInput of each to fuzz_utf8.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int replay_run(const uint8_t *data, size_t size);

#define TARGET(name) replay_run fuzz_##name;
#include "replay_targets.h"
#undef TARGET

static const struct {
    const char *name;
    replay_run *run;
} targets[] = {
#define TARGET(name) {#name, fuzz_##name},
#include "replay_targets.h"
#undef TARGET
};

static replay_run *find_target(const char *name)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        if (strcmp(targets[i].name, name) == 0) {
            return targets[i].run;
        }
    }
    return NULL;
}

static int replay_file(replay_run *run, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    size_t cap = 4096;
    size_t len = 0;
    uint8_t *data = malloc(cap);
    size_t got = 0;
    while (data && (got = fread(data + len, 1, cap - len, file)) > 0) {
        len += got;
        if (len == cap) {
            cap *= 2;
            uint8_t *bigger = realloc(data, cap);
            if (!bigger) {
                free(data);
            }
            data = bigger;
        }
    }
    (void)fclose(file);
    if (!data) {
        return 1;
    }
    /* An exact copy, so that the sanitizer sees a read past the end. */
    uint8_t *exact = malloc(len > 0 ? len : 1);
    if (exact) {
        memcpy(exact, data, len);
        (void)run(exact, len);
    }
    free(exact);
    free(data);
    return exact ? 0 : 1;
}

static int replay(replay_run *run, const char *path, unsigned *count)
{
    DIR *dir = opendir(path);
    if (!dir) {
        (*count)++;
        return replay_file(run, path);
    }
    int bad = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char child[4096];
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        bad |= replay(run, child, count);
    }
    (void)closedir(dir);
    return bad;
}

int main(int argc, char **argv)
{
    replay_run *run = argc > 1 ? find_target(argv[1]) : NULL;
    if (!run) {
        (void)fprintf(stderr,
                      "usage: replay TARGET [FILE...], where tests/<room>/fuzz_TARGET.c is\n");
        return 2;
    }
    unsigned count = 0;
    int bad = run((const uint8_t *)"", 0);
    for (int i = 2; i < argc; i++) {
        bad |= replay(run, argv[i], &count);
    }
    printf("%u inputs replayed\n", count);
    return bad;
}
