/*
 * evtx_internal.h: what the parts of the EVTX reader share.
 *
 * evtx.c walks a chunk's records; evtx_template.c compiles binary XML to
 * operations; evtx_record.c runs them over a record's values; evtx_value.c
 * turns one value into text; evtx_checksum.c is CRC-32.
 */
#ifndef CORD_CODEC_EVTX_INTERNAL_H
#define CORD_CODEC_EVTX_INTERNAL_H

#include "codec/evtx.h"

enum {
    EVTX_OPS_MAX = 32768,      /* of all programs of a chunk; it has 64 KiB of source */
    EVTX_PROGRAMS_MAX = 1024,  /* templates of a chunk, times the places they stand in */
    EVTX_PROGRAM_SLOTS = 2048, /* power of two, twice the programs */
    EVTX_SUBSTITUTIONS_MAX = 16384,
    EVTX_ELEMENT_DEPTH_MAX = 64,
    EVTX_NESTING_MAX = 12, /* templates within values within templates */
    EVTX_NAME_UNITS_MAX = 1024,
    EVTX_OUT_BLOCK = 65536,
    /* A record has 64 KiB at most, and few grow: UTF-16 shrinks, binary doubles. */
    EVTX_RECORD_OUT_MAX = 1 << 20,
    EVTX_CHUNK_OUT_MAX = 16 << 20,
    EVTX_RECORD_WORK_MAX = 65536, /* tokens compiled and operations run */
    EVTX_CHUNK_WORK_MAX = 1 << 18,
};

enum evtx_op_kind {
    EVTX_OP_LITERAL, /* text at path */
    EVTX_OP_VALUE,   /* substitution `index` at path */
    EVTX_OP_JOIN,    /* the next `index` operations (literals, values) make one text */
    EVTX_OP_MARK,    /* remember the number of values */
    EVTX_OP_CLOSE,   /* as EMPTY, if no value came since the mark */
    EVTX_OP_EMPTY,   /* null, or "" with EVTX_DATA, at path */
    EVTX_OP_NAME,    /* EVTX_PATH_NAMED is now the text of substitution `index` below path */
    EVTX_OP_INSTANCE /* a template instance at chunk offset `len`, below path */
};

#define EVTX_OMIT_NULL 1u /* an attribute, or text beside elements */
#define EVTX_DATA      2u /* a Data element: its emptiness is "", not null */
#define EVTX_IN_ARRAY  4u
#define EVTX_ASCII     8u /* of a literal */

/* Stands for a path that is known only when the record is. */
#define EVTX_PATH_NAMED 0xffffffu

struct evtx_op {
    const char *ptr; /* a literal's text */
    uint32_t len;
    uint32_t path;
    uint16_t index;
    uint8_t kind;
    uint8_t flags;
};

/* A stretch of compiled binary XML. */
struct evtx_program {
    uint32_t source; /* chunk offset of what was compiled */
    uint32_t parent; /* path below which it stands */
    uint32_t first;  /* in ops */
    uint32_t count;
    const char *damage; /* where compiling stopped; the operations before are good */
};

struct evtx_substitution {
    uint32_t at; /* chunk offset */
    uint16_t len;
    uint8_t type;
};

struct cord_evtx {
    struct cord_paths *paths;
    struct cord_arena *arena;
    const uint8_t *chunk;
    size_t len; /* of the chunk */

    size_t at;      /* where the next record is looked for */
    size_t free_at; /* where the chunk says its records end */
    uint64_t last_id;
    bool has_last_id;

    char *out; /* room for text, taken from the arena */
    char *out_end;
    size_t record_out_left;
    size_t chunk_out_left;
    size_t record_work_left;
    size_t chunk_work_left;

    struct cord_values *values; /* of the record being read */
    size_t values_max;          /* no more than this count */
    bool values_full;           /* the caller's list had no room */
    const char *damage;         /* the first thing that went wrong in this record */

    struct evtx_op *ops;
    size_t op_count;
    struct evtx_program *programs;
    size_t program_count;
    uint16_t *program_slots;                 /* number of the program + 1 */
    struct evtx_substitution *substitutions; /* a stack: nested instances put theirs on top */
    size_t substitution_count;

    int64_t day; /* the date text is of this day since 1601 */
    char day_text[16];
    enum cord_cpu_level level;
    uint32_t crc_table[8][256];
};

static inline uint32_t evtx_u16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value); /* the build is little-endian, like the file */
    return value;
}

static inline uint32_t evtx_u32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint64_t evtx_u64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Keeps the first reason. */
static inline void evtx_damage(struct cord_evtx *reader, const char *reason)
{
    if (!reader->damage) {
        reader->damage = reason;
    }
}

/* Room for `bytes` at reader->out; NULL, with damage told, at the bounds. */
char *cord_evtx_value_room_slow(struct cord_evtx *reader, size_t bytes);
static inline char *evtx_room(struct cord_evtx *reader, size_t bytes)
{
    return (size_t)(reader->out_end - reader->out) >= bytes
               ? reader->out
               : cord_evtx_value_room_slow(reader, bytes);
}

/* False when nothing can be added any more. */
static inline bool evtx_add(struct cord_evtx *reader, uint32_t path, enum cord_value_kind kind,
                            unsigned flags, const char *ptr, size_t len)
{
    struct cord_values *values = reader->values;
    if (values->count >= reader->values_max) {
        reader->values_full = values->count >= values->max;
        evtx_damage(reader, "more values than a record may have");
        return false;
    }
    values->items[values->count++] = (struct cord_value){
        .ptr = ptr,
        .len = (uint32_t)len,
        .path = path & 0xffffffu,
        .kind = (uint32_t)kind & 0xfu,
        .flags = flags & 0xfu,
    };
    return true;
}

/* Appends substitution values; arrays give several. flags as of the operation. */
void cord_evtx_value_add(struct cord_evtx *reader, uint32_t path, unsigned flags,
                         struct evtx_substitution value);

/* The value's text at reader->out, which moves behind it; members of an array
 * have commas between them. ptr NULL when there is no room. */
cord_str cord_evtx_value_text(struct cord_evtx *reader, struct evtx_substitution value,
                              bool *ret_ascii);

/* UTF-16LE at a chunk offset as text at reader->out, which moves behind it. */
cord_str cord_evtx_value_utf16(struct cord_evtx *reader, size_t at, size_t units, bool *ret_ascii);

/* The program of the binary XML in [source, end) below parent: compiled now, or
 * for this chunk before. NULL, with damage told, when there is no room. */
const struct evtx_program *cord_evtx_template_program(struct cord_evtx *reader, uint32_t source,
                                                      uint32_t end, uint32_t parent);

/* A template instance: where its parts lie in the chunk. */
struct evtx_instance {
    uint32_t body; /* of the definition */
    uint32_t body_end;
    uint32_t descriptors; /* four bytes each */
    uint32_t count;
    uint32_t values;
    uint32_t end;
};

/* at is behind the token 0x0c. NULL, or what is wrong. */
const char *cord_evtx_template_instance(const struct cord_evtx *reader, uint32_t at, uint32_t end,
                                        struct evtx_instance *ret_instance);

/* Appends the values of the binary XML in [at, end) below parent. Damage is
 * told in the reader. */
void cord_evtx_record_run(struct cord_evtx *reader, uint32_t at, uint32_t end, uint32_t parent,
                          unsigned nesting);

uint32_t cord_evtx_checksum(const struct cord_evtx *reader, uint32_t crc, const uint8_t *data,
                            size_t len);
void cord_evtx_checksum_table(uint32_t ret_table[8][256]);

#endif
