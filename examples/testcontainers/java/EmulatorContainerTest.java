import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyStore;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.utility.DockerImageName;

/**
 * The emulator as a container that lives as long as this class's tests, on whatever ports are free: {@code mvn test}.
 *
 * <p>IMAGE is the emulator's image. ASPSP_EMULATOR_HOSTNAME is where the tests find the engine's ports,
 * if that is not localhost, such as {@code docker}, or 172.17.0.1 for tests that are in a container
 * themselves: it must be in the server's certificate.
 */
@Testcontainers
class EmulatorContainerTest {
    private static final int MTLS = 8443;
    private static final int TLS = 8444;
    private static final int CONTROL = 8445;
    private static final String BANK = "uk-ob-3.3";
    private static final char[] P12_PASSWORD = "test-only".toCharArray();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient PLAIN = HttpClient.newHttpClient();

    @Container
    private static final GenericContainer<?> EMULATOR =
            new GenericContainer<>(DockerImageName.parse(environment("IMAGE", "aspsp-emulator")))
                    .withEnv("ASPSP_EMULATOR_HOSTNAME", environment("ASPSP_EMULATOR_HOSTNAME", "localhost"))
                    .withExposedPorts(MTLS, TLS, CONTROL)
                    .waitingFor(Wait.forHealthcheck());

    /** Its documents must name the mapped ports. */
    @BeforeAll
    static void advertiseMappedPorts() throws Exception {
        String urls = JSON.writeValueAsString(Map.of("mtls", at("https", MTLS), "tls", at("https", TLS)));
        send(PLAIN, to(control("/api/urls"), "application/json").PUT(BodyPublishers.ofString(urls)));
    }

    @Test
    void theKitsTppRegisters() throws Exception {
        HttpClient tpp = HttpClient.newBuilder().sslContext(mutualTls()).build();
        JsonNode bank = JSON.readTree(read(PLAIN, control("/api/banks/" + BANK)));
        JsonNode discovery = JSON.readTree(read(tpp, bank.path("discovery").asText()));
        byte[] signed = read(PLAIN, control("/kit/registration-" + BANK + ".jwt"));
        HttpRequest.Builder request = to(discovery.path("registration_endpoint").asText(), "application/jose");
        JsonNode client = JSON.readTree(send(tpp, request.POST(BodyPublishers.ofByteArray(signed))));
        assertEquals("tls_client_auth", client.path("token_endpoint_auth_method").asText());
    }

    /** Trusts the emulator's CA and presents the transport certificate of the kit. */
    private static SSLContext mutualTls() throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(keyStore("transport.p12"), P12_PASSWORD);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keyStore("truststore.p12"));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore keyStore(String name) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new ByteArrayInputStream(read(PLAIN, control("/kit/" + name))), P12_PASSWORD);
        return store;
    }

    private static String control(String path) {
        return at("http", CONTROL) + path;
    }

    private static String at(String scheme, int port) {
        return scheme + "://" + EMULATOR.getHost() + ":" + EMULATOR.getMappedPort(port);
    }

    private static byte[] read(HttpClient http, String url) throws Exception {
        return send(http, HttpRequest.newBuilder(URI.create(url)));
    }

    private static HttpRequest.Builder to(String url, String contentType) {
        return HttpRequest.newBuilder(URI.create(url)).header("Content-Type", contentType);
    }

    private static byte[] send(HttpClient http, HttpRequest.Builder request) throws Exception {
        HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
        assertTrue(answer.statusCode() < 300, () -> answer + " " + new String(answer.body(), UTF_8));
        return answer.body();
    }

    private static String environment(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
