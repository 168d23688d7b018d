/* journal_scan.c: the entries of a file, by a window that moves over it. */
#include "evidence/journal_internal.h"

#include "base/hash.h"
#include "base/octets.h"

#include <errno.h>

enum { WINDOW_BYTES = 1 << 16, CHECKSUM_BYTES = 8 };

static const cord_str entry_magic = {"ENTR", 4};

void cord_journal_scan_init(struct cord_journal_scan *scan,
                            const struct cord_journal_options *options)
{
    *scan = (struct cord_journal_scan){.files = options->files,
                                       .file = -1,
                                       .entry_bytes_max = options->entry_bytes_max,
                                       .end = CORD_JOURNAL_END_UNKNOWN};
    cord_buf_init(&scan->window,
                  (size_t)options->entry_bytes_max + CORD_JOURNAL_ENTRY_BYTES + WINDOW_BYTES);
}

void cord_journal_scan_done(struct cord_journal_scan *scan)
{
    cord_buf_done(&scan->window);
}

void cord_journal_scan_begin(struct cord_journal_scan *scan, int file, uint64_t salt, uint64_t at)
{
    cord_buf_clear(&scan->window);
    scan->file = file;
    scan->salt = salt;
    scan->at = at < CORD_JOURNAL_HEADER_BYTES ? CORD_JOURNAL_HEADER_BYTES : at;
    scan->end = CORD_JOURNAL_END_UNKNOWN;
    scan->damaged_bytes = 0;
}

/* The window begins at `from` and has `need` bytes, or all there are. */
static cord_status move_window(struct cord_journal_scan *scan, uint64_t from, size_t need)
{
    size_t len = need > WINDOW_BYTES ? need : WINDOW_BYTES;
    if (from >= scan->end || from > INT64_MAX - len) {
        len = 0;
    } else if (len > scan->end - from) {
        len = (size_t)(scan->end - from);
    }
    cord_buf_clear(&scan->window);
    scan->window_at = from;
    char *to = cord_buf_reserve(&scan->window, len);
    if (!to && len > 0) {
        return CORD_E_NOMEM;
    }
    while (scan->window.len < len) {
        ssize_t got = scan->files->read(scan->files->self, scan->file, to + scan->window.len,
                                        len - scan->window.len, (off_t)(from + scan->window.len));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0 ? CORD_OK : CORD_E_IO;
        }
        scan->window.len += (size_t)got;
    }
    return CORD_OK;
}

/* `need` bytes from there on, or those there are. */
static cord_status look_at(struct cord_journal_scan *scan, uint64_t from, size_t need,
                           cord_str *ret_bytes)
{
    bool inside = from >= scan->window_at && from - scan->window_at <= scan->window.len &&
                  need <= scan->window.len - (size_t)(from - scan->window_at);
    if (!inside) {
        cord_status status = move_window(scan, from, need);
        if (status != CORD_OK) {
            return status;
        }
    }
    *ret_bytes =
        cord_str_slice(cord_buf_str(&scan->window), (size_t)(from - scan->window_at), need);
    return CORD_OK;
}

/* CORD_OK with an entry; CORD_E_FORMAT: none there, *ret_next says where to go on; CORD_E_END: it,
 * or even what comes in front of it, is not there whole. */
static cord_status entry_at(struct cord_journal_scan *scan, uint64_t at, uint64_t *ret_next,
                            cord_str *ret_bytes)
{
    cord_str head;
    cord_status status = look_at(scan, at, CORD_JOURNAL_ENTRY_BYTES, &head);
    if (status != CORD_OK || head.len < CORD_JOURNAL_ENTRY_BYTES) {
        return status == CORD_OK ? CORD_E_END : status;
    }
    struct cord_octets octets = cord_octets_of(cord_str_from_byte(head, entry_magic.len));
    uint32_t len = cord_octets_u32(&octets);
    uint64_t bytes_checksum = cord_octets_u64(&octets);
    uint64_t checksum = cord_octets_u64(&octets);
    *ret_next = at + 1;
    if (!cord_str_starts(head, entry_magic) ||
        checksum != cord_hash(cord_str_slice(head, 0, head.len - CHECKSUM_BYTES), scan->salt)) {
        return CORD_E_FORMAT;
    }
    /* From here on the length is what was written: a damaged entry is passed in one
     * step, so that nothing that is in it is taken for another. */
    *ret_next = at + CORD_JOURNAL_ENTRY_BYTES + len;
    if (len > scan->entry_bytes_max) {
        return CORD_E_FORMAT;
    }
    status = look_at(scan, at, CORD_JOURNAL_ENTRY_BYTES + len, &head);
    if (status != CORD_OK || head.len < CORD_JOURNAL_ENTRY_BYTES + len) {
        return status == CORD_OK ? CORD_E_END : status;
    }
    *ret_bytes = cord_str_from_byte(head, CORD_JOURNAL_ENTRY_BYTES);
    return cord_hash(*ret_bytes, scan->salt) == bytes_checksum ? CORD_OK : CORD_E_FORMAT;
}

/* Where the next entry could begin, at or behind *at. CORD_E_END: nowhere. */
static cord_status find_magic(struct cord_journal_scan *scan, uint64_t *at)
{
    for (;;) {
        cord_str bytes;
        cord_status status = look_at(scan, *at, entry_magic.len, &bytes);
        if (status != CORD_OK || bytes.len < entry_magic.len) {
            return status == CORD_OK ? CORD_E_END : status;
        }
        size_t from = (size_t)(*at - scan->window_at);
        size_t found = cord_str_find(cord_buf_str(&scan->window), entry_magic, from);
        if (found != SIZE_MAX) {
            *at = scan->window_at + found;
            return CORD_OK;
        }
        /* Its first letters may be the window's last. */
        *at = scan->window_at + scan->window.len - (entry_magic.len - 1);
    }
}

cord_status cord_journal_scan_next(struct cord_journal_scan *scan, uint64_t *ret_offset,
                                   cord_str *ret_bytes)
{
    uint64_t at = scan->at;
    uint64_t next = at;
    cord_str bytes = {0};
    cord_status status = entry_at(scan, at, &next, &bytes);
    while (status == CORD_E_FORMAT) {
        at = next;
        status = find_magic(scan, &at);
        if (status == CORD_OK) {
            status = entry_at(scan, at, &next, &bytes);
        }
    }
    if (status != CORD_OK) {
        /* What is there now may be there in part: it is read again when asked again. */
        cord_buf_clear(&scan->window);
        return status;
    }
    scan->damaged_bytes += at - scan->at;
    scan->at = next;
    *ret_offset = at;
    *ret_bytes = bytes;
    return CORD_OK;
}
