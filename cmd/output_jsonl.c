/* output_jsonl.c: one JSON object a finding, a line each. */
#include "cmd/output.h"

#include "base/buf.h"
#include "detect/finding_json.h"

#include <stdlib.h>

enum { LINE_BYTES_MAX = 64 << 20 };

/* What a rule contributes to each of its findings, written once. */
struct prepared {
    struct cord_buf text;
};

struct output {
    FILE *out;
    const struct cord_store *store;
    struct cord_buf line;
    struct prepared *rules; /* by the summary's number */
    size_t rule_cap;
};

static cord_status jsonl_open(const struct output_config *config, struct output **ret_output)
{
    struct output *output = calloc(1, sizeof *output);
    if (!output) {
        return CORD_E_NOMEM;
    }
    output->out = config->out;
    output->store = config->store;
    cord_buf_init(&output->line, LINE_BYTES_MAX);
    *ret_output = output;
    return CORD_OK;
}

static const struct cord_buf *prepare(struct output *output, const struct cord_finding *finding,
                                      size_t rule_no)
{
    if (rule_no >= output->rule_cap) {
        size_t cap = (rule_no + 1) * 2;
        struct prepared *rules = reallocarray(output->rules, cap, sizeof *rules);
        if (!rules) {
            return NULL;
        }
        memset(rules + output->rule_cap, 0, (cap - output->rule_cap) * sizeof *rules);
        output->rules = rules;
        output->rule_cap = cap;
    }
    struct cord_buf *text = &output->rules[rule_no].text;
    if (!text->ptr) {
        cord_buf_init(text, LINE_BYTES_MAX);
        cord_finding_json_rule(text, finding);
    }
    return text->failed ? NULL : text;
}

static cord_status jsonl_finding(struct output *output, const struct cord_finding *finding,
                                 size_t rule_no)
{
    char id[CORD_STORE_ID_TEXT];
    struct cord_buf *line = &output->line;
    const struct cord_buf *rule = prepare(output, finding, rule_no);
    if (!rule) {
        return CORD_E_NOMEM;
    }
    cord_buf_clear(line);
    cord_buf_put_char(line, '{');
    cord_buf_put(line, cord_buf_str(rule));
    cord_finding_json_event(line, finding,
                            output_evidence_id(output->store, finding->evidence, id));
    cord_buf_put_text(line, "}\n");
    return line->failed ? CORD_E_NOMEM : output_write(output->out, cord_buf_str(line));
}

static cord_status jsonl_finish(struct output *output, const struct output_run *run)
{
    (void)run;
    return fflush(output->out) == 0 ? CORD_OK : CORD_E_IO;
}

static void jsonl_close(struct output *output)
{
    if (output) {
        for (size_t i = 0; i < output->rule_cap; i++) {
            cord_buf_done(&output->rules[i].text);
        }
        free(output->rules);
        cord_buf_done(&output->line);
        free(output);
    }
}

const struct output_ops output_jsonl = {
    .name = "jsonl",
    .open = jsonl_open,
    .finding = jsonl_finding,
    .finish = jsonl_finish,
    .close = jsonl_close,
};
