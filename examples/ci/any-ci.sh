#!/usr/bin/env bash
# The same check for any other CI, with the repository checked out at $MOCK_PROVIDERS and a server at $LEADMAGIC_URL. The
# second line ends with 1 when a case failed, and with 2 when nothing could be run; keep both files either way.
set -euo pipefail
cargo install --locked --path "$MOCK_PROVIDERS/crates/conformance" --root "$PWD/conformance"
conformance/bin/conformance run --base-url "leadmagic=$LEADMAGIC_URL" --report junit=conformance.xml --report html=conformance.html
