/* evtx.c: the records of a chunk, also of a damaged one. */
#include "codec/evtx_internal.h"

#include <stdlib.h>

enum {
    CHUNK_HEADER_BYTES = 512,
    RECORD_HEADER_BYTES = 24, /* signature, length, number, time */
    RECORD_BYTES_MIN = 28,    /* and the length once more */
    FILE_HEADER_SUMMED = 120,
};

#define RECORD_SIGNATURE 0x00002a2au

static const cord_str chunk_signature = {"ElfChnk", 8};
static const cord_str file_signature = {"ElfFile", 8};

struct cord_evtx *cord_evtx_new(struct cord_paths *paths, enum cord_cpu_level level)
{
    struct cord_evtx *reader = calloc(1, sizeof *reader);
    if (!reader) {
        return NULL;
    }
    reader->paths = paths;
    reader->level = level;
    reader->day = -1;
    reader->ops = malloc(EVTX_OPS_MAX * sizeof *reader->ops);
    reader->programs = malloc(EVTX_PROGRAMS_MAX * sizeof *reader->programs);
    reader->program_slots = calloc(EVTX_PROGRAM_SLOTS, sizeof *reader->program_slots);
    reader->substitutions = malloc(EVTX_SUBSTITUTIONS_MAX * sizeof *reader->substitutions);
    if (!reader->ops || !reader->programs || !reader->program_slots || !reader->substitutions) {
        cord_evtx_free(reader);
        return NULL;
    }
    cord_evtx_checksum_table(reader->crc_table);
    return reader;
}

void cord_evtx_free(struct cord_evtx *reader)
{
    if (reader) {
        free(reader->substitutions);
        free(reader->program_slots);
        free(reader->programs);
        free(reader->ops);
        free(reader);
    }
}

struct cord_evtx_file cord_evtx_file_header(cord_str text)
{
    bool chunk_follows =
        text.len >= CORD_EVTX_FILE_HEADER_BYTES + chunk_signature.len &&
        memcmp(text.ptr + CORD_EVTX_FILE_HEADER_BYTES, chunk_signature.ptr, 8) == 0;
    size_t whole = text.len < CORD_EVTX_FILE_HEADER_BYTES ? text.len : CORD_EVTX_FILE_HEADER_BYTES;
    if (cord_str_starts(text, chunk_signature)) {
        return (struct cord_evtx_file){0};
    }
    if (!cord_str_starts(text, file_signature)) {
        return (struct cord_evtx_file){
            .header_bytes = chunk_follows ? CORD_EVTX_FILE_HEADER_BYTES : 0,
            .damage = "the file header has no signature",
        };
    }
    struct cord_evtx_file file = {.header_bytes = whole};
    if (whole < CORD_EVTX_FILE_HEADER_BYTES) {
        file.damage = "the file ends within its header";
    } else if (!chunk_follows && text.len > CORD_EVTX_FILE_HEADER_BYTES) {
        /* Other sizes of the header are thinkable, none has been seen. */
        size_t said = evtx_u16((const uint8_t *)text.ptr + 40);
        bool there = said > FILE_HEADER_SUMMED && said <= text.len - 8 && said % 512 == 0 &&
                     memcmp(text.ptr + said, chunk_signature.ptr, 8) == 0;
        file.header_bytes = there ? said : whole;
    }
    return file;
}

/* Logs are grown in advance: zeros are what most of a short one holds. */
static bool is_zero(const uint8_t *at, size_t len)
{
    uint64_t any = 0;
    for (; len >= 64 && any == 0; at += 64, len -= 64) {
        uint64_t words[8];
        memcpy(words, at, sizeof words);
        any = words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7];
    }
    for (size_t i = 0; i < len; i++) {
        any |= at[i];
    }
    return any == 0;
}

size_t cord_evtx_chunk_span(cord_str text)
{
    size_t len = text.len < CORD_EVTX_CHUNK_BYTES ? text.len : CORD_EVTX_CHUNK_BYTES;
    if (cord_str_starts(text, chunk_signature) || is_zero((const uint8_t *)text.ptr, len)) {
        return len;
    }
    size_t next = cord_str_find((cord_str){text.ptr, len}, chunk_signature, 0);
    return next == SIZE_MAX ? len : next;
}

static unsigned wrong_checksums(const struct cord_evtx *reader)
{
    const uint8_t *chunk = reader->chunk;
    unsigned wrong = 0;
    uint32_t sum = cord_evtx_checksum(reader, 0, chunk, FILE_HEADER_SUMMED);
    sum = cord_evtx_checksum(reader, sum, chunk + 128, CHUNK_HEADER_BYTES - 128);
    if (sum != evtx_u32(chunk + 124)) {
        wrong |= CORD_EVTX_HEADER_CHECKSUM;
    }
    size_t end = evtx_u32(chunk + 48);
    if (end < CHUNK_HEADER_BYTES || end > reader->len ||
        cord_evtx_checksum(reader, 0, chunk + CHUNK_HEADER_BYTES, end - CHUNK_HEADER_BYTES) !=
            evtx_u32(chunk + 52)) {
        wrong |= CORD_EVTX_DATA_CHECKSUM;
    }
    return wrong;
}

/* Whether a record's frame is here: signature, and its length on both ends or
 * at least another record behind it. */
static bool is_record(const struct cord_evtx *reader, size_t at, size_t *ret_len)
{
    if (reader->len - at < RECORD_BYTES_MIN || evtx_u32(reader->chunk + at) != RECORD_SIGNATURE) {
        return false;
    }
    size_t len = evtx_u32(reader->chunk + at + 4);
    if (len < RECORD_BYTES_MIN || len > reader->len - at) {
        return false;
    }
    size_t next = at + len;
    bool agree = evtx_u32(reader->chunk + next - 4) == len;
    bool follows = reader->len - next >= 4 && evtx_u32(reader->chunk + next) == RECORD_SIGNATURE;
    *ret_len = len;
    return agree || follows;
}

static void forget_templates(struct cord_evtx *reader)
{
    memset(reader->program_slots, 0, EVTX_PROGRAM_SLOTS * sizeof *reader->program_slots);
    reader->program_count = 0;
    reader->op_count = 0;
    reader->substitution_count = 0;
}

unsigned cord_evtx_chunk_begin(struct cord_evtx *reader, cord_str chunk, size_t from,
                               struct cord_arena *arena)
{
    if (chunk.len > CORD_EVTX_CHUNK_BYTES) {
        chunk.len = CORD_EVTX_CHUNK_BYTES;
    }
    forget_templates(reader);
    reader->arena = arena;
    reader->out = NULL;
    reader->out_end = NULL;
    reader->chunk_out_left = EVTX_CHUNK_OUT_MAX;
    reader->chunk_work_left = EVTX_CHUNK_WORK_MAX;
    reader->chunk = (const uint8_t *)chunk.ptr;
    reader->len = chunk.len;
    reader->has_last_id = false;
    unsigned wrong = chunk.len < CORD_EVTX_CHUNK_BYTES ? CORD_EVTX_TRUNCATED : 0;
    if (!cord_str_starts(chunk, chunk_signature) || chunk.len < CHUNK_HEADER_BYTES) {
        if (is_zero(reader->chunk, chunk.len)) {
            reader->at = chunk.len;
            reader->free_at = chunk.len;
            return wrong | CORD_EVTX_NO_SIGNATURE | CORD_EVTX_BLANK;
        }
        size_t len;
        bool in_place =
            chunk.len > CHUNK_HEADER_BYTES && is_record(reader, CHUNK_HEADER_BYTES, &len);
        reader->at = from == 0 && in_place ? CHUNK_HEADER_BYTES : from;
        reader->free_at = chunk.len;
        return wrong | CORD_EVTX_NO_SIGNATURE;
    }
    reader->at = from > CHUNK_HEADER_BYTES ? from : CHUNK_HEADER_BYTES;
    size_t free_at = evtx_u32(reader->chunk + 48);
    bool sane = free_at >= CHUNK_HEADER_BYTES && free_at <= chunk.len;
    reader->free_at = sane ? free_at : chunk.len;
    return from == 0 ? wrong | wrong_checksums(reader) : wrong;
}

/* Behind the end that the header states, a log that was not closed may go on:
 * then the numbers do too. What an earlier use of the space left has others. */
static bool goes_on(const struct cord_evtx *reader, size_t at)
{
    size_t len;
    return reader->has_last_id && is_record(reader, at, &len) &&
           evtx_u64(reader->chunk + at + 8) == reader->last_id + 1;
}

/* The next place from `at` on where a record's frame is, or the end. */
static size_t find_record(const struct cord_evtx *reader, size_t at)
{
    static const char signature[4] = {'*', '*', 0, 0};
    while (reader->len - at >= RECORD_BYTES_MIN) {
        const uint8_t *hit =
            memmem(reader->chunk + at, reader->len - at, signature, sizeof signature);
        if (!hit) {
            break;
        }
        size_t len;
        at = (size_t)(hit - reader->chunk);
        if (is_record(reader, at, &len)) {
            return at;
        }
        at++;
    }
    return reader->len;
}

static const char *why_no_record(const struct cord_evtx *reader, size_t at)
{
    if (reader->len - at < RECORD_BYTES_MIN) {
        return "the chunk ends within a record";
    }
    if (evtx_u32(reader->chunk + at) != RECORD_SIGNATURE) {
        return "no record's signature";
    }
    size_t len = evtx_u32(reader->chunk + at + 4);
    if (len < RECORD_BYTES_MIN) {
        return "a record shorter than its own header";
    }
    return len > reader->len - at ? "a record reaches beyond its chunk"
                                  : "a record's two lengths differ";
}

/* Steps over bytes that are no record. CORD_E_MORE when nothing is lost: zeros
 * up to the end of the records. */
static cord_status skip_stretch(struct cord_evtx *reader, struct cord_evtx_record *ret_record)
{
    size_t from = reader->at;
    size_t to = find_record(reader, from);
    if (to >= reader->free_at && from < reader->free_at) {
        to = reader->free_at; /* behind it are leftovers, not records of this log */
    }
    reader->at = to;
    if (is_zero(reader->chunk + from, to - from)) {
        return CORD_E_MORE;
    }
    *ret_record = (struct cord_evtx_record){
        .offset = from,
        .len = to - from,
        .damage = why_no_record(reader, from),
    };
    return CORD_E_FORMAT;
}

static void begin_record(struct cord_evtx *reader, struct cord_values *values)
{
    reader->values = values;
    reader->values_full = false;
    reader->damage = NULL;
    size_t room = values->max - values->count;
    reader->values_max =
        values->count + (room < CORD_EVTX_VALUES_MAX ? room : CORD_EVTX_VALUES_MAX);
    reader->record_out_left = EVTX_RECORD_OUT_MAX;
    reader->record_work_left = reader->chunk_work_left < EVTX_RECORD_WORK_MAX
                                   ? reader->chunk_work_left
                                   : EVTX_RECORD_WORK_MAX;
}

static cord_status read_record(struct cord_evtx *reader, size_t len, struct cord_values *values,
                               struct cord_evtx_record *ret_record)
{
    size_t first = values->count;
    begin_record(reader, values);
    size_t work = reader->record_work_left;
    cord_evtx_record_run(reader, (uint32_t)(reader->at + RECORD_HEADER_BYTES),
                         (uint32_t)(reader->at + len - 4), CORD_PATH_ROOT, 0);
    if (reader->values_full && values->max - first < CORD_EVTX_VALUES_MAX) {
        values->count = first;
        return CORD_E_LIMIT;
    }
    reader->chunk_work_left -= work - reader->record_work_left;
    *ret_record = (struct cord_evtx_record){
        .offset = reader->at,
        .len = len,
        .id = evtx_u64(reader->chunk + reader->at + 8),
        .damage = reader->damage,
    };
    reader->last_id = ret_record->id;
    reader->has_last_id = true;
    reader->at += len;
    if (values->count == first) {
        ret_record->damage = reader->damage ? reader->damage : "a record without any value";
        return CORD_E_FORMAT;
    }
    return CORD_OK;
}

cord_status cord_evtx_next(struct cord_evtx *reader, struct cord_values *values,
                           struct cord_evtx_record *ret_record)
{
    for (;;) {
        if (reader->at >= reader->len) {
            return CORD_E_END;
        }
        if (reader->at >= reader->free_at && !goes_on(reader, reader->at)) {
            return CORD_E_END;
        }
        size_t len;
        if (is_record(reader, reader->at, &len)) {
            return read_record(reader, len, values, ret_record);
        }
        cord_status status = skip_stretch(reader, ret_record);
        if (status != CORD_E_MORE) {
            return status;
        }
    }
}
