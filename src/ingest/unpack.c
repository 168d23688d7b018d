/* unpack.c: one input buffer and a step function a format. */
#include "ingest/unpack.h"

#include "base/utf8.h"

#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum {
    INPUT_BYTES = 64 << 10,
    HEAD_BYTES = 16,
    ZSTD_WINDOW_LOG_MAX = 27,
};

#define XZ_MEMORY_MAX (136ULL << 20)

struct unpacker {
    struct cord_reader reader;
    struct cord_reader *inner;
    enum cord_packing packing;
    union {
        z_stream zlib;
        lzma_stream lzma;
        ZSTD_DStream *zstd;
    } as;
    bool ready;         /* the library's state above is set up */
    bool inner_end;     /* no input beyond the buffer */
    bool done;          /* the packed data ended properly */
    bool fresh;         /* nothing of the present member or frame is read yet */
    bool whole;         /* one member at least was read to its end */
    cord_status failed; /* a step's, with why: a library that failed is not asked again */
    struct cord_error why;
    uint64_t in_total;
    char spill[CORD_UTF8_BYTES_MAX]; /* of a character that did not fit the caller's room whole */
    size_t spill_len;
    size_t in_at;
    size_t in_len;
    char in[INPUT_BYTES];
};

enum cord_packing cord_unpack_recognise(cord_str head)
{
    if (cord_str_starts(head, CORD_STR("\x1f\x8b\x08"))) {
        return CORD_PACKING_GZIP;
    }
    if (cord_str_starts(head, CORD_STR("\xfd"
                                       "7zXZ\0"))) {
        return CORD_PACKING_XZ;
    }
    if (cord_str_starts(head, CORD_STR("\x28\xb5\x2f\xfd"))) {
        return CORD_PACKING_ZSTD;
    }
    if (cord_str_starts(head, CORD_STR("\xef\xbb\xbf"))) {
        return CORD_PACKING_UTF8_BOM;
    }
    if (cord_str_starts(head, CORD_STR("\xff\xfe"))) {
        return CORD_PACKING_UTF16LE;
    }
    if (cord_str_starts(head, CORD_STR("\xfe\xff"))) {
        return CORD_PACKING_UTF16BE;
    }
    return CORD_PACKING_NONE;
}

const char *cord_unpack_name(enum cord_packing packing)
{
    switch (packing) {
    case CORD_PACKING_NONE:
        return "none";
    case CORD_PACKING_GZIP:
        return "gzip";
    case CORD_PACKING_XZ:
        return "xz";
    case CORD_PACKING_ZSTD:
        return "zstd";
    case CORD_PACKING_DEFLATE:
        return "deflate";
    case CORD_PACKING_UTF16LE:
        return "UTF-16LE";
    case CORD_PACKING_UTF16BE:
        return "UTF-16BE";
    case CORD_PACKING_UTF8_BOM:
        return "byte-order mark";
    }
    return "unknown";
}

/* One piece of work on the input buffer. CORD_OK with *ret_len 0 asks for more
 * input; CORD_E_END says that the packed data ended. */
typedef cord_status step_function(struct unpacker *self, char *into, size_t cap, size_t *ret_len,
                                  struct cord_error *err);

static cord_status damaged(const struct unpacker *self, const char *why, struct cord_error *err)
{
    return cord_error_set(err, CORD_E_FORMAT, "%s data is damaged after %llu packed bytes: %s",
                          cord_unpack_name(self->packing),
                          (unsigned long long)(self->in_total - (self->in_len - self->in_at)), why);
}

static cord_status step_zlib(struct unpacker *self, char *into, size_t cap, size_t *ret_len,
                             struct cord_error *err)
{
    z_stream *zlib = &self->as.zlib;
    zlib->next_in = (Bytef *)self->in + self->in_at;
    zlib->avail_in = (uInt)(self->in_len - self->in_at);
    zlib->next_out = (Bytef *)into;
    zlib->avail_out = (uInt)(cap < (1u << 30) ? cap : (1u << 30));
    uInt room = zlib->avail_out;
    bool behind = self->fresh && self->whole;
    size_t before = self->in_at;
    int result = inflate(zlib, Z_NO_FLUSH);
    self->in_at = self->in_len - zlib->avail_in;
    *ret_len = room - zlib->avail_out;
    self->fresh = self->fresh && self->in_at == before;
    if (result == Z_STREAM_END) {
        self->fresh = true;
        self->whole = true;
        if (self->packing == CORD_PACKING_DEFLATE) {
            self->done = true;
            return CORD_OK;
        }
        return inflateReset(zlib) == Z_OK ? CORD_OK : damaged(self, "reset", err);
    }
    if (result == Z_DATA_ERROR && behind) {
        self->done = true; /* padding behind the last member, as gzip(1) ignores it */
        return CORD_OK;
    }
    if (result != Z_OK && result != Z_BUF_ERROR) {
        return damaged(self, zlib->msg ? zlib->msg : "invalid data", err);
    }
    return CORD_OK;
}

static cord_status step_lzma(struct unpacker *self, char *into, size_t cap, size_t *ret_len,
                             struct cord_error *err)
{
    lzma_stream *lzma = &self->as.lzma;
    lzma->next_in = (const uint8_t *)self->in + self->in_at;
    lzma->avail_in = self->in_len - self->in_at;
    lzma->next_out = (uint8_t *)into;
    lzma->avail_out = cap;
    lzma_ret result = lzma_code(lzma, self->inner_end ? LZMA_FINISH : LZMA_RUN);
    self->in_at = self->in_len - lzma->avail_in;
    *ret_len = cap - lzma->avail_out;
    self->fresh = false;
    if (result == LZMA_STREAM_END) {
        self->done = true;
        return CORD_OK;
    }
    if (result == LZMA_MEMLIMIT_ERROR) {
        return cord_error_set(err, CORD_E_LIMIT, "xz data wants more than %llu MiB of memory",
                              (unsigned long long)(XZ_MEMORY_MAX >> 20));
    }
    if (result != LZMA_OK && result != LZMA_BUF_ERROR) {
        return damaged(self, "invalid data", err);
    }
    return CORD_OK;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is written through out.dst */
static cord_status step_zstd(struct unpacker *self, char *into, size_t cap, size_t *ret_len,
                             struct cord_error *err)
{
    ZSTD_inBuffer in = {self->in, self->in_len, self->in_at};
    ZSTD_outBuffer out = {into, cap, 0};
    size_t result = ZSTD_decompressStream(self->as.zstd, &out, &in);
    bool moved = in.pos != self->in_at || out.pos > 0;
    self->in_at = in.pos;
    *ret_len = out.pos;
    if (ZSTD_isError(result)) {
        return damaged(self, ZSTD_getErrorName(result), err);
    }
    self->fresh = moved ? result == 0 : self->fresh;
    return CORD_OK;
}

static unsigned unit_at(const struct unpacker *self, size_t at)
{
    unsigned a = (unsigned char)self->in[at];
    unsigned b = (unsigned char)self->in[at + 1];
    return self->packing == CORD_PACKING_UTF16LE ? a | b << 8 : b | a << 8;
}

/* As much of the last character as there is room for. */
static size_t give_spill(struct unpacker *self, char *into, size_t cap)
{
    size_t len = self->spill_len < cap ? self->spill_len : cap;
    memcpy(into, self->spill, len);
    self->spill_len -= len;
    memmove(self->spill, self->spill + len, self->spill_len);
    return len;
}

static cord_status step_utf16(struct unpacker *self, char *into, size_t cap, size_t *ret_len,
                              struct cord_error *err)
{
    (void)err;
    size_t len = give_spill(self, into, cap);
    while (cap - len > 0 && self->in_len - self->in_at >= 2) {
        unsigned code = unit_at(self, self->in_at);
        size_t used = 2;
        if (code >= 0xd800 && code < 0xdc00) {
            if (self->in_len - self->in_at < 4 && !self->inner_end) {
                break; /* the other half of the pair is not here yet */
            }
            unsigned low = self->in_len - self->in_at < 4 ? 0 : unit_at(self, self->in_at + 2);
            bool pair = low >= 0xdc00 && low < 0xe000;
            code = pair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
            used = pair ? 4 : 2;
        } else if (code >= 0xdc00 && code < 0xe000) {
            code = 0xfffd;
        }
        self->in_at += used;
        if (!(self->fresh && code == 0xfeff)) {
            self->spill_len = cord_utf8_encode(code, self->spill);
            len += give_spill(self, into + len, cap - len);
        }
        self->fresh = false;
    }
    if (self->inner_end && self->in_len - self->in_at < 2 && self->spill_len == 0) {
        self->in_at = self->in_len; /* half a character at the very end */
        self->done = true;
    }
    *ret_len = len;
    return CORD_OK;
}

static cord_status step_copy(struct unpacker *self, char *into, size_t cap, size_t *ret_len,
                             struct cord_error *err)
{
    (void)err;
    if (self->fresh && self->in_len - self->in_at >= 3) {
        self->in_at += 3; /* the byte-order mark */
        self->fresh = false;
    }
    size_t left = self->in_len - self->in_at;
    size_t take = left < cap ? left : cap;
    memcpy(into, self->in + self->in_at, take);
    self->in_at += take;
    self->done = self->inner_end && self->in_at == self->in_len;
    *ret_len = take;
    return CORD_OK;
}

static step_function *step_of(enum cord_packing packing)
{
    switch (packing) {
    case CORD_PACKING_GZIP:
    case CORD_PACKING_DEFLATE:
        return step_zlib;
    case CORD_PACKING_XZ:
        return step_lzma;
    case CORD_PACKING_ZSTD:
        return step_zstd;
    case CORD_PACKING_UTF16LE:
    case CORD_PACKING_UTF16BE:
        return step_utf16;
    case CORD_PACKING_NONE:
    case CORD_PACKING_UTF8_BOM:
        break;
    }
    return step_copy;
}

/* Moves what is left to the front and reads behind it. */
static cord_status refill(struct unpacker *self, struct cord_error *err)
{
    size_t left = self->in_len - self->in_at;
    size_t got = 0;
    memmove(self->in, self->in + self->in_at, left);
    self->in_at = 0;
    self->in_len = left;
    if (left == sizeof self->in) {
        return CORD_OK;
    }
    cord_status status =
        cord_reader_read(self->inner, self->in + left, sizeof self->in - left, &got, err);
    if (status == CORD_E_END) {
        self->inner_end = true;
        return CORD_OK;
    }
    if (status == CORD_OK) {
        self->in_len += got;
        self->in_total += got;
    }
    return status;
}

static cord_status unpacker_read(struct cord_reader *reader, char *into, size_t cap,
                                 size_t *ret_len, struct cord_error *err)
{
    struct unpacker *self = (struct unpacker *)reader;
    step_function *step = step_of(self->packing);
    for (;;) {
        if (self->done) {
            return CORD_E_END;
        }
        size_t before = self->in_at;
        size_t got = 0;
        if (self->failed == CORD_OK) {
            self->failed = step(self, into, cap, &got, &self->why);
        }
        if (got > 0) {
            *ret_len = got; /* an error comes at the next call */
            return CORD_OK;
        }
        if (self->failed != CORD_OK) {
            return cord_error_set(err, self->failed, "%s", self->why.text);
        }
        if (self->done || self->in_at != before) {
            continue;
        }
        if (self->inner_end) {
            if (self->in_at == self->in_len && self->fresh && self->in_total > 0) {
                return CORD_E_END;
            }
            return damaged(self, "it ends too early", err);
        }
        cord_status status = refill(self, err);
        if (status != CORD_OK) {
            return status;
        }
        if (self->inner_end && self->in_at == self->in_len && self->fresh && self->in_total > 0) {
            return CORD_E_END; /* between two members: a proper end */
        }
    }
}

static void unpacker_close(struct cord_reader *reader)
{
    struct unpacker *self = (struct unpacker *)reader;
    if (self->ready) {
        if (self->packing == CORD_PACKING_XZ) {
            lzma_end(&self->as.lzma);
        } else if (self->packing == CORD_PACKING_ZSTD) {
            ZSTD_freeDStream(self->as.zstd);
        } else if (self->packing == CORD_PACKING_GZIP || self->packing == CORD_PACKING_DEFLATE) {
            (void)inflateEnd(&self->as.zlib);
        }
    }
    cord_reader_close(self->inner);
    free(self);
}

static bool set_up(struct unpacker *self)
{
    switch (self->packing) {
    case CORD_PACKING_GZIP:
        return inflateInit2(&self->as.zlib, 15 + 16) == Z_OK;
    case CORD_PACKING_DEFLATE:
        return inflateInit2(&self->as.zlib, -15) == Z_OK;
    case CORD_PACKING_XZ:
        return lzma_stream_decoder(&self->as.lzma, XZ_MEMORY_MAX, LZMA_CONCATENATED) == LZMA_OK;
    case CORD_PACKING_ZSTD:
        self->as.zstd = ZSTD_createDStream();
        return self->as.zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(
                                    self->as.zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX));
    case CORD_PACKING_NONE:
    case CORD_PACKING_UTF16LE:
    case CORD_PACKING_UTF16BE:
    case CORD_PACKING_UTF8_BOM:
        break;
    }
    return true;
}

static const struct cord_reader_ops unpacker_ops = {.read = unpacker_read, .close = unpacker_close};

cord_status cord_unpack_open(struct cord_reader *inner, enum cord_packing packing,
                             struct cord_reader **ret_reader, struct cord_error *err)
{
    if (packing == CORD_PACKING_NONE) {
        *ret_reader = inner;
        return CORD_OK;
    }
    struct unpacker *self = calloc(1, sizeof *self);
    if (!self) {
        cord_reader_close(inner);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    self->reader.ops = &unpacker_ops;
    self->inner = inner;
    self->packing = packing;
    self->fresh = true;
    self->ready = set_up(self);
    if (!self->ready) {
        if (packing == CORD_PACKING_ZSTD) {
            ZSTD_freeDStream(self->as.zstd);
        }
        unpacker_close(&self->reader);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    *ret_reader = &self->reader;
    return CORD_OK;
}

cord_status cord_unpack_layers(struct cord_reader *inner, unsigned layers_max,
                               struct cord_reader **ret_reader, struct cord_error *err)
{
    struct cord_reader *reader = inner;
    for (unsigned layer = 0;; layer++) {
        char head[HEAD_BYTES];
        size_t len = 0;
        cord_status status = cord_reader_fill(reader, head, sizeof head, &len, err);
        if (status != CORD_OK && len == 0) {
            cord_reader_close(reader);
            return status;
        }
        enum cord_packing packing = cord_unpack_recognise((cord_str){head, len});
        status = cord_reader_open_head(reader, (cord_str){head, len}, &reader, err);
        if (status != CORD_OK) {
            return status;
        }
        if (packing == CORD_PACKING_NONE) {
            *ret_reader = reader;
            return CORD_OK;
        }
        if (layer == layers_max) {
            cord_reader_close(reader);
            return cord_error_set(err, CORD_E_LIMIT, "packed more than %u times over", layers_max);
        }
        status = cord_unpack_open(reader, packing, &reader, err);
        if (status != CORD_OK) {
            return status;
        }
    }
}
