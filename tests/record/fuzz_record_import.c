/* fuzz_record_import.c: whatever is imported leaves a record that proves itself. */
#include "record/record_carry.h"
#include "record/record_verify.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void clear(const char *dir)
{
    static const char *const names[] = {"record.sqlite", "record.sqlite-wal", "record.sqlite-shm",
                                        "checkpoints",   "signing.key",       "lock"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_record_options options = {.cache_mb = 1};
    const struct cord_record_verify_options verify = {.self = NULL};
    struct cord_record_carried carried;
    struct cord_record_verdict verdict;
    struct cord_error err;
    char dir[64];
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(dir, sizeof dir, "%s/cord_fuzz_XXXXXX", base);
    int file = memfd_create("import", 0);
    assert(file >= 0 && mkdtemp(dir));
    assert(write(file, data, size) == (ssize_t)size && lseek(file, 0, SEEK_SET) == 0);
    cord_status status = cord_record_import(dir, &options, file, NULL, &carried, &err);
    assert(status == CORD_OK || status == CORD_E_FORMAT);
    if (cord_record_verify(dir, &verify, &verdict, &err) == CORD_OK) {
        assert(verdict.broken == 0 && verdict.claims == carried.total);
    }
    (void)close(file);
    clear(dir);
    return 0;
}
