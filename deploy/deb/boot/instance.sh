#!/bin/bash
# Makes a second Postfix instance on the machine that it runs on, postfix-out, or with `remove` takes it away.
set -euo pipefail

if [ "${1-}" = remove ]; then
    postmulti -i postfix-out -p stop
    postmulti -i postfix-out -e disable
    postmulti -i postfix-out -e destroy
    rm -rf /etc/mapmux/out.conf /etc/postfix-out /var/spool/postfix-out /var/lib/postfix-out
    exit
fi
postmulti -e init
postmulti -I postfix-out -G mta -e create
postconf -c /etc/postfix-out -e 'master_service_disable = inet' \
    'virtual_mailbox_domains = proxy:pgsql:/etc/postfix/pgsql-virtual-domains.cf'
postmulti -i postfix-out -e enable
postmulti -i postfix-out -p start
