/* spool.c: see spool.h. */
#include "evidence/spool.h"

#include "base/hash.h"
#include "base/octets.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { CHECKSUM_BYTES = 8 };

static const char header_magic[] = "CORDSPL1";
static const char frame_magic[] = "FRAM";

void cord_spool_name(uint64_t number, char name[CORD_SPOOL_NAME])
{
    (void)snprintf(name, CORD_SPOOL_NAME, "spool/%08" PRIu64 ".spool", number);
}

static void put_header(const struct cord_spool_header *header, struct cord_buf *out)
{
    cord_buf_put_text(out, header_magic);
    cord_octets_put_u32(out, 1);
    cord_octets_put_u32(out, CORD_SPOOL_HEADER_BYTES);
    cord_buf_put(out, (cord_str){(const char *)header->store, CORD_SPOOL_STORE_BYTES});
    cord_octets_put_u64(out, header->number);
    cord_octets_put_u64(out, header->salt);
    cord_octets_put_u64(out, cord_hash(cord_buf_str(out), 0));
}

cord_status cord_spool_create(const struct cord_files *files, int dir,
                              const struct cord_spool_header *header, int *ret_file,
                              struct cord_error *err)
{
    char name[CORD_SPOOL_NAME];
    struct cord_buf out;
    int file = -1;
    cord_spool_name(header->number, name);
    cord_status status = cord_files_open(files, dir, name, O_RDWR | O_CREAT | O_EXCL, &file, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_buf_init(&out, 4096);
    put_header(header, &out);
    status = out.failed ? CORD_E_NOMEM : cord_files_write(files, file, cord_buf_str(&out), 0, err);
    cord_buf_done(&out);
    if (status == CORD_OK) {
        status = cord_files_sync(files, file, err);
    }
    if (status == CORD_OK) {
        status = cord_files_sync_dir(files, dir, "spool", err);
    }
    if (status != CORD_OK) {
        (void)close(file);
        (void)files->unlink(files->self, dir, name); /* an empty one does no harm either */
        cord_error_context(err, "%s", name);
        return status;
    }
    *ret_file = file;
    return CORD_OK;
}

void cord_spool_put_frame(const struct cord_spool_frame *frame, uint64_t salt, struct cord_buf *out)
{
    size_t before = out->len;
    cord_buf_put_text(out, frame_magic);
    cord_octets_put_u32(out, frame->row_count);
    cord_octets_put_u64(out, frame->first);
    cord_octets_put_u64(out, frame->image.len);
    cord_octets_put_u64(out, cord_hash(frame->image, salt));
    if (!out->failed) {
        cord_octets_put_u64(out, cord_hash(cord_str_from_byte(cord_buf_str(out), before), salt));
    }
}

cord_status cord_spool_read(cord_str bytes, struct cord_spool_reader *ret_reader)
{
    struct cord_spool_reader reader = {.bytes = bytes, .at = CORD_SPOOL_HEADER_BYTES};
    cord_str head = cord_str_slice(bytes, 0, CORD_SPOOL_HEADER_BYTES);
    if (head.len < CORD_SPOOL_HEADER_BYTES) {
        return CORD_E_MORE;
    }
    struct cord_octets octets = cord_octets_of(head);
    cord_str magic = cord_octets_take(&octets, sizeof header_magic - 1);
    uint32_t version = cord_octets_u32(&octets);
    uint32_t len = cord_octets_u32(&octets);
    cord_str store = cord_octets_take(&octets, CORD_SPOOL_STORE_BYTES);
    reader.header.number = cord_octets_u64(&octets);
    reader.header.salt = cord_octets_u64(&octets);
    uint64_t checksum = cord_octets_u64(&octets);
    if (!cord_str_eq(magic, cord_str_from(header_magic)) || version != 1 ||
        len != CORD_SPOOL_HEADER_BYTES ||
        checksum != cord_hash(cord_str_slice(head, 0, head.len - CHECKSUM_BYTES), 0)) {
        return CORD_E_FORMAT;
    }
    memcpy(reader.header.store, store.ptr, CORD_SPOOL_STORE_BYTES);
    *ret_reader = reader;
    return CORD_OK;
}

static bool frame_at(const struct cord_spool_reader *reader, size_t at,
                     struct cord_spool_frame *ret_frame)
{
    cord_str head = cord_str_slice(reader->bytes, at, CORD_SPOOL_FRAME_BYTES);
    if (head.len < CORD_SPOOL_FRAME_BYTES || !cord_str_starts(head, cord_str_from(frame_magic))) {
        return false;
    }
    struct cord_octets octets = cord_octets_of(cord_str_from_byte(head, sizeof frame_magic - 1));
    struct cord_spool_frame frame = {.offset = at};
    frame.row_count = cord_octets_u32(&octets);
    frame.first = cord_octets_u64(&octets);
    uint64_t len = cord_octets_u64(&octets);
    uint64_t image_checksum = cord_octets_u64(&octets);
    uint64_t checksum = cord_octets_u64(&octets);
    size_t left = reader->bytes.len - at - CORD_SPOOL_FRAME_BYTES;
    uint64_t salt = reader->header.salt;
    if (checksum != cord_hash(cord_str_slice(head, 0, head.len - CHECKSUM_BYTES), salt) ||
        len > left) {
        return false;
    }
    frame.image = cord_str_slice(reader->bytes, at + CORD_SPOOL_FRAME_BYTES, (size_t)len);
    if (cord_hash(frame.image, salt) != image_checksum) {
        return false;
    }
    *ret_frame = frame;
    return true;
}

bool cord_spool_next(struct cord_spool_reader *reader, struct cord_spool_frame *ret_frame)
{
    size_t from = reader->at;
    size_t at = from;
    while (at < reader->bytes.len && !frame_at(reader, at, ret_frame)) {
        at = cord_str_find(reader->bytes, cord_str_from(frame_magic), at + 1);
    }
    if (at >= reader->bytes.len) { /* also when there is no further magic */
        reader->torn_bytes = reader->bytes.len - from;
        reader->at = reader->bytes.len;
        return false;
    }
    if (at > from) {
        reader->damaged_at = reader->damaged_bytes == 0 ? from : reader->damaged_at;
        reader->damaged_bytes += at - from;
    }
    reader->at = at + CORD_SPOOL_FRAME_BYTES + ret_frame->image.len;
    return true;
}
