#!/bin/sh
# Starts and stops the demo's applications, in place of a deployment system: app.sh start|stop CLUSTER/NAME
# The lab is the folder `lab` beside this file. Like a deployment it is asked for a state: what runs already is started,
# and one call at a time is served, since a conductor that was killed may have left one behind.
set -eu
cluster=${2%%/*}; name=${2#*/}
lab=$(cd "$(dirname "$0")" && pwd)/lab
exec 9>"$lab/app.lock"; flock 9
case "$1 $name" in
  stop*) [ -d "$lab/apps/$name" ] || exit 0; exec cutover lab app stop --dir "$lab" --name "$name" 9>&- ;;
  'start checkout') does='--produce orders --produce accounts --rate 200 --user checkout' ;;
  # It has more to do than it gets done: it is in the middle of its log whenever anybody looks.
  'start settlement') does='--consume orders --consume accounts --group settlement --reset error --pace 250' ;;
  'start ledger') does='--consume orders --consume accounts --group ledger --reset error' ;;
  'start settlement-retry') does='--consume orders.settlement.retry --group settlement-retry --reset error' ;;
  *) echo "no application $name" >&2; exit 1 ;;
esac
# shellcheck disable=SC2086  # the words of `does` are words
said=$(cutover lab app start --dir "$lab" --cluster "$cluster" --name "$name" $does 2>&1 9>&-) && exit 0
case "$said" in *'runs already'*) exit 0 ;; esac
echo "$said" >&2
exit 1
