#!/bin/sh
# What a TPP's container does next to the emulator: registers at every bank, meets two scenarios, and shows
# what happened. Ends with 0 only if all was as it should be. Needs sh, sed, curl and jq.
#
#   CONTROL  the emulator's control listener
#   KIT      folder of the kit
#   TOKEN    the control listener's, if it has one
set -eu
CONTROL=${CONTROL:-http://aspsp:8445}
CONTROL=${CONTROL%/}
KIT=${KIT:-/kit}
tpp=$(dirname "$0")/../shell/tpp.sh

work=$(mktemp -d)
world=
# In files, so that no token is in the list of processes.
bearer() { printf 'Authorization: Bearer %s\n' "$1"; }
if [ -n "${TOKEN:-}" ]; then bearer "$TOKEN"; fi >"$work/control"
control() { curl -sS --max-time 30 -H "@$work/control" "$@"; }
end() {
  [ -z "$world" ] || control -X DELETE "$world" || true
  rm -rf "$work"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

for half in "$KIT" "$KIT/brasil"; do
  if [ ! -r "$half/transport.key" ]; then
    echo "demo: cannot read $half/transport.key: start the emulator with --kit-mode 0644, or be its user" >&2
    exit 1
  fi
done

failures=0
text() { printf '%s\n' "$2" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; } # text MEMBER OBJECT
post() { control --fail-with-body -H 'Content-Type: application/json' "$1" -d "$2"; }

row() { # row BANK DONE STATUS WANTED
  result=ok
  if [ "$3" != "$4" ]; then
    failures=$((failures + 1))
    result="FAILED: expected $4: $(head -c 300 "$work/body")"
  fi
  printf '%-20s %-26s %-7s %s\n' "$1" "$2" "$3" "$result"
}

# status_of KIT CURL-ARGUMENT…: the body is in "$work/body"; 000 is no answer.
status_of() {
  kit=$1
  shift
  : >"$work/body"
  curl -sS --max-time 30 --cacert "$kit/ca.pem" --cert "$kit/transport.pem" --key "$kit/transport.key" \
    -o "$work/body" -w '%{http_code}' "$@" || true
}

register() { # register BANK-OBJECT KIT REQUEST
  control -f -o "$work/request" "$CONTROL/kit/$3"
  media_type=$(text request_media_type "$1")
  status=$(status_of "$2" -H "Content-Type: $media_type" --data-binary "@$work/request" \
    "$(text registration_endpoint "$1")")
  row "$id" "registered the kit's TPP" "$status" 201
}

list_clients() { # list_clients BANK-OBJECT: what a directory offers
  # shellcheck source=/dev/null
  . "$KIT/tpp.env"
  status=$(status_of "$KIT" -d grant_type=client_credentials -d "client_id=$TPP_SOFTWARE_ID" \
    -d scope=directory:software "$(text token_endpoint "$1")")
  row "$id" 'got a token' "$status" 200
  bearer "$(text access_token "$(cat "$work/body")")" >"$work/bearer"
  token_endpoint=$(text token_endpoint "$1")
  status=$(status_of "$KIT" -H "@$work/bearer" "${token_endpoint%/token}/clients")
  row "$id" 'read /clients' "$status" 200
}

# meet SCENARIO VERIFICATION…: tpp.sh in a world of its own in which things go wrong, and what the journal says.
meet() {
  scenario=$1
  shift
  printf '\n%s: the TPP says\n' "$scenario"
  made=$(post "$CONTROL/api/worlds" "{\"scenarios\":[\"$scenario\"],\"ttl\":\"10m\"}")
  world=$(text control "$made")
  if ! ISSUER="$(text tls "$made")/uk-ob-3.3" CLIENTS="$world/banks/uk-ob-3.3/clients" KIT="$KIT" \
    "$tpp" >"$work/out" 2>&1; then
    failures=$((failures + 1))
    echo '  FAILED'
  fi
  sed 's/^/  /' "$work/out"
  echo "$scenario: the bank says"
  control -f -o "$work/exchanges" "$world/exchanges?operation=register"
  # Each begins with its id and its time.
  sed 's/{"id":\([0-9]*\),"at":"\([^"]*\)"/\n\1 \2\n/g' "$work/exchanges" | sed -n '/^[0-9]* [^ ]*Z$/p' >"$work/ids"
  while read -r exchange at; do
    printf '  exchange %s at %s\n' "$exchange" "$at"
    control -f -o "$work/story" "$world/exchanges/$exchange/explain"
    sed -n 's/^  \(asked\|answer\|delivered\) /    \1 /p; /^why: /,$s/^/    /p' "$work/story"
  done <"$work/ids"
  for expected in "$@"; do
    if post "$world/verify?strict=true" "$expected" >"$work/body"; then
      echo "  ok $expected"
    else
      failures=$((failures + 1))
      echo "  FAILED $expected: $(head -c 300 "$work/body")"
    fi
  done
  control -f -X DELETE "$world"
  world=
}

printf '%-20s %-26s %-7s %s\n' bank 'what was done' status result
control -f -o "$work/banks" "$CONTROL/api/banks" || {
  echo "demo: $CONTROL does not tell its banks; if it has a token, set TOKEN (compose: ASPSP_EMULATOR_CONTROL_TOKEN)" >&2
  exit 1
}
sed 's/{"id":/\n&/g' "$work/banks" | sed 1d >"$work/bank-lines"
while read -r bank || [ -n "$bank" ]; do # the last line has no end
  id=$(text id "$bank")
  case $(text dialect "$bank") in
    raidiam-directory) list_clients "$bank" ;;
    open-finance-brasil) register "$bank" "$KIT/brasil" "brasil/registration-$id.json" ;;
    *) register "$bank" "$KIT" "registration-$id.jwt" ;;
  esac
done <"$work/bank-lines"
[ -s "$work/bank-lines" ] || failures=1

once='{"match":{"operation":"register","status":201},"times":{"exactly":1}}'
gone='{"match":{"operation":"delete","status":204},"times":{"exactly":1}}'
meet throttled-429 '{"match":{"operation":"register","status":429},"times":{"exactly":2}}' "$once" "$gone"
meet lost-response '{"match":{"operation":"register"},"times":{"exactly":1}}' "$once" "$gone"

if [ "$failures" -gt 0 ]; then
  printf '\n%s failed\n' "$failures" >&2
  exit 1
fi
printf '\nall as it should be\n'
