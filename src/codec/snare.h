/*
 * snare.h: Windows events as the Snare agent writes them into syslog.
 *
 * "MSWinEventLog" and then tab-separated: criticality, channel, counter, time,
 * event id, source, user, SID type, event type, computer, category, data,
 * expanded message, checksum. Tabs may have become "#011" or "\011" on the way
 * (rsyslog escapes control characters). Pure; parts borrow from the text.
 */
#ifndef CORD_CODEC_SNARE_H
#define CORD_CODEC_SNARE_H

#include "base/str.h"

struct cord_snare {
    cord_str channel;
    cord_str counter;
    cord_str time; /* "Fri Sep 17 16:37:25 2021" */
    cord_str event_id;
    cord_str provider;
    cord_str user;
    cord_str type; /* "Success Audit" */
    cord_str computer;
    cord_str category;
    cord_str message;
};

/* Finds the event in the text. False when there is none, or it is not whole. */
bool cord_snare_read(cord_str text, struct cord_snare *ret_event);

/* Walks "Label:  value" pairs of a Windows event's message, as the Event Viewer
 * shows it. Sections ("Subject:") are labels without a value. */
struct cord_snare_labels {
    cord_str rest;
    cord_str section;
    cord_str pending; /* a label whose value has not been seen */
};

/* False at the end. ret_value may be empty. Labels begin with a letter and have
 * at most 64 bytes. */
bool cord_snare_label_next(struct cord_snare_labels *labels, cord_str *ret_section,
                           cord_str *ret_label, cord_str *ret_value);

/* What the event's XML calls the value that the message shows under this label
 * of this section ("New Logon", "Account Name": "TargetUserName"); "" when the
 * two are not known to differ. Static text. */
cord_str cord_snare_xml_name(cord_str section, cord_str label);

#endif
