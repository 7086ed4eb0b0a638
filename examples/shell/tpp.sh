#!/bin/sh
# A TPP as a shell script: registers a client at a bank, gets a token, reads the client and deletes it.
# It waits when it is throttled, and does not register twice when an answer is lost. Needs curl 7.84 or later.
#
#   ISSUER   the bank, as it calls itself; its discovery document is below
#   KIT      folder with certificate, key and ids of the TPP, and the CA to trust
#   CLIENTS  who is registered there, as the bank's developer portal or its support desk would tell
#   REQUEST  where a signed registration request is had, since a shell does not sign by itself
#   TOKEN    a bearer token for these two, where they ask for one
set -eu
ISSUER=${ISSUER:-https://localhost:8444/uk-ob-3.3}
KIT=${KIT:-kit}
CLIENTS=${CLIENTS:-http://localhost:8445/api/banks/uk-ob-3.3/clients}
bank=${CLIENTS%/clients}
REQUEST=${REQUEST:-${CLIENTS%%/api/*}/kit/registration-${bank##*/}.jwt}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "tpp: $*" >&2
  exit 1
}
fetch() { curl -sSf ${TOKEN:+-H "Authorization: Bearer $TOKEN"} -o "$@"; } # fetch FILE URL
text() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/body"; } # one text of the last answer
uuid() { cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen; }

# Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3).
seconds_of() {
  case $1 in
    *[!0-9]*)
      seconds=$(($(date -d "$1" +%s) - $(date +%s)))
      if [ "$seconds" -lt 0 ]; then echo 0; else echo "$seconds"; fi
      ;;
    *) echo "$1" ;;
  esac
}

# send URL CURL-ARGUMENT…: the answer is in $status and "$work/body"; fails as curl does.
send() {
  for try in 1 2 3 4 5; do
    interaction_id=$(uuid)
    answer=$(curl -sS --max-time 30 --cacert "$KIT/ca.pem" --cert "$KIT/transport.pem" --key "$KIT/transport.key" \
      -H "x-fapi-interaction-id: $interaction_id" -o "$work/body" -w '%{http_code} %header{retry-after}' "$@") ||
      return
    status=${answer%% *} retry_after=${answer#* }
    case $status in 429 | 503) ;; *) return 0 ;; esac
    if [ -z "$retry_after" ] || [ "$try" = 5 ]; then return 0; fi
    wait=$(seconds_of "$retry_after")
    echo "throttled: waiting $wait s"
    sleep "$wait"
  done
}

# expect STATUS: support desks ask for the interaction id of what went wrong.
expect() {
  [ "$status" = "$1" ] ||
    fail "expected $1, got $status, x-fapi-interaction-id $interaction_id: $(cat "$work/body")"
}

# The client ids of this software, each with a space on both sides.
registered() {
  fetch "$work/clients" "$CLIENTS" || return
  tr '{' '\n' <"$work/clients" |
    sed -n "s/^\"client_id\":\"\([^\"]*\)\",\"software_id\":\"$TPP_SOFTWARE_ID\".*/ \1 /p"
}

newcomer() { # the client that is registered now and was not before
  now=$(registered) || return
  for id in $now; do
    case $before in *" $id "*) ;; *) echo "$id" && return ;; esac
  done
}

register() {
  before=$(registered) || fail "cannot ask who is registered"
  for _ in 1 2 3; do
    fetch "$work/request" "$REQUEST"
    lost=0
    send "$registration_endpoint" -H 'Content-Type: application/jose' --data-binary "@$work/request" || lost=$?
    case $lost in
      0)
        expect 201
        client_id=$(text client_id)
        return
        ;;
      18 | 28 | 52 | 55 | 56 | 92) ;; # the connection ended or time was up: it may have registered, or not
      *) fail "curl ended with $lost" ;; # nothing was sent
    esac
    # A second POST could register a second client.
    echo 'answer lost: asking who is registered'
    client_id=$(newcomer) || fail "cannot ask who is registered"
    [ -z "$client_id" ] || return 0
    sleep 1
  done
  fail "no answer to three registrations, the last with x-fapi-interaction-id $interaction_id"
}

# shellcheck source=/dev/null
. "$KIT/tpp.env"

send "$ISSUER/.well-known/openid-configuration"
expect 200
registration_endpoint=$(text registration_endpoint)
# With a certificate tokens are had where the bank asks for one (RFC 8705, section 5).
token_endpoint=$(sed 's/.*"mtls_endpoint_aliases":{\([^}]*\)}.*/{\1}/' "$work/body" |
  sed -n 's/.*"token_endpoint":"\([^"]*\)".*/\1/p')

register
echo "registered $client_id"

send "$token_endpoint" -d grant_type=client_credentials -d "client_id=$client_id"
expect 200
access_token=$(text access_token)

# From a file, so that the token is not in the list of processes.
printf 'Authorization: Bearer %s\n' "$access_token" >"$work/bearer"
send "$registration_endpoint/$client_id" -H "@$work/bearer"
expect 200
echo "read $client_id: $(text token_endpoint_auth_method)"

send "$registration_endpoint/$client_id" -H "@$work/bearer" -X DELETE
expect 204
echo "deleted $client_id"
