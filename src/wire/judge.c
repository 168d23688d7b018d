/* judge.c: see judge.h. The journal, and the thread that writes it. */
#include "wire/judge_internal.h"

#include "base/timestamp.h"
#include "detect/finding_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

enum {
    WAITING_MAX = 256, /* verdicts; beyond it the intake waits */
    TICK_S = 1,
    RETRY_S = 1,
};

#define ENTRY_BYTES_MAX ((uint32_t)512 << 20)

/* --- making an entry --- */

static void put_finding(struct cord_judge *judge, const struct cord_finding *finding,
                        cord_str organisation)
{
    char id[CORD_STORE_ID_TEXT];
    struct cord_buf *out = &judge->findings;
    cord_str evidence = finding->evidence > 0
                            ? cord_store_id_format(judge->options.store, finding->evidence, id)
                            : CORD_STR("");
    judge->finding_count++;
    cord_buf_printf(out, "{\"finding\":%" PRIu64, judge->stats.findings + judge->finding_count);
    cord_finding_json_time(out, "first_seen", judge->now_ns);
    cord_finding_json_member(out, "organisation", organisation);
    cord_buf_put_char(out, ',');
    cord_finding_json_rule(out, finding);
    cord_finding_json_event(out, finding, evidence);
    cord_buf_put_text(out, "}\n");
}

static cord_status on_correlation(void *self, const struct cord_finding *finding,
                                  cord_str organisation)
{
    put_finding(self, finding, organisation);
    return CORD_OK;
}

static void put_input(struct cord_judge *judge, const struct cord_verdict *verdict,
                      const struct cord_verdict_input *from)
{
    struct cord_buf *out = &judge->inputs;
    const struct cord_judge_input input = {
        .organisation = from->organisation,
        .rule = cord_judge_windows_rule(from->input.rule),
        .time_ns = from->input.time_ns,
        .evidence = from->input.ref.evidence,
        .value_count = cord_scan_correlate_value_count(cord_rulebook_correlate(verdict->book),
                                                       from->input.rule),
    };
    cord_judge_entry_put_input(&input, out);
    for (uint64_t i = 0; i < input.value_count; i++) {
        cord_judge_entry_put_value(from->input.values[i], out);
    }
    judge->input_count++;
}

/* Of the newest rules that judged; correlations go by them from here on. */
static void use_rules(struct cord_judge *judge)
{
    struct cord_rulebook *book = cord_rulebook_slot_current(judge->options.rules);
    if (cord_judge_windows_use(&judge->windows, book) != CORD_OK) {
        cord_log_error(judge->options.log, "judge.windows_lost");
    }
    cord_rulebook_unref(book);
}

/* Until it is durable nothing goes on: a finding that is not written is lost. */
static void write_entry(struct cord_judge *judge, uint64_t through)
{
    const struct cord_judge_entry entry = {
        .through = through,
        .at_ns = judge->now_ns,
        .first_finding = judge->stats.findings + 1,
        .finding_count = judge->finding_count,
        .findings = cord_buf_str(&judge->findings),
        .input_count = judge->input_count,
        .inputs = cord_buf_str(&judge->inputs),
    };
    struct cord_journal_place place;
    bool failed = false;
    for (;;) {
        struct cord_error err = {""};
        cord_buf_clear(&judge->entry);
        cord_judge_entry_put(&entry, &judge->entry);
        cord_status status = judge->entry.failed ? CORD_E_NOMEM : CORD_OK;
        if (status == CORD_OK) {
            status = cord_journal_append(judge->journal, cord_buf_str(&judge->entry), &place, &err);
        }
        if (status == CORD_OK) {
            status = cord_journal_sync(judge->journal, &err);
        }
        if (status == CORD_OK) {
            break;
        }
        failed = true;
        cord_log_error(judge->options.log, "judge.write_failed", CORD_KV_TEXT("error", err.text));
        cord_clock_sleep_ns(RETRY_S * CORD_SECOND_NS);
    }
    if (failed) {
        cord_log_info(judge->options.log, "judge.write_recovered");
    }
    if (cord_judge_windows_remember(&judge->windows, entry.inputs, entry.at_ns) != CORD_OK) {
        cord_log_error(judge->options.log, "judge.windows_lost");
    }
    judge->written_ns = judge->now_ns;
    judge->written_through = through;
}

static bool is_worth_an_entry(const struct cord_judge *judge, uint64_t through)
{
    bool old = judge->now_ns - judge->written_ns >= TICK_S * CORD_SECOND_NS ||
               judge->now_ns < judge->written_ns;
    return judge->finding_count > 0 || judge->input_count > 0 ||
           (old && (through != judge->written_through ||
                    cord_judge_windows_wait(&judge->windows, judge->now_ns)));
}

static void begin_entry(struct cord_judge *judge)
{
    cord_buf_clear(&judge->findings);
    cord_buf_clear(&judge->inputs);
    judge->finding_count = 0;
    judge->input_count = 0;
    judge->now_ns = cord_clock_now_ns(&judge->options.clock);
}

int64_t cord_judge_delay_bound_ns(size_t at)
{
    static const int64_t bounds_ms[CORD_JUDGE_DELAYS - 1] = {
        5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 60000};
    return at < CORD_JUDGE_DELAYS - 1 ? bounds_ms[at] * 1000000 : INT64_MAX;
}

/* With the lock held: a verdict's events by the one that waited longest. */
static void note_delay(struct cord_judge_stats *stats, const struct cord_verdict *verdict,
                       int64_t now_ns)
{
    int64_t delay_ns = now_ns - verdict->received_ns;
    size_t at = 0;
    if (verdict->count == 0) {
        return;
    }
    delay_ns = delay_ns > 0 ? delay_ns : 0; /* the clock may have been set */
    while (delay_ns > cord_judge_delay_bound_ns(at)) {
        at++;
    }
    stats->delays[at] += verdict->count;
    stats->delay_sum_ns += (uint64_t)delay_ns * verdict->count;
    if (delay_ns > stats->delay_max_ns) {
        stats->delay_max_ns = delay_ns;
    }
}

static void note_round(struct cord_judge *judge, const struct cord_verdict *verdicts,
                       uint64_t through, uint64_t events)
{
    int64_t now_ns = cord_clock_now_ns(&judge->options.clock);
    (void)pthread_mutex_lock(&judge->lock);
    judge->stats.through = through;
    judge->stats.judged += events;
    judge->stats.findings += judge->finding_count;
    judge->stats.dropped_inputs = judge->windows.dropped;
    for (const struct cord_verdict *verdict = verdicts; verdict; verdict = verdict->next) {
        note_delay(&judge->stats, verdict, now_ns);
    }
    (void)pthread_mutex_unlock(&judge->lock);
}

void cord_judge_round(struct cord_judge *judge, struct cord_verdict *verdicts, uint64_t through)
{
    uint64_t events = 0;
    begin_entry(judge);
    use_rules(judge);
    for (const struct cord_verdict *verdict = verdicts; verdict; verdict = verdict->next) {
        for (size_t i = 0; i < verdict->finding_count; i++) {
            put_finding(judge, &verdict->findings[i].finding, verdict->findings[i].organisation);
        }
        for (size_t i = 0; i < verdict->input_count; i++) {
            put_input(judge, verdict, &verdict->inputs[i]);
        }
        events += verdict->count;
    }
    if (is_worth_an_entry(judge, through)) {
        if (cord_judge_windows_feed(&judge->windows, cord_buf_str(&judge->inputs), judge->now_ns) !=
            CORD_OK) {
            cord_log_error(judge->options.log, "judge.windows_lost");
        }
        write_entry(judge, through);
    }
    note_round(judge, verdicts, through, events);
    while (verdicts) {
        struct cord_verdict *next = verdicts->next;
        cord_verdict_free(verdicts);
        verdicts = next;
    }
}

/* --- the thread --- */

/* Waits for verdicts, or for a tick; false: closing, and none are left. */
static bool next_verdicts(struct cord_judge *judge, struct cord_verdict **ret_verdicts)
{
    const struct timespec until = cord_clock_after(TICK_S * CORD_SECOND_NS);
    (void)pthread_mutex_lock(&judge->lock);
    while (!judge->first && !judge->closing) {
        if (pthread_cond_clockwait(&judge->came, &judge->lock, CLOCK_MONOTONIC, &until) != 0) {
            break;
        }
    }
    *ret_verdicts = judge->first;
    bool more = judge->first || !judge->closing;
    judge->first = NULL;
    judge->last = NULL;
    judge->waiting = 0;
    (void)pthread_cond_broadcast(&judge->went);
    (void)pthread_mutex_unlock(&judge->lock);
    return more;
}

static void *judge_main(void *argument)
{
    struct cord_judge *judge = argument;
    struct cord_verdict *verdicts = NULL;
    uint64_t through = judge->stats.through;
    while (next_verdicts(judge, &verdicts)) {
        for (const struct cord_verdict *at = verdicts; at; at = at->next) {
            through = at->first + at->count - 1;
        }
        cord_judge_round(judge, verdicts, through);
    }
    if (through != judge->written_through) {
        begin_entry(judge);
        write_entry(judge, through);
    }
    return NULL;
}

static void put_verdict(void *self, struct cord_verdict *verdict)
{
    struct cord_judge *judge = self;
    verdict->next = NULL;
    (void)pthread_mutex_lock(&judge->lock);
    while (judge->waiting >= WAITING_MAX) {
        (void)pthread_cond_wait(&judge->went, &judge->lock);
    }
    *(judge->last ? &judge->last->next : &judge->first) = verdict;
    judge->last = verdict;
    judge->waiting++;
    (void)pthread_cond_signal(&judge->came);
    (void)pthread_mutex_unlock(&judge->lock);
}

struct cord_intake_verdicts cord_judge_verdicts(struct cord_judge *judge)
{
    return (struct cord_intake_verdicts){put_verdict, judge};
}

/* --- opening and closing --- */

static cord_status on_entry(void *self, struct cord_journal_place place, cord_str bytes)
{
    struct cord_judge *judge = self;
    struct cord_judge_entry entry;
    (void)place;
    if (cord_judge_entry_read(bytes, &entry) != CORD_OK) {
        return CORD_E_FORMAT;
    }
    if (entry.through <= judge->stats.through && entry.at_ns <= judge->written_ns) {
        return CORD_OK; /* written again, for nobody knew whether it was durable */
    }
    judge->stats.through = entry.through;
    judge->stats.findings = entry.first_finding + entry.finding_count - 1;
    judge->written_through = entry.through;
    judge->written_ns = entry.at_ns;
    return cord_judge_windows_remember(&judge->windows, entry.inputs, entry.at_ns);
}

static cord_status open_journal(struct cord_judge *judge, struct cord_error *err)
{
    const struct cord_journal_options options = {
        .files = judge->options.files,
        .dir = judge->options.dir,
        .name = "findings",
        .entry_bytes_max = ENTRY_BYTES_MAX,
    };
    struct cord_journal_found found;
    cord_status status = cord_journal_open(&options, on_entry, judge, &judge->journal, &found, err);
    if (status == CORD_OK && found.damaged_bytes > 0) {
        cord_log_error(judge->options.log, "judge.journal_damaged",
                       CORD_KV_U64("bytes", found.damaged_bytes));
    }
    return status;
}

cord_status cord_judge_open(const struct cord_judge_options *options, struct cord_judge **ret_judge,
                            struct cord_error *err)
{
    struct cord_judge *judge = calloc(1, sizeof *judge);
    if (!judge) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    judge->options = *options;
    cord_buf_init(&judge->findings, ENTRY_BYTES_MAX / 2);
    cord_buf_init(&judge->inputs, ENTRY_BYTES_MAX / 4);
    cord_buf_init(&judge->entry, ENTRY_BYTES_MAX);
    cord_status status = CORD_E_NOMEM;
    if (pthread_mutex_init(&judge->lock, NULL) == 0 && pthread_cond_init(&judge->came, NULL) == 0 &&
        pthread_cond_init(&judge->went, NULL) == 0 &&
        cord_judge_windows_init(&judge->windows, options)) {
        status = CORD_OK;
        use_rules(judge);
    }
    if (status == CORD_OK) {
        status = open_journal(judge, err);
    }
    if (status == CORD_OK) {
        status = cord_judge_windows_rebuild(&judge->windows);
        judge->windows.found = on_correlation;
        judge->windows.self = judge;
    }
    if (status != CORD_OK) {
        cord_error_context(err, "the journal of findings");
        cord_judge_close(judge);
        return status;
    }
    *ret_judge = judge;
    return CORD_OK;
}

cord_status cord_judge_start(struct cord_judge *judge, struct cord_error *err)
{
    if (pthread_create(&judge->thread, NULL, judge_main, judge) != 0) {
        return cord_error_set(err, CORD_E_LIMIT, "no thread for judging");
    }
    judge->started = true;
    return CORD_OK;
}

void cord_judge_close(struct cord_judge *judge)
{
    if (!judge) {
        return;
    }
    (void)pthread_mutex_lock(&judge->lock);
    judge->closing = true;
    (void)pthread_cond_broadcast(&judge->came);
    (void)pthread_mutex_unlock(&judge->lock);
    if (judge->started) {
        (void)pthread_join(judge->thread, NULL);
    }
    cord_journal_close(judge->journal);
    cord_judge_windows_done(&judge->windows);
    cord_buf_done(&judge->entry);
    cord_buf_done(&judge->inputs);
    cord_buf_done(&judge->findings);
    (void)pthread_cond_destroy(&judge->went);
    (void)pthread_cond_destroy(&judge->came);
    (void)pthread_mutex_destroy(&judge->lock);
    free(judge);
}

struct cord_judge_stats cord_judge_stats(struct cord_judge *judge)
{
    (void)pthread_mutex_lock(&judge->lock);
    struct cord_judge_stats stats = judge->stats;
    stats.waiting = judge->waiting;
    judge->stats.delay_max_ns = 0;
    (void)pthread_mutex_unlock(&judge->lock);
    return stats;
}
