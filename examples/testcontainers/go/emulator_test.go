// The emulator as a container that lives as long as a test, on whatever ports are free.
//
//	go mod tidy && go test
//
// IMAGE is the emulator's image. ASPSP_EMULATOR_HOSTNAME is where the tests find the engine's ports, if
// that is not localhost, such as docker, or 172.17.0.1 for tests that are in a container themselves: it
// must be in the server's certificate.
package emulator_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

const (
	mtlsPort    = "8443/tcp"
	tlsPort     = "8444/tcp"
	controlPort = "8445/tcp"
	bank        = "uk-ob-3.3"
)

func TestTheKitsTPPRegisters(t *testing.T) {
	control := startEmulator(t)
	tpp := mutualTLS(t, control)

	var listed struct{ Discovery string }
	decode(t, send(t, http.DefaultClient, http.MethodGet, control+"/api/banks/"+bank, "", nil), &listed)
	var discovery struct {
		RegistrationEndpoint string `json:"registration_endpoint"`
	}
	decode(t, send(t, tpp, http.MethodGet, listed.Discovery, "", nil), &discovery)
	request := send(t, http.DefaultClient, http.MethodGet, control+"/kit/registration-"+bank+".jwt", "", nil)
	var client struct {
		TokenEndpointAuthMethod string `json:"token_endpoint_auth_method"`
	}
	decode(t, send(t, tpp, http.MethodPost, discovery.RegistrationEndpoint, "application/jose", request), &client)

	if client.TokenEndpointAuthMethod != "tls_client_auth" {
		t.Errorf("registered for %q", client.TokenEndpointAuthMethod)
	}
}

// startEmulator gives the control listener's URL, of an emulator that advertises its mapped ports.
func startEmulator(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	container, err := testcontainers.Run(ctx, cmp.Or(os.Getenv("IMAGE"), "aspsp-emulator"),
		testcontainers.WithEnv(map[string]string{
			"ASPSP_EMULATOR_HOSTNAME": cmp.Or(os.Getenv("ASPSP_EMULATOR_HOSTNAME"), "localhost"),
		}),
		testcontainers.WithExposedPorts(mtlsPort, tlsPort, controlPort),
		testcontainers.WithWaitStrategy(wait.ForHealthCheck()),
	)
	testcontainers.CleanupContainer(t, container)
	if err != nil {
		t.Fatal(err)
	}

	endpoint := func(port, scheme string) string {
		url, err := container.PortEndpoint(ctx, port, scheme)
		if err != nil {
			t.Fatal(err)
		}
		return url
	}
	control := endpoint(controlPort, "http")
	urls, err := json.Marshal(map[string]string{
		"mtls": endpoint(mtlsPort, "https"),
		"tls":  endpoint(tlsPort, "https"),
	})
	if err != nil {
		t.Fatal(err)
	}
	send(t, http.DefaultClient, http.MethodPut, control+"/api/urls", "application/json", urls)
	return control
}

// mutualTLS is a client that trusts the emulator's CA and presents the transport certificate of the kit.
func mutualTLS(t *testing.T, control string) *http.Client {
	t.Helper()
	kit := func(name string) []byte {
		return send(t, http.DefaultClient, http.MethodGet, control+"/kit/"+name, "", nil)
	}
	certificate, err := tls.X509KeyPair(kit("transport.pem"), kit("transport.key"))
	if err != nil {
		t.Fatal(err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(kit("ca.pem")) {
		t.Fatal("no certificate in ca.pem")
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: authorities, Certificates: []tls.Certificate{certificate}},
		ForceAttemptHTTP2: true,
	}}
}

func send(t *testing.T, client *http.Client, method, url, contentType string, body []byte) []byte {
	t.Helper()
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s", method, url, answer.Status, text)
	}
	return text
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
