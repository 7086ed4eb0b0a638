#!/bin/sh
# A TPP as a shell script: registers a client at a bank, gets a token, reads the client and deletes it.
# It waits when it is throttled, and does not register twice when an answer is lost.
# Needs curl 7.84 or later and jq.
#
#   ISSUER   the bank, as it calls itself; its discovery document is below
#   KIT      folder with certificate, key and ids of the TPP, and the CA to trust
#   CLIENTS  who is registered there, as the bank's developer portal or its support desk would tell
#   REQUEST  where a signed registration request is had, since a shell does not sign by itself
#   TOKEN    a bearer token for these two, where they ask for one
set -eu
export LC_ALL=C # names of days and months in HTTP are English
ISSUER=${ISSUER:-https://localhost:8444/uk-ob-3.3}
KIT=${KIT:-kit}
CLIENTS=${CLIENTS:-http://localhost:8445/api/banks/uk-ob-3.3/clients}
bank=${CLIENTS%/clients}
REQUEST=${REQUEST:-${CLIENTS%%/api/*}/kit/registration-${bank##*/}.jwt}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

uuid() { cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen; }
# In files, so that no token is in the list of processes.
bearer() { printf 'Authorization: Bearer %s\n' "$1"; }
if [ -n "${TOKEN:-}" ]; then bearer "$TOKEN"; fi >"$work/portal"

# fail WHY: support desks ask for the interaction id of what went wrong.
fail() {
  echo "tpp: $method $url: $1 (x-fapi-interaction-id $interaction_id)" >&2
  exit 1
}

# exchange METHOD URL CURL-ARGUMENT…: the answer is in $status, $retry_after and "$work/body"; $status is 000
# and $failure is curl's exit code if there was none, or not the whole of it.
exchange() {
  method=$1 url=$2 interaction_id=$(uuid) failure=0
  shift 2
  : >"$work/body"
  head=$(curl -sS --max-time 30 -X "$method" -H "x-fapi-interaction-id: $interaction_id" -o "$work/body" \
    -w '%{http_code} %header{retry-after}' "$@" "$url" 2>"$work/error") || failure=$?
  status=${head%% *} retry_after=${head#* }
  [ "$failure" = 0 ] || status=000
}
at_bank() { exchange "$@" --cacert "$KIT/ca.pem" --cert "$KIT/transport.pem" --key "$KIT/transport.key"; }
at_portal() {
  exchange GET "$1" -H "@$work/portal"
  [ "$status" = 200 ] || fail "$(outcome)"
}

outcome() { # on one line, and without the body of a 2xx: a token may be in it
  case $status in
    000) head -n 1 "$work/error" ;;
    2*) echo "$status" ;;
    *)
      said=$(tr -s '[:cntrl:]' ' ' <"$work/body" | head -c 300)
      echo "$status${said:+ $said}"
      ;;
  esac
}
member() { # member NAME: this text of the last answer; read as a list, since to jq nothing at all is no mistake
  jq -ers --arg name "$1" '.[0][$name] | strings | select(. != "")' "$work/body" 2>"$work/error"
}

throttled() { [ "$status" = 429 ] || { [ "$status" = 503 ] && [ -n "$retry_after" ]; }; }

# Retry-After is a number of seconds or a date in one of three formats (RFC 9110, section 10.2.3); without one,
# or with one that cannot be read or is past, a second is a polite guess.
wait_as_told() {
  seconds=$(jq -nr --arg it "$retry_after" 'if $it | test("^[0-9]+$") then $it | tonumber else
    first(("%a, %d %b %Y %T GMT", "%A, %d-%b-%y %T GMT", "%a %b %e %T %Y") as $format
      | $it | strptime($format)? | [mktime - now | ceil, 1] | max) // 1 end | [., 301] | min')
  [ "$seconds" -le 300 ] || fail "$status wants a wait of more than 300 s: Retry-After $retry_after"
  echo "throttled: waiting $seconds s"
  sleep "$seconds"
}

# send STATUS METHOD URL CURL-ARGUMENT…: as often as the bank says "later", but not for ever.
send() {
  expected=$1
  shift
  for try in 1 2 3 4 5; do
    at_bank "$@"
    if ! throttled || [ "$try" = 5 ]; then break; fi
    wait_as_told
  done
  [ "$status" = "$expected" ] || fail "$(outcome)"
}

registered() { # the client ids of this software
  at_portal "$CLIENTS"
  jq -ers --arg software_id "$TPP_SOFTWARE_ID" '.[0].items | if type != "array" then error else . end
    | map(if ([.client_id, .software_id] | map(type)) != ["string", "string"] then error else . end)
    | map(select(.software_id == $software_id).client_id) | join(" ")' "$work/body" 2>"$work/error" ||
    fail 'not {"items": [{"client_id": "…", "software_id": "…"}, …]}'
}

newcomer() { # the client that is registered now and was not before
  now=$(registered) || exit
  for id in $now; do
    case " $before " in *" $id "*) ;; *) echo "$id" && return ;; esac
  done
}

# A second POST could register a second client: before each, it asks who is there.
register() {
  before=$(registered)
  for try in 1 2 3 4 5; do
    at_portal "$REQUEST" # anew: banks may take a `jti` only once
    cp "$work/body" "$work/request"
    at_bank POST "$registration_endpoint" -H 'Content-Type: application/jose' --data-binary "@$work/request"
    last=$(outcome) pause=0
    case $status-$failure in
      201-0) if client_id=$(member client_id); then return; fi ;;
      429-0) ;;
      4??-0) fail "$last" ;;
      # Nothing was sent: no such host, nobody there, no TLS, a file that is missing.
      000-[34567] | 000-26 | 000-35 | 000-5[389] | 000-60 | 000-77) fail "$last" ;;
    esac
    if throttled; then
      [ "$try" = 5 ] || wait_as_told
    else
      echo 'answer lost: asking who is registered'
      pause=1
    fi
    client_id=$(newcomer)
    [ -z "$client_id" ] || return 0
    sleep "$pause"
  done
  fail "no registration in five tries: $last"
}

command -v jq >"$work/jq" || { echo 'tpp: jq is not installed' >&2 && exit 1; }
# shellcheck source=/dev/null
. "$KIT/tpp.env"

send 200 GET "$ISSUER/.well-known/openid-configuration"
# With a certificate endpoints are had where the bank says so (RFC 8705, section 5).
jq '. + .mtls_endpoint_aliases' "$work/body" >"$work/endpoints" 2>"$work/error" || fail 'no discovery document'
mv "$work/endpoints" "$work/body"
registration_endpoint=$(member registration_endpoint) || fail 'no registration_endpoint'
token_endpoint=$(member token_endpoint) || fail 'no token_endpoint'

register
echo "registered $client_id"

send 200 POST "$token_endpoint" -d grant_type=client_credentials --data-urlencode "client_id=$client_id"
access_token=$(member access_token) || fail 'no access_token'
bearer "$access_token" >"$work/bearer"

send 200 GET "$registration_endpoint/$client_id" -H "@$work/bearer"
auth_method=$(member token_endpoint_auth_method) || fail 'no token_endpoint_auth_method'
echo "read $client_id: $auth_method"

send 204 DELETE "$registration_endpoint/$client_id" -H "@$work/bearer"
echo "deleted $client_id"
