/*
 * api_accounts.h: the accounts behind the port of api_access.h, and the audit as claims.
 *
 * Any thread.
 */
#ifndef CORD_API_API_ACCOUNTS_H
#define CORD_API_API_ACCOUNTS_H

#include "api/api_access.h"
#include "base/clock.h"

struct cord_accounts;
struct cord_api_accounts;
struct cord_api_pictures;
struct cord_identity;
struct cord_record;

/* All outlive it. NULL when out of memory. */
struct cord_api_accounts *cord_api_accounts_new(struct cord_accounts *accounts,
                                                struct cord_record *record,
                                                struct cord_api_pictures *pictures,
                                                struct cord_clock clock);
void cord_api_accounts_free(struct cord_api_accounts *port);
struct cord_api_access cord_api_accounts_access(struct cord_api_accounts *port);

/* Who somebody is that came in by that port. */
const struct cord_identity *cord_api_accounts_identity(const struct cord_api_principal *principal);

#endif
