import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Map.entry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.*;
import java.security.spec.*;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import javax.net.ssl.*;

/**
 * A TPP that registers its software at a bank, reads its client and deletes it. Java 17 and Jackson
 * (jackson-databind; in Debian libjackson2-databind-java) are all it needs:
 *
 * <pre>
 * jars=/usr/share/java
 * export CLASSPATH=$jars/jackson-databind.jar:$jars/jackson-core.jar:$jars/jackson-annotations.jar
 * ISSUER=https://localhost:8444/uk-ob-3.3 KIT=kit java examples/java/Tpp.java
 * </pre>
 *
 * What a bank may do to it: throttle (429, or 503 with Retry-After), and lose the answer to a
 * registration. It waits as it is told, and never registers twice.
 */
public final class Tpp {
    private static final int TRIES = 5;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final char[] P12_PASSWORD = "test-only".toCharArray();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http;
    private final String clients;
    private final Consumer<String> log;
    private final JsonNode software;
    private final String statement;
    private final PrivateKey signingKey;
    private final JsonNode bank;

    /**
     * The software of the kit at one bank. {@code issuer} is the bank's, {@code kit} the folder with
     * keys, certificates and software statement, and {@code clients} where the bank tells who is
     * registered: its developer portal, or its support desk.
     */
    public Tpp(String issuer, Path kit, String clients, Consumer<String> log) throws Exception {
        this.clients = clients;
        this.log = log;
        software = JSON.readTree(Files.readString(kit.resolve("tpp.json")));
        statement = Files.readString(kit.resolve("ssa.jwt")).strip();
        signingKey = privateKey(Files.readString(kit.resolve("signing.key")));
        http = HttpClient.newBuilder().sslContext(mutualTls(kit)).connectTimeout(TIMEOUT).build();
        bank = send(() -> HttpRequest.newBuilder(URI.create(issuer + "/.well-known/openid-configuration")));
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> environment = System.getenv();
        try {
            Tpp tpp = new Tpp(
                    environment.getOrDefault("ISSUER", "https://localhost:8444/uk-ob-3.3"),
                    Path.of(environment.getOrDefault("KIT", "kit")),
                    environment.getOrDefault("CLIENTS", "http://localhost:8445/api/banks/uk-ob-3.3/clients"),
                    System.out::println);
            String client = tpp.register();
            System.out.println("registered " + client);
            String token = tpp.token(client);
            JsonNode metadata = tpp.read(client, token);
            System.out.println("read " + client + ": " + metadata.path("token_endpoint_auth_method").asText());
            tpp.delete(client, token);
            System.out.println("deleted " + client);
        } catch (IOException error) {
            System.err.println(error);
            System.exit(1);
        }
    }

    /** Registers the software once, whatever becomes of the answer, and gives the client's id. */
    public String register() throws Exception {
        Set<String> before = new HashSet<>(registered());
        AnswerLost last = null;
        for (int attempt = 1; attempt <= TRIES; attempt++) {
            try {
                return send(() -> posting(endpoint("registration_endpoint"), "application/jose", registrationRequest()))
                        .path("client_id").asText();
            } catch (AnswerLost lost) {
                // The outcome is unknown, and a second POST could register a second client.
                last = lost;
                log.accept("answer lost: asking who is registered");
                Optional<String> client = registered().stream().filter(id -> !before.contains(id)).findFirst();
                if (client.isPresent()) {
                    return client.get();
                }
                Thread.sleep(1000);
            }
        }
        throw last;
    }

    /** The transport certificate is the client's proof ({@code tls_client_auth}). */
    public String token(String client) throws Exception {
        String form = "grant_type=client_credentials&client_id=" + client;
        return send(() -> posting(endpoint("token_endpoint"), "application/x-www-form-urlencoded", form))
                .path("access_token").asText();
    }

    public JsonNode read(String client, String token) throws Exception {
        return send(() -> managing(client, token).GET());
    }

    public void delete(String client, String token) throws Exception {
        send(() -> managing(client, token).DELETE());
    }

    /** The ids of the clients that this software has at the bank. */
    public List<String> registered() throws Exception {
        List<String> ids = new ArrayList<>();
        for (JsonNode client : send(() -> HttpRequest.newBuilder(URI.create(clients))).path("items")) {
            if (client.path("software_id").equals(software.path("software_id"))) {
                ids.add(client.path("client_id").asText());
            }
        }
        return ids;
    }

    /** Signed anew for each try: banks may take a {@code jti} only once. */
    private String registrationRequest() throws Exception {
        long now = Instant.now().getEpochSecond();
        return signed(JSON.writeValueAsString(Map.ofEntries(
                entry("iss", software.path("software_id")),
                entry("aud", bank.path("issuer")),
                entry("jti", UUID.randomUUID()),
                entry("iat", now),
                entry("exp", now + 300),
                entry("software_id", software.path("software_id")),
                entry("software_statement", statement),
                entry("redirect_uris", software.path("redirect_uris")),
                entry("scope", "openid accounts payments"),
                entry("grant_types", List.of("client_credentials", "authorization_code", "refresh_token")),
                entry("response_types", List.of("code id_token")),
                entry("application_type", "web"),
                entry("token_endpoint_auth_method", "tls_client_auth"),
                entry("tls_client_auth_subject_dn", software.path("subject_dn")),
                entry("id_token_signed_response_alg", "PS256"),
                entry("request_object_signing_alg", "PS256"))));
    }

    /** A compact JWS with PS256 (RFC 7518, section 3.5), which plain JCA can do. */
    private String signed(String claims) throws Exception {
        Map<String, Object> header = Map.of("alg", "PS256", "typ", "JWT", "kid", software.path("kid"));
        String input = base64(JSON.writeValueAsBytes(header)) + "." + base64(claims.getBytes(UTF_8));
        Signature signature = Signature.getInstance("RSASSA-PSS");
        signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        signature.initSign(signingKey);
        signature.update(input.getBytes(UTF_8));
        return input + "." + base64(signature.sign());
    }

    /** Banks may have other addresses for callers with a certificate (RFC 8705, section 5). */
    private URI endpoint(String name) {
        return URI.create(bank.path("mtls_endpoint_aliases").path(name).asText(bank.path(name).asText()));
    }

    private HttpRequest.Builder managing(String client, String token) {
        return HttpRequest.newBuilder(URI.create(endpoint("registration_endpoint") + "/" + client))
                .header("Authorization", "Bearer " + token);
    }

    private static HttpRequest.Builder posting(URI uri, String contentType, String body) {
        return HttpRequest.newBuilder(uri).header("Content-Type", contentType).POST(BodyPublishers.ofString(body));
    }

    /** Sends until it is not throttled, and gives the answer's JSON; {@code request} makes each try. */
    private JsonNode send(Callable<HttpRequest.Builder> request) throws Exception {
        for (int attempt = 1; ; attempt++) {
            String interaction = UUID.randomUUID().toString();
            HttpRequest asked = request.call().header("x-fapi-interaction-id", interaction).timeout(TIMEOUT).build();
            HttpResponse<String> answer = exchange(asked, interaction);
            Optional<Long> seconds = retryAfter(answer);
            if (seconds.isPresent() && attempt < TRIES) {
                log.accept("throttled: waiting " + seconds.get() + " s");
                Thread.sleep(seconds.get() * 1000);
            } else if (answer.statusCode() >= 300) {
                throw new IOException(story(asked, answer.statusCode() + " " + answer.body(), interaction));
            } else {
                return json(answer, asked, interaction);
            }
        }
    }

    private static JsonNode json(HttpResponse<String> answer, HttpRequest asked, String interaction) throws AnswerLost {
        try {
            return JSON.readTree(answer.body());
        } catch (JsonProcessingException unreadable) {
            throw new AnswerLost(story(asked, answer.statusCode() + " " + answer.body(), interaction), unreadable);
        }
    }

    /**
     * One request and its answer. {@code HttpClient} sends a POST again by itself only with
     * {@code jdk.httpclient.enableAllMethodRetry}, which must not be set.
     */
    private HttpResponse<String> exchange(HttpRequest asked, String interaction) throws Exception {
        try {
            return http.send(asked, BodyHandlers.ofString());
        } catch (ConnectException | HttpConnectTimeoutException | SSLHandshakeException notSent) {
            throw new IOException(story(asked, notSent.toString(), interaction), notSent);
        } catch (IOException unknown) {
            throw new AnswerLost(story(asked, unknown.toString(), interaction), unknown);
        }
    }

    /** The interaction id is what the bank's support asks for: every error tells it. */
    private static String story(HttpRequest asked, String what, String interaction) {
        return asked.method() + " " + asked.uri() + ": " + what + " (x-fapi-interaction-id " + interaction + ")";
    }

    /**
     * How many seconds to wait, if the answer is throttling. Retry-After is a number of seconds or a
     * date (RFC 9110, section 10.2.3); without one, a second is a polite guess.
     */
    private static Optional<Long> retryAfter(HttpResponse<?> answer) {
        Optional<String> value = answer.headers().firstValue("Retry-After");
        if (answer.statusCode() != 429 && !(answer.statusCode() == 503 && value.isPresent())) {
            return Optional.empty();
        }
        String told = value.orElse("1");
        if (told.matches("\\d{1,9}")) {
            return Optional.of(Long.parseLong(told));
        }
        try {
            Instant then = ZonedDateTime.parse(told, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            return Optional.of(Math.max(1, Duration.between(Instant.now(), then).toSeconds() + 1));
        } catch (DateTimeParseException neither) {
            return Optional.of(1L);
        }
    }

    private static SSLContext mutualTls(Path kit) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(keyStore(kit.resolve("transport.p12")), P12_PASSWORD);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keyStore(kit.resolve("truststore.p12")));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore keyStore(Path file) throws Exception {
        return KeyStore.getInstance(file.toFile(), P12_PASSWORD);
    }

    private static PrivateKey privateKey(String pem) throws Exception {
        byte[] pkcs8 = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The bank may have done its work: the connection broke, or no answer came in time, or none that can be read. */
    private static final class AnswerLost extends IOException {
        AnswerLost(String message, IOException cause) {
            super(message, cause);
        }
    }
}
