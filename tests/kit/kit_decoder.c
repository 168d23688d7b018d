/* kit_decoder.c: see kit_decoder.h. */
#include "kit/kit_decoder.h"

#include <assert.h>
#include <string.h>

void kit_decoder_init(struct kit_decoder *kit, const struct cord_format *format, size_t text_bytes)
{
    *kit = (struct kit_decoder){.format = format};
    kit->paths = cord_paths_new(1);
    kit->batch = cord_batch_new(text_bytes);
    assert(kit->paths && kit->batch);
    kit->classifier = cord_classifier_new(kit->paths, 1);
    assert(kit->classifier);
    struct cord_decoder_env env = {.paths = kit->paths, .classifier = kit->classifier};
    kit->decoder = format->decoder_new(&env);
    assert(kit->decoder);
}

cord_status kit_decoder_run(struct kit_decoder *kit, cord_str text)
{
    cord_batch_reset(kit->batch);
    cord_status status = cord_batch_text_grow(kit->batch, text.len);
    assert(status == CORD_OK);
    if (text.len > 0) {
        memcpy(kit->batch->text, text.ptr, text.len);
    }
    memset(kit->batch->text + text.len, 0, CORD_BATCH_PADDING);
    kit->batch->text_len = text.len;
    return kit->format->decode(kit->decoder, kit->batch);
}

void kit_decoder_done(struct kit_decoder *kit)
{
    if (kit->format) {
        kit->format->decoder_free(kit->decoder);
    }
    cord_classifier_free(kit->classifier);
    cord_batch_free(kit->batch);
    cord_paths_free(kit->paths);
}
