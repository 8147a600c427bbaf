#!/bin/sh
# Reconciles the ledger of the settlement application with the orders it has seen, and prints one JSON object of facts:
# how many orders have no ledger entry, and how many were charged twice. Replace the query by your own; the check reads
# `missing` and `double_charged`, and answers unknown when either is not printed.
set -eu
: "${LEDGER_URL:?set LEDGER_URL to the ledger service}"
exec curl --fail --silent --show-error --max-time 30 "$LEDGER_URL/reconcile?since=24h"
