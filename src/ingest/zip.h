/*
 * zip.h: the members of a zip archive, each as a reader.
 *
 * Reads the central directory (PKWARE APPNOTE 4.3.12, zip64 4.3.14), never
 * trusts it: every offset and length is checked against the file. Stored,
 * deflate, zstd and xz members; encrypted ones are refused. The archive may be
 * used by several threads at once: it is read with pread.
 */
#ifndef CORD_INGEST_ZIP_H
#define CORD_INGEST_ZIP_H

#include "ingest/reader.h"

struct cord_zip;

struct cord_zip_member {
    cord_str name; /* as stored; "/" at the end: a folder */
    uint64_t packed_bytes;
    uint64_t bytes;
    uint64_t header_at;
    uint16_t method;
    bool encrypted;
};

#define CORD_ZIP_MEMBERS_MAX 1000000u

bool cord_zip_recognise(cord_str head);

/* Opens its own descriptor on path. */
CORD_MUST_USE cord_status cord_zip_open(const char *path, struct cord_zip **ret_zip,
                                        struct cord_error *err);
void cord_zip_close(struct cord_zip *zip);

size_t cord_zip_count(const struct cord_zip *zip);
const struct cord_zip_member *cord_zip_member(const struct cord_zip *zip, size_t at);

/* The member's unpacked bytes; *count as in cord_reader_open_fd. The reader is independent of the
 * archive's lifetime. CORD_E_UNSUPPORTED: encrypted, or a method we do not read. */
CORD_MUST_USE cord_status cord_zip_read(const struct cord_zip *zip, size_t at,
                                        _Atomic uint64_t *count, struct cord_reader **ret_reader,
                                        struct cord_error *err);

#endif
