/*
 * organisation_date.h: days as lists of organisations write them.
 *
 * Pure; any thread.
 */
#ifndef CORD_RECORD_ORGANISATION_DATE_H
#define CORD_RECORD_ORGANISATION_DATE_H

#include "base/str.h"

#define CORD_ORGANISATION_DATE_TEXT 16

/* 20170512, 2017-05-12, 12/05/2017 (day first) or 12May2017: midnight UTC. The whole text must be
 * it. */
bool cord_organisation_date_parse(cord_str text, int64_t *ret_ns);

/* "2017-05-12"; "" for CORD_TIME_NONE. */
cord_str cord_organisation_date_format(int64_t ns, char buffer[CORD_ORGANISATION_DATE_TEXT]);

#endif
