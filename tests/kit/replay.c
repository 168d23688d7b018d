/*
 * replay.c: runs a fuzz target over files, so that plain `make test` keeps what
 * fuzzing has found. Each argument is a file, or a folder of files.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
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
        (void)LLVMFuzzerTestOneInput(exact, len);
    }
    free(exact);
    free(data);
    return exact ? 0 : 1;
}

static int replay(const char *path, unsigned *count)
{
    DIR *dir = opendir(path);
    if (!dir) {
        (*count)++;
        return replay_file(path);
    }
    int bad = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char child[4096];
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        bad |= replay(child, count);
    }
    (void)closedir(dir);
    return bad;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    int bad = LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        bad |= replay(argv[i], &count);
    }
    printf("%u inputs replayed\n", count);
    return bad;
}
