/* test_class_tally.c: what is remembered of a list of names changes nothing. */
#include "normalise/class_tally.h"

#include <stdlib.h>

#include "kit/kit.h"

enum { NAMES = 5, VALUES_MAX = 80 };

/* By number of the path. */
static const char *const names[NAMES] = {"Channel", "EventID", "Event.System.Channel", "other",
                                         "Provider_Name"};

static struct cord_class_teller *teller_new(void)
{
    struct cord_class_teller *teller = cord_class_teller_new(5);
    CHECK(teller != NULL);
    for (uint32_t path = 0; path < NAMES; path++) {
        cord_class_teller_learn(teller, path, cord_str_from(names[path]));
    }
    return teller;
}

static void same_tally(const struct cord_class_tally *a, const struct cord_class_tally *b)
{
    CHECK(a->markers == b->markers && a->present == b->present);
    for (unsigned place = 1; place <= CORD_CLASS_SLOT_COUNT; place++) {
        CHECK(a->at[place] == b->at[place]);
        CHECK(a->rank[place] == b->rank[place]);
    }
}

/* The event, by a teller that has seen all before it and by one that has not. */
static struct cord_class_tally check(struct cord_class_teller *teller,
                                     const struct cord_event *event)
{
    struct cord_class_teller *fresh = teller_new();
    struct cord_class_tally scratch[2];
    const struct cord_class_tally *got = cord_class_tally_take(teller, event, &scratch[0]);
    struct cord_class_tally wanted = *cord_class_tally_take(fresh, event, &scratch[1]);
    same_tally(got, &wanted);
    cord_class_teller_free(fresh);
    return wanted;
}

static void event_init(struct cord_event *event, struct cord_value *values, uint32_t count)
{
    *event = (struct cord_event){.values = values, .value_count = count};
    memset(event->role, 0xff, sizeof(event->role));
    for (uint32_t at = 0; at < count; at++) {
        values[at] = (struct cord_value){.ptr = "x", .len = 1, .path = at % NAMES & 0xffu};
    }
}

static void remembers_events_of_any_length(void)
{
    struct cord_class_teller *teller = teller_new();
    struct cord_value values[VALUES_MAX];
    struct cord_event event;
    for (unsigned round = 0; round < 3; round++) {
        for (uint32_t count = 0; count <= VALUES_MAX; count++) {
            event_init(&event, values, count);
            (void)check(teller, &event);
        }
    }
    cord_class_teller_free(teller);
}

static void sees_every_value_that_changes(void)
{
    struct cord_class_teller *teller = teller_new();
    struct cord_value values[VALUES_MAX];
    struct cord_event event;
    for (uint32_t count = 1; count < 24; count++) {
        for (uint32_t at = 0; at < count; at++) {
            event_init(&event, values, count);
            (void)check(teller, &event);
            values[at].kind = CORD_VALUE_NULL;
            (void)check(teller, &event);
            values[at].kind = CORD_VALUE_EMPTY;
            (void)check(teller, &event);
            values[at].kind = CORD_VALUE_NUMBER;
            (void)check(teller, &event);
            values[at].len = 0;
            (void)check(teller, &event);
            values[at] =
                (struct cord_value){.ptr = "x", .len = 1, .path = (at + 3) % NAMES & 0xffu};
            (void)check(teller, &event);
        }
    }
    cord_class_teller_free(teller);
}

static void takes_the_best_of_several(void)
{
    struct cord_class_teller *teller = teller_new();
    struct cord_value values[VALUES_MAX];
    struct cord_event event;
    event_init(&event, values, NAMES);
    struct cord_class_tally tally = check(teller, &event);
    CHECK(tally.at[CORD_ROLE_CHANNEL + 1] == 2); /* Event.System.Channel */
    CHECK(tally.at[CORD_ROLE_EVENT_ID + 1] == 1);
    CHECK(tally.at[CORD_ROLE_HOST + 1] == CORD_VALUE_NONE);
    values[2].len = 0;
    tally = check(teller, &event);
    CHECK(tally.at[CORD_ROLE_CHANNEL + 1] == 0);
    event.role[CORD_ROLE_CHANNEL] = 3; /* the decoder knows better */
    tally = check(teller, &event);
    CHECK(tally.at[CORD_ROLE_CHANNEL + 1] == 3);
    cord_class_teller_free(teller);
}

static void forgets_its_paths(void)
{
    struct cord_class_teller *teller = teller_new();
    struct cord_value values[VALUES_MAX];
    struct cord_class_tally scratch;
    struct cord_event event;
    event_init(&event, values, NAMES);
    (void)check(teller, &event);
    cord_class_teller_reset(teller);
    const struct cord_class_tally *tally = cord_class_tally_take(teller, &event, &scratch);
    CHECK(tally->present == 0 && tally->markers == 0);
    cord_class_teller_free(teller);
}

KIT_MAIN(KIT_TEST(remembers_events_of_any_length), KIT_TEST(sees_every_value_that_changes),
         KIT_TEST(takes_the_best_of_several), KIT_TEST(forgets_its_paths))
