/* api_classes.c: see api_classes.h. */
#include "api/api_classes.h"

#include "api/api_internal.h"
#include "base/buf.h"
#include "evidence/store.h"
#include "evidence/tally.h"
#include "ingest/source.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEPT_MAX = 16, CODE_MAX = 64, TALLY_BYTES_MAX = 64 << 20, LABELS_BYTES_MAX = 32 << 20 };

#define KEPT_NS  (300 * CORD_SECOND_NS)
#define SINCE_NS (7LL * 86400 * CORD_SECOND_NS)

struct kept {
    char organisation[CODE_MAX];
    struct cord_buf labels; /* lines: source, TAB, label */
    int64_t made_ns;        /* monotonic */
    bool there;
};

struct cord_api_classes {
    const struct cord_api *api;
    pthread_mutex_t lock; /* guards those kept; held while the store is asked, so that one asks */
    struct kept kept[KEPT_MAX];
};

struct cord_api_classes *cord_api_classes_new(const struct cord_api *api)
{
    struct cord_api_classes *classes = calloc(1, sizeof *classes);
    if (!classes || pthread_mutex_init(&classes->lock, NULL) != 0) {
        free(classes);
        return NULL;
    }
    classes->api = api;
    for (size_t i = 0; i < KEPT_MAX; i++) {
        cord_buf_init(&classes->kept[i].labels, LABELS_BYTES_MAX);
    }
    return classes;
}

void cord_api_classes_free(struct cord_api_classes *classes)
{
    if (classes) {
        for (size_t i = 0; i < KEPT_MAX; i++) {
            cord_buf_done(&classes->kept[i].labels);
        }
        (void)pthread_mutex_destroy(&classes->lock);
        free(classes);
    }
}

static int64_t monotonic_ns(void)
{
    const struct cord_clock clock = cord_clock_monotonic();
    return cord_clock_now_ns(&clock);
}

static void put_labels(const struct cord_tally_table *table, struct cord_buf *labels)
{
    cord_buf_clear(labels);
    for (size_t i = 0; i < table->row_count; i++) {
        const struct cord_tally_cell *source = &table->rows[i][0];
        const struct cord_tally_cell *label = &table->rows[i][1];
        if (source->kind == CORD_TALLY_TEXT && label->kind == CORD_TALLY_TEXT &&
            cord_str_find_char(source->text, '\n', 0) == SIZE_MAX &&
            cord_str_find_char(source->text, '\t', 0) == SIZE_MAX) {
            cord_buf_put(labels, source->text);
            cord_buf_put_char(labels, '\t');
            cord_buf_put(labels, label->text);
            cord_buf_put_char(labels, '\n');
        }
    }
}

static cord_status ask(const struct cord_api *api, cord_str organisation, struct cord_buf *labels,
                       struct cord_error *err)
{
    struct cord_evidence *evidence = cord_store_evidence(api->options.ports.store);
    const struct cord_tally_options tally_options = {.bytes_max = TALLY_BYTES_MAX,
                                                     .seed = api->options.seed};
    const struct cord_search_options options = {
        .from_ns = cord_clock_now_ns(&api->options.clock) - SINCE_NS,
        .to_ns = CORD_TIME_NONE,
        .organisation = organisation,
        .source = CORD_STR(""),
        .threads = 1,
    };
    const struct cord_search_sink sink = {.row = NULL};
    struct cord_search_progress done = {0};
    struct cord_query *query = NULL;
    cord_status status = cord_query_parse(CORD_STR("| count by source, class"), &query, err);
    struct cord_tally *tally = status == CORD_OK ? cord_tally_new(query, &tally_options) : NULL;
    status = status == CORD_OK && !tally ? CORD_E_NOMEM : status;
    if (status == CORD_OK) {
        status = evidence->ops->search(evidence, query, &options, &sink, tally, &done, err);
    }
    status = status == CORD_OK ? cord_tally_finish(tally) : status;
    if (status == CORD_OK) {
        put_labels(cord_tally_result(tally), labels);
        status = labels->failed ? CORD_E_NOMEM : CORD_OK;
    }
    cord_tally_free(tally);
    cord_query_free(query);
    return status;
}

/* Under the lock: that organisation's place, else a free one, else the oldest. */
static size_t place_of(const struct cord_api_classes *classes, cord_str organisation)
{
    size_t best = 0;
    for (size_t i = 0; i < KEPT_MAX; i++) {
        const struct kept *at = &classes->kept[i];
        if (at->there && cord_str_eq(cord_str_from(at->organisation), organisation)) {
            return i;
        }
        if (classes->kept[best].there &&
            (!at->there || at->made_ns < classes->kept[best].made_ns)) {
            best = i;
        }
    }
    return best;
}

/* --- whose sources are heard --- */

struct hearing {
    struct cord_sources *sources;
    bool *silent; /* by the source's number */
};

static void on_silent(void *self, cord_str name)
{
    struct hearing *hearing = self;
    const struct cord_source *source = cord_sources_by_name(hearing->sources, name);
    if (source) {
        hearing->silent[source->number] = true;
    }
}

static bool has_line(const struct cord_buf *lines, cord_str line)
{
    cord_str rest = cord_buf_str(lines);
    cord_str had;
    while (cord_str_cut(&rest, '\n', &had)) {
        if (cord_str_eq(had, line)) {
            return true;
        }
    }
    return false;
}

static void put_heard(const struct hearing *hearing, cord_str rest, struct cord_buf *out)
{
    cord_str line;
    while (cord_str_cut(&rest, '\n', &line)) {
        cord_str name = CORD_STR("");
        (void)cord_str_cut(&line, '\t', &name);
        const struct cord_source *source = cord_sources_by_name(hearing->sources, name);
        if (source && !hearing->silent[source->number] && line.len > 0 && !has_line(out, line)) {
            cord_buf_put(out, line);
            cord_buf_put_char(out, '\n');
        }
    }
}

/* What is kept may be minutes old; who is silent is asked each time. */
static cord_status heard(const struct cord_api *api, cord_str kept, struct cord_arena *arena,
                         cord_str *ret_labels)
{
    const struct cord_api_ports *ports = &api->options.ports;
    struct hearing hearing = {.sources = cord_source_book_current(ports->sources)};
    struct cord_buf out;
    cord_buf_init(&out, LABELS_BYTES_MAX);
    hearing.silent = calloc(cord_sources_count(hearing.sources) + 1, sizeof *hearing.silent);
    bool failed = !hearing.silent;
    if (!failed) {
        if (ports->silent) {
            ports->silent(ports->self, on_silent, &hearing);
        }
        put_heard(&hearing, kept, &out);
        *ret_labels = cord_arena_copy(arena, cord_buf_str(&out));
        failed = out.failed || !ret_labels->ptr;
    }
    free(hearing.silent);
    cord_sources_unref(hearing.sources);
    cord_buf_done(&out);
    return failed ? CORD_E_NOMEM : CORD_OK;
}

cord_status cord_api_classes_get(struct cord_api_classes *classes, cord_str organisation,
                                 struct cord_arena *arena, cord_str *ret_labels,
                                 struct cord_error *err)
{
    cord_status status = CORD_OK;
    if (organisation.len >= CODE_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "the organisation's code is too long");
    }
    (void)pthread_mutex_lock(&classes->lock);
    struct kept *kept = &classes->kept[place_of(classes, organisation)];
    int64_t now_ns = monotonic_ns();
    bool fresh = kept->there && cord_str_eq(cord_str_from(kept->organisation), organisation) &&
                 now_ns - kept->made_ns < KEPT_NS;
    if (!fresh) {
        status = ask(classes->api, organisation, &kept->labels, err);
        kept->there = status == CORD_OK;
        kept->made_ns = now_ns;
        memcpy(kept->organisation, organisation.ptr, organisation.len);
        kept->organisation[organisation.len] = '\0';
    }
    cord_str copy =
        status == CORD_OK ? cord_arena_copy(arena, cord_buf_str(&kept->labels)) : CORD_STR("");
    (void)pthread_mutex_unlock(&classes->lock);
    if (status == CORD_OK) {
        status = copy.ptr ? heard(classes->api, copy, arena, ret_labels) : CORD_E_NOMEM;
    }
    return status;
}

/* --- what covers what --- */

/* The list names it, whole; nothing asked for is always there. */
static bool names(cord_str list, cord_str wanted)
{
    cord_str word;
    bool found = wanted.len == 0;
    while (!found && cord_str_cut(&list, ',', &word)) {
        found = cord_str_eq_fold(word, wanted);
    }
    return found;
}

bool cord_api_classes_cover(cord_str labels, const struct cord_logsource *source)
{
    cord_str label;
    while (cord_str_cut(&labels, '\n', &label)) {
        cord_str rest = label;
        cord_str product = CORD_STR("");
        cord_str categories = CORD_STR("");
        if (label.len == 0) {
            continue;
        }
        (void)cord_str_cut(&rest, '/', &product);
        (void)cord_str_cut(&rest, '/', &categories);
        if (names(product, source->product) && names(categories, source->category) &&
            names(rest, source->service)) {
            return true;
        }
    }
    return false;
}
