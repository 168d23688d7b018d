/* kit_syslog.c: see kit_syslog.h. */
#include "kit/kit_syslog.h"
#include "kit/kit_loop.h"

void kit_syslog_begin(struct kit_syslog *bench, enum cord_syslog_transport transport,
                      const char *sources)
{
    *bench = (struct kit_syslog){0};
    CHECK(cord_loop_new(&bench->loop, NULL) == CORD_OK);
    kit_intake_init(&bench->intake);
    bench->sources = kit_intake_sources(sources);
    bench->book = cord_source_book_new(bench->sources);
    bench->options = (struct cord_syslog_receiver_options){
        .name = CORD_STR("test"),
        .transport = transport,
        .address = CORD_STR("127.0.0.1:0"),
        .ends = {.book = bench->book,
                 .port = bench->intake.port,
                 .clock = cord_clock_system(),
                 .lost = kit_intake_lost,
                 .self = &bench->intake},
    };
}

uint16_t kit_syslog_listen(struct kit_syslog *bench)
{
    struct cord_error err = {""};
    if (cord_syslog_receiver_new(&bench->loop, 1, &bench->options, &bench->receiver, &err) !=
        CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    return cord_syslog_receiver_port(bench->receiver);
}

static bool is_done(void *self)
{
    const struct kit_syslog *bench = self;
    return cord_syslog_receiver_is_done(bench->receiver);
}

void kit_syslog_wait(struct kit_syslog *bench)
{
    kit_loop_until(bench->loop, is_done, bench);
}

void kit_syslog_stop(struct kit_syslog *bench)
{
    cord_syslog_receiver_stop(bench->receiver);
    kit_syslog_wait(bench);
}

void kit_syslog_end(struct kit_syslog *bench)
{
    cord_syslog_receiver_free(bench->receiver);
    cord_source_book_free(bench->book);
    cord_sources_unref(bench->sources);
    kit_intake_done(&bench->intake);
    cord_loop_free(bench->loop);
}

void kit_syslog_replace(struct kit_syslog *bench, const char *sources)
{
    struct cord_sources *other = kit_intake_sources(sources);
    cord_source_book_replace(bench->book, other);
    cord_sources_unref(other);
}
