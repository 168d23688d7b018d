/* output_csv.c: one row a finding, RFC 4180, with a header row. */
#include "cmd/csv_cell.h"
#include "cmd/output.h"

#include "base/buf.h"

#include <stdlib.h>

enum { LINE_BYTES_MAX = 64 << 20 };

struct output {
    FILE *out;
    const struct cord_store *store;
    struct cord_buf line;
};

static void put_number(struct cord_buf *buf, uint64_t number)
{
    cord_buf_printf(buf, "%llu,", (unsigned long long)number);
}

static cord_status csv_open(const struct output_config *config, struct output **ret_output)
{
    struct output *output = calloc(1, sizeof *output);
    if (!output) {
        return CORD_E_NOMEM;
    }
    output->out = config->out;
    output->store = config->store;
    cord_buf_init(&output->line, LINE_BYTES_MAX);
    *ret_output = output;
    return output_write(output->out,
                        CORD_STR("time,level,title,rule_id,author,host,user,channel,event_id,"
                                 "source,record,offset,tags,incomplete,matched,evidence_id\r\n"));
}

static void put_joined(struct cord_buf *buf, struct cord_buf *scratch, const cord_str *items,
                       size_t count)
{
    cord_buf_clear(scratch);
    for (size_t i = 0; i < count; i++) {
        cord_buf_put_text(scratch, i > 0 ? " " : "");
        cord_buf_put(scratch, items[i]);
    }
    csv_cell_put(buf, cord_buf_str(scratch), false);
}

static void put_reasons(struct cord_buf *buf, struct cord_buf *scratch,
                        const struct cord_finding *finding)
{
    cord_buf_clear(scratch);
    for (size_t i = 0; i < finding->reason_count; i++) {
        const struct cord_finding_reason *reason = &finding->reasons[i];
        cord_buf_printf(scratch, "%s%.*s: %.*s %.*s = ", i > 0 ? "; " : "",
                        CORD_STR_ARG(reason->selection), CORD_STR_ARG(reason->field),
                        CORD_STR_ARG(reason->pattern));
        cord_buf_put(scratch, reason->value);
    }
    csv_cell_put(buf, cord_buf_str(scratch), false);
}

static cord_status csv_finding(struct output *output, const struct cord_finding *finding,
                               size_t rule_no)
{
    (void)rule_no;
    char time[CORD_TIMESTAMP_TEXT];
    char id[CORD_STORE_ID_TEXT];
    struct cord_buf *line = &output->line;
    const struct cord_rule_about *about = cord_finding_about(finding);
    struct cord_buf scratch;
    cord_buf_init(&scratch, LINE_BYTES_MAX);
    cord_buf_clear(line);
    csv_cell_put(line, cord_timestamp_format(finding->time_ns, time), false);
    csv_cell_put(line, cord_str_from(cord_rule_about_level(about->level)), false);
    csv_cell_put(line, about->title, false);
    csv_cell_put(line, about->id, false);
    csv_cell_put(line, about->author, false);
    csv_cell_put(line, finding->host, false);
    csv_cell_put(line, finding->user, false);
    csv_cell_put(line, finding->channel, false);
    csv_cell_put(line, finding->event_id, false);
    csv_cell_put(line, finding->source, false);
    put_number(line, finding->record);
    put_number(line, finding->offset);
    put_joined(line, &scratch, about->tags, about->tag_count);
    csv_cell_put(line, finding->incomplete ? CORD_STR("true") : CORD_STR("false"), false);
    put_reasons(line, &scratch, finding);
    csv_cell_put(line, output_evidence_id(output->store, finding->evidence, id), true);
    bool failed = line->failed || scratch.failed;
    cord_buf_done(&scratch);
    return failed ? CORD_E_NOMEM : output_write(output->out, cord_buf_str(line));
}

static cord_status csv_finish(struct output *output, const struct output_run *run)
{
    (void)run;
    return fflush(output->out) == 0 ? CORD_OK : CORD_E_IO;
}

static void csv_close(struct output *output)
{
    if (output) {
        cord_buf_done(&output->line);
        free(output);
    }
}

const struct output_ops output_csv = {
    .name = "csv",
    .open = csv_open,
    .finding = csv_finding,
    .finish = csv_finish,
    .close = csv_close,
};
