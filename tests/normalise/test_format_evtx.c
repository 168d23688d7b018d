/* test_format_evtx.c: event logs cut into batches, and decoded. */
#include "kit/kit.h"

#include <stdlib.h>

#include "kit/evtx_chunk.h"
#include "normalise/decoder.h"
#include "normalise/formats.h"

enum { CHUNK = 65536, HEADER = 4096, RECORDS = 40, CHUNKS = 3 };

/* A header, and chunks of RECORDS records of two values. */
static cord_str make_file(void)
{
    static char file[HEADER + CHUNKS * CHUNK];
    static struct kit_evtx chunk;
    size_t definition = 0;
    kit_evtx_begin(&chunk);
    for (int i = 0; i < RECORDS; i++) {
        kit_evtx_record(&chunk);
        if (i == 0) {
            definition = kit_evtx_template(&chunk, 1);
            kit_evtx_event(&chunk);
            kit_evtx_data(&chunk, "X", 1);
            kit_evtx_event_end(&chunk);
            kit_evtx_template_end(&chunk, 2);
        } else {
            kit_evtx_instance(&chunk, 1, definition, 2);
        }
        kit_evtx_descriptor(&chunk, 2, 6);
        kit_evtx_descriptor(&chunk, 1, 4);
        kit_evtx_put(&chunk, 7, 2);
        kit_evtx_put(&chunk, (uint64_t)i, 1);
        kit_evtx_record_end(&chunk);
    }
    kit_evtx_end(&chunk);
    memcpy(file, "ElfFile", 8);
    for (size_t i = 0; i < CHUNKS; i++) {
        memcpy(file + HEADER + i * CHUNK, chunk.bytes, CHUNK);
    }
    return (cord_str){file, sizeof file};
}

struct bench {
    struct cord_decoder_env env;
    struct cord_batch *batch;
    void *decoder;
};

static struct bench bench_new(void)
{
    struct bench bench = {0};
    bench.env.paths = cord_paths_new(3);
    bench.env.classifier = cord_classifier_new(bench.env.paths, 3);
    bench.batch = cord_batch_new(1 << 20);
    bench.decoder = cord_format_evtx.decoder_new(&bench.env);
    CHECK(bench.env.paths && bench.env.classifier && bench.batch && bench.decoder);
    return bench;
}

static void bench_free(struct bench *bench)
{
    cord_format_evtx.decoder_free(bench->decoder);
    cord_batch_free(bench->batch);
    cord_classifier_free(bench->env.classifier);
    cord_paths_free(bench->env.paths);
}

static void load(struct bench *bench, cord_str text, uint64_t offset)
{
    cord_batch_reset(bench->batch);
    CHECK(cord_batch_text_grow(bench->batch, text.len) == CORD_OK);
    memcpy(bench->batch->text, text.ptr, text.len);
    bench->batch->text_len = text.len;
    bench->batch->text_offset = offset;
}

static void recognises_its_files(void)
{
    cord_str file = make_file();
    cord_str name = CORD_STR("x");
    CHECK_U64(cord_format_evtx.probe(file, name), 100);
    CHECK_U64(cord_format_evtx.probe(cord_str_from_byte(file, HEADER), name), 100);
    CHECK_U64(cord_format_evtx.probe(CORD_STR("ElfFilm"), name), 0);
    CHECK_U64(cord_format_evtx.probe(CORD_STR(""), name), 0);
    CHECK(cord_decoder_by_name(CORD_STR("evtx")) == &cord_format_evtx);
}

static void cuts_between_chunks(void)
{
    cord_str file = make_file();
    struct bench bench = bench_new();
    load(&bench, CORD_STR(""), 0);
    const struct cord_format *format = &cord_format_evtx;
    CHECK_U64(format->cut(NULL, cord_str_slice(file, 0, 5000), false, bench.batch), 0);
    CHECK_U64(format->cut(NULL, cord_str_slice(file, 0, HEADER + CHUNK), false, bench.batch),
              HEADER + CHUNK);
    CHECK_U64(
        format->cut(NULL, cord_str_slice(file, 0, HEADER + 2 * CHUNK - 1), false, bench.batch),
        HEADER + CHUNK);
    CHECK_U64(format->cut(NULL, cord_str_slice(file, 0, 5000), true, bench.batch), 5000);
    load(&bench, CORD_STR(""), HEADER + CHUNK);
    CHECK_U64(format->cut(NULL, cord_str_slice(file, HEADER, CHUNK + 5), false, bench.batch),
              CHUNK);
    bench_free(&bench);
}

static void decodes_every_record(void)
{
    cord_str file = make_file();
    struct bench bench = bench_new();
    load(&bench, file, 0);
    CHECK(cord_format_evtx.decode(bench.decoder, bench.batch) == CORD_OK);
    CHECK_U64(bench.batch->read, RECORDS * CHUNKS);
    CHECK_U64(bench.batch->refused, 0);
    CHECK_U64(bench.batch->refusal_count, 0);
    CHECK_U64(bench.batch->taken, file.len);
    const struct cord_event *event = &bench.batch->events[RECORDS + 1];
    CHECK_U64(event->value_count, 2);
    CHECK(memcmp(event->raw.ptr, "**\0\0", 4) == 0);
    CHECK_U64(event->offset, (uint64_t)(event->raw.ptr - bench.batch->text));
    CHECK_STR(cord_value_str(&event->values[1]), "1");
    bench_free(&bench);
}

static void goes_on_when_the_batch_was_full(void)
{
    cord_str file = make_file();
    struct bench bench = bench_new();
    load(&bench, file, 0);
    bench.batch->event_max = 7;
    size_t events = 0;
    cord_status status;
    while ((status = cord_format_evtx.decode(bench.decoder, bench.batch)) == CORD_E_LIMIT) {
        CHECK(bench.batch->event_count > 0);
        events += bench.batch->event_count;
        cord_batch_events_reset(bench.batch);
    }
    CHECK(status == CORD_OK);
    CHECK_U64(events + bench.batch->event_count, RECORDS * CHUNKS);
    CHECK_U64(bench.batch->read, RECORDS * CHUNKS);
    bench_free(&bench);
}

static void tells_what_is_damaged(void)
{
    cord_str file = make_file();
    struct bench bench = bench_new();
    load(&bench, cord_str_slice(file, 0, HEADER + 2 * CHUNK), 0);
    char *text = bench.batch->text;
    memset(text + HEADER, 0, 8);                      /* the first chunk's signature */
    memset(text + HEADER + CHUNK + 512 + 4, 0xff, 4); /* a length in the second */
    CHECK(cord_format_evtx.decode(bench.decoder, bench.batch) == CORD_OK);
    CHECK_U64(bench.batch->refused, 1);
    CHECK(bench.batch->records == bench.batch->read + bench.batch->refused);
    CHECK_U64(bench.batch->read, 2 * RECORDS - 1);
    CHECK_U64(bench.batch->refusal_count, 3);
    CHECK_U64(bench.batch->refusals[0].offset, HEADER);
    CHECK_STR(bench.batch->refusals[0].reason,
              "a chunk without its signature: records were looked for in it");
    CHECK_STR(bench.batch->refusals[1].reason,
              "a chunk's records do not match their checksum; read anyway");
    CHECK_U64(bench.batch->refusals[2].offset, HEADER + CHUNK + 512);
    bench_free(&bench);
}

KIT_MAIN(KIT_TEST(recognises_its_files), KIT_TEST(cuts_between_chunks),
         KIT_TEST(decodes_every_record), KIT_TEST(goes_on_when_the_batch_was_full),
         KIT_TEST(tells_what_is_damaged))
