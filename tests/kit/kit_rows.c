/* kit_rows.c: see kit_rows.h. */
#include "kit/kit_rows.h"

#include "kit/decode.h"
#include "kit/kit.h"
#include "wire/keep.h"

struct adding {
    struct cord_keep *keep;
    int64_t received_ns;
};

static void add_event(void *context, const struct kit_decode *decode,
                      const struct cord_event *event)
{
    struct adding *adding = context;
    (void)decode;
    assert_int_equal(cord_keep_event(adding->keep, event, adding->received_ns), CORD_OK);
}

void kit_rows_add(struct cord_rows *rows, const struct cord_format *format,
                  const struct kit_rows_origin *origin, cord_str text)
{
    struct kit_decode decode;
    struct adding adding = {.received_ns = origin->received_ns};
    cord_str head = cord_str_slice(text, 0, 65536);
    const struct cord_format *chosen = format ? format : cord_decoder_recognise(head, CORD_STR(""));
    const struct cord_keep_source source = {.organisation = origin->organisation,
                                            .source = origin->source,
                                            .format = cord_str_from(chosen->name)};
    kit_decode_init(&decode);
    adding.keep = cord_keep_new(decode.paths, decode.classifier);
    assert_non_null(adding.keep);
    cord_keep_into(adding.keep, rows);
    cord_keep_from(adding.keep, &source);
    decode.on_event = add_event;
    decode.context = &adding;
    kit_decode_run(&decode, chosen, text, "", 65536);
    cord_keep_free(adding.keep);
    kit_decode_done(&decode);
}
