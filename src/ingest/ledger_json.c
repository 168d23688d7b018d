/* ledger_json.c: see ledger_json.h. */
#include "ingest/ledger_json.h"

#include "codec/json_put.h"

/* The reasons of one kind that there were: {"malformed":3,"empty":1}. */
static void put_lost(struct cord_buf *buf, const char *name,
                     const struct cord_ledger_counts *counts, bool shed)
{
    cord_json_put_name(buf, name);
    cord_buf_put_char(buf, '{');
    for (unsigned i = 0; i < CORD_LOSS_COUNT; i++) {
        enum cord_loss_reason reason = (enum cord_loss_reason)i;
        if (counts->lost[i] > 0 && cord_loss_is_shed(reason) == shed) {
            cord_json_put_number(buf, cord_loss_name(reason), counts->lost[i]);
        }
    }
    cord_buf_put_char(buf, '}');
}

void cord_ledger_json_counts(struct cord_buf *buf, const struct cord_ledger_counts *counts)
{
    cord_json_put_number(buf, "received", counts->received);
    cord_json_put_number(buf, "stored", counts->stored);
    put_lost(buf, "refused", counts, false);
    put_lost(buf, "shed", counts, true);
    cord_json_put_number(buf, "bytes", counts->bytes);
}

const char *cord_ledger_json_state(const struct cord_ledger_source *source, bool registered,
                                   bool silent)
{
    if (cord_str_starts(source->name, CORD_STR("listener/"))) {
        return "listener";
    }
    if (!registered) {
        return "removed";
    }
    if (source->last_ns == CORD_TIME_NONE) {
        return "unknown: never heard";
    }
    return silent ? "unknown: silent" : "heard";
}

void cord_ledger_json_source(struct cord_buf *buf, const struct cord_ledger_source *source,
                             const char *state)
{
    cord_json_put_text(buf, "source", source->name);
    cord_json_put_text(buf, "organisation", source->organisation);
    cord_json_put_text(buf, "state", cord_str_from(state));
    cord_ledger_json_counts(buf, &source->total);
    cord_json_put_time(buf, "first_event", source->first_ns);
    cord_json_put_time(buf, "last_event", source->last_ns);
    cord_json_put_time(buf, "last_contact", source->last_contact_ns);
}
