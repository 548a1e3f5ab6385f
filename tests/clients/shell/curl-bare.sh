# Asks the real hosts by name, with a curl that inherits no variable: no authority, no proxy, no home.
# For a network namespace only: elsewhere these are the real hosts.
set -euo pipefail
ask() { env -i PATH="$PATH" curl -sS --fail-with-body --max-time 10 -H "X-API-Key: $2" "$1"; }
if [ "$(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ')" != lo ]; then
  echo 'error: this is no network namespace of its own' >&2
  exit 1
fi
ask https://api.leadmagic.io/v1/credits "$LEADMAGIC_API_KEY" | grep '"credits":'
ask https://api.sendpilot.ai/v1/campaigns "$SENDPILOT_API_KEY" | grep '"data":'
