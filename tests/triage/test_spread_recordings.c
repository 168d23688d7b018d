/*
 * test_spread_recordings.c: real recordings of MS17-010 through the engine with the shipped rules:
 * what worked becomes one cluster, with the first attacker and the machines taken over in order as
 * the recording's ground truth says; what failed, and logs of other things, none.
 */
#include "base/timestamp.h"
#include "kit/kit.h"
#include "kit/kit_recordings.h"
#include "triage/spread.h"

#define KNOWN_NS (1700000000 * CORD_SECOND_NS)

static struct cord_spread_answer *clusters_of(const struct kit_sightings *sightings)
{
    struct cord_spread_options options;
    struct cord_spread *spread = NULL;
    struct cord_spread_answer *answer = NULL;
    const struct cord_spread_question all = {.at_ns = CORD_TIME_NONE};
    cord_spread_defaults(&options);
    CHECK(cord_spread_new(&options, &spread, NULL) == CORD_OK);
    for (size_t i = 0; i < sightings->count; i++) {
        CHECK(cord_spread_feed(spread, &sightings->items[i]) == CORD_OK);
    }
    CHECK(cord_spread_ask(spread, &all, &answer) == CORD_OK);
    cord_spread_free(spread);
    return answer;
}

static void check_implanted(const struct cord_spread_cluster *cluster,
                            const struct kit_recording *recording)
{
    size_t at = 0;
    for (size_t i = 0; i < recording->implanted_count; i++) {
        cord_str host = cord_str_from(recording->implanted[i]);
        while (at < cluster->row_count && (cluster->rows[at].role != CORD_SPREAD_ROLE_IMPLANTED ||
                                           !cord_str_eq(cluster->rows[at].address, host))) {
            at++;
        }
        if (at == cluster->row_count) {
            fail_msg("%s is not implanted, or not in its turn", recording->implanted[i]);
        }
    }
}

static void check_recording(const struct kit_recording *recording)
{
    struct cord_spread_answer *answer = clusters_of(&recording->sightings);
    size_t count = cord_spread_answer_count(answer);
    print_message("%s (%s): %zu findings, %zu clusters\n", recording->name, recording->outcome,
                  recording->sightings.count, count);
    CHECK(count <= 1 && (!recording->worked || count == 1) && (!recording->failed || count == 0));
    if (count == 1) {
        const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 0);
        CHECK_STR(cluster->technique, "T1210");
        CHECK(cluster->patient_zero);
        CHECK_STR_EQ(cluster->patient_zero->address, cord_str_from(recording->first_attacker));
        check_implanted(cluster, recording);
    }
    cord_spread_answer_free(answer);
}

static void each_recording_is_what_its_ground_truth_says(void)
{
    kit_recordings_each("X-T001", KNOWN_NS, check_recording);
}

static void logs_of_other_things_stay_quiet(void)
{
    static const char *const folders[] = {"data/zeek-logs", "data/suricata-eve/eve",
                                          "data/host-and-app-logs", "data/firewall-and-app-fields"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        struct kit_sightings sightings;
        const char *path = kit_shared_path(folders[i]);
        kit_sightings_scan(&sightings, &path, 1, "X-T001", KNOWN_NS);
        struct cord_spread_answer *answer = clusters_of(&sightings);
        print_message("%s: %zu findings\n", folders[i], sightings.count);
        for (size_t j = 0; j < cord_spread_answer_count(answer); j++) {
            const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, j);
            print_error("%s: a cluster of %.*s: %.*s\n", folders[i],
                        CORD_STR_ARG(cluster->technique), CORD_STR_ARG(cluster->title));
        }
        CHECK(cord_spread_answer_count(answer) == 0);
        cord_spread_answer_free(answer);
        kit_sightings_done(&sightings);
    }
}

KIT_MAIN(KIT_TEST(each_recording_is_what_its_ground_truth_says),
         KIT_TEST(logs_of_other_things_stay_quiet))
