/* kit_recordings.c: see kit_recordings.h. */
#include "kit/kit_recordings.h"

#include "kit/kit.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

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

static void add_implanted(struct kit_recording *recording, const char *host)
{
    for (size_t i = 0; i < recording->implanted_count; i++) {
        if (strcmp(host, recording->implanted[i]) == 0) {
            return;
        }
    }
    CHECK(recording->implanted_count < KIT_RECORDINGS_HOSTS);
    recording->implanted[recording->implanted_count++] = host;
}

static void read_truth(struct kit_recording *recording, const json_t *truth)
{
    const json_t *responses = json_object_get(truth, "doublepulsar_responses");
    recording->outcome = json_string_value(json_object_get(truth, "outcome"));
    recording->worked =
        strstr(recording->outcome, "success") || strstr(recording->outcome, "answered");
    recording->failed = strstr(recording->outcome, "failed") != NULL;
    recording->first_attacker = first_attacker(truth);
    for (size_t i = 0; i < json_array_size(responses); i++) {
        add_implanted(recording, json_string_value(json_object_get(json_array_get(responses, i),
                                                                   "implanted_host")));
    }
}

static void read_recording(struct kit_recording *recording, const char *folder,
                           const char *organisation, int64_t known_ns, const json_t *truth)
{
    char events[1400], notices[1400];
    const char *const paths[] = {events, notices};
    (void)snprintf(events, sizeof events, "%s/%s/eve.json.gz", folder, recording->name);
    (void)snprintf(notices, sizeof notices, "%s/%s/zeek-notice.log", folder, recording->name);
    CHECK(truth);
    read_truth(recording, truth);
    kit_sightings_scan(&recording->sightings, paths, access(notices, R_OK) == 0 ? 2 : 1,
                       organisation, known_ns);
}

void kit_recordings_each(const char *organisation, int64_t known_ns,
                         void (*check)(const struct kit_recording *recording))
{
    char folder[1024], path[1400];
    size_t count = 0;
    (void)snprintf(folder, sizeof folder, "%s", kit_shared_path("data/worm-ms17-010"));
    DIR *dir = opendir(folder);
    CHECK(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        (void)snprintf(path, sizeof path, "%s/%s/scenario.json", folder, entry->d_name);
        if (entry->d_name[0] == '.' || access(path, R_OK) != 0) {
            continue;
        }
        struct kit_recording recording = {.name = entry->d_name};
        json_t *truth = json_load_file(path, 0, NULL);
        read_recording(&recording, folder, organisation, known_ns, truth);
        check(&recording);
        kit_sightings_done(&recording.sightings);
        json_decref(truth);
        count++;
    }
    closedir(dir);
    CHECK(count > 0);
}
