# Asks the real hosts by name, with wget and nothing set by hand.
set -euo pipefail
ask() { wget -q -O - --tries=1 --timeout=10 --header "X-API-Key: $2" "$1"; }
ask https://api.leadmagic.io/v1/credits "$LEADMAGIC_API_KEY" | grep '"credits":'
ask https://api.sendpilot.ai/v1/campaigns "$SENDPILOT_API_KEY" | grep '"data":'
