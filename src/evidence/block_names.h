/*
 * block_names.h: what names people in a block, to be found wherever it stands.
 *
 * Of a value that names a person follow its needles: all of it, and the name in
 * it: behind the last backslash ("WARD\a.fleming"), in front of an at sign, the
 * first part of a distinguished name, behind the last slash of an "arn:". They
 * are found as whole words, whatever the case of ASCII letters, in UTF-8, and
 * in UTF-16LE, where no border is asked for, since what stands in binary records
 * stands side by side.
 *
 * No needles are: what is shorter than three bytes; accounts that are the same
 * on every machine, and machines' own ("SYSTEM", "WARD7$"); numbers of less than
 * six digits, which may mean anything; and what fields are called.
 *
 * Besides, the folder below "Users" or "home" in a path is a name, whether it
 * is known or not; and what is a domain's SID in binary. One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_NAMES_H
#define CORD_EVIDENCE_BLOCK_NAMES_H

#include "base/arena.h"
#include "base/str.h"

#define CORD_BLOCK_NAMES_BYTES_MIN 3u
#define CORD_BLOCK_NAMES_BYTES_MAX 256u

struct cord_block_needle;

struct cord_block_names {
    struct cord_arena *arena; /* the needles' bytes */
    struct cord_block_needle *needles;
    size_t count;
    size_t cap;
    uint32_t *slots; /* needle + 1, or 0; by hash of the bytes, folded */
    size_t slot_count;
    uint64_t *seen; /* hashes of values that were dealt with, in place of others */
    uint64_t seed;
    uint64_t *starts; /* a bit for each hash of three first bytes that there is */
    uint8_t *reach;   /* by the same hash: length of the longest such needle, less one */
    uint64_t *far;    /* a bit for each unit of UTF-16 that one not all ASCII begins with */
    unsigned char fold[256];
    unsigned char kind[256];
};

struct cord_block_names_hit {
    size_t at;
    size_t end;
    bool is_wide; /* UTF-16LE */
};

/* CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_block_names_init(struct cord_block_names *names, uint64_t seed);
void cord_block_names_done(struct cord_block_names *names);
/* Forgets all names; memory kept. */
void cord_block_names_clear(struct cord_block_names *names);

enum cord_block_names_kind {
    CORD_BLOCK_NAMES_NOBODY, /* no needle, and no person's */
    CORD_BLOCK_NAMES_WHOLE,  /* no needle says all of it */
    CORD_BLOCK_NAMES_WORD,   /* a needle does, and holds nothing that parts words */
};

/* From here on what follows from a person's value is looked for, the escapes of
 * JSON resolved or not. CORD_E_NOMEM, CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_block_names_add(struct cord_block_names *names, cord_str value,
                                               enum cord_block_names_kind *ret_kind);
/* And the names of folders below "Users" and "home" in the text. */
CORD_MUST_USE cord_status cord_block_names_add_folders(struct cord_block_names *names,
                                                       cord_str text);
/* A word that is no name here, whoever is called so: to be
 * said before names are added. */
CORD_MUST_USE cord_status cord_block_names_except(struct cord_block_names *names, cord_str word);

/* The first stretch at or behind `from` that names somebody; where several
 * begin, the longest. False: there is none. */
CORD_MUST_USE bool cord_block_names_next(const struct cord_block_names *names, cord_str text,
                                         size_t from, struct cord_block_names_hit *ret_hit);

#endif
