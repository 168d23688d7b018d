/*
 * chain.h: the log of what was done to a store's files, each entry holding the
 * hash of the one before and signed.
 *
 * It is the manifest: what no entry names does not belong to the store. Text,
 * so that an auditor may read it:
 *
 *   entry 17
 *   time 1795312008123000000 2026-11-22T00:46:48.123Z
 *   kind seal
 *   previous 2c26b46b...        (SHA-256 of the whole entry before)
 *   ...                         (lines of its kind)
 *   signature 7b1f...           (Ed25519 of all lines above)
 *
 * Words are parted by one space; in words of people's making, bytes up to
 * space, 0x7f and '%' are written %XX, an empty one "-" and one that is "-"
 * "%2D". docs/evidence-format.md has every kind. One thread at a time.
 */
#ifndef CORD_EVIDENCE_CHAIN_H
#define CORD_EVIDENCE_CHAIN_H

#include "base/digest.h"
#include "base/files.h"
#include "base/signing.h"

#define CORD_CHAIN_FILE            "chain"
#define CORD_CHAIN_BYTES_MAX       (1u << 30)
#define CORD_CHAIN_ENTRY_BYTES_MAX (64u << 20)
#define CORD_CHAIN_WORDS_MAX       24u

/* Of an entry that was read: borrows its text. */
struct cord_chain_entry {
    uint64_t number; /* from 1 */
    int64_t time_ns;
    cord_str kind;
    struct cord_digest previous; /* zeroes in the first */
    cord_str lines;              /* of its kind */
    cord_str signed_text;
    unsigned char signature[CORD_SIGNATURE_BYTES];
    struct cord_digest digest; /* of the whole entry */
    uint64_t offset;           /* in the file */
};

/* Takes the next entry off *rest. CORD_E_END: there are no more bytes.
 * CORD_E_MORE: it is not whole, as after a crash while it was written.
 * CORD_E_FORMAT: no entry. The hash of the one before is not looked at. */
CORD_MUST_USE cord_status cord_chain_next(cord_str *rest, struct cord_chain_entry *ret_entry,
                                          struct cord_error *err);

/* The words of the next line; their number, or 0 at the end and for a line of
 * too many. */
size_t cord_chain_line(cord_str *lines, cord_str words[CORD_CHAIN_WORDS_MAX]);

/* Undoes the %XX of a word; appends to text. False: not such a word. */
bool cord_chain_unescape(cord_str word, struct cord_buf *text);
/* Appends text as a word, a space in front. */
void cord_chain_put_word(struct cord_buf *lines, cord_str text);
void cord_chain_put_number(struct cord_buf *lines, uint64_t number);
void cord_chain_put_time(struct cord_buf *lines, int64_t time_ns);
void cord_chain_put_digest(struct cord_buf *lines, const struct cord_digest *digest);

/* The end of a chain that is appended to. */
struct cord_chain {
    const struct cord_files *files;
    int dir;
    int file; /* -1: not open for writing */
    uint64_t bytes;
    uint64_t count;          /* entries */
    int64_t time_ns;         /* of the last */
    struct cord_digest head; /* of the last; zeroes when there is none */
    bool failed;             /* the file's end is unknown: reopen the store */
};

/* Opens the file for appending behind `bytes`, where head and count are known
 * from reading it; what is behind is cut off. create: makes it anew and empty. */
CORD_MUST_USE cord_status cord_chain_open(struct cord_chain *chain, bool create,
                                          struct cord_error *err);
void cord_chain_close(struct cord_chain *chain);

/* Signs and appends an entry, and makes it durable. On failure the chain is as
 * it was; or `failed` is set, and whether the entry is there is only known
 * after reading the file again. */
CORD_MUST_USE cord_status cord_chain_append(struct cord_chain *chain,
                                            const struct cord_signing_key *key, const char *kind,
                                            int64_t time_ns, cord_str lines,
                                            struct cord_error *err);

#endif
