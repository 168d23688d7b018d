/* tally_order.c: what comes before what in a result; see tally_internal.h. */
#include "evidence/tally_internal.h"

static unsigned rank_of(cord_str text, struct cord_decimal *ret_number)
{
    if (!text.ptr) {
        return 0;
    }
    return cord_decimal_parse(text, ret_number) ? 1 : 2;
}

static int compare_folded(cord_str a, cord_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < common; i++) {
        unsigned char x = (unsigned char)cord_str_lower_char(a.ptr[i]);
        unsigned char y = (unsigned char)cord_str_lower_char(b.ptr[i]);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

int cord_tally_order_texts(cord_str a, cord_str b)
{
    struct cord_decimal x = {0};
    struct cord_decimal y = {0};
    unsigned rank_a = rank_of(a, &x);
    unsigned rank_b = rank_of(b, &y);
    if (rank_a != rank_b) {
        return rank_a < rank_b ? -1 : 1;
    }
    int order = rank_a == 1 ? cord_decimal_compare(&x, &y) : compare_folded(a, b);
    return order != 0 ? order : cord_str_compare(a, b);
}

int cord_tally_order_cells(const struct cord_tally_cell *a, const struct cord_tally_cell *b)
{
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    switch (a->kind) {
    case CORD_TALLY_TEXT:
        return cord_tally_order_texts(a->text, b->text);
    case CORD_TALLY_COUNT:
        return a->count < b->count ? -1 : a->count > b->count;
    case CORD_TALLY_TIME:
        return a->time_ns < b->time_ns ? -1 : a->time_ns > b->time_ns;
    case CORD_TALLY_NUMBER:
        return a->number < b->number ? -1 : a->number > b->number;
    case CORD_TALLY_NONE:
        break;
    }
    return 0;
}
