/*
 * search_person.h: the filters of what in blocks names a person, read without the
 * rest of the personal parts: a search asks them of most blocks, and opens few.
 *
 * Belongs to one thread.
 */
#ifndef CORD_EVIDENCE_SEARCH_PERSON_H
#define CORD_EVIDENCE_SEARCH_PERSON_H

#include "evidence/block_filter.h"
#include "evidence/segment.h"

struct cord_search_person {
    const struct cord_segment *segment; /* whose personal file is open; NULL: none is */
    int file;
    struct cord_buf bytes;
};

void cord_search_person_init(struct cord_search_person *person);
void cord_search_person_done(struct cord_search_person *person);

/* No file is open any more: the next segment may be another of the same address. */
void cord_search_person_leave(struct cord_search_person *person);

/* The filter of a block that has a personal part; the segment is loaded, and lives
 * until another is asked for or left. The filter lives until the next call. Any
 * failure means that it cannot be known what the part holds. */
CORD_MUST_USE cord_status cord_search_person_filter(struct cord_search_person *person,
                                                    const struct cord_segment *segment, uint32_t at,
                                                    struct cord_block_filter *ret_filter);

#endif
