/* kit_intake.c: see kit_intake.h. */
#include "kit/kit_intake.h"
#include "kit/kit_unwrap.h"

static void on_answer(struct cord_loop_task *task)
{
    struct cord_delivery *delivery = CORD_LOOP_OWNER(task, struct cord_delivery, task);
    delivery->done(delivery);
}

static void store(struct kit_intake *intake, struct cord_delivery *delivery)
{
    enum cord_unwrap_form form;
    cord_unwrap_reset(&intake->unwrap);
    cord_status status = cord_delivery_unwrap(delivery, cord_buf_str(&delivery->body),
                                              &intake->unwrap, &delivery->error);
    if (status == CORD_E_FORMAT) {
        delivery->status = status;
        return;
    }
    CHECK(status == CORD_OK && !intake->unwrap.failed);
    CHECK(delivery->announced == 0 || delivery->announced == intake->unwrap.items);
    CHECK(delivery->received_ns > 0);
    if (delivery->only_firsts) {
        intake->judged_only += intake->unwrap.items;
        delivery->records = delivery->shed = intake->unwrap.items;
        return;
    }
    for (size_t i = 0; i < intake->unwrap.items; i++) {
        cord_buf_printf(&intake->text, "%.*s/%.*s:", CORD_STR_ARG(delivery->source->organisation),
                        CORD_STR_ARG(delivery->source->name));
        cord_buf_put(&intake->text, kit_unwrap_record(&intake->unwrap, i, &form));
        cord_buf_put_char(&intake->text, '\n');
    }
    CHECK(!intake->text.failed);
    intake->records += intake->unwrap.items;
    delivery->records = intake->unwrap.items;
    delivery->stored = intake->unwrap.items;
}

static void answer(struct kit_intake *intake, struct cord_delivery *delivery)
{
    delivery->status = intake->status;
    if (intake->status == CORD_OK) {
        store(intake, delivery);
    }
    delivery->task.run = on_answer;
    cord_loop_post(delivery->loop, &delivery->task);
}

static cord_status put(void *self, struct cord_delivery *delivery)
{
    struct kit_intake *intake = self;
    if (intake->full && !(intake->judges_only && delivery->only_firsts)) {
        return CORD_E_LIMIT;
    }
    intake->deliveries++;
    if (intake->holds) {
        delivery->next = intake->held;
        intake->held = delivery;
    } else {
        answer(intake, delivery);
    }
    return CORD_OK;
}

static bool has_room(void *self, const struct cord_source *source)
{
    const struct kit_intake *intake = self;
    (void)source;
    return !intake->full && intake->wait_ns == 0;
}

static int64_t wait_ns(void *self, const struct cord_source *source)
{
    const struct kit_intake *intake = self;
    (void)source;
    return intake->wait_ns;
}

void kit_intake_init(struct kit_intake *intake)
{
    *intake = (struct kit_intake){.port = {put, has_room, wait_ns, intake}};
    cord_buf_init(&intake->text, 64 << 20);
    cord_buf_init(&intake->losses, 1 << 20);
    CHECK(cord_unwrap_init(&intake->unwrap, 64 << 20));
}

void kit_intake_done(struct kit_intake *intake)
{
    CHECK(intake->held == NULL);
    cord_unwrap_done(&intake->unwrap);
    cord_buf_done(&intake->text);
    cord_buf_done(&intake->losses);
}

void kit_intake_answer(struct kit_intake *intake)
{
    struct cord_delivery *oldest = NULL;
    while (intake->held) {
        struct cord_delivery *delivery = intake->held;
        intake->held = delivery->next;
        delivery->next = oldest;
        oldest = delivery;
    }
    while (oldest) {
        struct cord_delivery *delivery = oldest;
        oldest = delivery->next;
        answer(intake, delivery);
    }
}

void kit_intake_lost(void *self, cord_str source, cord_str organisation,
                     enum cord_loss_reason reason, uint64_t count, int64_t received_ns)
{
    struct kit_intake *intake = self;
    CHECK(received_ns > 0 && count > 0);
    intake->lost[reason] += count;
    cord_buf_printf(&intake->losses, "%.*s/%.*s %s %llu\n", CORD_STR_ARG(organisation),
                    CORD_STR_ARG(source), cord_loss_name(reason), (unsigned long long)count);
}

struct cord_sources *kit_intake_sources(const char *yaml)
{
    struct cord_sources *sources = NULL;
    struct cord_error err = {""};
    struct cord_yaml *documents = NULL;
    struct cord_arena *arena = cord_arena_new(1 << 20);
    CHECK(arena != NULL);
    CHECK(cord_yaml_parse(cord_str_from(yaml), 1, arena, &documents, &err) == CORD_OK);
    if (cord_sources_read(documents->child, &sources, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    cord_arena_free(arena);
    return sources;
}
