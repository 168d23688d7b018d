/* test_class_recent.c: finds what was put, and nothing else. */
#include "normalise/class_recent.h"

#include "base/map.h"
#include "event/batch.h"
#include "kit/kit.h"

/* Texts one behind the other, with the padding of a batch. */
struct text {
    char bytes[512 + CORD_BATCH_PADDING];
    size_t len;
};

static cord_str add(struct text *text, const char *some)
{
    cord_str added = {text->bytes + text->len, strlen(some)};
    CHECK(text->len + added.len <= 512);
    memcpy(text->bytes + text->len, some, added.len);
    text->len += added.len;
    return added;
}

static struct text text_new(void)
{
    struct text text = {.bytes = "{\"name\":"};
    text.len = strlen(text.bytes);
    return text;
}

static struct cord_class_sight sight_of(struct text *text, const char *channel,
                                        const char *provider, const char *event_id,
                                        const char *type)
{
    return (struct cord_class_sight){
        .markers = 2,
        .present = 12,
        .channel = add(text, channel),
        .provider = add(text, provider),
        .event_id = add(text, event_id),
        .type = add(text, type),
    };
}

static uint32_t get(struct cord_class_recent *recent, struct cord_class_sight sight,
                    const struct text *text)
{
    CHECK(cord_class_recent_fits(&sight, (cord_str){text->bytes, text->len}));
    return cord_class_recent_get(recent, &sight);
}

static void finds_what_was_put_wherever_it_stands(void)
{
    struct cord_class_recent *recent = cord_class_recent_new();
    struct text text = text_new();
    struct cord_class_sight sight = sight_of(&text, "Security", "Microsoft-Windows", "4688", "");
    struct text other = text_new();
    (void)add(&other, "Microsoft-W"); /* as long as what stands in front of a short text matters */
    struct cord_class_sight again = sight_of(&other, "Security", "Microsoft-Windows", "4688", "");
    CHECK(recent != NULL);
    CHECK(get(recent, sight, &text) == CORD_MAP_NONE);
    CHECK(cord_class_recent_fits(&sight, (cord_str){text.bytes, text.len}));
    cord_class_recent_put(recent, &sight, 7);
    CHECK(get(recent, sight, &text) == 7);
    CHECK(get(recent, again, &other) == 7);
    cord_class_recent_free(recent);
}

static void tells_each_part_apart(void)
{
    static const char *const parts[][4] = {
        {"Security", "Microsoft-Windows", "4688", "x"},
        {"Securitx", "Microsoft-Windows", "4688", "x"},
        {"Security", "Xicrosoft-Windows", "4688", "x"},
        {"Security", "Microsoft-Windows", "4689", "x"},
        {"Security", "Microsoft-Windows", "4688", "y"},
        {"Security", "Microsoft-Windows", "468", "8x"},
        {"", "Microsoft-Windows", "4688", "x"},
        {"Security", "", "4688", "x"},
        {"Security", "Microsoft-Windows", "", "x"},
        {"Security", "Microsoft-Windows", "4688", ""},
    };
    struct cord_class_recent *recent = cord_class_recent_new();
    CHECK(recent != NULL);
    for (uint32_t at = 0; at < 10; at++) {
        struct text text = text_new();
        struct cord_class_sight sight =
            sight_of(&text, parts[at][0], parts[at][1], parts[at][2], parts[at][3]);
        CHECK(get(recent, sight, &text) == CORD_MAP_NONE);
        CHECK(cord_class_recent_fits(&sight, (cord_str){text.bytes, text.len}));
        cord_class_recent_put(recent, &sight, at);
        CHECK(get(recent, sight, &text) == at);
        sight.markers++;
        CHECK(get(recent, sight, &text) == CORD_MAP_NONE);
        sight.markers--;
        sight.present++;
        CHECK(get(recent, sight, &text) == CORD_MAP_NONE);
    }
    cord_class_recent_free(recent);
}

static void takes_only_what_it_can_read(void)
{
    struct text text = text_new();
    struct cord_class_sight sight = sight_of(&text, "Security", "", "4688", "");
    cord_str whole = {text.bytes, text.len};
    CHECK(cord_class_recent_fits(&sight, whole));
    CHECK(!cord_class_recent_fits(&sight, (cord_str){text.bytes, 4}));
    sight.provider = CORD_STR("from elsewhere");
    CHECK(!cord_class_recent_fits(&sight, whole));
    sight.provider = (cord_str){text.bytes, 3}; /* too near to the start */
    CHECK(!cord_class_recent_fits(&sight, whole));
    sight.provider = (cord_str){NULL, 0};
    CHECK(cord_class_recent_fits(&sight, whole));
    sight.event_id = add(&text, "123456789");
    CHECK(!cord_class_recent_fits(&sight, (cord_str){text.bytes, text.len}));
    sight.event_id = (cord_str){NULL, 0};
    sight.channel = add(&text, "12345678901234567890123456789012345678901234567890123456789012345");
    CHECK(!cord_class_recent_fits(&sight, (cord_str){text.bytes, text.len}));
    sight.channel.len--;
    CHECK(cord_class_recent_fits(&sight, (cord_str){text.bytes, text.len}));
}

KIT_MAIN(KIT_TEST(finds_what_was_put_wherever_it_stands), KIT_TEST(tells_each_part_apart),
         KIT_TEST(takes_only_what_it_can_read))
