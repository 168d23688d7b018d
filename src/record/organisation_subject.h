/*
 * organisation_subject.h: what claims may be about that is an organisation's: for rights.
 *
 * An organisation's are "org:" with each code and alias that counts as it, of those before it,
 * too, and "site:" with those of whatever it is the parent of. Derived from one picture, which
 * outlives it; never changes; any thread.
 */
#ifndef CORD_RECORD_ORGANISATION_SUBJECT_H
#define CORD_RECORD_ORGANISATION_SUBJECT_H

#include "record/organisation.h"

struct cord_organisation_subjects;

CORD_MUST_USE cord_status cord_organisation_subjects_build(
    const struct cord_organisations *organisations,
    struct cord_organisation_subjects **ret_subjects, struct cord_error *err);
void cord_organisation_subjects_free(struct cord_organisation_subjects *subjects);

/* In ASCII order; they live as long as the whole. */
struct cord_organisation_subjects_some {
    const cord_str *subjects;
    size_t count;
};

/* Those of an identity, by its code: or of a code that is nobody's. */
struct cord_organisation_subjects_some
cord_organisation_subjects_of(const struct cord_organisation_subjects *subjects, cord_str code);
/* Those of all that lie in the region. */
struct cord_organisation_subjects_some
cord_organisation_subjects_in(const struct cord_organisation_subjects *subjects, cord_str region);

#endif
