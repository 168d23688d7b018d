/* record_checkpoint.c: see record_checkpoint.h. */
#include "record/record_checkpoint.h"

#include "base/timestamp.h"
#include "codec/json_span.h"

#include <inttypes.h>

enum {
    SIGNED_BYTES_MAX = 4096,
    SIGNATURE_TEXT = 2 * CORD_SIGNATURE_BYTES + 1,
    KEY_TEXT = 2 * CORD_SIGNING_KEY_BYTES + 1
};

/* The members that are signed, as they stand in the line. */
static void put_signed(const struct cord_record_checkpoint *checkpoint, struct cord_buf *text)
{
    char hash[CORD_DIGEST_TEXT];
    char time[CORD_TIMESTAMP_TEXT];
    cord_str when = cord_timestamp_format(checkpoint->time_ns, time);
    (void)cord_digest_format(&checkpoint->hash, hash);
    cord_buf_printf(text, "{\"checkpoint\":%" PRIu64 ",\"hash\":\"%s\",\"time\":\"%.*s\"",
                    checkpoint->number, hash, CORD_STR_ARG(when));
    cord_buf_printf(text, ",\"exercise\":\"%.*s\"", CORD_STR_ARG(checkpoint->exercise));
}

cord_status cord_record_checkpoint_write(struct cord_record_checkpoint *checkpoint,
                                         const struct cord_signing_key *key, struct cord_buf *lines,
                                         struct cord_error *err)
{
    struct cord_buf text;
    char public_key[KEY_TEXT];
    char signature[SIGNATURE_TEXT];
    cord_buf_init(&text, SIGNED_BYTES_MAX);
    put_signed(checkpoint, &text);
    cord_status status = text.failed
                             ? CORD_E_NOMEM
                             : cord_signing_sign(key, cord_buf_str(&text), checkpoint->signature);
    if (status == CORD_OK) {
        checkpoint->key = cord_signing_public(key);
        cord_digest_to_hex(checkpoint->key.bytes, CORD_SIGNING_KEY_BYTES, public_key);
        cord_digest_to_hex(checkpoint->signature, CORD_SIGNATURE_BYTES, signature);
        cord_buf_put(lines, cord_buf_str(&text));
        cord_buf_printf(lines, ",\"key\":\"%s\",\"signature\":\"%s\"}\n", public_key, signature);
        status = lines->failed ? CORD_E_NOMEM : CORD_OK;
    }
    cord_buf_done(&text);
    return status == CORD_OK ? CORD_OK : cord_error_set(err, status, "signing a checkpoint");
}

/* The next member has this name; its inside. */
static bool take_member(struct cord_json_walk *walk, const char *name, cord_str *ret_text)
{
    struct cord_json_span span;
    if (cord_json_span_next(walk, &span) != CORD_OK ||
        !cord_str_eq(span.name, cord_str_from(name))) {
        return false;
    }
    *ret_text = span.text;
    return true;
}

static bool read_line(cord_str line, struct cord_record_checkpoint *checkpoint)
{
    struct cord_json_walk walk;
    struct cord_json_span behind;
    cord_str text;
    return cord_json_span_begin(&walk, line, 0) && take_member(&walk, "checkpoint", &text) &&
           cord_str_u64(text, &checkpoint->number) && checkpoint->number <= INT64_MAX &&
           take_member(&walk, "hash", &text) && cord_digest_parse(text, &checkpoint->hash) &&
           take_member(&walk, "time", &text) && cord_timestamp_parse(text, &checkpoint->time_ns) &&
           take_member(&walk, "exercise", &checkpoint->exercise) &&
           take_member(&walk, "key", &text) &&
           cord_digest_from_hex(text, checkpoint->key.bytes, CORD_SIGNING_KEY_BYTES) &&
           take_member(&walk, "signature", &text) &&
           cord_digest_from_hex(text, checkpoint->signature, CORD_SIGNATURE_BYTES) &&
           cord_json_span_next(&walk, &behind) == CORD_E_END && walk.at == line.len;
}

cord_status cord_record_checkpoint_next(cord_str *rest,
                                        struct cord_record_checkpoint *ret_checkpoint,
                                        struct cord_error *err)
{
    struct cord_record_checkpoint checkpoint = {0};
    size_t end = cord_str_find_char(*rest, '\n', 0);
    if (end == SIZE_MAX) {
        return CORD_E_END;
    }
    cord_str line = cord_str_slice(*rest, 0, end);
    *rest = cord_str_from_byte(*rest, end + 1);
    if (!read_line(line, &checkpoint)) {
        return cord_error_set(err, CORD_E_FORMAT, "a line of checkpoints is none");
    }
    *ret_checkpoint = checkpoint;
    return CORD_OK;
}

cord_status cord_record_checkpoint_verify(const struct cord_record_checkpoint *checkpoint)
{
    struct cord_buf text;
    cord_buf_init(&text, SIGNED_BYTES_MAX);
    put_signed(checkpoint, &text);
    cord_status status = text.failed ? CORD_E_FORMAT
                                     : cord_signing_verify(&checkpoint->key, cord_buf_str(&text),
                                                           checkpoint->signature);
    cord_buf_done(&text);
    return status;
}
