/*
 * fuzz_block.c: whatever a file says, opening and unpacking it is an answer or
 * a refusal.
 *
 * Arbitrary bytes end at the first checksum. So the input is what stands behind
 * the checksums: 104 bytes of head, then sections, each of a byte (its kind; 128
 * added: in the personal part; 64: twice) and a length of three bytes. Sections
 * are put together as a packer does it.
 */
#include "evidence/block.h"

#include "evidence/block_column.h"
#include "evidence/block_head.h"
#include "evidence/block_internal.h"
#include "evidence/block_part.h"

#include <assert.h>
#include <stdlib.h>
#include <zstd.h>

struct maker {
    ZSTD_CCtx *zstd;
    struct cord_block_part parts[2];
    cord_str directory;
};

static cord_str take(cord_str *input, size_t len)
{
    cord_str taken = cord_str_slice(*input, 0, len);
    *input = cord_str_from_byte(*input, taken.len);
    return taken;
}

static bool add_section(struct maker *maker, cord_str *input)
{
    cord_str head = take(input, 4);
    if (head.len < 4) {
        return false;
    }
    const unsigned char *bytes = (const unsigned char *)head.ptr;
    size_t part = bytes[0] >> 7;
    enum cord_block_part_kind kind = (enum cord_block_part_kind)(bytes[0] & 7);
    cord_str text = take(input, bytes[1] | (size_t)bytes[2] << 8 | (size_t)bytes[3] << 16);
    if (kind == CORD_BLOCK_PART_DIRECTORY) {
        maker->directory = text;
        return true;
    }
    return cord_block_part_add(&maker->parts[part], maker->zstd, 1, kind, text) == CORD_OK;
}

static void look(cord_str body, cord_str personal)
{
    struct cord_block *block = NULL;
    struct cord_rows *rows = cord_rows_new(1 << 24, 3);
    struct cord_error err = {""};
    if (rows && cord_block_open(body, personal, &block, &err) == CORD_OK) {
        for (uint32_t c = 0; c < cord_block_column_count(block); c++) {
            const struct cord_block_entries *entries;
            cord_status status = cord_block_column_entries(block, c, &entries, &err);
            assert(status == CORD_OK || err.text[0] || status == CORD_E_LIMIT);
        }
        cord_status status = cord_block_unpack(block, NULL, 0, rows, &err);
        assert(status != CORD_OK || cord_rows_count(rows) == cord_block_head(block)->row_count);
    }
    cord_block_close(block);
    cord_rows_free(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str input = {(const char *)data, size};
    char head[CORD_BLOCK_HEAD_BYTES] = {0};
    struct maker maker = {.zstd = ZSTD_createCCtx()};
    struct cord_buf body;
    struct cord_buf personal;
    look(input, (cord_str){NULL, 0});
    look(input, input);
    for (size_t i = 0; i < 2; i++) {
        cord_block_part_init(&maker.parts[i]);
    }
    cord_buf_init(&body, 1 << 26);
    cord_buf_init(&personal, 1 << 26);
    cord_str given = take(&input, sizeof head);
    if (given.len > 0) {
        memcpy(head, given.ptr, given.len);
    }
    memcpy(head, BLOCK_MAGIC, BLOCK_MAGIC_BYTES);
    bool going = cord_block_part_add(&maker.parts[0], maker.zstd, 1, CORD_BLOCK_PART_DIRECTORY,
                                     input) == CORD_OK;
    while (going) {
        going = add_section(&maker, &input);
    }
    if (cord_block_part_directory(&maker.parts[0], maker.zstd, 1, maker.directory) == CORD_OK) {
        char second[CORD_BLOCK_HEAD_PERSONAL_BYTES] = {0};
        memcpy(second, BLOCK_PERSONAL_MAGIC, BLOCK_MAGIC_BYTES);
        cord_block_part_put_u64(second + 16, maker.parts[0].sections[0].checksum);
        cord_block_part_put(&maker.parts[1], (cord_str){second, sizeof second}, &personal);
        cord_block_part_put_u64(head + 80, personal.len);
        cord_block_part_put(&maker.parts[0], (cord_str){head, sizeof head}, &body);
        look(cord_buf_str(&body), cord_buf_str(&personal));
        look(cord_buf_str(&body), (cord_str){NULL, 0});
    }
    cord_buf_done(&body);
    cord_buf_done(&personal);
    for (size_t i = 0; i < 2; i++) {
        cord_block_part_done(&maker.parts[i]);
    }
    (void)ZSTD_freeCCtx(maker.zstd);
    return 0;
}
