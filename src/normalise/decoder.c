/* decoder.c: see decoder.h. */
#include "normalise/decoder.h"

#include "normalise/formats.h"
#include "normalise/text_lines.h"

const struct cord_format *const cord_decoder_formats[] = {
    &cord_format_evtx,   &cord_format_json,
    &cord_format_winxml, &cord_format_zeek,
    &cord_format_w3c,    &cord_format_auditd,
    &cord_format_frames, &cord_format_access,
    &cord_format_cef,    &cord_format_csv,
    &cord_format_syslog, &cord_format_kv,
    &cord_format_lines,  NULL,
};

const struct cord_format *cord_decoder_recognise(cord_str head, cord_str file_name)
{
    const struct cord_format *best = &cord_format_lines;
    unsigned best_score = 0;
    /* The surest first: who is quite sure spares the others a look. */
    for (size_t i = 0; cord_decoder_formats[i] && best_score < 100; i++) {
        unsigned score = cord_decoder_formats[i]->probe(head, file_name);
        if (score > best_score) {
            best = cord_decoder_formats[i];
            best_score = score;
        }
    }
    return best;
}

const struct cord_format *cord_decoder_by_name(cord_str name)
{
    for (size_t i = 0; cord_decoder_formats[i]; i++) {
        if (cord_str_eq(name, cord_str_from(cord_decoder_formats[i]->name))) {
            return cord_decoder_formats[i];
        }
    }
    return NULL;
}

size_t cord_decoder_cut_lines(struct cord_cutter *cutter, cord_str text, bool last,
                              struct cord_batch *batch)
{
    /* A format that keeps more than this has its own cut. */
    return cord_text_lines_cut((struct cord_lines_cutter *)(void *)cutter, text, last, batch);
}

bool cord_decoder_in_lines(const struct cord_cutter *cutter)
{
    return !((const struct cord_lines_cutter *)(const void *)cutter)->inside_long;
}
