/* fuzz_claim_read.c: whatever is read as a claim is written in one form, which reads the same. */
#include "record/claim_read.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_claim_reader *reader = NULL;
    struct cord_claim claim;
    struct cord_digest hash;
    struct cord_digest again;
    bool given;
    struct cord_error err;
    struct cord_buf first;
    struct cord_buf second;
    cord_buf_init(&first, CORD_CLAIM_LINE_MAX * 4);
    cord_buf_init(&second, CORD_CLAIM_LINE_MAX * 4);
    if (cord_claim_reader_new(&reader) == CORD_OK &&
        cord_claim_read(reader, (cord_str){(const char *)data, size}, &claim, &hash, &given,
                        &err) == CORD_OK) {
        if (given) {
            cord_claim_write_hashed(&claim, &hash, &first);
        } else {
            cord_claim_write(&claim, &first);
        }
        bool was_given = given;
        assert(!first.failed);
        if (first.len <= CORD_CLAIM_LINE_MAX) {
            assert(cord_claim_read(reader, cord_buf_str(&first), &claim, &again, &given, &err) ==
                   CORD_OK);
            assert(given == was_given && (!given || cord_digest_eq(&hash, &again)));
            if (given) {
                cord_claim_write_hashed(&claim, &again, &second);
            } else {
                cord_claim_write(&claim, &second);
            }
            assert(cord_str_eq(cord_buf_str(&first), cord_buf_str(&second)));
        }
    }
    cord_buf_done(&first);
    cord_buf_done(&second);
    cord_claim_reader_free(reader);
    return 0;
}
