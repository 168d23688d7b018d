/* fuzz_journal.c: any bytes are entries that lie one behind the other; and damage to a file of
 * ours costs what it hit. */
#include "evidence/journal_internal.h"

#include <assert.h>
#include <stdlib.h>

enum { ENTRY_MAX = 4096, ENTRIES_MAX = 64, FILE_MAX = 1 << 20 };

static ssize_t memory_read(void *self, int file, void *bytes, size_t len, off_t at)
{
    const struct cord_buf *memory = self;
    cord_str part = cord_str_slice(cord_buf_str(memory), (size_t)at, len);
    (void)file;
    if (part.len > 0) {
        memcpy(bytes, part.ptr, part.len);
    }
    return (ssize_t)part.len;
}

static void scan_init(struct cord_journal_scan *scan, const struct cord_files *files, uint64_t salt)
{
    const struct cord_journal_options options = {.files = files, .entry_bytes_max = ENTRY_MAX};
    cord_journal_scan_init(scan, &options);
    cord_journal_scan_begin(scan, 0, salt, 0);
}

static void look_at_bytes(const struct cord_files *files, size_t size)
{
    struct cord_journal_header header;
    struct cord_journal_scan scan;
    uint64_t offset = 0;
    uint64_t before = CORD_JOURNAL_HEADER_BYTES;
    uint64_t bytes = 0;
    cord_str entry;
    if (cord_journal_file_header(files, 0, 1, &header) != CORD_OK) {
        return;
    }
    scan_init(&scan, files, header.salt);
    while (cord_journal_scan_next(&scan, &offset, &entry) == CORD_OK) {
        assert(offset >= before && entry.len <= ENTRY_MAX);
        before = offset + CORD_JOURNAL_ENTRY_BYTES + entry.len;
        assert(before == scan.at && before <= size);
        bytes += CORD_JOURNAL_ENTRY_BYTES + entry.len;
    }
    assert(CORD_JOURNAL_HEADER_BYTES + bytes + scan.damaged_bytes == scan.at);
    cord_journal_scan_done(&scan);
}

static size_t count_entries(const struct cord_files *files, uint64_t salt)
{
    struct cord_journal_scan scan;
    uint64_t offset = 0;
    cord_str entry;
    size_t count = 0;
    scan_init(&scan, files, salt);
    while (cord_journal_scan_next(&scan, &offset, &entry) == CORD_OK) {
        count++;
    }
    cord_journal_scan_done(&scan);
    return count;
}

/* Entries as the input says: a length, and that much of it; the last two bytes hit something. */
static void look_at_damage(const struct cord_files *files, struct cord_buf *memory,
                           const uint8_t *data, size_t size)
{
    uint64_t salt = size;
    size_t count = 0;
    cord_buf_clear(memory);
    cord_buf_reserve(memory, CORD_JOURNAL_HEADER_BYTES);
    memset(memory->ptr, 0, CORD_JOURNAL_HEADER_BYTES);
    memory->len = CORD_JOURNAL_HEADER_BYTES;
    for (size_t at = 0; at + 2 < size && count < ENTRIES_MAX; count++) {
        size_t len = data[at++];
        len = len < size - at - 2 ? len : size - at - 2;
        cord_journal_file_put((cord_str){(const char *)data + at, len}, salt, memory);
        at += len;
    }
    if (memory->failed || count == 0) {
        return;
    }
    assert(count_entries(files, salt) == count);
    size_t hit = CORD_JOURNAL_HEADER_BYTES + ((size_t)data[size - 1] * 256 + data[size - 2]) %
                                                 (memory->len - CORD_JOURNAL_HEADER_BYTES);
    memory->ptr[hit] = (char)(memory->ptr[hit] ^ 0x10);
    assert(count_entries(files, salt) == count - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_buf memory;
    const struct cord_files files = {.read = memory_read, .self = &memory};
    cord_buf_init(&memory, FILE_MAX);
    cord_buf_put(&memory, (cord_str){(const char *)data, size});
    if (!memory.failed) {
        look_at_bytes(&files, size);
        look_at_damage(&files, &memory, data, size);
    }
    cord_buf_done(&memory);
    return 0;
}
