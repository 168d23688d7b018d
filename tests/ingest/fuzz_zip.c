/* fuzz_zip.c: an archive of any content, read whole. */
#include "ingest/zip.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char out[4096];
    char path[64];
    struct cord_zip *zip = NULL;
    int fd = memfd_create("zip", 0);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (cord_zip_open(path, &zip, NULL) == CORD_OK) {
        for (size_t at = 0; at < cord_zip_count(zip) && at < 16; at++) {
            struct cord_reader *reader = NULL;
            size_t len = 0;
            if (cord_zip_read(zip, at, NULL, &reader, NULL) == CORD_OK) {
                (void)!cord_reader_fill(reader, out, sizeof out, &len, NULL);
                cord_reader_close(reader);
            }
        }
        cord_zip_close(zip);
    }
    (void)close(fd);
    return 0;
}
