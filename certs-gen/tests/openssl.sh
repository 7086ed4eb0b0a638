#!/usr/bin/env bash
# Someone else judges: every kind and flaw that certs-gen issues, as OpenSSL 3 and Java see it. One
# line `ok …` per case; stops at the first mismatch.
#
# Usage: certs-gen/tests/openssl.sh target/debug/certs-gen
set -euo pipefail

certs_gen=$(realpath "${1:?usage: openssl.sh PATH-OF-CERTS-GEN}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "not ok $*" >&2
  exit 1
}
for judge in openssl keytool; do
  command -v $judge >/dev/null || fail "$judge is missing: install OpenSSL 3 and a Java runtime"
done
# has TEXT PATTERN CASE: the text must contain the pattern (a fixed string).
has() { grep -qF -- "$2" <<<"$1" || fail "$3: '$2' not found in:"$'\n'"$1"; }
has_not() { ! grep -qF -- "$2" <<<"$1" || fail "$3: '$2' found in:"$'\n'"$1"; }
mode() { stat -c %a "$1"; }

"$certs_gen" authority --out ca >first.txt
has "$(cat first.txt)" "made the authority in ca" authority
before=$(sha256sum ca/*)
has "$("$certs_gen" authority --out ca)" "kept the authority in ca" authority
[[ $before == "$(sha256sum ca/*)" ]] || fail "authority: a kept authority was changed"
for key in root issuing directory; do
  [[ $(mode ca/$key.key) == 600 ]] || fail "authority: mode of $key.key"
done
[[ $(mode ca/root.pem) == 644 ]] || fail "authority: mode of root.pem"
openssl verify -x509_strict -CAfile ca/root.pem ca/root.pem ca/issuing.pem >/dev/null
for ca in root issuing; do
  text=$(openssl x509 -in ca/$ca.pem -noout -text)
  has "$text" "TEST ONLY" "$ca"
  has "$text" "X509v3 Basic Constraints: critical" "$ca"
  has "$text" "Certificate Sign, CRL Sign" "$ca"
  has "$text" "X509v3 Subject Key Identifier" "$ca"
  has "$text" "X509v3 Authority Key Identifier" "$ca"
  openssl pkey -in ca/$ca.key -check -noout >/dev/null
done
has "$(openssl rsa -in ca/directory.key -noout -text)" "2048 bit" directory
has "$(openssl crl -in ca/ca.crl -noout -CAfile <(cat ca/root.pem ca/issuing.pem) 2>&1)" "verify OK" crl
echo "ok authority"

# What each kind must say: subject in encoding order, key usage, extended key usage.
declare -A subject=(
  [server]='C = GB, O = aspsp-emulator TEST ONLY, CN = localhost'
  [ob-transport]='C = GB, O = OpenBanking, OU = 0015800001HQQrZAAX, CN = Zt3kQ8mWfR2xLb7VhN4cYs'
  [ob-signing]='C = GB, O = OpenBanking, OU = 0015800001HQQrZAAX, CN = Zt3kQ8mWfR2xLb7VhN4cYs'
  [obwac]='C = GB, O = Example TPP Limited, organizationIdentifier = PSDGB-OB-Unknown0015800001HQQrZAAX, CN = 0015800001HQQrZAAX'
  [obseal]='C = GB, O = Example TPP Limited, organizationIdentifier = PSDGB-OB-Unknown0015800001HQQrZAAX, CN = 0015800001HQQrZAAX'
  [qwac]='C = GB, O = Example TPP Limited, organizationIdentifier = PSDGB-FCA-0015800001HQQrZAAX, CN = Example TPP Limited'
  [qseal]='C = GB, O = Example TPP Limited, organizationIdentifier = PSDGB-FCA-0015800001HQQrZAAX, CN = Example TPP Limited'
  [brcac]='businessCategory = Private Organization, jurisdictionC = BR, serialNumber = 12345678000195, C = BR, O = Exemplo Pagamentos SA, ST = SP, L = Sao Paulo, organizationIdentifier = OFBBR-74e929d9-33b6-4d85-8ba7-c146c867a817, UID = 10120340-3318-4baf-99e2-0b56729c4ab2, CN = tpp.example.com'
  [brseal]='C = BR, O = ICP-Brasil, OU = AC aspsp-emulator TEST ONLY, OU = 99999999999999, OU = videoconferencia, UID = 74e929d9-33b6-4d85-8ba7-c146c867a817, CN = Exemplo Pagamentos SA'
)
declare -A usage=([server]='Digital Signature' [ob-transport]='Digital Signature'
  [ob-signing]='Digital Signature, Non Repudiation' [obwac]='Digital Signature'
  [obseal]='Digital Signature, Non Repudiation' [qwac]='Digital Signature'
  [qseal]='Digital Signature, Non Repudiation' [brcac]='Digital Signature, Key Encipherment'
  [brseal]='Digital Signature, Non Repudiation')
server='TLS Web Server Authentication' client='TLS Web Client Authentication'
declare -A purposes=([server]=$server [ob-transport]="$server, $client"
  [ob-signing]='1.3.6.1.4.1.311.10.3.12' [obwac]="$server, $client"
  [obseal]='1.3.6.1.4.1.311.10.3.12' [qwac]="$client, $server" [qseal]='' [brcac]=$client [brseal]='')
declare -A wrong_purposes=([server]=$client [ob-transport]=$server [ob-signing]='Code Signing'
  [obwac]=$server [obseal]='Code Signing' [qwac]=$server [qseal]='Code Signing' [brcac]=$server
  [brseal]='Code Signing')
declare -A critical=([ob-transport]=critical [obwac]=critical)
declare -A tls_purpose=([server]=sslserver [ob-transport]=sslclient [obwac]=sslclient
  [qwac]=sslclient [brcac]=sslclient)
# wrong-org: what the subject must say instead.
other_uk=0015800001HQQrABBY other_br=74e929d9-33b6-4d85-8ba7-c146c867b928

one_line() { openssl x509 -in "$1" -noout -subject -nameopt oneline,-esc_msb,utf8 | sed 's/^subject=//'; }
# under LINE-PATTERN: the line of the text after the one that has the pattern, without blanks around.
under() { grep -A1 -F -- "$1" <<<"$text" | tail -n1 | sed 's/^ *//; s/ *$//'; }

verify() { # verify CHAIN [OPTION…]: OpenSSL's words, whatever it says
  local chain=$1
  shift
  openssl verify -x509_strict -CAfile ca/root.pem -untrusted ca/issuing.pem "$@" "$chain" 2>&1 || true
}

check_shape() { # the parts that no flaw but the one named changes
  local kind=$1 flaw=$2 file=$3 name=$1${2:+-$2}
  text=$(openssl x509 -in "$file.pem" -noout -text)
  has "$text" "Version: 3 (0x2)" "$name"
  has "$text" "X509v3 Subject Key Identifier" "$name"
  has "$text" "X509v3 Authority Key Identifier" "$name"
  [[ $(under "X509v3 Key Usage: critical") == "${usage[$kind]}" ]] || fail "$name: key usage"
  local wanted=${purposes[$kind]}
  [[ $flaw != wrong-eku ]] || wanted=${wrong_purposes[$kind]}
  if [[ -n $wanted ]]; then
    [[ $(under "X509v3 Extended Key Usage: ${critical[$kind]:-}") == "$wanted" ]] ||
      fail "$name: extended key usage"
  else
    has_not "$text" "Extended Key Usage" "$name"
  fi
  case $kind in
    obwac | obseal)
      # Without an authorisation number the directory's sandbox stands for the authority.
      has "$text" "PSP_AI" "$name"
      has "$text" "GB-OB" "$name"
      ;;
    qwac | qseal)
      has "$text" "PSP_AI" "$name"
      has "$text" "Financial Conduct Authority" "$name"
      ;;
    server) has "$text" "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1" "$name" ;;
    brcac) has "$text" "DNS:tpp.example.com" "$name" ;;
    brseal) has "$text" "2.16.76.1.3.7" "$name" ;;
  esac
  if [[ $flaw == wrong-org ]]; then
    local found
    found=$(one_line "$file.pem")
    case $kind in
      server) has "$found" "O = Another Organisation Limited" "$name" ;;
      br*) has "$found" "$other_br" "$name" ;;
      *) has "$found" "$other_uk" "$name" ;;
    esac
  else
    [[ $(one_line "$file.pem") == "${subject[$kind]}" ]] ||
      fail "$name: subject $(one_line "$file.pem")"
  fi
}

check_files() { # key, chain and PKCS#12 belong together
  local file=$1
  [[ $(mode "$file.key") == 600 && $(mode "$file.p12") == 600 && $(mode "$file.pem") == 644 ]] ||
    fail "$file: modes"
  [[ $(grep -c BEGIN "$file.pem") == 2 ]] || fail "$file: chain"
  local public
  public=$(openssl x509 -in "$file.pem" -noout -pubkey)
  [[ $public == "$(openssl pkey -in "$file.key" -pubout)" ]] || fail "$file: key"
  [[ $public == "$(openssl pkcs12 -in "$file.p12" -passin pass:test-only -nodes -nocerts | openssl pkey -pubout)" ]] ||
    fail "$file: key in PKCS#12"
  local info
  info=$(openssl pkcs12 -in "$file.p12" -passin pass:test-only -info -noout 2>&1)
  has "$info" "MAC: sha256" "$file"
  has "$info" "PBES2, PBKDF2, AES-256-CBC" "$file"
  [[ $(openssl pkcs12 -in "$file.p12" -passin pass:test-only -nokeys | grep -c BEGIN) == 2 ]] ||
    fail "$file: certificates in PKCS#12"
}

check_verdict() {
  local kind=$1 flaw=$2 file=$3 name=$1${2:+-$2} purpose=()
  [[ -z ${tls_purpose[$kind]:-} ]] || purpose=(-purpose "${tls_purpose[$kind]}")
  local plain crl
  plain=$(verify "$file.pem" "${purpose[@]}")
  crl=$(verify "$file.pem" -crl_check -CRLfile ca/ca.crl)
  case $flaw in
    expired) has "$plain" "error 10 at 0 depth lookup: certificate has expired" "$name" ;;
    not-yet-valid) has "$plain" "error 9 at 0 depth lookup: certificate is not yet valid" "$name" ;;
    untrusted-issuer)
      has "$plain" "error 20 at 0 depth lookup: unable to get local issuer certificate" "$name"
      [[ $(openssl x509 -in "$file.pem" -noout -issuer) == "$(openssl x509 -in ca/issuing.pem -noout -subject | sed s/subject/issuer/)" ]] ||
        fail "$name: issuer's name"
      ;;
    wrong-eku)
      if ((${#purpose[@]})); then
        has "$plain" "error 26 at 0 depth lookup: unsu" "$name"
      fi
      ;;
    revoked)
      has "$plain" "$file.pem: OK" "$name"
      has "$crl" "error 23 at 0 depth lookup: certificate revoked" "$name"
      ;;
    *)
      has "$plain" "$file.pem: OK" "$name"
      has "$crl" "$file.pem: OK" "$name"
      ;;
  esac
}

for kind in server ob-transport ob-signing obwac obseal qwac qseal brcac brseal; do
  for flaw in '' expired not-yet-valid untrusted-issuer wrong-eku wrong-org revoked; do
    file=out/$kind${flaw:+-$flaw}
    said=$("$certs_gen" certificate --authority ca --kind $kind --out out ${flaw:+--flaw $flaw})
    has "$said" "$file.pem" "$kind $flaw"
    has "$said" "expires  20" "$kind $flaw"
    check_shape $kind "$flaw" "$file"
    check_files "$file"
    check_verdict $kind "$flaw" "$file"
    echo "ok $kind${flaw:+ $flaw}"
  done
done

crl=$(openssl crl -in ca/ca.crl -noout -text)
[[ $(grep -c 'Serial Number:' <<<"$crl") == 9 ]] || fail "crl: nine revoked certificates"
has "$crl" "X509v3 CRL Number" crl
has "$crl" "X509v3 Authority Key Identifier" crl
[[ $(openssl crl -in ca/ca.crl -noout -issuer) == "$(openssl x509 -in ca/issuing.pem -noout -subject | sed s/subject/issuer/)" ]] ||
  fail "crl: issuer"
echo "ok crl"

openssl req -new -newkey rsa:2048 -nodes -keyout own.key -subj /CN=own -out own.csr 2>/dev/null
"$certs_gen" certificate --authority ca --kind obwac --out csr --csr own.csr >/dev/null
[[ $(ls csr) == obwac.pem ]] || fail "csr: more than a chain was written"
[[ $(openssl x509 -in csr/obwac.pem -noout -pubkey) == "$(openssl pkey -in own.key -pubout)" ]] || fail "csr: key"
has "$(verify csr/obwac.pem)" "csr/obwac.pem: OK" csr
echo "ok csr"

for key in rsa-2048 ec-p256; do
  "$certs_gen" certificate --authority ca --kind qwac --key $key --out $key >/dev/null
  check_files $key/qwac
  has "$(keytool -list -storetype PKCS12 -keystore $key/qwac.p12 -storepass test-only 2>&1)" "PrivateKeyEntry" keytool
  echo "ok key $key"
done

# An authority made by someone else, with RSA keys: opened, checked, used.
mkdir own
openssl req -x509 -newkey rsa:2048 -nodes -keyout own/root.key -out own/root.pem -days 100 \
  -subj "/O=Own/CN=Own root" -addext basicConstraints=critical,CA:TRUE \
  -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
openssl req -new -newkey rsa:2048 -nodes -keyout own/issuing.key -subj "/O=Own/CN=Own issuing" \
  -out own.issuing.csr 2>/dev/null
openssl x509 -req -in own.issuing.csr -CA own/root.pem -CAkey own/root.key -days 90 -out own/issuing.pem -extfile <(
  printf '%s\n' basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,keyCertSign,cRLSign \
    subjectKeyIdentifier=hash authorityKeyIdentifier=keyid
) 2>/dev/null
openssl genrsa -out own/directory.key 2048 2>/dev/null
touch own.index && echo 0a >own.number
openssl ca -gencrl -cert own/issuing.pem -keyfile own/issuing.key -out own/ca.crl -config <(
  printf '%s\n' '[ca]' default_ca=own '[own]' database=own.index crlnumber=own.number \
    default_md=sha256 default_crl_days=90
) 2>/dev/null
"$certs_gen" certificate --authority own --kind obwac --out own-out --flaw revoked >/dev/null
leaf="own-out/obwac-revoked.pem"
own=(openssl verify -x509_strict -CAfile own/root.pem -untrusted own/issuing.pem)
has "$("${own[@]}" $leaf 2>&1)" "$leaf: OK" own
has "$("${own[@]}" -crl_check -CRLfile own/ca.crl $leaf 2>&1 || true)" "certificate revoked" own
has "$(openssl crl -in own/ca.crl -noout -crlnumber)" "crlNumber=0x0B" own
has "$(openssl x509 -in $leaf -noout -text)" "sha256WithRSAEncryption" own
echo "ok authority of someone else"
