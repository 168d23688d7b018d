/* tail_read.c: see tail_internal.h. From a file's bytes to deliveries and positions. */
#include "codec/json_span.h"

#include "base/timestamp.h"
#include "ingest/tail_internal.h"
#include "ingest/unwrap.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define GONE_NS (10 * CORD_SECOND_NS)

/* --- records --- */

static cord_status unwrap_lines(const struct cord_delivery_kind *kind, cord_str bytes,
                                cord_str context, struct cord_unwrap *unwrap,
                                struct cord_error *err)
{
    cord_str line;
    (void)kind;
    (void)err;
    while (bytes.len > 0 && cord_str_cut(&bytes, '\n', &line) && !unwrap->failed) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
            line.len--;
        }
        if (cord_str_trim(line).len == 0) {
            continue; /* a blank line is no record */
        }
        if (context.len == 0 || cord_json_span_is_object(line)) {
            cord_unwrap_put_text(unwrap, line);
        } else {
            cord_unwrap_refuse(unwrap, CORD_LOSS_MALFORMED, CORD_STR("not a JSON object"), line);
        }
    }
    return CORD_OK;
}

static const struct cord_delivery_kind file_kind = {.name = "file", .unwrap = unwrap_lines};

/* --- positions --- */

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

ssize_t cord_tail_read_bytes(int file, char *into, size_t len, uint64_t at)
{
    size_t got = 0;
    while (got < len) {
        ssize_t more = pread(file, into + got, len - got, (off_t)(at + got));
        if (more < 0 && errno == EINTR) {
            continue;
        }
        if (more < 0) {
            return -1;
        }
        if (more == 0) {
            break;
        }
        got += (size_t)more;
    }
    return (ssize_t)got;
}

bool cord_tail_read_head(const struct cord_tail_file *file, char head[CORD_TAIL_HEAD_BYTES_MAX],
                         size_t *ret_len)
{
    ssize_t got = cord_tail_read_bytes(file->file, head, CORD_TAIL_HEAD_BYTES_MAX, 0);
    *ret_len = got > 0 ? (size_t)got : 0;
    return got >= 0 && (uint64_t)got >= file->head_len &&
           cord_tail_positions_hash((cord_str){head, (size_t)file->head_len}) == file->head_hash;
}

struct cord_tail_position cord_tail_read_position(const struct cord_tail_file *file,
                                                  uint64_t offset, cord_str head)
{
    uint64_t len = min_u64(min_u64(offset, head.len), CORD_TAIL_HEAD_BYTES_MAX);
    return (struct cord_tail_position){
        .owner = file->tail->owner,
        .device = file->device,
        .inode = file->inode,
        .offset = offset,
        .head_hash = cord_tail_positions_hash((cord_str){head.ptr, (size_t)len}),
        .head_len = len,
    };
}

void cord_tail_read_advance(struct cord_tail_file *file, const struct cord_tail_position *to)
{
    struct cord_tail *tail = file->tail;
    file->offset = to->offset;
    file->head_hash = to->head_hash;
    file->head_len = to->head_len;
    if (cord_tail_positions_put(tail->options.positions, to) != CORD_OK) {
        cord_log_warn(tail->options.ends.log, "tail.position_not_kept",
                      CORD_KV_TEXT("path", tail->path));
    }
}

static void start_over(struct cord_tail_file *file, uint64_t size)
{
    struct cord_tail *tail = file->tail;
    cord_log_warn(tail->options.ends.log, "tail.truncated", CORD_KV_TEXT("path", tail->path),
                  CORD_KV_U64("read", file->offset), CORD_KV_U64("known", file->seen_size),
                  CORD_KV_U64("bytes", size));
    struct cord_tail_position begin = cord_tail_read_position(file, 0, (cord_str){"", 0});
    file->skipping = false;
    cord_tail_read_advance(file, &begin);
}

/* --- reading --- */

static int64_t gone_after(const struct cord_tail *tail)
{
    return tail->options.gone_ns > 0 ? tail->options.gone_ns : GONE_NS;
}

/* Nobody is to add to it any more: a last line without an end is a line. */
static bool is_final(const struct cord_tail_file *file)
{
    return file->gone_ns > 0 &&
           cord_loop_now_ns(file->tail->loop) - file->gone_ns >= gone_after(file->tail);
}

static void note_seen(struct cord_tail_file *file, const struct stat *info)
{
    file->seen = info->st_mtim;
    file->seen_size = (uint64_t)info->st_size;
    file->ended = is_final(file) && file->offset >= file->seen_size;
}

static bool is_seen(const struct cord_tail_file *file, const struct stat *info)
{
    return file->seen_size == (uint64_t)info->st_size &&
           file->seen.tv_sec == info->st_mtim.tv_sec && file->seen.tv_nsec == info->st_mtim.tv_nsec;
}

static void on_done(struct cord_delivery *delivery)
{
    struct cord_tail_file *file = delivery->self;
    bool taken = delivery->status == CORD_OK || delivery->status == CORD_E_FORMAT;
    file->delivery = NULL;
    cord_delivery_free(delivery);
    if (taken) {
        cord_tail_read_advance(file, &file->after);
        cord_tail_read_more(file);
    }
}

static void put(struct cord_tail_file *file, struct cord_delivery *delivery)
{
    struct cord_tail *tail = file->tail;
    delivery->received_ns = cord_clock_now_ns(&tail->options.ends.clock);
    delivery->loop = tail->loop;
    delivery->done = on_done;
    delivery->self = file;
    delivery->context = tail->options.json ? CORD_STR("json") : (cord_str){"", 0};
    file->delivery = delivery;
    if (tail->options.ends.port.put(tail->options.ends.port.self, delivery) != CORD_OK) {
        file->delivery = NULL; /* there is no room: the next turn reads it again */
        cord_delivery_free(delivery);
    }
}

/* Past a line that is too long; true when its end is among these bytes. */
static bool skip(struct cord_tail_file *file, const struct cord_source *source, cord_str bytes,
                 cord_str head)
{
    struct cord_tail_options *options = &file->tail->options;
    size_t end = cord_str_find_char(bytes, '\n', 0);
    if (end == SIZE_MAX) {
        file->skipping = true;
        file->offset += bytes.len;
        return false;
    }
    options->ends.lost(options->ends.self, source->name, source->organisation, CORD_LOSS_OVERSIZE,
                       1, cord_clock_now_ns(&options->ends.clock));
    struct cord_tail_position to = cord_tail_read_position(file, file->offset + end + 1, head);
    file->skipping = false;
    cord_tail_read_advance(file, &to);
    return true;
}

size_t cord_tail_read_through(cord_str bytes)
{
    const char *end = bytes.len > 0 ? memrchr(bytes.ptr, '\n', bytes.len) : NULL;
    return end ? (size_t)(end - bytes.ptr) + 1 : 0;
}

/* The bytes behind the offset are in the body. True: what is to be read has changed, and there
 * is no delivery. */
static bool take(struct cord_tail_file *file, struct cord_delivery *delivery, cord_str head,
                 bool all)
{
    cord_str bytes = cord_buf_str(&delivery->body);
    size_t len = cord_tail_read_through(bytes);
    bool full = bytes.len >= file->tail->options.line_bytes_max;
    if (file->skipping || (len == 0 && full)) {
        bool more = skip(file, delivery->source, bytes, head) || full;
        cord_delivery_free(delivery);
        return more;
    }
    if (len == 0 && all && is_final(file)) {
        len = bytes.len;
    }
    if (len == 0) {
        cord_delivery_free(delivery);
        return false;
    }
    delivery->body.len = len;
    file->after = cord_tail_read_position(file, file->offset + len, head);
    put(file, delivery);
    return false;
}

static struct cord_delivery *new_delivery(struct cord_tail *tail)
{
    struct cord_sources *sources = cord_source_book_current(tail->options.ends.book);
    const struct cord_source *source = cord_sources_by_name(sources, cord_str_from(tail->source));
    struct cord_delivery *delivery = NULL;
    if (!source && !tail->nobody) {
        cord_log_error(tail->options.ends.log, "tail.source_not_registered",
                       CORD_KV_TEXT("path", tail->path), CORD_KV_TEXT("source", tail->source));
    }
    tail->nobody = !source;
    if (source && tail->options.ends.port.has_room(tail->options.ends.port.self, source)) {
        delivery = cord_delivery_new(&file_kind, tail->options.line_bytes_max);
    }
    if (!delivery) {
        cord_sources_unref(sources);
        return NULL;
    }
    delivery->sources = sources;
    delivery->source = source;
    return delivery;
}

/* One turn's worth. True: look again at once. */
static bool read_some(struct cord_tail_file *file, const struct stat *info)
{
    char head[CORD_TAIL_HEAD_BYTES_MAX];
    size_t head_len = 0;
    uint64_t size = (uint64_t)info->st_size;
    bool same = cord_tail_read_head(file, head, &head_len);
    if (size < file->offset || !same) {
        start_over(file, size);
    }
    if (size == file->offset) {
        note_seen(file, info);
        return false;
    }
    struct cord_delivery *delivery = new_delivery(file->tail);
    size_t want = (size_t)min_u64(size - file->offset, file->tail->options.line_bytes_max);
    char *into = delivery ? cord_buf_reserve(&delivery->body, want) : NULL;
    ssize_t got = into ? cord_tail_read_bytes(file->file, into, want, file->offset) : -1;
    if (got <= 0) {
        cord_delivery_free(delivery);
        return false;
    }
    delivery->body.len = (size_t)got;
    bool all = file->offset + (size_t)got >= size;
    bool again = take(file, delivery, (cord_str){head, head_len}, all);
    if (!again && !file->delivery && all && !is_final(file) && file->offset < size) {
        note_seen(file, info); /* the beginning of a line: its end changes the file */
    }
    return again;
}

void cord_tail_read_more(struct cord_tail_file *file)
{
    struct stat info;
    if (file->delivery || atomic_load(&file->tail->stopping) || fstat(file->file, &info) != 0) {
        return;
    }
    if (is_seen(file, &info) && !is_final(file)) {
        return;
    }
    for (int round = 0; round < 2 && read_some(file, &info); round++) {
    }
}
