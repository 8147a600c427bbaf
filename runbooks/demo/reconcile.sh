#!/bin/sh
# The applications' own reconciliation: which records, by id, they lost or processed twice, on whichever cluster they ran.
set -eu
exec cutover lab app ledger --dir "$(cd "$(dirname "$0")" && pwd)/lab" -o json
