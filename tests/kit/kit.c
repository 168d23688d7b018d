/* kit.c: see kit.h. */
#include "kit/kit.h"

#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

#ifndef CORD_SOURCE_DIR
#error "CORD_SOURCE_DIR comes from the build"
#endif

void kit_run(void **state)
{
    void (*test)(void) = (void (*)(void))(uintptr_t)*state;
    test();
}

void kit_check_str(cord_str got, cord_str wanted, const char *file, int line)
{
    if (!cord_str_eq(got, wanted)) {
        print_error("%s:%d: got    \"%.*s\"\n", file, line, CORD_STR_ARG(got));
        print_error("%s:%d: wanted \"%.*s\"\n", file, line, CORD_STR_ARG(wanted));
        fail();
    }
}

const char *kit_shared(void)
{
    const char *chosen = getenv("CORD_SHARED");
    const char *path = chosen ? chosen : CORD_SOURCE_DIR "/../shared";
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? path : NULL;
}

const char *kit_shared_path(const char *relative)
{
    static char path[4096];
    const char *shared = kit_shared();
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/%s", shared ? shared : "", relative);
    if (!shared || stat(path, &info) != 0) {
        print_message("skipped: %s is not beside the checkout\n", relative);
        skip();
    }
    return path;
}

static cord_str slurp(const char *path)
{
    gzFile file = gzopen(path, "rb"); /* reads plain files as they are */
    assert_non_null(file);
    size_t cap = 1 << 16;
    size_t len = 0;
    char *text = malloc(cap + 64);
    assert_non_null(text);
    for (;;) {
        int got = gzread(file, text + len, (unsigned)(cap - len));
        assert_true(got >= 0);
        if (got == 0) {
            break;
        }
        len += (size_t)got;
        if (len == cap) {
            cap *= 2;
            text = realloc(text, cap + 64);
            assert_non_null(text);
        }
    }
    gzclose(file);
    memset(text + len, 0, 64);
    return (cord_str){text, len};
}

static cord_str unpack_xz(cord_str packed)
{
    size_t cap = packed.len * 8 + 4096;
    for (;;) {
        char *text = malloc(cap + 64);
        uint64_t memory = UINT64_MAX;
        size_t in = 0;
        size_t out = 0;
        assert_non_null(text);
        lzma_ret result =
            lzma_stream_buffer_decode(&memory, LZMA_CONCATENATED, NULL, (const uint8_t *)packed.ptr,
                                      &in, packed.len, (uint8_t *)text, &out, cap);
        if (result == LZMA_OK) {
            memset(text + out, 0, 64);
            return (cord_str){text, out};
        }
        free(text);
        assert_true(result == LZMA_BUF_ERROR);
        cap *= 2;
    }
}

cord_str kit_read_file(const char *path)
{
    cord_str text = slurp(path);
    if (cord_str_ends(cord_str_from(path), CORD_STR(".xz"))) {
        cord_str whole = unpack_xz(text);
        free((void *)(uintptr_t)text.ptr);
        return whole;
    }
    return text;
}

/* Interposed allocators: the linker wraps malloc and its kin in test binaries. */
static size_t fail_at; /* 0: off */
static size_t allocations;
static bool failed_one;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static bool fails_now(void)
{
    if (fail_at == 0 || ++allocations != fail_at) {
        return false;
    }
    failed_one = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails_now() ? NULL : __real_aligned_alloc(alignment, size);
}

void kit_fail_allocation(size_t nth)
{
    fail_at = nth;
    allocations = 0;
    failed_one = false;
}

bool kit_fail_allocation_off(void)
{
    fail_at = 0;
    return failed_one;
}
