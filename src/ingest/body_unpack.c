/* body_unpack.c: see body_unpack.h. */
#include "ingest/body_unpack.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Memory that stays with a worker; what a big body needed beyond it is given back. */
#define BYTES_KEPT ((size_t)4 << 20)

struct cord_body_unpack {
    size_t bytes_max;
    size_t mapped;
    size_t dirty; /* at most so many of them were filled by the body before */
    char *out;    /* `mapped` bytes, filled on demand */
    struct libdeflate_decompressor *deflate;
    ZSTD_DCtx *zstd;
};

cord_status cord_body_unpack_coding(cord_str header, enum cord_delivery_coding *ret_coding)
{
    static const struct {
        const char *name;
        enum cord_delivery_coding coding;
    } CODINGS[] = {
        {"", CORD_CODING_IDENTITY},       {"identity", CORD_CODING_IDENTITY},
        {"gzip", CORD_CODING_GZIP},       {"x-gzip", CORD_CODING_GZIP},
        {"deflate", CORD_CODING_DEFLATE}, {"zstd", CORD_CODING_ZSTD},
    };
    cord_str name = cord_str_trim(header);
    for (size_t i = 0; i < sizeof CODINGS / sizeof *CODINGS; i++) {
        if (cord_str_eq_fold(name, cord_str_from(CODINGS[i].name))) {
            *ret_coding = CODINGS[i].coding;
            return CORD_OK;
        }
    }
    return CORD_E_UNSUPPORTED;
}

cord_status cord_body_unpack_new(size_t bytes_max, struct cord_body_unpack **ret_unpack,
                                 struct cord_error *err)
{
    struct cord_body_unpack *unpack = calloc(1, sizeof *unpack);
    if (!unpack || bytes_max > SIZE_MAX - CORD_BODY_UNPACK_PADDING) {
        free(unpack);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    unpack->bytes_max = bytes_max;
    unpack->deflate = libdeflate_alloc_decompressor();
    unpack->zstd = ZSTD_createDCtx();
    size_t mapped = bytes_max + CORD_BODY_UNPACK_PADDING;
    void *out = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (out != MAP_FAILED) {
        unpack->out = out;
        unpack->mapped = mapped;
    }
    if (!unpack->out || !unpack->deflate || !unpack->zstd) {
        cord_body_unpack_free(unpack);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory for bodies of %zu bytes",
                              bytes_max);
    }
    *ret_unpack = unpack;
    return CORD_OK;
}

void cord_body_unpack_free(struct cord_body_unpack *unpack)
{
    if (unpack) {
        if (unpack->out) {
            (void)munmap(unpack->out, unpack->mapped);
        }
        libdeflate_free_decompressor(unpack->deflate);
        (void)ZSTD_freeDCtx(unpack->zstd);
        free(unpack);
    }
}

static cord_status too_long(const struct cord_body_unpack *unpack, struct cord_error *err)
{
    return cord_error_set(err, CORD_E_LIMIT, "the body unpacks to more than %zu bytes",
                          unpack->bytes_max);
}

static cord_status from_deflate(const struct cord_body_unpack *unpack,
                                enum libdeflate_result result, const char *coding,
                                struct cord_error *err)
{
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
        return too_long(unpack, err);
    }
    return result == LIBDEFLATE_SUCCESS
               ? CORD_OK
               : cord_error_set(err, CORD_E_FORMAT, "the body is no sound %s data", coding);
}

/* RFC 1952: members, one after the other, and nothing else. */
static cord_status run_gzip(struct cord_body_unpack *unpack, cord_str packed, size_t *ret_len,
                            struct cord_error *err)
{
    size_t len = 0;
    do {
        size_t used = 0;
        size_t made = 0;
        enum libdeflate_result result =
            libdeflate_gzip_decompress_ex(unpack->deflate, packed.ptr, packed.len,
                                          unpack->out + len, unpack->bytes_max - len, &used, &made);
        cord_status status = from_deflate(unpack, result, "gzip", err);
        if (status != CORD_OK) {
            return status;
        }
        packed = cord_str_from_byte(packed, used);
        len += made;
    } while (packed.len > 0);
    *ret_len = len;
    return CORD_OK;
}

/* RFC 9110 says zlib's format; some have always sent it without zlib's head. */
static cord_status run_deflate(struct cord_body_unpack *unpack, cord_str packed, size_t *ret_len,
                               struct cord_error *err)
{
    size_t used = 0;
    size_t len = 0;
    enum libdeflate_result result = libdeflate_zlib_decompress_ex(
        unpack->deflate, packed.ptr, packed.len, unpack->out, unpack->bytes_max, &used, &len);
    if (result != LIBDEFLATE_SUCCESS && result != LIBDEFLATE_INSUFFICIENT_SPACE) {
        result = libdeflate_deflate_decompress_ex(unpack->deflate, packed.ptr, packed.len,
                                                  unpack->out, unpack->bytes_max, &used, &len);
    }
    if (result == LIBDEFLATE_SUCCESS && used != packed.len) {
        result = LIBDEFLATE_BAD_DATA;
    }
    *ret_len = len;
    return from_deflate(unpack, result, "deflate", err);
}

/* Frames of today's format, and such as are to be skipped; the library may know
 * formats of before 2016, too, which nobody needs here. */
static bool frame_is_known(cord_str packed)
{
    unsigned char head[4];
    if (packed.len < sizeof head) {
        return false;
    }
    memcpy(head, packed.ptr, sizeof head);
    uint32_t magic = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 |
                     (uint32_t)head[3] << 24;
    return magic == ZSTD_MAGICNUMBER ||
           (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

/* Frame by frame, straight to where it stays: what was unpacked is the window, so
 * that the one a frame asks for costs nothing. */
static cord_status run_zstd(struct cord_body_unpack *unpack, cord_str packed, size_t *ret_len,
                            struct cord_error *err)
{
    size_t len = 0;
    do {
        size_t used =
            frame_is_known(packed) ? ZSTD_findFrameCompressedSize(packed.ptr, packed.len) : 0;
        if (used == 0 || ZSTD_isError(used)) {
            return cord_error_set(err, CORD_E_FORMAT, "the body is no sound zstd data");
        }
        size_t made = ZSTD_decompressDCtx(unpack->zstd, unpack->out + len, unpack->bytes_max - len,
                                          packed.ptr, used);
        if (ZSTD_isError(made)) {
            return ZSTD_getErrorCode(made) == ZSTD_error_dstSize_tooSmall
                       ? too_long(unpack, err)
                       : cord_error_set(err, CORD_E_FORMAT, "the body is no sound zstd data: %s",
                                        ZSTD_getErrorName(made));
        }
        packed = cord_str_from_byte(packed, used);
        len += made;
    } while (packed.len > 0);
    *ret_len = len;
    return CORD_OK;
}

/* What the body before needed, beyond what is kept. */
static void give_back(struct cord_body_unpack *unpack)
{
    if (unpack->dirty > BYTES_KEPT) {
        (void)madvise(unpack->out + BYTES_KEPT, unpack->mapped - BYTES_KEPT, MADV_DONTNEED);
    }
    unpack->dirty = 0;
}

cord_status cord_body_unpack_run(struct cord_body_unpack *unpack, enum cord_delivery_coding coding,
                                 cord_str packed, cord_str *ret_bytes, struct cord_error *err)
{
    size_t len = 0;
    cord_status status = CORD_E_UNSUPPORTED;
    give_back(unpack);
    switch (coding) {
    case CORD_CODING_IDENTITY:
        *ret_bytes = packed;
        return CORD_OK;
    case CORD_CODING_GZIP:
        status = run_gzip(unpack, packed, &len, err);
        break;
    case CORD_CODING_DEFLATE:
        status = run_deflate(unpack, packed, &len, err);
        break;
    case CORD_CODING_ZSTD:
        status = run_zstd(unpack, packed, &len, err);
        break;
    }
    unpack->dirty = status == CORD_OK ? len : unpack->mapped;
    if (status == CORD_OK) {
        *ret_bytes = (cord_str){unpack->out, len};
    }
    return status;
}
