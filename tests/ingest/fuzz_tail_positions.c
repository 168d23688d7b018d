/* fuzz_tail_positions.c: any file of positions is read, and what was read is written as it is. */
#include "ingest/tail_positions.h"

#include <assert.h>
#include <fcntl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_files files = cord_files_system();
    struct cord_tail_positions *first = NULL;
    struct cord_tail_positions *second = NULL;
    struct cord_buf one;
    struct cord_buf other;
    struct cord_error err = {""};
    uint64_t damaged = 0;
    cord_buf_init(&one, 1 << 24);
    cord_buf_init(&other, 1 << 24);
    /* There is no such file in the folder of tests: both begin empty. */
    if (cord_tail_positions_open(&files, AT_FDCWD, &first, &damaged, &err) == CORD_OK &&
        cord_tail_positions_open(&files, AT_FDCWD, &second, &damaged, &err) == CORD_OK) {
        (void)cord_tail_positions_read(first, (cord_str){(const char *)data, size});
        cord_tail_positions_write(first, &one);
        assert(cord_tail_positions_read(second, cord_buf_str(&one)) == 0);
        cord_tail_positions_write(second, &other);
        assert(cord_str_eq(cord_buf_str(&one), cord_buf_str(&other)));
    }
    cord_tail_positions_close(first);
    cord_tail_positions_close(second);
    cord_buf_done(&one);
    cord_buf_done(&other);
    return 0;
}
