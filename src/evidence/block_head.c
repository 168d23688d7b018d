/* block_head.c: see block_head.h. */
#include "evidence/block_head.h"

#include "evidence/block_internal.h"
#include "evidence/block_part.h"

void cord_block_head_put(const struct cord_block_head *head, char bytes[CORD_BLOCK_HEAD_BYTES])
{
    memset(bytes, 0, CORD_BLOCK_HEAD_BYTES);
    cord_block_part_put_magic(bytes, BLOCK_MAGIC);
    cord_block_part_put_u32(bytes + 16, head->row_count);
    cord_block_part_put_u32(bytes + 20, head->origin_count);
    cord_block_part_put_u64(bytes + 24, (uint64_t)head->when_min_ns);
    cord_block_part_put_u64(bytes + 32, (uint64_t)head->when_max_ns);
    cord_block_part_put_u64(bytes + 40, (uint64_t)head->received_min_ns);
    cord_block_part_put_u64(bytes + 48, (uint64_t)head->received_max_ns);
    cord_block_part_put_u64(bytes + 56, head->sequence_min);
    cord_block_part_put_u64(bytes + 64, head->sequence_max);
    cord_block_part_put_u64(bytes + 72, head->raw_bytes);
    cord_block_part_put_u64(bytes + 80, head->personal_bytes);
}

cord_status cord_block_head_take(const char *bytes, struct cord_block_head *ret_head)
{
    struct cord_block_head head = {
        .row_count = cord_block_part_u32(bytes + 16),
        .origin_count = cord_block_part_u32(bytes + 20),
        .when_min_ns = (int64_t)cord_block_part_u64(bytes + 24),
        .when_max_ns = (int64_t)cord_block_part_u64(bytes + 32),
        .received_min_ns = (int64_t)cord_block_part_u64(bytes + 40),
        .received_max_ns = (int64_t)cord_block_part_u64(bytes + 48),
        .sequence_min = cord_block_part_u64(bytes + 56),
        .sequence_max = cord_block_part_u64(bytes + 64),
        .raw_bytes = cord_block_part_u64(bytes + 72),
        .personal_bytes = cord_block_part_u64(bytes + 80),
    };
    if (head.row_count > CORD_BLOCK_ROWS_MAX || head.origin_count > CORD_BLOCK_ROWS_MAX ||
        head.raw_bytes > CORD_BLOCK_RAW_MAX) {
        return CORD_E_FORMAT;
    }
    *ret_head = head;
    return CORD_OK;
}
