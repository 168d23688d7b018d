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

void cord_decoder_place_date(const struct cord_decoder_env *env, struct cord_log_date *date)
{
    if (env->zone && *env->zone && !date->has_zone) {
        date->ns = cord_zone_utc(*env->zone, date->ns);
        date->has_zone = true;
    }
}

bool cord_decoder_read_date(const struct cord_decoder_env *env, cord_str text,
                            struct cord_log_date *ret_date)
{
    if (!cord_log_date_read(text, env->now_ns, ret_date)) {
        return false;
    }
    cord_decoder_place_date(env, ret_date);
    return true;
}
