/* block_part.c: see block_part.h. */
#include "evidence/block_part.h"

#include "base/hash.h"
#include "base/vec.h"
#include "evidence/block_internal.h"

#include <stdlib.h>
#include <zstd.h>

enum { OFFSET_AT = 8, COUNT_AT = 12, STORED_BELOW = 32 };

#define PACKED_MAX ((size_t)2 << 30)

void cord_block_part_put_magic(char *to, const char *magic)
{
    for (size_t i = 0; i < BLOCK_MAGIC_BYTES; i++) {
        to[i] = magic[i];
    }
}

void cord_block_part_put_u32(char *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        to[i] = (char)(value >> (8 * i));
    }
}

void cord_block_part_put_u64(char *to, uint64_t value)
{
    cord_block_part_put_u32(to, (uint32_t)value);
    cord_block_part_put_u32(to + 4, (uint32_t)(value >> 32));
}

uint32_t cord_block_part_u32(const char *from)
{
    const unsigned char *bytes = (const unsigned char *)from;
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint64_t cord_block_part_u64(const char *from)
{
    return cord_block_part_u32(from) | (uint64_t)cord_block_part_u32(from + 4) << 32;
}

void cord_block_part_init(struct cord_block_part *part)
{
    memset(part, 0, sizeof *part);
    cord_buf_init(&part->packed, PACKED_MAX);
    cord_buf_init(&part->directory, PACKED_MAX);
}

void cord_block_part_clear(struct cord_block_part *part)
{
    for (size_t i = 0; i < part->section_count; i++) {
        free(part->sections[i].text);
    }
    part->section_count = 0;
    cord_buf_clear(&part->packed);
    cord_buf_clear(&part->directory);
}

void cord_block_part_done(struct cord_block_part *part)
{
    cord_block_part_clear(part);
    ZSTD_freeDCtx(part->unzip);
    free(part->sections);
    cord_buf_done(&part->packed);
    cord_buf_done(&part->directory);
}

/* Packs into `out`; stored as it is where packing does not pay. */
static cord_status pack(struct cord_buf *out, ZSTD_CCtx *zstd, int level, cord_str text,
                        struct cord_block_section *section)
{
    size_t bound = ZSTD_compressBound(text.len);
    char *to = cord_buf_reserve(out, bound);
    if (!to) {
        return CORD_E_NOMEM;
    }
    size_t packed = text.len;
    section->packing = CORD_BLOCK_PART_STORED;
    if (text.len >= STORED_BELOW && section->kind != CORD_BLOCK_PART_FILTER) {
        size_t got = ZSTD_compressCCtx(zstd, to, bound, text.ptr, text.len, level);
        if (ZSTD_isError(got)) {
            return CORD_E_NOMEM;
        }
        if (got < text.len) {
            packed = got;
            section->packing = CORD_BLOCK_PART_ZSTD;
        }
    }
    if (section->packing == CORD_BLOCK_PART_STORED && text.len > 0) {
        memcpy(to, text.ptr, text.len);
    }
    out->len += packed;
    section->packed_len = (uint32_t)packed;
    section->len = (uint32_t)text.len;
    section->checksum = XXH3_64bits(to, packed);
    return CORD_OK;
}

cord_status cord_block_part_add(struct cord_block_part *part, ZSTD_CCtx *zstd, int level,
                                enum cord_block_part_kind kind, cord_str text)
{
    if (text.len > CORD_BLOCK_PART_SECTION_MAX ||
        part->section_count == CORD_BLOCK_PART_SECTIONS_MAX) {
        return CORD_E_LIMIT;
    }
    struct cord_block_section *sections =
        cord_vec_room(part->sections, part->section_count, &part->section_cap, sizeof *sections);
    if (!sections) {
        return CORD_E_NOMEM;
    }
    part->sections = sections;
    struct cord_block_section section = {.kind = kind};
    if (kind != CORD_BLOCK_PART_DIRECTORY) {
        cord_status status = pack(&part->packed, zstd, level, text, &section);
        if (status != CORD_OK) {
            return status;
        }
    }
    sections[part->section_count++] = section;
    return CORD_OK;
}

cord_status cord_block_part_directory(struct cord_block_part *part, ZSTD_CCtx *zstd, int level,
                                      cord_str text)
{
    if (text.len > CORD_BLOCK_PART_SECTION_MAX) {
        return CORD_E_LIMIT;
    }
    return pack(&part->directory, zstd, level, text, &part->sections[0]);
}

void cord_block_part_put(const struct cord_block_part *part, cord_str head, struct cord_buf *out)
{
    size_t table = part->section_count * CORD_BLOCK_PART_ENTRY_BYTES;
    size_t first = head.len + table;
    char *to = cord_buf_reserve(out, first + part->directory.len + part->packed.len);
    if (!to) {
        return;
    }
    memcpy(to, head.ptr, head.len);
    cord_block_part_put_u32(to + OFFSET_AT, (uint32_t)first);
    cord_block_part_put_u32(to + COUNT_AT, (uint32_t)part->section_count);
    char *entry = to + head.len;
    memset(entry, 0, table);
    for (size_t i = 0; i < part->section_count; i++, entry += CORD_BLOCK_PART_ENTRY_BYTES) {
        const struct cord_block_section *section = &part->sections[i];
        entry[0] = (char)section->kind;
        entry[1] = (char)section->packing;
        cord_block_part_put_u32(entry + 4, section->packed_len);
        cord_block_part_put_u32(entry + 8, section->len);
        cord_block_part_put_u64(entry + 16, section->checksum);
    }
    memset(to + head.len - 8, 0, 8); /* the sum itself counts as zero */
    cord_block_part_put_u64(to + head.len - 8, XXH3_64bits(to, first));
    if (part->directory.len > 0) {
        memcpy(to + first, part->directory.ptr, part->directory.len);
    }
    if (part->packed.len > 0) {
        memcpy(to + first + part->directory.len, part->packed.ptr, part->packed.len);
    }
    out->len += first + part->directory.len + part->packed.len;
}

static bool head_is_whole(cord_str bytes, const char *magic, size_t head_bytes, size_t *ret_first,
                          size_t *ret_count)
{
    if (bytes.len < head_bytes || memcmp(bytes.ptr, magic, BLOCK_MAGIC_BYTES) != 0) {
        return false;
    }
    size_t first = cord_block_part_u32(bytes.ptr + OFFSET_AT);
    size_t count = cord_block_part_u32(bytes.ptr + COUNT_AT);
    if (first > bytes.len || count > CORD_BLOCK_PART_SECTIONS_MAX ||
        first != head_bytes + count * CORD_BLOCK_PART_ENTRY_BYTES) {
        return false;
    }
    static const char zero[8];
    XXH3_state_t state;
    (void)XXH3_64bits_reset(&state);
    (void)XXH3_64bits_update(&state, bytes.ptr, head_bytes - 8);
    (void)XXH3_64bits_update(&state, zero, 8);
    (void)XXH3_64bits_update(&state, bytes.ptr + head_bytes, first - head_bytes);
    if (XXH3_64bits_digest(&state) != cord_block_part_u64(bytes.ptr + head_bytes - 8)) {
        return false;
    }
    *ret_first = first;
    *ret_count = count;
    return true;
}

static bool read_entry(const char *entry, struct cord_block_section *section)
{
    unsigned kind = (unsigned char)entry[0];
    unsigned packing = (unsigned char)entry[1];
    if (kind < CORD_BLOCK_PART_DIRECTORY || kind > CORD_BLOCK_PART_SUMMARY ||
        packing > CORD_BLOCK_PART_ZSTD) {
        return false;
    }
    section->kind = (enum cord_block_part_kind)kind;
    section->packing = (enum cord_block_part_packing)packing;
    section->packed_len = cord_block_part_u32(entry + 4);
    section->len = cord_block_part_u32(entry + 8);
    section->checksum = cord_block_part_u64(entry + 16);
    return section->len <= CORD_BLOCK_PART_SECTION_MAX &&
           (section->packing == CORD_BLOCK_PART_ZSTD || section->packed_len == section->len);
}

cord_status cord_block_part_open(struct cord_block_part *part, cord_str bytes, const char *magic,
                                 size_t head_bytes, struct cord_error *err)
{
    size_t at = 0;
    size_t count = 0;
    uint64_t unpacked = 0;
    cord_block_part_clear(part);
    if (!head_is_whole(bytes, magic, head_bytes, &at, &count)) {
        return cord_error_set(err, CORD_E_FORMAT, "head or section table is damaged");
    }
    free(part->sections);
    part->sections = calloc(count + 1, sizeof *part->sections);
    if (!part->sections) {
        part->section_cap = 0;
        return CORD_E_NOMEM;
    }
    part->section_cap = count + 1;
    for (size_t i = 0; i < count; i++) {
        struct cord_block_section *section = &part->sections[i];
        if (!read_entry(bytes.ptr + head_bytes + i * CORD_BLOCK_PART_ENTRY_BYTES, section) ||
            section->packed_len > bytes.len - at) {
            return cord_error_set(err, CORD_E_FORMAT, "section %zu is out of bounds", i);
        }
        section->packed = bytes.ptr + at;
        at += section->packed_len;
        unpacked += section->len;
        part->section_count++;
    }
    if (at != bytes.len) {
        return cord_error_set(err, CORD_E_FORMAT, "%zu bytes behind the last section",
                              bytes.len - at);
    }
    if (unpacked > CORD_BLOCK_PART_UNPACKED_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "would unpack to %llu bytes",
                              (unsigned long long)unpacked);
    }
    return CORD_OK;
}

cord_status cord_block_part_find(cord_str first, uint64_t part_len, const char *magic,
                                 size_t head_bytes, enum cord_block_part_kind kind,
                                 struct cord_block_part_place *ret_place)
{
    size_t start = 0;
    size_t count = 0;
    struct cord_block_part_place found = {0, 0, CORD_BLOCK_PART_STORED};
    bool has = false;
    if (!head_is_whole(first, magic, head_bytes, &start, &count)) {
        return CORD_E_FORMAT;
    }
    uint64_t at = start;
    for (size_t i = 0; i < count; i++) {
        struct cord_block_section section = {.kind = kind};
        if (at > part_len ||
            !read_entry(first.ptr + head_bytes + i * CORD_BLOCK_PART_ENTRY_BYTES, &section) ||
            section.packed_len > part_len - at) {
            return CORD_E_FORMAT;
        }
        if (section.kind == kind && !has) {
            found = (struct cord_block_part_place){at, section.packed_len, section.packing};
            has = true;
        }
        at += section.packed_len;
    }
    if (at != part_len) {
        return CORD_E_FORMAT;
    }
    *ret_place = found;
    return CORD_OK;
}

cord_status cord_block_part_unpack(struct cord_block_part *part, size_t number, char *to,
                                   struct cord_error *err)
{
    const struct cord_block_section *section = &part->sections[number];
    if (XXH3_64bits(section->packed, section->packed_len) != section->checksum) {
        return cord_error_set(err, CORD_E_FORMAT, "section %zu is damaged: checksum", number);
    }
    if (section->packing == CORD_BLOCK_PART_STORED) {
        if (section->len > 0) {
            memcpy(to, section->packed, section->len);
        }
        return CORD_OK;
    }
    if (!part->unzip) {
        part->unzip = ZSTD_createDCtx();
        if (!part->unzip) {
            return CORD_E_NOMEM;
        }
    }
    size_t got =
        ZSTD_decompressDCtx(part->unzip, to, section->len, section->packed, section->packed_len);
    if (ZSTD_isError(got) || got != section->len) {
        return cord_error_set(err, CORD_E_FORMAT, "section %zu does not unpack", number);
    }
    return CORD_OK;
}

cord_status cord_block_part_text(struct cord_block_part *part, size_t section, cord_str *ret_text,
                                 struct cord_error *err)
{
    if (section >= part->section_count) {
        return cord_error_set(err, CORD_E_FORMAT, "no section %zu", section);
    }
    struct cord_block_section *found = &part->sections[section];
    if (!found->text) {
        char *text = malloc((size_t)found->len + 1);
        if (!text) {
            return CORD_E_NOMEM;
        }
        cord_status status = cord_block_part_unpack(part, section, text, err);
        if (status != CORD_OK) {
            free(text);
            return status;
        }
        found->text = text;
    }
    *ret_text = (cord_str){found->text, found->len};
    return CORD_OK;
}

cord_status cord_block_part_all(struct cord_block_part *part, enum cord_block_part_kind kind,
                                cord_str *ret_text, struct cord_error *err)
{
    size_t len = 0;
    for (size_t i = 0; i < part->section_count; i++) {
        len += part->sections[i].kind == kind ? part->sections[i].len : 0;
    }
    char *text = malloc(len + 1);
    if (!text) {
        return CORD_E_NOMEM;
    }
    size_t at = 0;
    for (size_t i = 0; i < part->section_count; i++) {
        if (part->sections[i].kind != kind) {
            continue;
        }
        cord_status status = cord_block_part_unpack(part, i, text + at, err);
        if (status != CORD_OK) {
            free(text);
            return status;
        }
        at += part->sections[i].len;
    }
    *ret_text = (cord_str){text, len};
    return CORD_OK;
}
