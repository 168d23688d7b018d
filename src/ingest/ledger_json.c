/* ledger_json.c: see ledger_json.h. */
#include "ingest/ledger_json.h"

#include "codec/json_write.h"

#include <inttypes.h>

static void put_name(struct cord_buf *buf, const char *name)
{
    if (buf->len > 0 && buf->ptr[buf->len - 1] != '{') {
        cord_buf_put_char(buf, ',');
    }
    cord_json_write_string(buf, cord_str_from(name));
    cord_buf_put_char(buf, ':');
}

void cord_ledger_json_text(struct cord_buf *buf, const char *name, cord_str text)
{
    put_name(buf, name);
    cord_json_write_string(buf, text);
}

void cord_ledger_json_number(struct cord_buf *buf, const char *name, uint64_t number)
{
    put_name(buf, name);
    cord_buf_printf(buf, "%" PRIu64, number);
}

void cord_ledger_json_time(struct cord_buf *buf, const char *name, int64_t time_ns)
{
    char text[CORD_TIMESTAMP_TEXT];
    if (time_ns == CORD_TIME_NONE) {
        put_name(buf, name);
        cord_buf_put_text(buf, "null");
    } else {
        cord_ledger_json_text(buf, name, cord_timestamp_format(time_ns, text));
    }
}

/* The reasons of one kind that there were: {"malformed":3,"empty":1}. */
static void put_lost(struct cord_buf *buf, const char *name,
                     const struct cord_ledger_counts *counts, bool shed)
{
    put_name(buf, name);
    cord_buf_put_char(buf, '{');
    for (unsigned i = 0; i < CORD_LOSS_COUNT; i++) {
        enum cord_loss_reason reason = (enum cord_loss_reason)i;
        if (counts->lost[i] > 0 && cord_loss_is_shed(reason) == shed) {
            cord_ledger_json_number(buf, cord_loss_name(reason), counts->lost[i]);
        }
    }
    cord_buf_put_char(buf, '}');
}

void cord_ledger_json_counts(struct cord_buf *buf, const struct cord_ledger_counts *counts)
{
    cord_ledger_json_number(buf, "received", counts->received);
    cord_ledger_json_number(buf, "stored", counts->stored);
    put_lost(buf, "refused", counts, false);
    put_lost(buf, "shed", counts, true);
    cord_ledger_json_number(buf, "bytes", counts->bytes);
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
    cord_ledger_json_text(buf, "source", source->name);
    cord_ledger_json_text(buf, "organisation", source->organisation);
    cord_ledger_json_text(buf, "state", cord_str_from(state));
    cord_ledger_json_counts(buf, &source->total);
    cord_ledger_json_time(buf, "first_event", source->first_ns);
    cord_ledger_json_time(buf, "last_event", source->last_ns);
    cord_ledger_json_time(buf, "last_contact", source->last_contact_ns);
}
