/*
 * test_spread_recordings.c: real recordings of MS17-010 through the engine with the shipped rules:
 * what worked becomes one cluster, with the first attacker and the machines taken over in order as
 * the recording's ground truth says; what failed, and logs of other things, none.
 */
#include "base/timestamp.h"
#include "kit/kit.h"
#include "kit/kit_sightings.h"
#include "triage/spread.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static struct cord_spread_answer *clusters_of(const struct kit_sightings *sightings, bool attempts)
{
    struct cord_spread_options options;
    struct cord_spread *spread = NULL;
    struct cord_spread_answer *answer = NULL;
    const struct cord_spread_question all = {.at_ns = CORD_TIME_NONE, .attempts = attempts};
    cord_spread_defaults(&options);
    CHECK(cord_spread_new(&options, &spread, NULL) == CORD_OK);
    for (size_t i = 0; i < sightings->count; i++) {
        CHECK(cord_spread_feed(spread, &sightings->items[i]) == CORD_OK);
    }
    CHECK(cord_spread_ask(spread, &all, &answer) == CORD_OK);
    cord_spread_free(spread);
    return answer;
}

/* Each host once, in the order of its first answer as the backdoor. */
static void check_implanted(const struct cord_spread_cluster *cluster, const json_t *truth)
{
    const json_t *responses = json_object_get(truth, "doublepulsar_responses");
    size_t at = 0;
    for (size_t i = 0; i < json_array_size(responses); i++) {
        const char *host =
            json_string_value(json_object_get(json_array_get(responses, i), "implanted_host"));
        bool before = false;
        for (size_t j = 0; j < i; j++) {
            before = before ||
                     strcmp(host, json_string_value(json_object_get(json_array_get(responses, j),
                                                                    "implanted_host"))) == 0;
        }
        if (before) {
            continue;
        }
        while (at < cluster->row_count &&
               (cluster->rows[at].role != CORD_SPREAD_ROLE_IMPLANTED ||
                !cord_str_eq(cluster->rows[at].address, cord_str_from(host)))) {
            at++;
        }
        if (at == cluster->row_count) {
            print_error("%s is not implanted, or not in its turn\n", host);
            fail();
        }
    }
}

static const char *first_attacker(const json_t *truth)
{
    const json_t *contacts = json_object_get(truth, "first_contact");
    const char *first = NULL;
    double earliest = 0;
    for (size_t i = 0; i < json_array_size(contacts); i++) {
        const json_t *contact = json_array_get(contacts, i);
        double time = json_number_value(json_object_get(contact, "time"));
        if (!first || time < earliest) {
            first = json_string_value(json_object_get(contact, "client"));
            earliest = time;
        }
    }
    return first;
}

static void check_recording(const char *folder, const char *name)
{
    char path[1200], events[1200], notices[1200];
    json_error_t error;
    struct kit_sightings sightings;
    (void)snprintf(path, sizeof path, "%s/%s/scenario.json", folder, name);
    (void)snprintf(events, sizeof events, "%s/%s/eve.json.gz", folder, name);
    (void)snprintf(notices, sizeof notices, "%s/%s/zeek-notice.log", folder, name);
    json_t *truth = json_load_file(path, 0, &error);
    CHECK(truth);
    FILE *file = fopen(notices, "r");
    const char *const paths[] = {events, notices};
    kit_sightings_scan(&sightings, paths, file ? 2 : 1, "X-T001", 1700000000 * CORD_SECOND_NS);
    if (file) {
        (void)fclose(file);
    }
    const char *outcome = json_string_value(json_object_get(truth, "outcome"));
    bool worked = strstr(outcome, "success") || strstr(outcome, "answered");
    bool failed = strstr(outcome, "failed") != NULL;
    struct cord_spread_answer *answer = clusters_of(&sightings, false);
    size_t count = cord_spread_answer_count(answer);
    print_message("%s (%s): %zu findings, %zu clusters\n", name, outcome, sightings.count, count);
    CHECK(!worked || count == 1);
    CHECK(!failed || count == 0);
    CHECK(count <= 1);
    if (count == 1) {
        const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 0);
        CHECK_STR(cluster->technique, "T1210");
        CHECK(cluster->patient_zero);
        CHECK_STR_EQ(cluster->patient_zero->address, cord_str_from(first_attacker(truth)));
        check_implanted(cluster, truth);
    }
    cord_spread_answer_free(answer);
    kit_sightings_done(&sightings);
    json_decref(truth);
}

static void each_recording_is_what_its_ground_truth_says(void)
{
    char folder[1024];
    size_t count = 0;
    (void)snprintf(folder, sizeof folder, "%s", kit_shared_path("data/worm-ms17-010"));
    DIR *dir = opendir(folder);
    CHECK(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[1400];
        (void)snprintf(path, sizeof path, "%s/%s/scenario.json", folder, entry->d_name);
        FILE *file = entry->d_name[0] != '.' ? fopen(path, "r") : NULL;
        if (file) {
            (void)fclose(file);
            check_recording(folder, entry->d_name);
            count++;
        }
    }
    closedir(dir);
    CHECK(count > 0);
}

static void logs_of_other_things_stay_quiet(void)
{
    static const char *const folders[] = {"data/zeek-logs", "data/suricata-eve/eve",
                                          "data/host-and-app-logs", "data/firewall-and-app-fields"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        struct kit_sightings sightings;
        const char *path = kit_shared_path(folders[i]);
        kit_sightings_scan(&sightings, &path, 1, "X-T001", 1700000000 * CORD_SECOND_NS);
        struct cord_spread_answer *answer = clusters_of(&sightings, false);
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
