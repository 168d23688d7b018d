/*
 * api_users.h: what the resources of accounts share.
 */
#ifndef CORD_API_API_USERS_H
#define CORD_API_API_USERS_H

#include "api/api_call.h"
#include "record/accounts.h"

/* Who does it: nobody's number on a PUBLIC route. In the call's memory. */
struct cord_actor cord_api_users_actor(const struct cord_api_call *call);
/* "name: is ...": the member that is wrong, as a fault; what is our fault as ever. */
void cord_api_users_refuse(struct cord_api_call *call, cord_status status,
                           const struct cord_error *err);
/* The account of that number, when it may be seen; false: a problem is set. */
bool cord_api_users_get(struct cord_api_call *call, uint64_t number,
                        struct cord_account *ret_account);

/* The page that is asked for of the accounts for which who asks has the route's right, and one
 * more, which tells that there is a further page: in the call's memory. It costs the same whatever
 * accounts others have. False: a problem is set. */
bool cord_api_users_among(struct cord_api_call *call, struct cord_accounts_among *ret_among);

extern const struct cord_api_member cord_api_users_variable[];

#endif
