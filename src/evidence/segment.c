/* segment.c: a sealed file read again; see segment.h. */
#include "evidence/segment_internal.h"

#include "base/arena.h"
#include "base/octets.h"
#include "evidence/chain.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { INFO_WORDS = 17 };

struct cord_segment {
    const struct cord_files *files;
    int dir;
    unsigned char store[CORD_SEGMENT_STORE_BYTES];
    struct cord_segment_info info;
    char *organisation;
    char name[CORD_SEGMENT_NAME];
    char person_name[CORD_SEGMENT_NAME];
    atomic_uint references;
    atomic_bool person_expired;
    atomic_bool doomed;
    atomic_bool loaded;
    pthread_mutex_t lock; /* guards loading; what is below never changes once loaded */
    struct cord_segment_layout layout;
    struct cord_arena *arena;
    struct cord_segment_block *blocks;
    struct cord_origin *origins;
    uint32_t origin_count;
};

void cord_segment_put_line(const struct cord_segment_info *info, struct cord_buf *lines)
{
    const uint64_t counts[] = {info->bytes,     info->person_bytes, info->block_count,
                               info->row_count, info->raw_bytes,    info->first,
                               info->last};
    const int64_t times[] = {info->when_min_ns, info->when_max_ns, info->received_min_ns,
                             info->received_max_ns, info->kept_from_ns};
    cord_buf_put_text(lines, "segment");
    cord_chain_put_number(lines, info->number);
    cord_chain_put_digest(lines, &info->seal);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        cord_chain_put_number(lines, counts[i]);
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        cord_chain_put_time(lines, times[i]);
    }
    cord_chain_put_number(lines, info->days);
    cord_chain_put_number(lines, info->personal_days);
    cord_chain_put_word(lines, info->organisation);
    cord_buf_put_char(lines, '\n');
}

cord_status cord_segment_parse_line(const cord_str *words, size_t count,
                                    struct cord_segment_info *ret_info, struct cord_buf *scratch)
{
    struct cord_segment_info info = {0};
    uint64_t blocks = 0;
    uint64_t days = 0;
    uint64_t personal_days = 0;
    uint64_t *const counts[] = {&info.bytes,     &info.person_bytes, &blocks,   &info.row_count,
                                &info.raw_bytes, &info.first,        &info.last};
    int64_t *const times[] = {&info.when_min_ns, &info.when_max_ns, &info.received_min_ns,
                              &info.received_max_ns, &info.kept_from_ns};
    if (count != INFO_WORDS || !cord_str_u64(words[0], &info.number) ||
        !cord_digest_parse(words[1], &info.seal)) {
        return CORD_E_FORMAT;
    }
    size_t at = 2;
    bool good = true;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        good = good && cord_str_u64(words[at++], counts[i]);
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        good = good && cord_str_i64(words[at++], times[i]);
    }
    good = good && cord_str_u64(words[at], &days) && cord_str_u64(words[at + 1], &personal_days);
    cord_buf_clear(scratch);
    if (!good || days > UINT32_MAX || personal_days > UINT32_MAX ||
        blocks > CORD_SEGMENT_BLOCKS_MAX || !cord_chain_unescape(words[at + 2], scratch)) {
        return CORD_E_FORMAT;
    }
    info.block_count = (uint32_t)blocks;
    info.days = (uint32_t)days;
    info.personal_days = (uint32_t)personal_days;
    info.organisation = cord_buf_str(scratch);
    *ret_info = info;
    return CORD_OK;
}

struct cord_segment *cord_segment_new(const struct cord_files *files, int dir,
                                      const unsigned char store[CORD_SEGMENT_STORE_BYTES],
                                      const struct cord_segment_info *info, bool person_expired)
{
    struct cord_segment *segment = calloc(1, sizeof *segment);
    if (!segment) {
        return NULL;
    }
    segment->files = files;
    segment->dir = dir;
    segment->info = *info;
    segment->organisation = malloc(info->organisation.len + 1);
    if (!segment->organisation || pthread_mutex_init(&segment->lock, NULL) != 0) {
        free(segment->organisation);
        free(segment);
        return NULL;
    }
    if (info->organisation.len > 0) {
        memcpy(segment->organisation, info->organisation.ptr, info->organisation.len);
    }
    segment->info.organisation = (cord_str){segment->organisation, info->organisation.len};
    memcpy(segment->store, store, sizeof segment->store);
    cord_segment_name(info->number, segment->name);
    cord_segment_person_name(info->number, segment->person_name);
    atomic_init(&segment->references, 1);
    atomic_init(&segment->person_expired, person_expired);
    return segment;
}

struct cord_segment *cord_segment_ref(struct cord_segment *segment)
{
    (void)atomic_fetch_add(&segment->references, 1);
    return segment;
}

void cord_segment_unref(struct cord_segment *segment)
{
    if (!segment || atomic_fetch_sub(&segment->references, 1) != 1) {
        return;
    }
    if (atomic_load(&segment->doomed)) {
        /* Said in the chain already: what stays is removed on opening. */
        (void)segment->files->unlink(segment->files->self, segment->dir, segment->name);
        if (segment->info.person_bytes > 0 && !atomic_load(&segment->person_expired)) {
            (void)segment->files->unlink(segment->files->self, segment->dir, segment->person_name);
        }
    }
    (void)pthread_mutex_destroy(&segment->lock);
    cord_arena_free(segment->arena);
    free(segment->organisation);
    free(segment);
}

const struct cord_segment_info *cord_segment_info(const struct cord_segment *segment)
{
    return &segment->info;
}

bool cord_segment_person_expired(const struct cord_segment *segment)
{
    return atomic_load(&segment->person_expired);
}

void cord_segment_expire_person(struct cord_segment *segment)
{
    atomic_store(&segment->person_expired, true);
}

void cord_segment_doom(struct cord_segment *segment)
{
    atomic_store(&segment->doomed, true);
}

static cord_status read_at(const struct cord_segment *segment, const char *name, uint64_t at,
                           uint64_t len, struct cord_buf *buf, struct cord_error *err)
{
    int file = -1;
    cord_buf_clear(buf);
    char *to = len > SIZE_MAX ? NULL : cord_buf_reserve(buf, (size_t)len);
    if (!to) {
        return cord_error_set(err, CORD_E_LIMIT, "%s: %" PRIu64 " bytes are too many", name, len);
    }
    cord_status status = cord_files_open(segment->files, segment->dir, name, O_RDONLY, &file, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_files_read(segment->files, file, to, (size_t)len, at);
    (void)close(file);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "%s: cannot read %" PRIu64 " bytes at %" PRIu64, name,
                              len, at);
    }
    buf->len = (size_t)len;
    return CORD_OK;
}

static bool read_origins(struct cord_segment *segment, struct cord_octets *octets)
{
    for (uint32_t i = 0; i < segment->origin_count; i++) {
        cord_str texts[CORD_SEGMENT_TEXTS];
        for (size_t k = 0; k < CORD_SEGMENT_TEXTS; k++) {
            texts[k] = cord_octets_text(octets);
        }
        segment->origins[i] = (struct cord_origin){texts[0], texts[1], texts[2], texts[3],
                                                   texts[4], texts[5], texts[6]};
    }
    return !octets->failed;
}

static struct cord_digest take_digest(struct cord_octets *octets)
{
    struct cord_digest digest = {{0}};
    cord_str bytes = cord_octets_take(octets, CORD_DIGEST_BYTES);
    if (bytes.len > 0) {
        memcpy(digest.bytes, bytes.ptr, bytes.len);
    }
    return digest;
}

static cord_status read_block_origins(struct cord_segment *segment,
                                      struct cord_segment_block *block, struct cord_octets *octets)
{
    uint32_t count = block->head.origin_count;
    if (octets->failed || count > cord_octets_left(octets) / 4 || count > segment->origin_count) {
        return CORD_E_FORMAT;
    }
    uint32_t *numbers = cord_arena_alloc(segment->arena, (count + (size_t)1) * sizeof *numbers);
    if (!numbers) {
        return cord_arena_failure(segment->arena);
    }
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = cord_octets_u32(octets);
        if (numbers[i] >= segment->origin_count) {
            return CORD_E_FORMAT;
        }
    }
    block->origins = numbers;
    return CORD_OK;
}

static bool is_inside(uint64_t at, uint64_t len, uint64_t from, uint64_t to)
{
    return at >= from && at <= to && len <= to - at;
}

static cord_status read_block(struct cord_segment *segment, struct cord_segment_block *block,
                              struct cord_octets *octets)
{
    block->body_at = cord_octets_u64(octets);
    block->body_len = cord_octets_u64(octets);
    block->filter_at = cord_octets_u64(octets);
    block->filter_len = cord_octets_u64(octets);
    block->personal_at = cord_octets_u64(octets);
    block->head.personal_bytes = cord_octets_u64(octets);
    block->head.row_count = cord_octets_u32(octets);
    block->head.origin_count = cord_octets_u32(octets);
    block->head.when_min_ns = cord_octets_i64(octets);
    block->head.when_max_ns = cord_octets_i64(octets);
    block->head.received_min_ns = cord_octets_i64(octets);
    block->head.received_max_ns = cord_octets_i64(octets);
    block->head.sequence_min = cord_octets_u64(octets);
    block->head.sequence_max = cord_octets_u64(octets);
    block->head.raw_bytes = cord_octets_u64(octets);
    block->body = take_digest(octets);
    block->filter = take_digest(octets);
    block->personal = take_digest(octets);
    const struct cord_segment_layout *layout = &segment->layout;
    if (layout->version >= CORD_SEGMENT_FOOT_VERSION) {
        block->summary_at = cord_octets_u64(octets);
        block->summary_len = cord_octets_u64(octets);
        block->summary = take_digest(octets);
    }
    /* In the footer filters and summaries are placed from where they begin. */
    if (!is_inside(block->body_at, block->body_len, CORD_SEGMENT_HEADER_BYTES,
                   layout->filters_at) ||
        !is_inside(block->filter_at, block->filter_len, 0,
                   layout->summaries_at - layout->filters_at) ||
        !is_inside(block->summary_at, block->summary_len, 0,
                   layout->footer_at - layout->summaries_at) ||
        (block->head.personal_bytes > 0 &&
         !is_inside(block->personal_at, block->head.personal_bytes, CORD_SEGMENT_HEADER_BYTES,
                    segment->info.person_bytes))) {
        return CORD_E_FORMAT;
    }
    block->filter_at += layout->filters_at;
    block->summary_at += layout->summaries_at;
    return read_block_origins(segment, block, octets);
}

/* The footer must say what the chain says. */
static bool read_head(struct cord_segment *segment, struct cord_octets *octets)
{
    const struct cord_segment_info *info = &segment->info;
    struct cord_segment_layout layout;
    bool good = cord_str_eq(cord_octets_take(octets, CORD_SEGMENT_MAGIC_BYTES),
                            cord_str_from(CORD_SEGMENT_FOOT_MAGIC));
    layout.version = cord_octets_u32(octets);
    good = good && layout.version >= CORD_SEGMENT_FOOT_VERSION_LEAST &&
           layout.version <= CORD_SEGMENT_FOOT_VERSION;
    good = cord_octets_u32(octets) == info->block_count && good;
    segment->origin_count = cord_octets_u32(octets);
    good = cord_octets_u32(octets) == info->days && good;
    good = cord_octets_u32(octets) == info->personal_days && good;
    (void)cord_octets_u32(octets);
    good = cord_str_eq(cord_octets_take(octets, CORD_SEGMENT_STORE_BYTES),
                       (cord_str){(const char *)segment->store, CORD_SEGMENT_STORE_BYTES}) &&
           good;
    const uint64_t wanted[] = {
        info->number,
        info->row_count,
        info->raw_bytes,
        info->first,
        info->last,
        (uint64_t)info->when_min_ns,
        (uint64_t)info->when_max_ns,
        (uint64_t)info->received_min_ns,
        (uint64_t)info->received_max_ns,
        (uint64_t)info->kept_from_ns,
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        good = cord_octets_u64(octets) == wanted[i] && good;
    }
    bool summaries = layout.version >= CORD_SEGMENT_FOOT_VERSION;
    layout.filters_at = cord_octets_u64(octets);
    layout.summaries_at = summaries ? cord_octets_u64(octets) : segment->layout.footer_at;
    layout.footer_at = cord_octets_u64(octets);
    good = cord_octets_u64(octets) == info->person_bytes && good;
    good = cord_str_eq(cord_octets_text(octets), info->organisation) && good;
    good = good && layout.filters_at >= CORD_SEGMENT_HEADER_BYTES &&
           layout.filters_at <= layout.summaries_at && layout.summaries_at <= layout.footer_at &&
           layout.footer_at == segment->layout.footer_at;
    segment->layout = layout;
    size_t block_bytes = CORD_SEGMENT_BLOCK_BYTES + (summaries ? CORD_SEGMENT_BLOCK_BYTES_MORE : 0);
    return good && !octets->failed &&
           segment->origin_count <= cord_octets_left(octets) / CORD_SEGMENT_TEXTS &&
           info->block_count <= cord_octets_left(octets) / block_bytes;
}

static cord_status read_footer(struct cord_segment *segment, cord_str footer)
{
    footer = cord_arena_copy(segment->arena, footer); /* origins point into it */
    if (!footer.ptr) {
        return cord_arena_failure(segment->arena);
    }
    struct cord_octets octets = cord_octets_of(footer);
    if (!read_head(segment, &octets)) {
        return CORD_E_FORMAT;
    }
    segment->origins = cord_arena_zalloc(segment->arena, segment->origin_count + (size_t)1,
                                         sizeof(*segment->origins));
    segment->blocks = cord_arena_zalloc(segment->arena, segment->info.block_count + (size_t)1,
                                        sizeof(*segment->blocks));
    if (!segment->origins || !segment->blocks) {
        return cord_arena_failure(segment->arena);
    }
    if (!read_origins(segment, &octets)) {
        return CORD_E_FORMAT;
    }
    for (uint32_t i = 0; i < segment->info.block_count; i++) {
        cord_status status = read_block(segment, &segment->blocks[i], &octets);
        if (status != CORD_OK) {
            return status;
        }
    }
    return cord_octets_left(&octets) == 0 && !octets.failed ? CORD_OK : CORD_E_FORMAT;
}

/* Where the footer is, by the last bytes of the file. */
static cord_status find_footer(struct cord_segment *segment, struct cord_buf *buf,
                               uint64_t *ret_len, struct cord_error *err)
{
    uint64_t bytes = 0;
    cord_status status = cord_files_size(segment->dir, segment->name, &bytes, err);
    if (status != CORD_OK) {
        return status;
    }
    if (bytes != segment->info.bytes ||
        bytes < CORD_SEGMENT_HEADER_BYTES + CORD_SEGMENT_TAIL_BYTES) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "%s has %" PRIu64 " bytes and was sealed with %" PRIu64,
                              segment->name, bytes, segment->info.bytes);
    }
    uint64_t tail_at = bytes - CORD_SEGMENT_TAIL_BYTES;
    status = read_at(segment, segment->name, tail_at, CORD_SEGMENT_TAIL_BYTES, buf, err);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_octets octets = cord_octets_of(cord_buf_str(buf));
    uint64_t at = cord_octets_u64(&octets);
    uint64_t len = cord_octets_u64(&octets);
    cord_str magic = cord_octets_take(&octets, CORD_SEGMENT_MAGIC_BYTES);
    if (!cord_str_eq(magic, cord_str_from(CORD_SEGMENT_TAIL_MAGIC)) || at > tail_at ||
        len != tail_at - at || len > CORD_SEGMENT_FOOTER_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: damaged at offset %" PRIu64, segment->name,
                              tail_at);
    }
    segment->layout.footer_at = at;
    *ret_len = len;
    return CORD_OK;
}

static cord_status load(struct cord_segment *segment, struct cord_buf *buf, struct cord_error *err)
{
    uint64_t len = 0;
    struct cord_digest digest;
    cord_status status = find_footer(segment, buf, &len, err);
    if (status == CORD_OK) {
        status = read_at(segment, segment->name, segment->layout.footer_at, len, buf, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    if (cord_digest_of(cord_buf_str(buf), &digest) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    if (!cord_digest_eq(&digest, &segment->info.seal)) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "%s: the footer at offset %" PRIu64 " is not what was sealed",
                              segment->name, segment->layout.footer_at);
    }
    segment->arena = cord_arena_new(CORD_SEGMENT_FOOTER_MAX * (size_t)4);
    if (!segment->arena) {
        return CORD_E_NOMEM;
    }
    status = read_footer(segment, cord_buf_str(buf));
    if (status != CORD_OK) {
        cord_arena_free(segment->arena);
        segment->arena = NULL;
        return cord_error_set(err, status, "%s: the footer cannot be understood", segment->name);
    }
    return CORD_OK;
}

cord_status cord_segment_load(struct cord_segment *segment, struct cord_error *err)
{
    if (atomic_load(&segment->loaded)) {
        return CORD_OK;
    }
    struct cord_buf buf;
    cord_buf_init(&buf, CORD_SEGMENT_FOOTER_MAX);
    (void)pthread_mutex_lock(&segment->lock);
    cord_status status = CORD_OK;
    if (!atomic_load(&segment->loaded)) {
        status = load(segment, &buf, err);
        atomic_store(&segment->loaded, status == CORD_OK);
    }
    (void)pthread_mutex_unlock(&segment->lock);
    cord_buf_done(&buf);
    return status;
}

uint32_t cord_segment_block_count(const struct cord_segment *segment)
{
    return segment->info.block_count;
}

const struct cord_segment_block *cord_segment_block(const struct cord_segment *segment, uint32_t at)
{
    return &segment->blocks[at];
}

uint32_t cord_segment_origin_count(const struct cord_segment *segment)
{
    return segment->origin_count;
}

const struct cord_origin *cord_segment_origin(const struct cord_segment *segment, uint32_t at)
{
    return &segment->origins[at];
}

cord_status cord_segment_read_body(const struct cord_segment *segment, uint32_t at,
                                   struct cord_buf *buf, struct cord_error *err)
{
    const struct cord_segment_block *block = &segment->blocks[at];
    return read_at(segment, segment->name, block->body_at, block->body_len, buf, err);
}

cord_status cord_segment_read_personal(const struct cord_segment *segment, uint32_t at,
                                       struct cord_buf *buf, cord_str *ret_personal,
                                       struct cord_error *err)
{
    const struct cord_segment_block *block = &segment->blocks[at];
    cord_buf_clear(buf);
    *ret_personal = (cord_str){"", 0};
    if (block->head.personal_bytes == 0) {
        return CORD_OK;
    }
    cord_status status = CORD_E_NOENT;
    if (!atomic_load(&segment->person_expired)) {
        status = read_at(segment, segment->person_name, block->personal_at,
                         block->head.personal_bytes, buf, err);
    }
    /* It may have expired since we looked, here or in another process. */
    if (status == CORD_E_NOENT) {
        *ret_personal = (cord_str){0};
        return CORD_OK;
    }
    if (status == CORD_OK) {
        *ret_personal = cord_buf_str(buf);
    }
    return status;
}

cord_status cord_segment_open_person(const struct cord_segment *segment, int *ret_file)
{
    if (segment->info.person_bytes == 0 || atomic_load(&segment->person_expired)) {
        return CORD_E_NOENT;
    }
    return cord_files_open(segment->files, segment->dir, segment->person_name, O_RDONLY, ret_file,
                           NULL);
}

cord_status cord_segment_read_piece(const struct cord_segment *segment, int file,
                                    const struct cord_segment_piece *piece, struct cord_buf *buf)
{
    const struct cord_segment_block *block = &segment->blocks[piece->block];
    cord_buf_clear(buf);
    if (!is_inside(piece->from, piece->len, 0, block->head.personal_bytes)) {
        return CORD_E_FORMAT;
    }
    char *to = cord_buf_reserve(buf, (size_t)piece->len);
    if (!to) {
        return CORD_E_NOMEM;
    }
    cord_status status = cord_files_read(segment->files, file, to, (size_t)piece->len,
                                         block->personal_at + piece->from);
    buf->len = status == CORD_OK ? (size_t)piece->len : 0;
    return status;
}

cord_status cord_segment_read_filters(const struct cord_segment *segment, struct cord_buf *buf,
                                      uint64_t *ret_at, struct cord_error *err)
{
    const struct cord_segment_layout *layout = &segment->layout;
    *ret_at = layout->filters_at;
    return read_at(segment, segment->name, layout->filters_at,
                   layout->summaries_at - layout->filters_at, buf, err);
}

cord_status cord_segment_read_summary(const struct cord_segment *segment, uint32_t at,
                                      struct cord_buf *buf, struct cord_error *err)
{
    const struct cord_segment_block *block = &segment->blocks[at];
    cord_buf_clear(buf);
    return block->summary_len == 0
               ? CORD_OK
               : read_at(segment, segment->name, block->summary_at, block->summary_len, buf, err);
}

/* A stretch of a file, as the footer has it. */
struct part {
    const char *name; /* of the file */
    uint64_t at;
    uint64_t len;
    const struct cord_digest *digest;
};

/* It must be right behind the one before it, and what was sealed. */
static cord_status verify_part(const struct cord_segment *segment, const struct part *part,
                               uint64_t *expected_at, struct cord_buf *buf)
{
    struct cord_digest digest;
    if (part->at != *expected_at) {
        return CORD_E_FORMAT;
    }
    *expected_at = part->at + part->len;
    cord_status status = read_at(segment, part->name, part->at, part->len, buf, NULL);
    if (status != CORD_OK) {
        return status;
    }
    if (cord_digest_of(cord_buf_str(buf), &digest) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    return cord_digest_eq(&digest, part->digest) ? CORD_OK : CORD_E_FORMAT;
}

static cord_status verify_header(const struct cord_segment *segment, const char *name,
                                 const char *magic, struct cord_buf *buf, struct cord_error *err)
{
    struct cord_buf wanted;
    cord_status status = read_at(segment, name, 0, CORD_SEGMENT_HEADER_BYTES, buf, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_buf_init(&wanted, 4096);
    cord_segment_put_header(magic, segment->store, segment->info.number, &wanted);
    if (wanted.failed) {
        status = CORD_E_NOMEM;
    } else if (!cord_str_eq(cord_buf_str(&wanted), cord_buf_str(buf))) {
        status = cord_error_set(err, CORD_E_FORMAT, "%s: the header at offset 0 is damaged", name);
    }
    cord_buf_done(&wanted);
    return status;
}

static cord_status say_part(cord_status status, uint32_t block, const char *word,
                            const struct part *part, struct cord_error *err)
{
    if (status == CORD_OK || status == CORD_E_NOMEM) {
        return status;
    }
    return cord_error_set(err, status, "%s: block %" PRIu32 ": the %s at offset %" PRIu64 " %s",
                          part->name, block, word, part->at,
                          status == CORD_E_FORMAT ? "is not what was sealed" : "cannot be read");
}

static cord_status verify_blocks(const struct cord_segment *segment, bool person,
                                 struct cord_buf *buf, struct cord_error *err)
{
    uint64_t body_at = CORD_SEGMENT_HEADER_BYTES;
    uint64_t person_at = CORD_SEGMENT_HEADER_BYTES;
    uint64_t filter_at = segment->layout.filters_at;
    uint64_t summary_at = segment->layout.summaries_at;
    for (uint32_t i = 0; i < segment->info.block_count; i++) {
        const struct cord_segment_block *block = &segment->blocks[i];
        const struct part body = {segment->name, block->body_at, block->body_len, &block->body};
        const struct part filter = {segment->name, block->filter_at, block->filter_len,
                                    &block->filter};
        const struct part summary = {segment->name, block->summary_at, block->summary_len,
                                     &block->summary};
        const struct part personal = {segment->person_name, block->personal_at,
                                      block->head.personal_bytes, &block->personal};
        cord_status status = verify_part(segment, &body, &body_at, buf);
        if (status != CORD_OK) {
            return say_part(status, i, "body", &body, err);
        }
        status = verify_part(segment, &filter, &filter_at, buf);
        if (status != CORD_OK) {
            return say_part(status, i, "filter", &filter, err);
        }
        if (segment->layout.version >= CORD_SEGMENT_FOOT_VERSION) {
            status = verify_part(segment, &summary, &summary_at, buf);
        }
        if (status != CORD_OK) {
            return say_part(status, i, "summary", &summary, err);
        }
        if (person && personal.len > 0) {
            status = verify_part(segment, &personal, &person_at, buf);
        }
        if (status != CORD_OK) {
            return say_part(status, i, "personal part", &personal, err);
        }
    }
    if (body_at != segment->layout.filters_at || filter_at != segment->layout.summaries_at ||
        summary_at != segment->layout.footer_at ||
        (person && person_at != segment->info.person_bytes)) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: its parts do not fill it", segment->name);
    }
    return CORD_OK;
}

static cord_status verify_person(const struct cord_segment *segment, struct cord_buf *buf,
                                 struct cord_error *err)
{
    uint64_t bytes = 0;
    cord_status status = cord_files_size(segment->dir, segment->person_name, &bytes, err);
    if (status == CORD_OK && bytes != segment->info.person_bytes) {
        status = cord_error_set(err, CORD_E_FORMAT,
                                "%s has %" PRIu64 " bytes and was sealed with %" PRIu64,
                                segment->person_name, bytes, segment->info.person_bytes);
    }
    if (status == CORD_OK) {
        status = verify_header(segment, segment->person_name, CORD_SEGMENT_PERSON_MAGIC, buf, err);
    }
    return status;
}

cord_status cord_segment_verify(struct cord_segment *segment, struct cord_error *err)
{
    struct cord_buf buf;
    bool person = segment->info.person_bytes > 0 && !atomic_load(&segment->person_expired);
    cord_status status = cord_segment_load(segment, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_buf_init(&buf, CORD_SEGMENT_FILTERS_MAX);
    status = verify_header(segment, segment->name, CORD_SEGMENT_MAGIC, &buf, err);
    if (status == CORD_OK && person) {
        status = verify_person(segment, &buf, err);
    }
    if (status == CORD_OK) {
        status = verify_blocks(segment, person, &buf, err);
    }
    cord_buf_done(&buf);
    return status;
}
