/* store_retain.c: what is kept long enough goes, and the chain says so; see store_upkeep.h. */
#include "evidence/store_internal.h"

#include "base/timestamp.h"
#include "base/vec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_NS (86400 * CORD_SECOND_NS)

enum { CLOCK_DAYS_MAX = 31, WHAT_BYTES = 320, ORGANISATION_SHOWN = 64 };

struct retention {
    struct cord_store *store;
    const struct cord_store_retain_options *options;
    struct cord_store_retained result;
    int64_t now_ns;
    struct cord_store_hold *holds;
    size_t hold_count;
    struct cord_buf lines; /* of the chain's entry */
    uint64_t *removed;
    size_t removed_count;
    size_t removed_cap;
    struct cord_segment **expired; /* of the view's */
    size_t expired_count;
    size_t expired_cap;
};

/* The terms of all that is in a segment. */
struct terms {
    uint32_t days_min;
    uint32_t days_max;
    uint32_t personal_max;
};

static struct terms terms_of(const struct cord_store *store, const struct cord_segment *segment)
{
    struct terms terms = {CORD_POLICY_EVER, 0, 0};
    for (uint32_t i = 0; i < cord_segment_origin_count(segment); i++) {
        struct cord_policy_term term =
            cord_policy_term(store->policy, cord_segment_origin(segment, i));
        terms.days_min = term.days < terms.days_min ? term.days : terms.days_min;
        terms.days_max = term.days > terms.days_max ? term.days : terms.days_max;
        terms.personal_max =
            term.personal_days > terms.personal_max ? term.personal_days : terms.personal_max;
    }
    return terms;
}

static bool is_past(int64_t from_ns, uint32_t days, int64_t now_ns)
{
    if (days == CORD_POLICY_EVER || now_ns < from_ns) {
        return false;
    }
    return (uint64_t)now_ns - (uint64_t)from_ns >= (uint64_t)days * (uint64_t)DAY_NS;
}

static bool overlaps(const struct cord_store_hold *hold, int64_t low_ns, int64_t high_ns)
{
    return (hold->from_ns == CORD_TIME_NONE || high_ns >= hold->from_ns) &&
           (hold->to_ns == CORD_TIME_NONE || low_ns < hold->to_ns);
}

static bool has_source(const struct cord_segment *segment, cord_str source)
{
    for (uint32_t i = 0; i < cord_segment_origin_count(segment); i++) {
        if (cord_str_eq(cord_segment_origin(segment, i)->source, source)) {
            return true;
        }
    }
    return source.len == 0;
}

/* One event of it may be meant: the whole file stays. */
static bool is_held(const struct retention *retention, const struct cord_segment *segment)
{
    const struct cord_segment_info *info = cord_segment_info(segment);
    for (size_t i = 0; i < retention->hold_count; i++) {
        const struct cord_store_hold *hold = &retention->holds[i];
        bool organisation =
            hold->organisation.len == 0 || cord_str_eq(hold->organisation, info->organisation);
        bool time = overlaps(hold, info->when_min_ns, info->when_max_ns) ||
                    overlaps(hold, info->received_min_ns, info->received_max_ns);
        if (organisation && time && has_source(segment, hold->source)) {
            return true;
        }
    }
    return false;
}

static void say(const struct retention *retention, const struct cord_segment_info *info,
                const char *what)
{
    char text[WHAT_BYTES];
    char low[CORD_TIMESTAMP_TEXT];
    char high[CORD_TIMESTAMP_TEXT];
    if (!retention->options->removed) {
        return;
    }
    cord_str from = cord_timestamp_format(info->when_min_ns, low);
    cord_str to = cord_timestamp_format(info->when_max_ns, high);
    cord_str organisation = cord_str_slice(info->organisation, 0, ORGANISATION_SHOWN);
    int len = snprintf(text, sizeof text,
                       "segment %" PRIu64 " of \"%.*s\": %s, %" PRIu64 " events from %.*s to %.*s",
                       info->number, CORD_STR_ARG(organisation), what, info->row_count,
                       CORD_STR_ARG(from), CORD_STR_ARG(to));
    if (len > 0) {
        retention->options->removed(retention->options->self, cord_str_from(text));
    }
}

/* What stays of a segment: its seal, and what it held. */
static cord_status bury(struct retention *retention, const struct cord_segment_info *info,
                        uint32_t days)
{
    struct cord_buf *lines = &retention->lines;
    uint64_t *removed = cord_vec_room(retention->removed, retention->removed_count,
                                      &retention->removed_cap, sizeof *removed);
    if (!removed) {
        return CORD_E_NOMEM;
    }
    retention->removed = removed;
    removed[retention->removed_count++] = info->number;
    cord_buf_put_text(lines, "tombstone");
    cord_chain_put_number(lines, info->number);
    cord_chain_put_digest(lines, &info->seal);
    cord_chain_put_number(lines, info->row_count);
    cord_chain_put_number(lines, info->raw_bytes);
    cord_chain_put_number(lines, info->first);
    cord_chain_put_number(lines, info->last);
    cord_chain_put_time(lines, info->when_min_ns);
    cord_chain_put_time(lines, info->when_max_ns);
    cord_chain_put_number(lines, days);
    cord_chain_put_word(lines, info->organisation);
    cord_buf_put_text(lines, " policy\n");
    retention->result.segments++;
    retention->result.rows += info->row_count;
    retention->result.bytes += info->bytes + info->person_bytes;
    say(retention, info, "kept long enough");
    return lines->failed ? CORD_E_LIMIT : CORD_OK;
}

static cord_status expire(struct retention *retention, struct cord_segment *segment)
{
    const struct cord_segment_info *info = cord_segment_info(segment);
    struct cord_segment **expired = cord_vec_room(retention->expired, retention->expired_count,
                                                  &retention->expired_cap, sizeof(*expired));
    if (!expired) {
        return CORD_E_NOMEM;
    }
    retention->expired = expired;
    expired[retention->expired_count++] = segment;
    cord_buf_put_text(&retention->lines, "expire");
    cord_chain_put_number(&retention->lines, info->number);
    cord_chain_put_number(&retention->lines, info->person_bytes);
    cord_buf_put_char(&retention->lines, '\n');
    retention->result.personal++;
    retention->result.bytes += info->person_bytes;
    say(retention, info, "what names persons");
    return retention->lines.failed ? CORD_E_LIMIT : CORD_OK;
}

static cord_status judge(struct retention *retention, struct cord_segment *segment)
{
    const struct cord_segment_info *info = cord_segment_info(segment);
    if (cord_segment_load(segment, NULL) != CORD_OK) {
        retention->result.damaged++; /* of unknown origin: someone must look at it */
        return CORD_OK;
    }
    struct terms terms = terms_of(retention->store, segment);
    bool due = is_past(info->kept_from_ns, terms.days_max, retention->now_ns);
    bool person = info->person_bytes > 0 && !cord_segment_person_expired(segment) &&
                  is_past(info->kept_from_ns, terms.personal_max, retention->now_ns);
    if ((due || person) && is_held(retention, segment)) {
        retention->result.held++;
        return CORD_OK;
    }
    if (due) {
        return bury(retention, info, terms.days_max);
    }
    if (is_past(info->kept_from_ns, terms.days_min, retention->now_ns)) {
        retention->result.mixed++;
    }
    return person ? expire(retention, segment) : CORD_OK;
}

/* The latest moment that anything here tells of. */
static int64_t latest_ns(struct cord_store *store, const struct cord_store_view *view)
{
    (void)pthread_mutex_lock(&store->sealing);
    int64_t latest = store->chain.time_ns;
    (void)pthread_mutex_unlock(&store->sealing);
    for (size_t i = 0; i < view->manifest->count; i++) {
        int64_t received_ns = cord_segment_info(view->manifest->segments[i])->received_max_ns;
        latest = received_ns > latest ? received_ns : latest;
    }
    return latest;
}

static cord_status carry_out(struct retention *retention, struct cord_error *err)
{
    struct cord_store *store = retention->store;
    const struct cord_store_change change = {.removed = retention->removed,
                                             .removed_count = retention->removed_count};
    if (retention->options->dry_run || retention->removed_count + retention->expired_count == 0) {
        return CORD_OK;
    }
    cord_status status = cord_store_seal(store, "retain", &retention->lines, &change, NULL, err);
    if (status == CORD_E_LIMIT &&
        cord_files_unlink(store->files, store->dir, "reserve", NULL) == CORD_OK) {
        status = cord_store_seal(store, "retain", &retention->lines, &change, NULL, err);
    }
    for (size_t i = 0; i < retention->expired_count && status == CORD_OK; i++) {
        struct cord_segment *segment = retention->expired[i];
        char name[CORD_SEGMENT_NAME];
        cord_segment_expire_person(segment);
        cord_segment_person_name(cord_segment_info(segment)->number, name);
        (void)store->files->unlink(store->files->self, store->dir, name); /* or on opening */
    }
    return status;
}

static cord_status judge_all(struct retention *retention, const struct cord_store_view *view,
                             struct cord_error *err)
{
    struct cord_store *store = retention->store;
    int64_t latest = latest_ns(store, view);
    retention->now_ns = cord_store_now_ns(store);
    if (!retention->options->clock_is_right && is_past(latest, CLOCK_DAYS_MAX, retention->now_ns)) {
        return cord_error_set(err, CORD_E_UNSUPPORTED,
                              "the clock is more than %d days ahead of all that is stored: is it "
                              "right? Nothing was deleted",
                              CLOCK_DAYS_MAX);
    }
    cord_status status = cord_store_holds(store, &retention->holds, &retention->hold_count);
    for (size_t i = 0; i < view->manifest->count && status == CORD_OK; i++) {
        status = judge(retention, view->manifest->segments[i]);
    }
    return status;
}

cord_status cord_store_retain(struct cord_store *store,
                              const struct cord_store_retain_options *options,
                              struct cord_store_retained *ret_retained, struct cord_error *err)
{
    struct retention retention = {.store = store, .options = options};
    struct cord_store_view view = {0};
    if (store->options.read_only && !options->dry_run) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "%s is open for reading only", store->path);
    }
    if (store->policy_fault.text[0] != '\0') {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "%s", store->policy_fault.text);
    }
    cord_buf_init(&retention.lines, CORD_CHAIN_ENTRY_BYTES_MAX / 2);
    (void)pthread_mutex_lock(&store->upkeep);
    cord_status status = cord_store_view_take(store, &view);
    if (status == CORD_OK) {
        status = judge_all(&retention, &view, err);
        if (status == CORD_OK) {
            status = carry_out(&retention, err);
        }
        cord_store_view_release(&view); /* and with it the last hold on what was deleted */
    }
    if (status == CORD_OK && !options->dry_run) {
        (void)!cord_store_reserve(store); /* if there is room now */
    }
    (void)pthread_mutex_unlock(&store->upkeep);
    if (status == CORD_OK) {
        *ret_retained = retention.result;
    }
    cord_buf_done(&retention.lines);
    free(retention.holds);
    free(retention.expired);
    free(retention.removed);
    return status;
}
