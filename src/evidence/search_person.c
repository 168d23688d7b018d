/* search_person.c: see search_person.h. */
#include "evidence/search_person.h"

#include <unistd.h>

enum { NO_FILE = -1 };

/* Head and table of most parts are in their first bytes; of others, all is read. */
#define FIRST_BYTES ((uint64_t)1024)
#define BYTES_MAX   ((size_t)1 << 30)

void cord_search_person_init(struct cord_search_person *person)
{
    *person = (struct cord_search_person){.file = NO_FILE};
    cord_buf_init(&person->bytes, BYTES_MAX);
}

void cord_search_person_leave(struct cord_search_person *person)
{
    if (person->file != NO_FILE) {
        (void)close(person->file);
    }
    person->file = NO_FILE;
    person->segment = NULL;
}

void cord_search_person_done(struct cord_search_person *person)
{
    cord_search_person_leave(person);
    cord_buf_done(&person->bytes);
}

static cord_status enter(struct cord_search_person *person, const struct cord_segment *segment)
{
    if (person->segment == segment) {
        return CORD_OK;
    }
    cord_search_person_leave(person);
    cord_status status = cord_segment_open_person(segment, &person->file);
    person->segment = status == CORD_OK ? segment : NULL;
    return status;
}

/* Of a part whose table is longer than what was read. */
static cord_status open_whole(struct cord_search_person *person, struct cord_segment_piece *piece,
                              uint64_t len, struct cord_block_filter *ret_filter)
{
    piece->len = len;
    cord_status status =
        cord_segment_read_piece(person->segment, person->file, piece, &person->bytes);
    return status == CORD_OK
               ? cord_block_filter_open_personal(cord_buf_str(&person->bytes), ret_filter, NULL)
               : status;
}

cord_status cord_search_person_filter(struct cord_search_person *person,
                                      const struct cord_segment *segment, uint32_t at,
                                      struct cord_block_filter *ret_filter)
{
    uint64_t len = cord_segment_block(segment, at)->head.personal_bytes;
    struct cord_segment_piece piece = {at, 0, len < FIRST_BYTES ? len : FIRST_BYTES};
    cord_status status = enter(person, segment);
    if (status == CORD_OK) {
        status = cord_segment_read_piece(segment, person->file, &piece, &person->bytes);
    }
    if (status != CORD_OK) {
        return status;
    }
    if (cord_block_filter_find_personal(cord_buf_str(&person->bytes), len, &piece.from,
                                        &piece.len) != CORD_OK) {
        piece.from = 0;
        return open_whole(person, &piece, len, ret_filter);
    }
    if (piece.len == 0) {
        *ret_filter = cord_block_filter_nothing();
        return CORD_OK;
    }
    status = cord_segment_read_piece(segment, person->file, &piece, &person->bytes);
    return status == CORD_OK
               ? cord_block_filter_open(cord_buf_str(&person->bytes), ret_filter, NULL)
               : status;
}
