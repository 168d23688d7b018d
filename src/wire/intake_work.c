/* intake_work.c: one worker of the intake: deliveries become rows and verdicts. */
#include "wire/intake_internal.h"

#include "base/timestamp.h"
#include "normalise/event_time.h"
#include "wire/annotate.h"

#include <stdlib.h>

enum {
    SLICE_BYTES = 64 << 10, /* decoded at a time: what a core's cache holds */
    ROWS_BYTES_MAX = 1 << 30,
};

#define UNWRAP_BYTES_MAX ((size_t)1 << 30)
#define DECODER_AGE_NS   (3600 * CORD_SECOND_NS)

static void begin_stages(struct cord_intake_worker *worker)
{
    worker->stage_began_ns = cord_intake_cpu_ns();
}

void cord_intake_worker_stage(struct cord_intake_worker *worker, enum cord_intake_stage stage)
{
    int64_t now_ns = cord_intake_cpu_ns();
    (void)atomic_fetch_add(&worker->intake->stage_ns[stage],
                           (uint64_t)(now_ns - worker->stage_began_ns));
    worker->stage_began_ns = now_ns;
}

/* --- what is not stored --- */

void cord_intake_worker_fail(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                             cord_status status, const char *why)
{
    delivery->status = status;
    (void)cord_error_set(&delivery->error, status, "%s", why);
    (void)atomic_fetch_add(&worker->intake->failures, 1);
}

void cord_intake_worker_refuse(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                               const struct cord_delivery_refusal *refusal, cord_str record)
{
    const struct cord_intake_options *options = &worker->intake->options;
    cord_delivery_lose(delivery, refusal->item, refusal->reason, refusal->text);
    if (options->refused) {
        /* As it is, a patient could be in it. */
        bool open = delivery->source->content == CORD_SOURCE_ANY;
        options->refused(options->refused_self, delivery, refusal, open ? record : CORD_STR(""));
    }
}

/* The delivery as a whole is not what its protocol says. */
static void refuse_all(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                       enum cord_loss_reason reason, const struct cord_error *err)
{
    const struct cord_delivery_refusal refusal = {.reason = reason,
                                                  .text = cord_str_from(err->text)};
    cord_intake_worker_refuse(worker, delivery, &refusal, cord_buf_str(&delivery->body));
    if (delivery->announced > 1) {
        delivery->refused += delivery->announced - 1;
        delivery->lost[reason] += delivery->announced - 1;
    }
    delivery->status = CORD_E_FORMAT;
    delivery->error = *err;
}

/* --- events --- */

static const struct cord_unwrap_note *notes_of(const struct cord_unwrap *unwrap, uint32_t item,
                                               size_t *at, size_t *ret_count)
{
    while (*at < unwrap->note_count && unwrap->notes[*at].item < item) {
        ++*at;
    }
    size_t end = *at;
    while (end < unwrap->note_count && unwrap->notes[end].item == item) {
        end++;
    }
    *ret_count = end - *at;
    return unwrap->notes + *at;
}

/* Whatever the line around an audit message looked like, that is what it is. */
static void classify_atna(struct cord_intake_worker *worker, struct cord_event *event,
                          const struct cord_unwrap_note *notes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (notes[i].role == CORD_UNWRAP_ROLE_ATNA) {
            event->event_class = cord_classifier_known(worker->classifier, CORD_STR("dicom"),
                                                       CORD_STR("application"), CORD_STR("audit"));
            return;
        }
    }
}

static void annotate(struct cord_intake_worker *worker, uint32_t item_first, size_t *note_at)
{
    const struct cord_unwrap *unwrap = &worker->unwrap;
    for (size_t i = 0; *note_at < unwrap->note_count && i < worker->batch->event_count; i++) {
        struct cord_event *event = &worker->batch->events[i];
        size_t count = 0;
        const struct cord_unwrap_note *notes =
            notes_of(unwrap, item_first + event->record, note_at, &count);
        if (count > 0 &&
            cord_annotate(worker->batch, event, worker->paths, notes, count) != CORD_OK) {
            cord_log_warn(worker->intake->options.log, "intake.notes_lost",
                          CORD_KV_U64("notes", count));
        }
        classify_atna(worker, event, notes, count);
    }
}

/* Times that a record wrote without a zone, and that its decoder left as they were. */
static void place_times(struct cord_intake_worker *worker)
{
    for (size_t i = 0; worker->zone && i < worker->batch->event_count; i++) {
        cord_event_time_place(&worker->batch->events[i], worker->zone);
    }
}

/* The batch's events into rows and verdict. */
static cord_status take_events(struct cord_intake_worker *worker, struct cord_delivery *delivery)
{
    struct cord_verdict *verdict = worker->ticket->verdict;
    const struct cord_examine_origin origin = {
        .organisation = delivery->source->organisation,
        .source = delivery->source->name,
        .received_ns = delivery->received_ns,
    };
    size_t before = cord_rows_count(worker->rows);
    size_t next = 0;
    cord_status status = CORD_OK;
    if (delivery->only_firsts) {
        status = cord_intake_firsts_keep(worker, delivery);
        cord_intake_worker_stage(worker, CORD_INTAKE_EXAMINE);
    }
    if (status == CORD_OK) {
        status = cord_keep_run(worker->keep, worker->batch, 0, delivery->received_ns, &next);
    }
    cord_intake_worker_stage(worker, CORD_INTAKE_KEEP);
    if (status != CORD_OK) {
        return status;
    }
    if (delivery->stored == delivery->counted && next > 0) {
        delivery->first_sequence = before + 1; /* becomes a number when it is appended */
    }
    for (size_t i = 0; i < next; i++) {
        delivery->stored_bytes += worker->batch->events[i].raw.len;
    }
    delivery->stored += next;
    status = cord_examine_run(worker->examine, worker->batch, &origin, before, verdict);
    verdict->count = cord_rows_count(worker->rows);
    cord_intake_worker_stage(worker, CORD_INTAKE_EXAMINE);
    return status;
}

/* --- runs of records --- */

/* Where in a run decoding is. */
struct place {
    const struct cord_unwrap_run *run;
    const struct cord_format *format;
    void *decoder;
    struct cord_cutter *cutter;
    size_t at;         /* bytes of the run taken */
    uint32_t item;     /* of the batch's first record */
    uint32_t expected; /* in the batch: the next record, from 0 */
    size_t refusal;    /* of the batch's: the next one */
    uint64_t refused;  /* of the batch's records, so far */
    uint32_t skipped;
    size_t note_at;
};

static cord_str line_at(const struct cord_batch *batch, uint64_t offset)
{
    cord_str text = {batch->text, batch->text_len};
    size_t from = offset >= batch->text_offset ? (size_t)(offset - batch->text_offset) : 0;
    cord_str rest = cord_str_from_byte(text, from < text.len ? from : text.len);
    size_t end = cord_str_find_char(rest, '\n', 0);
    return cord_str_slice(rest, 0, end);
}

/* Of the batch's record of that number, asked in ascending order; NULL: nothing is kept of it. */
static const struct cord_refusal *refusal_of(const struct cord_batch *batch, struct place *place)
{
    for (; place->refusal < batch->refusal_count; place->refusal++) {
        const struct cord_refusal *refusal = &batch->refusals[place->refusal];
        if (refusal->record == place->expected) {
            return refusal;
        }
        if (refusal->record != UINT32_MAX && refusal->record > place->expected) {
            break;
        }
    }
    return NULL;
}

/* Whether a record without a refusal that is kept was refused all the same, and not skipped:
 * behind those that are kept it cannot be told, but for the sum. */
static bool is_refused_too(const struct cord_batch *batch, const struct place *place)
{
    return place->refusal == batch->refusal_count &&
           batch->refusal_count == CORD_BATCH_REFUSALS_MAX && place->refused < batch->refused;
}

/* Records of a run that was counted are its items, whatever becomes of them. */
static uint32_t item_of(const struct place *place, uint32_t record)
{
    return place->item + record - (place->run->item_count > 0 ? 0 : place->skipped);
}

static void refuse_missing(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                           struct place *place, uint32_t until)
{
    const struct cord_batch *batch = worker->batch;
    for (; place->expected < until; place->expected++) {
        const struct cord_refusal *known = refusal_of(batch, place);
        if (!known && !is_refused_too(batch, place)) {
            place->skipped++;
            continue;
        }
        const struct cord_delivery_refusal refusal = {
            .item = item_of(place, place->expected),
            .reason = known && known->too_much ? CORD_LOSS_FIELDS : CORD_LOSS_MALFORMED,
            .text = known ? known->reason : CORD_STR("cannot be read"),
        };
        place->refused++;
        cord_intake_worker_refuse(worker, delivery, &refusal,
                                  known ? line_at(batch, known->offset) : CORD_STR(""));
    }
}

/* Longer than the configuration's record_max; what comes with it is taken all the same. */
static void refuse_long(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                        uint32_t item, cord_str record)
{
    const struct cord_delivery_refusal refusal = {
        .item = item,
        .reason = CORD_LOSS_OVERSIZE,
        .text = CORD_STR("longer than record_max allows"),
    };
    cord_intake_worker_refuse(worker, delivery, &refusal, record);
}

/* What is cut between chunks says nothing of how long a record is. */
static size_t record_bytes_max(const struct cord_intake_worker *worker, const struct place *place)
{
    return place->run->form == CORD_UNWRAP_EVTX ? SIZE_MAX
                                                : worker->intake->options.record_bytes_max;
}

/* Those that became no events, and those that are too long, which leave the batch. */
static void note_refused(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                         struct place *place)
{
    struct cord_batch *batch = worker->batch;
    size_t most = record_bytes_max(worker, place);
    size_t kept = 0;
    for (size_t i = 0; i < batch->event_count; i++) {
        const struct cord_event *event = &batch->events[i];
        if (batch->refused + batch->skipped > 0) {
            refuse_missing(worker, delivery, place, event->record);
            place->expected = event->record + 1;
        }
        if (event->raw.len > most) {
            refuse_long(worker, delivery, item_of(place, event->record), event->raw);
        } else if (kept++ < i) {
            batch->events[kept - 1] = *event;
        }
    }
    batch->event_count = kept;
}

/* Decodes the batch in rounds when it holds more events than fit at once. */
static cord_status decode(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                          struct place *place)
{
    struct cord_batch *batch = worker->batch;
    cord_status decoded = CORD_E_LIMIT;
    cord_status status = CORD_OK;
    place->expected = 0;
    place->refusal = 0;
    place->refused = 0;
    place->skipped = 0;
    while (status == CORD_OK && decoded == CORD_E_LIMIT) {
        decoded = place->format->decode(place->decoder, batch);
        if (decoded != CORD_OK && decoded != CORD_E_LIMIT) {
            return decoded;
        }
        annotate(worker, place->item, &place->note_at);
        place_times(worker);
        cord_intake_worker_stage(worker, CORD_INTAKE_DECODE);
        note_refused(worker, delivery, place);
        status = take_events(worker, delivery);
        if (decoded == CORD_E_LIMIT) {
            cord_batch_events_reset(batch);
        }
    }
    if (status == CORD_OK && batch->refused + batch->skipped > 0) {
        refuse_missing(worker, delivery, place, (uint32_t)batch->records);
    }
    return status;
}

/* How much of the rest to cut in, when `before` bytes were too few. */
static size_t more(const struct cord_intake_worker *worker, const struct place *place,
                   cord_str rest, size_t before)
{
    if (worker->careful) {
        return cord_intake_careful_want(place->run->form, rest, before);
    }
    return before == 0 ? SLICE_BYTES : before * 4;
}

/* Leaves the record out that the rest of the run begins with, and goes on behind it. False: out of
 * memory. */
static bool leave_out(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                      struct place *place, cord_str rest)
{
    size_t len = cord_intake_long_len(place->run->form, rest);
    refuse_long(worker, delivery, place->item++, cord_str_slice(rest, 0, len));
    place->at += len;
    if (place->cutter) { /* it has looked at what is left out */
        place->format->cutter_free(place->cutter);
        place->cutter = place->format->cutter_new();
        return place->cutter != NULL;
    }
    return true;
}

/* The next stretch of whole records into the batch. False: there is no more. */
static bool next_slice(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                       struct place *place)
{
    struct cord_batch *batch = worker->batch;
    cord_str run =
        cord_str_slice(cord_buf_str(&worker->unwrap.text), place->run->from, place->run->len);
    cord_str rest = cord_str_from_byte(run, place->at);
    size_t most = record_bytes_max(worker, place);
    size_t want = 0;
    while (rest.len > 0) {
        want = more(worker, place, rest, want);
        cord_str slice = cord_str_slice(rest, 0, want);
        bool last = slice.len == rest.len;
        cord_batch_reset(batch);
        if (cord_batch_text_grow(batch, slice.len) != CORD_OK) {
            cord_intake_worker_fail(worker, delivery, CORD_E_LIMIT, "out of memory");
            return false;
        }
        memcpy(batch->text, slice.ptr, slice.len);
        size_t len = place->format->cut(place->cutter, slice, last, batch);
        len = last && len == 0 ? slice.len : len;
        if (len > 0) {
            batch->text_len = len;
            batch->text_offset = place->at;
            batch->last = last && len == slice.len;
            memset(batch->text + len, 0, CORD_BATCH_PADDING);
            place->at += len;
            return true;
        }
        if (slice.len > most && !leave_out(worker, delivery, place, rest)) {
            cord_intake_worker_fail(worker, delivery, CORD_E_NOMEM, "out of memory");
            return false;
        }
        if (slice.len > most) {
            rest = cord_str_from_byte(run, place->at);
            want = 0;
        }
    }
    return false;
}

static void refuse_poison(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                          uint32_t item, cord_str record)
{
    const struct cord_delivery_refusal refusal = {
        .item = item,
        .reason = CORD_LOSS_POISON,
        .text = CORD_STR("ended the program before"),
    };
    cord_intake_worker_refuse(worker, delivery, &refusal, record);
    cord_log_error(worker->intake->options.log, "intake.record_poison",
                   CORD_KV_STR("source", delivery->source->name), CORD_KV_U64("item", item),
                   CORD_KV_U64("bytes", record.len));
}

static cord_status take_run(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                            const struct cord_unwrap_run *run)
{
    struct place place = {
        .run = run,
        .format = worker->formats[run->form],
        .decoder = worker->decoders[run->form],
        .item = run->item_first,
    };
    if (place.format->cutter_new) {
        place.cutter = place.format->cutter_new();
        if (!place.cutter) {
            return CORD_E_NOMEM;
        }
    }
    cord_status status = CORD_OK;
    while (status == CORD_OK && next_slice(worker, delivery, &place)) {
        cord_str records = {worker->batch->text, worker->batch->text_len};
        if (!cord_intake_careful_enter(worker, records)) {
            refuse_poison(worker, delivery, place.item++, records);
            continue;
        }
        status = decode(worker, delivery, &place);
        cord_intake_careful_leave(worker);
        place.item = item_of(&place, (uint32_t)worker->batch->records);
        if (cord_paths_full(worker->paths)) {
            cord_paths_reset(worker->paths);
        }
        if (status == CORD_OK) {
            status = cord_intake_append_part(worker, delivery);
        }
    }
    if (place.cutter) {
        place.format->cutter_free(place.cutter);
    }
    return status;
}

/* --- deliveries --- */

static cord_status lay_out(struct cord_intake_worker *worker, struct cord_delivery *delivery,
                           struct cord_error *err, enum cord_loss_reason *ret_reason)
{
    cord_str bytes = cord_buf_str(&delivery->body);
    cord_status status = cord_body_unpack_run(worker->unpack, delivery->coding, bytes, &bytes, err);
    cord_intake_worker_stage(worker, CORD_INTAKE_UNPACK);
    if (status != CORD_OK) {
        *ret_reason = status == CORD_E_LIMIT ? CORD_LOSS_OVERSIZE : CORD_LOSS_ENCODING;
        return status == CORD_E_NOMEM ? status : CORD_E_FORMAT;
    }
    *ret_reason = CORD_LOSS_MALFORMED;
    cord_unwrap_reset(&worker->unwrap);
    status = cord_delivery_unwrap(delivery, bytes, &worker->unwrap, err);
    cord_intake_worker_stage(worker, CORD_INTAKE_UNWRAP);
    return status;
}

/* What unwrapping refused; beyond those it tells of they are counted. */
static void take_refusals(struct cord_intake_worker *worker, struct cord_delivery *delivery)
{
    const struct cord_unwrap *unwrap = &worker->unwrap;
    for (size_t i = 0; i < unwrap->refusal_count; i++) {
        const struct cord_unwrap_refusal *from = &unwrap->refusals[i];
        const struct cord_delivery_refusal refusal = {
            .item = from->item, .reason = from->reason, .text = from->text};
        cord_intake_worker_refuse(worker, delivery, &refusal, from->record);
    }
    for (size_t i = 0; i < CORD_LOSS_COUNT; i++) {
        uint64_t more = unwrap->refused[i] - delivery->lost[i];
        delivery->lost[i] += more;
        delivery->refused += more;
    }
}

static int by_item(const void *a, const void *b)
{
    const struct cord_delivery_refusal *one = a;
    const struct cord_delivery_refusal *other = b;
    return one->item < other->item ? -1 : one->item > other->item;
}

static void take_records(struct cord_intake_worker *worker, struct cord_delivery *delivery)
{
    struct cord_error err = {""};
    enum cord_loss_reason reason;
    worker->zone = delivery->source->place;
    cord_status status = lay_out(worker, delivery, &err, &reason);
    if (status == CORD_E_FORMAT) {
        refuse_all(worker, delivery, reason, &err);
        return;
    }
    const struct cord_unwrap *unwrap = &worker->unwrap;
    if (status == CORD_OK) {
        take_refusals(worker, delivery);
    }
    if (status == CORD_OK && delivery->source->content != CORD_SOURCE_ANY) {
        status = cord_intake_privacy_rewrite(worker, delivery);
    }
    for (size_t i = 0; status == CORD_OK && i < unwrap->run_count; i++) {
        const struct cord_keep_source from = {
            .organisation = delivery->source->organisation,
            .source = delivery->source->name,
            .format = cord_str_from(worker->formats[unwrap->runs[i].form]->name),
        };
        cord_keep_from(worker->keep, &from);
        status = take_run(worker, delivery, &unwrap->runs[i]);
    }
    if (status != CORD_OK && delivery->status == CORD_OK) {
        cord_intake_worker_fail(worker, delivery, CORD_E_LIMIT,
                                err.text[0] ? err.text : cord_error_name(status));
    }
    delivery->records = delivery->stored + delivery->refused + delivery->shed;
    if (delivery->refusal_count > 1) { /* those of unwrapping came first */
        qsort(delivery->refusals, delivery->refusal_count, sizeof *delivery->refusals, by_item);
    }
}

static void take(struct cord_intake_worker *worker, struct cord_delivery *delivery)
{
    if (cord_intake_careful_begin(worker, delivery)) {
        take_records(worker, delivery);
    } else {
        struct cord_error err = {""};
        (void)cord_error_set(&err, CORD_E_FORMAT, "ended the program before");
        refuse_all(worker, delivery, CORD_LOSS_POISON, &err);
        cord_log_error(worker->intake->options.log, "intake.delivery_poison",
                       CORD_KV_STR("source", delivery->source->name),
                       CORD_KV_U64("bytes", delivery->body.len));
    }
    cord_intake_careful_end(worker);
}

static void free_decoders(struct cord_intake_worker *worker)
{
    for (size_t i = 0; i < CORD_UNWRAP_FORMS; i++) {
        if (worker->decoders[i]) {
            worker->formats[i]->decoder_free(worker->decoders[i]);
            worker->decoders[i] = NULL;
        }
    }
}

/* A decoder keeps the time it was made at, for dates without a year: it is made
 * anew now and then. */
static cord_status new_decoders(struct cord_intake_worker *worker)
{
    int64_t now_ns = cord_clock_now_ns(&worker->intake->options.clock);
    int64_t age_ns = now_ns - worker->env.now_ns;
    if (worker->decoders[0] && age_ns >= 0 && age_ns < DECODER_AGE_NS) {
        return CORD_OK;
    }
    free_decoders(worker);
    worker->env.now_ns = now_ns;
    for (size_t i = 0; i < CORD_UNWRAP_FORMS; i++) {
        worker->decoders[i] = worker->formats[i]->decoder_new(&worker->env);
        if (!worker->decoders[i]) {
            free_decoders(worker);
            return CORD_E_NOMEM;
        }
    }
    return CORD_OK;
}

/* Takes the rules as they are now: nothing of the group is judged by others. */
static cord_status begin_group(struct cord_intake_worker *worker)
{
    struct cord_rulebook *book = cord_rulebook_slot_current(worker->intake->options.rules);
    cord_rulebook_unref(worker->book);
    worker->book = book;
    cord_status status = cord_examine_use(worker->examine, book);
    if (status == CORD_OK) {
        status = new_decoders(worker);
    }
    return status == CORD_OK ? cord_intake_append_begin(worker) : status;
}

static void note_matcher(struct cord_intake_worker *worker, const struct cord_matcher_stats *before)
{
    struct cord_intake *intake = worker->intake;
    struct cord_matcher_stats after = cord_examine_stats(worker->examine);
    (void)pthread_mutex_lock(&intake->lock);
    intake->matcher.events += after.events - before->events;
    intake->matcher.matches += after.matches - before->matches;
    intake->matcher.candidates += after.candidates - before->candidates;
    intake->matcher.fallbacks += after.fallbacks - before->fallbacks;
    intake->matcher.regex_limit += after.regex_limit - before->regex_limit;
    (void)pthread_mutex_unlock(&intake->lock);
}

static void add_delivery(struct cord_intake_worker *worker, struct cord_delivery *delivery)
{
    struct cord_intake_ticket *ticket = worker->ticket;
    delivery->next = NULL;
    *(ticket->last ? &ticket->last->next : &ticket->deliveries) = delivery;
    ticket->last = delivery;
    cord_ledger_pending(worker->intake->options.ledger, delivery->source->name,
                        delivery->source->organisation, (int64_t)delivery->records);
    (void)atomic_fetch_add(&worker->intake->refused, delivery->refused);
    if (delivery->records > delivery->announced) {
        cord_intake_charge(worker->intake, delivery->source,
                           delivery->records - delivery->announced);
    }
}

static void work(struct cord_intake_worker *worker, struct cord_delivery *group)
{
    struct cord_matcher_stats before = cord_examine_stats(worker->examine);
    begin_stages(worker);
    cord_status status = begin_group(worker);
    while (group) {
        struct cord_delivery *delivery = group;
        group = delivery->next;
        if (status == CORD_OK) {
            take(worker, delivery);
            add_delivery(worker, delivery);
        } else {
            cord_intake_worker_fail(worker, delivery, CORD_E_LIMIT, cord_error_name(status));
            cord_intake_answer(worker->intake, delivery);
        }
    }
    if (status == CORD_OK) {
        (void)!cord_intake_append(worker); /* its deliveries are told */
    }
    cord_intake_ticket_free(worker->ticket);
    worker->ticket = NULL;
    note_matcher(worker, &before);
}

void *cord_intake_worker_main(void *argument)
{
    struct cord_intake_worker *worker = argument;
    struct cord_delivery *group = NULL;
    while ((group = cord_intake_claim(worker->intake)) != NULL) {
        work(worker, group);
    }
    return NULL;
}

bool cord_intake_worker_init(struct cord_intake_worker *worker, struct cord_intake *intake)
{
    uint64_t seed = intake->options.seed;
    worker->intake = intake;
    worker->formats[CORD_UNWRAP_JSON] = cord_decoder_by_name(CORD_STR("json"));
    worker->formats[CORD_UNWRAP_TEXT] = cord_decoder_by_name(CORD_STR("frames"));
    worker->formats[CORD_UNWRAP_EVTX] = cord_decoder_by_name(CORD_STR("evtx"));
    worker->paths = cord_paths_new(seed);
    worker->classifier = worker->paths ? cord_classifier_new(worker->paths, seed) : NULL;
    worker->rows = cord_rows_new(ROWS_BYTES_MAX, seed);
    worker->batch = cord_batch_new(SLICE_BYTES);
    worker->stays = worker->batch ? calloc(worker->batch->event_max, sizeof(bool)) : NULL;
    bool unpacks =
        cord_body_unpack_new(intake->options.unpacked_bytes_max, &worker->unpack, NULL) == CORD_OK;
    bool unwraps = cord_unwrap_init(&worker->unwrap, UNWRAP_BYTES_MAX) &&
                   cord_intake_privacy_init(worker, UNWRAP_BYTES_MAX);
    if (!worker->classifier || !worker->rows || !worker->stays || !unpacks || !unwraps) {
        return false;
    }
    worker->env = (struct cord_decoder_env){
        .paths = worker->paths,
        .classifier = worker->classifier,
        .zone = &worker->zone,
    };
    worker->keep = cord_keep_new(worker->paths, worker->classifier);
    worker->examine = cord_examine_new(worker->paths, worker->classifier, seed);
    if (new_decoders(worker) != CORD_OK || !worker->keep || !worker->examine) {
        return false;
    }
    cord_keep_into(worker->keep, worker->rows);
    return true;
}

void cord_intake_worker_done(struct cord_intake_worker *worker)
{
    cord_examine_free(worker->examine);
    cord_keep_free(worker->keep);
    free_decoders(worker);
    cord_intake_privacy_done(worker);
    cord_unwrap_done(&worker->unwrap);
    cord_body_unpack_free(worker->unpack);
    cord_batch_free(worker->batch);
    free(worker->stays);
    cord_rows_free(worker->rows);
    cord_classifier_free(worker->classifier);
    cord_paths_free(worker->paths);
    cord_rulebook_unref(worker->book);
}
