/* segment_writer.c: rows into a sealed file; see segment.h. */
#include "evidence/segment_internal.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/octets.h"
#include "base/vec.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BODY_BYTES_MAX = 1 << 30, ORIGINS_BYTES_MAX = 64 << 20, NAME_BYTES = CORD_SEGMENT_NAME + 8 };

struct output {
    char name[CORD_SEGMENT_NAME];
    char temporary[NAME_BYTES];
    int file; /* -1: not begun */
    uint64_t bytes;
    bool published;
};

struct cord_segment_writer {
    struct cord_segment_plan plan;
    struct output segment;
    struct output person;
    struct cord_buf body; /* of one block */
    struct cord_buf personal;
    struct cord_buf filter;  /* of one block */
    struct cord_buf filters; /* of all */
    struct cord_buf summary; /* of one block */
    struct cord_buf summaries;
    struct cord_buf origins; /* as in the footer */
    struct cord_buf blocks;  /* as in the footer */
    struct cord_buf key;
    struct cord_arena *arena; /* keys of the map */
    struct cord_map numbers;  /* of origins */
    uint32_t *block_origins;  /* of the block at hand */
    size_t block_origins_cap;
    struct cord_segment_info info;
    bool sealed;
};

void cord_segment_name(uint64_t number, char name[CORD_SEGMENT_NAME])
{
    (void)snprintf(name, CORD_SEGMENT_NAME, "segments/%08" PRIu64 ".seg", number);
}

void cord_segment_person_name(uint64_t number, char name[CORD_SEGMENT_NAME])
{
    (void)snprintf(name, CORD_SEGMENT_NAME, "segments/%08" PRIu64 ".person", number);
}

void cord_segment_put_header(const char *magic, const unsigned char store[CORD_SEGMENT_STORE_BYTES],
                             uint64_t number, struct cord_buf *out)
{
    size_t before = out->len;
    cord_buf_put_text(out, magic);
    cord_octets_put_u32(out, CORD_SEGMENT_VERSION);
    cord_octets_put_u32(out, CORD_SEGMENT_HEADER_BYTES);
    cord_buf_put(out, (cord_str){(const char *)store, CORD_SEGMENT_STORE_BYTES});
    cord_octets_put_u64(out, number);
    while (!out->failed && out->len - before < CORD_SEGMENT_HEADER_BYTES) {
        cord_buf_put_char(out, '\0');
    }
}

static cord_status begin(struct cord_segment_writer *writer, struct output *output,
                         const char *magic, struct cord_error *err)
{
    const struct cord_segment_plan *plan = &writer->plan;
    struct cord_buf header;
    (void)snprintf(output->temporary, sizeof output->temporary, "%s.new", output->name);
    cord_status status = cord_files_open(plan->files, plan->dir, output->temporary,
                                         O_RDWR | O_CREAT | O_TRUNC, &output->file, err);
    if (status != CORD_OK) {
        output->file = -1;
        return status;
    }
    cord_buf_init(&header, 4096);
    cord_segment_put_header(magic, plan->store, plan->number, &header);
    status = header.failed
                 ? CORD_E_NOMEM
                 : cord_files_write(plan->files, output->file, cord_buf_str(&header), 0, err);
    output->bytes = header.len;
    cord_buf_done(&header);
    return status;
}

cord_status cord_segment_writer_new(const struct cord_segment_plan *plan,
                                    struct cord_segment_writer **ret_writer, struct cord_error *err)
{
    struct cord_segment_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        return CORD_E_NOMEM;
    }
    writer->plan = *plan;
    writer->segment.file = -1;
    writer->person.file = -1;
    writer->info = (struct cord_segment_info){
        .number = plan->number,
        .days = plan->days,
        .personal_days = plan->personal_days,
        .first = UINT64_MAX,
        .when_min_ns = INT64_MAX,
        .when_max_ns = INT64_MIN,
        .received_min_ns = INT64_MAX,
        .received_max_ns = INT64_MIN,
        .kept_from_ns = plan->kept_from_ns,
        .organisation = plan->organisation,
    };
    cord_segment_name(plan->number, writer->segment.name);
    cord_segment_person_name(plan->number, writer->person.name);
    cord_buf_init(&writer->body, BODY_BYTES_MAX);
    cord_buf_init(&writer->personal, BODY_BYTES_MAX);
    cord_buf_init(&writer->filter, CORD_SEGMENT_FILTERS_MAX);
    cord_buf_init(&writer->summary, CORD_SEGMENT_FILTERS_MAX);
    cord_buf_init(&writer->summaries, CORD_SEGMENT_FILTERS_MAX);
    cord_buf_init(&writer->filters, CORD_SEGMENT_FILTERS_MAX);
    cord_buf_init(&writer->origins, ORIGINS_BYTES_MAX);
    cord_buf_init(&writer->blocks, CORD_SEGMENT_FOOTER_MAX / 2);
    cord_buf_init(&writer->key, ORIGINS_BYTES_MAX);
    cord_map_init(&writer->numbers, plan->seed);
    writer->arena = cord_arena_new(ORIGINS_BYTES_MAX);
    cord_status status = writer->arena ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = begin(writer, &writer->segment, CORD_SEGMENT_MAGIC, err);
    }
    if (status != CORD_OK) {
        cord_segment_writer_free(writer);
        return status;
    }
    *ret_writer = writer;
    return CORD_OK;
}

static void drop(const struct cord_segment_plan *plan, struct output *output)
{
    if (output->file >= 0) {
        (void)close(output->file);
        /* What cannot be removed now is in no entry, and goes on opening. */
        (void)plan->files->unlink(plan->files->self, plan->dir,
                                  output->published ? output->name : output->temporary);
    }
    output->file = -1;
}

void cord_segment_writer_free(struct cord_segment_writer *writer)
{
    if (!writer) {
        return;
    }
    drop(&writer->plan, &writer->segment);
    drop(&writer->plan, &writer->person);
    free(writer->block_origins);
    cord_map_done(&writer->numbers);
    cord_arena_free(writer->arena);
    cord_buf_done(&writer->key);
    cord_buf_done(&writer->blocks);
    cord_buf_done(&writer->origins);
    cord_buf_done(&writer->filters);
    cord_buf_done(&writer->summary);
    cord_buf_done(&writer->summaries);
    cord_buf_done(&writer->filter);
    cord_buf_done(&writer->personal);
    cord_buf_done(&writer->body);
    free(writer);
}

/* The origin's number in this segment, made when new. */
static cord_status number_of(struct cord_segment_writer *writer, const struct cord_origin *origin,
                             uint32_t *ret_number)
{
    const cord_str texts[CORD_SEGMENT_TEXTS] = {
        origin->organisation, origin->source,   origin->format, origin->event_class,
        origin->product,      origin->category, origin->service};
    cord_buf_clear(&writer->key);
    for (size_t i = 0; i < CORD_SEGMENT_TEXTS; i++) {
        cord_octets_put_text(&writer->key, texts[i]);
    }
    cord_str key = cord_buf_str(&writer->key);
    uint32_t known = writer->key.failed ? CORD_MAP_NONE : cord_map_get(&writer->numbers, key);
    if (known != CORD_MAP_NONE) {
        *ret_number = known;
        return CORD_OK;
    }
    uint32_t number = (uint32_t)writer->numbers.count;
    cord_buf_put(&writer->origins, key);
    key = cord_arena_copy(writer->arena, key);
    if (writer->key.failed || writer->origins.failed || !key.ptr) {
        return CORD_E_LIMIT;
    }
    *ret_number = number;
    return cord_map_put(&writer->numbers, key, number);
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Which origins the rows have, ascending. */
static cord_status gather_origins(struct cord_segment_writer *writer,
                                  const struct cord_segment_rows *given, size_t *ret_count)
{
    const struct cord_rows *rows = given->rows;
    uint32_t origin_count = cord_rows_origin_count(rows);
    bool *seen = calloc((size_t)origin_count + 1, sizeof *seen);
    size_t found = 0;
    cord_status status = seen ? CORD_OK : CORD_E_NOMEM;
    for (size_t i = 0; i < given->count && status == CORD_OK; i++) {
        uint32_t origin = cord_rows_at(rows, given->which[i])->origin;
        if (seen[origin]) {
            continue;
        }
        seen[origin] = true;
        uint32_t *all =
            cord_vec_room(writer->block_origins, found, &writer->block_origins_cap, sizeof *all);
        if (!all) {
            status = CORD_E_NOMEM;
            break;
        }
        writer->block_origins = all;
        status = number_of(writer, cord_rows_origin_at(rows, origin), &all[found++]);
    }
    free(seen);
    if (status == CORD_OK && found > 1) {
        qsort(writer->block_origins, found, sizeof *writer->block_origins, compare_numbers);
    }
    *ret_count = found;
    return status;
}

static int64_t lower(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t higher(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void count_block(struct cord_segment_info *info, const struct cord_block_head *head)
{
    info->block_count++;
    info->row_count += head->row_count;
    info->raw_bytes += head->raw_bytes;
    info->first = head->sequence_min < info->first ? head->sequence_min : info->first;
    info->last = head->sequence_max > info->last ? head->sequence_max : info->last;
    info->when_min_ns = lower(info->when_min_ns, head->when_min_ns);
    info->when_max_ns = higher(info->when_max_ns, head->when_max_ns);
    info->received_min_ns = lower(info->received_min_ns, head->received_min_ns);
    info->received_max_ns = higher(info->received_max_ns, head->received_max_ns);
    info->kept_from_ns = higher(info->kept_from_ns, head->received_max_ns);
}

/* The block's record in the footer. */
static cord_status note_block(struct cord_segment_writer *writer,
                              const struct cord_block_head *head, size_t origin_count)
{
    const cord_str parts[4] = {cord_buf_str(&writer->body), cord_buf_str(&writer->filter),
                               cord_buf_str(&writer->personal), cord_buf_str(&writer->summary)};
    const uint64_t places[6] = {writer->segment.bytes, parts[0].len,         writer->filters.len,
                                parts[1].len,          writer->person.bytes, parts[2].len};
    const uint64_t numbers[7] = {(uint64_t)head->when_min_ns,
                                 (uint64_t)head->when_max_ns,
                                 (uint64_t)head->received_min_ns,
                                 (uint64_t)head->received_max_ns,
                                 head->sequence_min,
                                 head->sequence_max,
                                 head->raw_bytes};
    struct cord_buf *out = &writer->blocks;
    for (size_t i = 0; i < 6; i++) {
        cord_octets_put_u64(out, places[i]);
    }
    cord_octets_put_u32(out, head->row_count);
    cord_octets_put_u32(out, (uint32_t)origin_count);
    for (size_t i = 0; i < 7; i++) {
        cord_octets_put_u64(out, numbers[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        struct cord_digest digest;
        if (i == 3) {
            cord_octets_put_u64(out, writer->summaries.len);
            cord_octets_put_u64(out, parts[i].len);
        }
        if (cord_digest_of(parts[i], &digest) != CORD_OK) {
            return CORD_E_NOMEM;
        }
        cord_buf_put(out, (cord_str){(const char *)digest.bytes, sizeof digest.bytes});
    }
    for (size_t i = 0; i < origin_count; i++) {
        cord_octets_put_u32(out, writer->block_origins[i]);
    }
    return out->failed ? CORD_E_LIMIT : CORD_OK;
}

static cord_status put(const struct cord_segment_plan *plan, struct output *output, cord_str bytes,
                       struct cord_error *err)
{
    cord_status status = cord_files_write(plan->files, output->file, bytes, output->bytes, err);
    if (status != CORD_OK) {
        cord_error_context(err, "%s", output->temporary);
        return status;
    }
    output->bytes += bytes.len;
    return CORD_OK;
}

static cord_status write_block(struct cord_segment_writer *writer,
                               const struct cord_block_head *head, size_t origin_count,
                               struct cord_error *err)
{
    cord_status status = CORD_OK;
    if (writer->personal.len > 0 && writer->person.file < 0) {
        status = begin(writer, &writer->person, CORD_SEGMENT_PERSON_MAGIC, err);
    }
    if (status == CORD_OK) {
        status = note_block(writer, head, origin_count);
    }
    if (status == CORD_OK) {
        status = put(&writer->plan, &writer->segment, cord_buf_str(&writer->body), err);
    }
    if (status == CORD_OK && writer->personal.len > 0) {
        status = put(&writer->plan, &writer->person, cord_buf_str(&writer->personal), err);
    }
    if (status == CORD_OK) {
        cord_buf_put(&writer->filters, cord_buf_str(&writer->filter));
        cord_buf_put(&writer->summaries, cord_buf_str(&writer->summary));
        status = writer->filters.failed || writer->summaries.failed ? CORD_E_LIMIT : CORD_OK;
    }
    return status;
}

cord_status cord_segment_writer_add(struct cord_segment_writer *writer,
                                    struct cord_block_packer *packer,
                                    const struct cord_segment_rows *rows, struct cord_error *err)
{
    const struct cord_block_parts parts = {&writer->body, &writer->personal, &writer->filter,
                                           &writer->summary};
    struct cord_block_head head;
    size_t origin_count = 0;
    cord_buf_clear(&writer->body);
    cord_buf_clear(&writer->personal);
    cord_buf_clear(&writer->filter);
    cord_buf_clear(&writer->summary);
    if (writer->info.block_count == CORD_SEGMENT_BLOCKS_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "too many blocks for one segment");
    }
    cord_status status = gather_origins(writer, rows, &origin_count);
    if (status == CORD_OK) {
        status = cord_block_pack(packer, rows->rows, rows->which, rows->count, rows->is_personal,
                                 &parts, &head);
    }
    if (status != CORD_OK) {
        return cord_error_set(err, status, "packing %zu events: %s", rows->count,
                              cord_error_name(status));
    }
    status = write_block(writer, &head, origin_count, err);
    if (status == CORD_OK) {
        count_block(&writer->info, &head);
    }
    return status;
}

static void put_footer(const struct cord_segment_writer *writer, uint64_t footer_at,
                       struct cord_buf *out)
{
    const struct cord_segment_info *info = &writer->info;
    const uint64_t numbers[] = {
        info->row_count,
        info->raw_bytes,
        info->first,
        info->last,
        (uint64_t)info->when_min_ns,
        (uint64_t)info->when_max_ns,
        (uint64_t)info->received_min_ns,
        (uint64_t)info->received_max_ns,
        (uint64_t)info->kept_from_ns,
        footer_at - writer->summaries.len - writer->filters.len,
        footer_at - writer->summaries.len,
        footer_at,
        writer->person.bytes,
    };
    cord_buf_put_text(out, CORD_SEGMENT_FOOT_MAGIC);
    cord_octets_put_u32(out, CORD_SEGMENT_FOOT_VERSION);
    cord_octets_put_u32(out, info->block_count);
    cord_octets_put_u32(out, (uint32_t)writer->numbers.count);
    cord_octets_put_u32(out, info->days);
    cord_octets_put_u32(out, info->personal_days);
    cord_octets_put_u32(out, 0);
    cord_buf_put(out, (cord_str){(const char *)writer->plan.store, CORD_SEGMENT_STORE_BYTES});
    cord_octets_put_u64(out, info->number);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        cord_octets_put_u64(out, numbers[i]);
    }
    cord_octets_put_text(out, info->organisation);
    cord_buf_put(out, cord_buf_str(&writer->origins));
    cord_buf_put(out, cord_buf_str(&writer->blocks));
}

static cord_status write_footer(struct cord_segment_writer *writer, struct cord_error *err)
{
    struct cord_buf out;
    cord_buf_init(&out, CORD_SEGMENT_FOOTER_MAX);
    put_footer(writer, writer->segment.bytes, &out);
    size_t footer_len = out.len;
    cord_status status =
        out.failed ? CORD_E_LIMIT : cord_digest_of(cord_buf_str(&out), &writer->info.seal);
    cord_octets_put_u64(&out, writer->segment.bytes);
    cord_octets_put_u64(&out, footer_len);
    cord_buf_put_text(&out, CORD_SEGMENT_TAIL_MAGIC);
    if (status == CORD_OK && out.failed) {
        status = CORD_E_LIMIT;
    }
    if (status == CORD_OK) {
        status = put(&writer->plan, &writer->segment, cord_buf_str(&out), err);
    }
    cord_buf_done(&out);
    return status;
}

static cord_status publish(const struct cord_segment_plan *plan, struct output *output,
                           struct cord_error *err)
{
    if (output->file < 0) {
        return CORD_OK;
    }
    cord_status status = cord_files_sync(plan->files, output->file, err);
    if (status == CORD_OK &&
        plan->files->rename(plan->files->self, plan->dir, output->temporary, output->name) != 0) {
        status = cord_error_errno(err, "rename");
    }
    if (status != CORD_OK) {
        cord_error_context(err, "%s", output->name);
        return status;
    }
    output->published = true;
    return CORD_OK;
}

cord_status cord_segment_writer_seal(struct cord_segment_writer *writer,
                                     struct cord_segment_info *ret_info, struct cord_error *err)
{
    cord_status status = put(&writer->plan, &writer->segment, cord_buf_str(&writer->filters), err);
    if (status == CORD_OK) {
        status = put(&writer->plan, &writer->segment, cord_buf_str(&writer->summaries), err);
    }
    if (status == CORD_OK) {
        status = write_footer(writer, err);
    }
    if (status == CORD_OK) {
        status = publish(&writer->plan, &writer->person, err);
    }
    if (status == CORD_OK) {
        status = publish(&writer->plan, &writer->segment, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    writer->info.bytes = writer->segment.bytes;
    writer->info.person_bytes = writer->person.bytes;
    (void)close(writer->segment.file); /* synced */
    writer->segment.file = -1;
    if (writer->person.file >= 0) {
        (void)close(writer->person.file);
        writer->person.file = -1;
    }
    *ret_info = writer->info;
    return CORD_OK;
}
