#include "care/traffic_plan.h"
#include "kit/kit.h"

#include "base/timestamp.h"

static const char sound[] =
    "senders:\n"
    "  - {name: x1-sensor, organisation: X-B1, source: assigned}\n"
    "recordings:\n"
    "  - {label: r, sender: x1-sensor, file: a/b.json.gz, at: 2017-05-12T07:30:00Z, change: "
    "[10.1.1.1=10.9.9.9, SRV=WARD], source: \"somebody, MIT\"}\n"
    "series:\n"
    "  - {label: s, sender: x1-sensor, at: 2017-05-12T08:00:00Z, every: 10s, spread: 5s, times: 3, "
    "event: "
    "'{\"ts\":%{epoch},\"t\":\"%{time}\",\"n\":%{n},\"a\":\"10.0.0.%{3-9}\",\"w\":\"%{x|y}\"}', "
    "source: assigned}\n";

static cord_status read_text(const char *text, struct cord_traffic **ret_traffic,
                             struct cord_error *err)
{
    *ret_traffic = NULL;
    return cord_traffic_read(cord_str_from(text), ret_traffic, err);
}

static void what_is_sent_is_read(void)
{
    struct cord_error err = {""};
    struct cord_traffic *traffic;
    CHECK(read_text(sound, &traffic, &err) == CORD_OK);
    CHECK_U64(cord_traffic_sender_count(traffic), 1);
    CHECK_STR(cord_traffic_sender(traffic, 0)->organisation, "X-B1");
    CHECK_U64(cord_traffic_recording_count(traffic), 1);
    const struct cord_traffic_recording *recording = cord_traffic_recording(traffic, 0);
    CHECK_U64(recording->change_count, 2);
    CHECK_STR(recording->changes[1].from, "SRV");
    CHECK_STR(recording->changes[1].to, "WARD");
    CHECK_I64(recording->pause_ns, 60 * CORD_SECOND_NS);
    CHECK_U64(cord_traffic_series(traffic, 0)->times, 3);
    cord_traffic_free(traffic);
}

static void what_is_wrong_is_refused_with_its_line(void)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"senders: []\nserie: []\n", "series"},
        {"senders:\n  - {name: a, organisation: RXA, source: assigned}\n", "X-"},
        {"senders:\n  - {name: a b, organisation: X-1, source: assigned}\n", "letters"},
        {"senders:\n  - {name: a, organisation: X-1, source: assigned}\n"
         "  - {name: a, organisation: X-1, source: assigned}\n",
         "line 3"},
        {"senders: []\nseries:\n  - {label: s, sender: a, at: 2017-05-12T08:00:00Z, event: '{}', "
         "source: assigned}\n",
         "sender"},
        {"senders:\n  - {name: a, organisation: X-1, source: assigned}\nseries:\n  - {label: s, "
         "sender: a, at: 2017-05-12T08:00:00Z, event: '%{nonsense}', source: assigned}\n",
         "event"},
        {"senders:\n  - {name: a, organisation: X-1, source: assigned}\nseries:\n  - {label: s, "
         "sender: a, at: 2017-05-12T08:00:00Z, event: '{}', source: a report}\n",
         "assigned"},
        {"senders:\n  - {name: a, organisation: X-1, source: assigned}\nseries:\n  - {label: s, "
         "sender: a, at: 2017-05-12T08:00:00Z, times: 2, event: '{}', source: assigned}\n",
         "times"},
        {"senders:\n  - {name: a, organisation: X-1, source: assigned}\nrecordings:\n  - {label: "
         "r, sender: a, file: ../etc/passwd, at: 2017-05-12T08:00:00Z, source: s}\n",
         "file"},
        {"senders:\n  - {name: a, organisation: X-1, source: assigned}\nrecordings:\n  - {label: "
         "r, sender: a, file: b, at: 2017-05-12T08:00:00Z, change: [x], source: s}\n",
         "old=new"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_error err = {""};
        struct cord_traffic *traffic;
        CHECK(read_text(cases[i].text, &traffic, &err) == CORD_E_FORMAT);
        CHECK(strstr(err.text, cases[i].why) != NULL);
        CHECK(traffic == NULL);
    }
}

static void a_series_is_drawn_from_its_seed(void)
{
    struct cord_error err = {""};
    struct cord_traffic *traffic;
    struct cord_traffic_plan *plan;
    struct cord_traffic_plan *again;
    CHECK(read_text(sound, &traffic, &err) == CORD_OK);
    CHECK(cord_traffic_plan_new(traffic, 7, &plan, &err) == CORD_OK);
    CHECK(cord_traffic_plan_new(traffic, 7, &again, &err) == CORD_OK);
    cord_traffic_plan_end(plan);
    cord_traffic_plan_end(again);
    CHECK_U64(cord_traffic_plan_count(plan), 3);
    for (size_t i = 0; i < 3; i++) {
        const struct cord_traffic_line *line = cord_traffic_plan_at(plan, i);
        int64_t begin_ns = 1494576000LL * CORD_SECOND_NS + (int64_t)i * 10 * CORD_SECOND_NS;
        CHECK(line->at_ns >= begin_ns && line->at_ns < begin_ns + 5 * CORD_SECOND_NS);
        CHECK_STR_EQ(line->text, cord_traffic_plan_at(again, i)->text);
        CHECK(cord_str_starts(line->text, CORD_STR("{\"ts\":14945760")));
        CHECK(cord_str_find(line->text, CORD_STR("\"t\":\"2017-05-12T08:00:"), 0) != SIZE_MAX);
        CHECK(cord_str_find(line->text, CORD_STR("%{"), 0) == SIZE_MAX);
    }
    cord_traffic_plan_free(again);
    cord_traffic_plan_free(plan);
    cord_traffic_free(traffic);
}

KIT_MAIN(KIT_TEST(what_is_sent_is_read), KIT_TEST(what_is_wrong_is_refused_with_its_line),
         KIT_TEST(a_series_is_drawn_from_its_seed))
