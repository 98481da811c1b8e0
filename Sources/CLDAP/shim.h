//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

#pragma once
#include <lber.h>
#include <ldap.h>
#include <openldap.h>

/// An answer larger than that many bytes ends the connection.
static inline int CLDAP_set_max_incoming(LDAP *ld, ber_len_t limit) {
    Sockbuf *buffer = NULL;
    if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS || buffer == NULL) return -1;
    return ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &limit) == 1 ? 0 : -1;
}

/// `LDAP_OPT_OFF` is a cast that Swift does not import.
static inline int CLDAP_refuse_referrals(LDAP *ld) {
    return ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
}
