/* fuzz_rows_image.c: any bytes are refused or are rows; rows written again read the same. */
#include "evidence/rows_image.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_rows *rows = cord_rows_new(16 << 20, 1);
    struct cord_rows *again = cord_rows_new(16 << 20, 2);
    struct cord_buf first;
    struct cord_buf second;
    cord_buf_init(&first, 16 << 20);
    cord_buf_init(&second, 16 << 20);
    assert(rows && again);
    if (cord_rows_image_read((cord_str){(const char *)data, size}, 1, rows) == CORD_OK) {
        assert(cord_rows_image_write(rows, &first) == CORD_OK);
        assert(cord_rows_image_read(cord_buf_str(&first), 1, again) == CORD_OK);
        assert(cord_rows_image_write(again, &second) == CORD_OK);
        assert(cord_str_eq(cord_buf_str(&first), cord_buf_str(&second)));
        assert(cord_rows_count(rows) == cord_rows_count(again));
    }
    cord_buf_done(&second);
    cord_buf_done(&first);
    cord_rows_free(again);
    cord_rows_free(rows);
    return 0;
}
