/* arena.c: a chain of blocks, each twice the one before up to a megabyte. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_FIRST = 4096, BLOCK_LARGEST = 1 << 20 };

struct block {
    struct block *next;
    size_t size; /* usable bytes in data */
    alignas(max_align_t) char data[];
};

struct cord_arena {
    struct block *head;  /* the block being filled; older ones behind it */
    size_t used;         /* bytes of head handed out */
    size_t held;         /* usable bytes of all blocks from head on */
    struct block *spare; /* blocks of before, to be filled again */
    size_t spare_held;
    size_t bytes_max;
    bool at_ceiling; /* why the last allocation failed */
};

struct cord_arena *cord_arena_new(size_t bytes_max)
{
    struct cord_arena *arena = calloc(1, sizeof *arena);
    if (arena) {
        arena->bytes_max = bytes_max;
    }
    return arena;
}

static void free_blocks(struct block *block)
{
    while (block) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void cord_arena_free(struct cord_arena *arena)
{
    if (arena) {
        free_blocks(arena->head);
        free_blocks(arena->spare);
        free(arena);
    }
}

static void drop_spare(struct cord_arena *arena)
{
    free_blocks(arena->spare);
    arena->spare = NULL;
    arena->spare_held = 0;
}

static void push(struct cord_arena *arena, struct block *block)
{
    block->next = arena->head;
    arena->head = block;
    arena->used = 0;
    arena->held += block->size;
}

static bool grow(struct cord_arena *arena, size_t bytes)
{
    struct block *spare = arena->spare;
    if (spare && spare->size >= bytes) {
        arena->spare = spare->next;
        arena->spare_held -= spare->size;
        push(arena, spare);
        return true;
    }
    size_t size = arena->head ? arena->head->size * 2 : BLOCK_FIRST;
    size = size > BLOCK_LARGEST ? BLOCK_LARGEST : size;
    size = size < bytes ? bytes : size;
    if (size > arena->bytes_max - arena->held) {
        size = arena->bytes_max - arena->held;
        if (size < bytes) {
            arena->at_ceiling = true;
            return false;
        }
    }
    if (size > arena->bytes_max - arena->held - arena->spare_held) {
        drop_spare(arena);
    }
    struct block *block = malloc(sizeof *block + size);
    if (!block) {
        return false;
    }
    block->size = size;
    push(arena, block);
    return true;
}

static void *take(struct cord_arena *arena, size_t bytes, size_t align)
{
    if (arena->head) {
        size_t at = (arena->used + align - 1) & ~(align - 1);
        if (at <= arena->head->size && bytes <= arena->head->size - at) {
            arena->used = at + bytes;
            return arena->head->data + at;
        }
    }
    arena->at_ceiling = bytes > arena->bytes_max;
    if (arena->at_ceiling || !grow(arena, bytes)) {
        return NULL;
    }
    arena->used = bytes;
    return arena->head->data;
}

void *cord_arena_alloc(struct cord_arena *arena, size_t bytes)
{
    return take(arena, bytes, alignof(max_align_t));
}

void *cord_arena_zalloc(struct cord_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *memory = cord_arena_alloc(arena, count * size);
    if (memory) {
        memset(memory, 0, count * size);
    }
    return memory;
}

char *cord_arena_bytes(struct cord_arena *arena, size_t bytes)
{
    return take(arena, bytes, 1);
}

cord_str cord_arena_copy(struct cord_arena *arena, cord_str text)
{
    char *copy = text.len < SIZE_MAX ? cord_arena_bytes(arena, text.len + 1) : NULL;
    if (!copy) {
        return (cord_str){0};
    }
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    return (cord_str){copy, text.len};
}

cord_str cord_arena_printf(struct cord_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : cord_arena_bytes(arena, (size_t)len + 1);
    if (!text) {
        return (cord_str){0};
    }
    va_start(args, format);
    (void)vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return (cord_str){text, (size_t)len};
}

bool cord_arena_at_ceiling(const struct cord_arena *arena)
{
    return arena->at_ceiling;
}

void cord_arena_reset(struct cord_arena *arena)
{
    if (arena->head) {
        /* The newest block is the largest of those that doubled. */
        free_blocks(arena->head->next);
        drop_spare(arena);
        arena->head->next = NULL;
        arena->held = arena->head->size;
        arena->used = 0;
    }
}

void cord_arena_rewind(struct cord_arena *arena)
{
    if (!arena->head) {
        return;
    }
    struct block *before = arena->head->next;
    while (before) {
        struct block *next = before->next;
        if (before->size >= BLOCK_LARGEST) {
            before->next = arena->spare;
            arena->spare = before;
            arena->spare_held += before->size;
        } else {
            free(before); /* too small to be of use, and in the way of those that are */
        }
        before = next;
    }
    arena->head->next = NULL;
    arena->held = arena->head->size;
    arena->used = 0;
}

size_t cord_arena_held(const struct cord_arena *arena)
{
    return arena->held;
}
