/* test_format_winxml.c: Windows events in XML cut into batches, and decoded. */
#include "kit/kit.h"

#include <stdlib.h>

#include "normalise/decoder.h"
#include "normalise/formats.h"

#define EVENT(n)                                                                                   \
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>" n     \
    "</EventID></System></Event>"

static const char file[] = "\xef\xbb\xbf<?xml version='1.0'?>\n<Events>\n" EVENT("1") "\n" EVENT(
    "2") "\n<Event><A><Event>inner</Event></A></Event>\n</Events>\n";

struct bench {
    struct cord_decoder_env env;
    struct cord_batch *batch;
    void *decoder;
};

static struct bench bench_new(cord_str text)
{
    struct bench bench = {0};
    bench.env.paths = cord_paths_new(3);
    bench.env.classifier = cord_classifier_new(bench.env.paths, 3);
    bench.batch = cord_batch_new(1 << 16);
    bench.decoder = cord_format_winxml.decoder_new(&bench.env);
    CHECK(bench.env.paths && bench.env.classifier && bench.batch && bench.decoder);
    CHECK(text.len <= bench.batch->text_cap);
    memcpy(bench.batch->text, text.ptr, text.len);
    bench.batch->text_len = text.len;
    return bench;
}

static void bench_free(struct bench *bench)
{
    cord_format_winxml.decoder_free(bench->decoder);
    cord_batch_free(bench->batch);
    cord_classifier_free(bench->env.classifier);
    cord_paths_free(bench->env.paths);
}

static unsigned probe(const char *head)
{
    return cord_format_winxml.probe(cord_str_from(head), CORD_STR("x"));
}

static void recognises_its_files(void)
{
    CHECK_U64(probe(file), 95);
    CHECK_U64(probe("<Event><System><Provider/></System>"), 95);
    CHECK_U64(probe("<Event>something</Event>"), 30);
    CHECK_U64(probe("some tool 1.0\n\n  " EVENT("1")), 60);
    CHECK_U64(probe("Jan  1 00:00:00 host " EVENT("1")), 0);
    CHECK_U64(probe("<Events></Events>"), 0);
    CHECK_U64(probe("{\"a\":\"<Event>\"}"), 0);
    CHECK_U64(probe(""), 0);
}

static size_t cut(cord_str text, bool last)
{
    return cord_format_winxml.cut(NULL, text, last, NULL);
}

static void cuts_behind_whole_events(void)
{
    cord_str text = cord_str_from(file);
    size_t first = cord_str_find(text, CORD_STR("</Event>"), 0) + 8;
    size_t second = cord_str_find(text, CORD_STR("</Event>"), first) + 8;
    size_t inner = cord_str_find(text, CORD_STR("</Event>"), second) + 8;
    CHECK_U64(cut(cord_str_slice(text, 0, first - 1), false), 0);
    CHECK_U64(cut(cord_str_slice(text, 0, first), false), first);
    CHECK_U64(cut(cord_str_slice(text, 0, second - 3), false), first);
    CHECK_U64(cut(cord_str_slice(text, 0, inner + 5), false), second);
    CHECK_U64(cut(cord_str_slice(text, 0, text.len - 1), false), inner + 12);
    CHECK_U64(cut(cord_str_slice(text, 0, 30), true), 30);
}

static void decodes_every_event(void)
{
    struct bench bench = bench_new(cord_str_from(file));
    struct cord_batch *batch = bench.batch;
    CHECK(cord_format_winxml.decode(bench.decoder, batch) == CORD_OK);
    CHECK_U64(batch->read, 3);
    CHECK_U64(batch->refused, 0);
    CHECK_U64(batch->refusal_count, 0);
    CHECK_STR(batch->events[1].raw, EVENT("2"));
    CHECK_STR(cord_value_str(&batch->events[1].values[1]), "2");
    CHECK_STR(cord_paths_text(bench.env.paths, batch->events[1].values[1].path),
              "Event.System.EventID");
    CHECK_U64(batch->taken, batch->text_len);
    bench_free(&bench);
}

static void goes_on_when_the_batch_was_full(void)
{
    struct bench bench = bench_new(cord_str_from(file));
    bench.batch->event_max = 1;
    size_t rounds = 0;
    while (cord_format_winxml.decode(bench.decoder, bench.batch) == CORD_E_LIMIT) {
        CHECK_U64(bench.batch->event_count, 1);
        cord_batch_events_reset(bench.batch);
        rounds++;
    }
    CHECK_U64(rounds, 2);
    CHECK_U64(bench.batch->read, 3);
    bench_free(&bench);
}

static void tells_what_is_damaged(void)
{
    struct bench bench = bench_new(CORD_STR("noise\n<Event><A>1" EVENT("2") "<Event>"));
    struct cord_batch *batch = bench.batch;
    CHECK(cord_format_winxml.decode(bench.decoder, batch) == CORD_OK);
    CHECK_U64(batch->read, 2);    /* the first as far as it goes */
    CHECK_U64(batch->refused, 2); /* the noise, and the last that says nothing */
    CHECK_U64(batch->records, 4);
    CHECK_U64(batch->refusal_count, 3);
    CHECK_STR(batch->refusals[0].reason, "text that is no event");
    CHECK_U64(batch->refusals[1].offset, 6);
    CHECK_STR(batch->refusals[1].reason, "the event ends early");
    bench_free(&bench);
}

KIT_MAIN(KIT_TEST(recognises_its_files), KIT_TEST(cuts_behind_whole_events),
         KIT_TEST(decodes_every_event), KIT_TEST(goes_on_when_the_batch_was_full),
         KIT_TEST(tells_what_is_damaged))
