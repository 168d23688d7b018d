/* intake_careful.c: what may have ended the process before is taken up in small pieces. */
#include "wire/intake_internal.h"

#include "codec/octet_frame.h"

bool cord_intake_careful_begin(struct cord_intake_worker *worker,
                               const struct cord_delivery *delivery)
{
    struct cord_poison *poison = worker->intake->options.poison;
    if (!poison) {
        return true;
    }
    worker->key = cord_poison_key(CORD_POISON_DELIVERY, cord_buf_str(&delivery->body));
    unsigned found = cord_poison_found(poison, worker->key);
    worker->careful = found > 0 || cord_poison_is_rife(poison);
    worker->left_out = found >= CORD_POISON_TIMES;
    if (!worker->left_out) {
        cord_poison_begin(poison, worker->place, worker->key);
    }
    return !worker->left_out;
}

void cord_intake_careful_end(struct cord_intake_worker *worker)
{
    struct cord_poison *poison = worker->intake->options.poison;
    cord_poison_end(poison, worker->place);
    if (poison &&
        !worker->left_out) { /* else it is taken with care once more when it comes again */
        cord_poison_forgive(poison, worker->key);
    }
    worker->careful = false;
}

size_t cord_intake_careful_want(enum cord_unwrap_form form, cord_str rest, size_t before)
{
    cord_str left = rest;
    cord_str frame;
    if (form == CORD_UNWRAP_TEXT) {
        bool first = before == 0 && cord_octet_frame_next(&left, rest.len, &frame) == CORD_OK;
        return first ? rest.len - left.len : rest.len;
    }
    /* A document may have many lines: a share more each time, or they would be looked at
     * as often as there are. */
    size_t end = cord_str_find_char(rest, '\n', before + before / 8);
    return end < rest.len ? end + 1 : rest.len;
}

bool cord_intake_careful_enter(struct cord_intake_worker *worker, cord_str records)
{
    const struct cord_intake_options *options = &worker->intake->options;
    if (worker->careful) {
        worker->record_key = cord_poison_key(CORD_POISON_RECORD, records);
        if (cord_poison_found(options->poison, worker->record_key) >= CORD_POISON_TIMES) {
            worker->left_out = true;
            (void)atomic_fetch_add(&worker->intake->poisoned, 1);
            return false;
        }
        cord_poison_begin(options->poison, worker->place, worker->record_key);
    }
    if (options->taking) {
        options->taking(options->taking_self, records);
    }
    return true;
}

void cord_intake_careful_leave(struct cord_intake_worker *worker)
{
    if (worker->careful) {
        cord_poison_end(worker->intake->options.poison, worker->place);
        cord_poison_forgive(worker->intake->options.poison, worker->record_key);
    }
}
