import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Map.entry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.*;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.*;
import java.security.spec.*;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.*;
import java.util.concurrent.*;
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
 * registration. It waits as it is told, and never registers twice. TOKEN, if set, is the bearer token
 * for CLIENTS.
 */
public final class Tpp {
    private static final int TRIES = 5;
    private static final long LONGEST_WAIT = 300; // seconds that a bank may ask for
    private static final long TIMEOUT = 30; // seconds for a whole answer, head and body
    private static final char[] P12_PASSWORD = "test-only".toCharArray();
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final HttpClient http;
    private final String clients;
    private final Map<String, String> clientsHeaders;
    private final Consumer<String> log;
    private final JsonNode software;
    private final String statement;
    private final PrivateKey signingKey;
    private final String audience;
    private final String registrationEndpoint;
    private final String tokenEndpoint;

    /**
     * The software of the kit at one bank. {@code issuer} is the bank's, {@code kit} the folder with
     * keys, certificates and software statement, and {@code clients} where the bank tells who is
     * registered: its developer portal, or its support desk; {@code token} is the bearer token for it, or null.
     */
    public Tpp(String issuer, Path kit, String clients, String token, Consumer<String> log) throws Exception {
        this.clients = clients;
        this.clientsHeaders = token == null || token.isBlank() ? Map.of() : bearer(token.strip());
        this.log = log;
        software = JSON.readTree(Files.readString(kit.resolve("tpp.json")));
        statement = Files.readString(kit.resolve("ssa.jwt")).strip();
        signingKey = privateKey(Files.readString(kit.resolve("signing.key")));
        http = HttpClient.newBuilder().sslContext(mutualTls(kit)).connectTimeout(Duration.ofSeconds(10)).build();
        Answer discovery = send("GET", issuer + "/.well-known/openid-configuration", Map.of(), "");
        audience = discovery.text("issuer");
        registrationEndpoint = discovery.text("registration_endpoint");
        tokenEndpoint = discovery.text("token_endpoint");
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> environment = System.getenv();
        try {
            Tpp tpp = new Tpp(
                    environment.getOrDefault("ISSUER", "https://localhost:8444/uk-ob-3.3"),
                    Path.of(environment.getOrDefault("KIT", "kit")),
                    environment.getOrDefault("CLIENTS", "http://localhost:8445/api/banks/uk-ob-3.3/clients"),
                    environment.get("TOKEN"),
                    System.out::println);
            String client = tpp.register();
            System.out.println("registered " + client);
            String token = tpp.token(client);
            JsonNode metadata = tpp.read(client, token);
            System.out.println("read " + client + ": " + metadata.path("token_endpoint_auth_method").asText());
            tpp.delete(client, token);
            System.out.println("deleted " + client);
        } catch (IOException | GeneralSecurityException error) {
            System.err.println(error instanceof Failure ? error.getMessage() : error);
            System.exit(1);
        }
    }

    /** Registers the software once, whatever becomes of the answer, and gives the client's id. */
    public String register() throws Exception {
        Set<String> before = new HashSet<>(registered());
        for (int attempt = 1; ; attempt++) {
            Answer answer = exchange("POST", registrationEndpoint, type("application/jose"), registrationRequest());
            String registered = answer.json().path("client_id").asText();
            if (answer.status() == 201 && !registered.isEmpty()) {
                return registered;
            }
            OptionalLong wait = answer.seconds();
            if (answer.status() / 100 == 4 && wait.isEmpty()) {
                throw answer.failure();
            }
            // The bank may have done its work all the same, and a second POST could register a second client.
            boolean last = attempt == TRIES || wait.orElse(0) > LONGEST_WAIT;
            if (wait.isEmpty()) {
                log.accept("answer lost: asking who is registered");
            } else if (!last) {
                pause(wait.getAsLong());
            }
            Optional<String> client = registered().stream().filter(id -> !before.contains(id)).findFirst();
            if (client.isPresent()) {
                return client.get();
            }
            if (last) {
                throw answer.failure();
            }
            if (wait.isEmpty()) {
                Thread.sleep(1000);
            }
        }
    }

    /** The transport certificate is the client's proof ({@code tls_client_auth}). */
    public String token(String client) throws Exception {
        String form = "grant_type=client_credentials&client_id=" + URLEncoder.encode(client, UTF_8);
        return send("POST", tokenEndpoint, type("application/x-www-form-urlencoded"), form).text("access_token");
    }

    public JsonNode read(String client, String token) throws Exception {
        Answer answer = send("GET", managed(client), bearer(token), "");
        answer.text("token_endpoint_auth_method");
        return answer.json();
    }

    public void delete(String client, String token) throws Exception {
        send("DELETE", managed(client), bearer(token), "");
    }

    /** The ids of the clients that this software has at the bank. */
    public List<String> registered() throws Exception {
        Answer answer = send("GET", clients, clientsHeaders, "");
        List<String> ids = new ArrayList<>();
        JsonNode items = answer.json().path("items");
        answer.check(items.isArray(), "items");
        for (JsonNode client : items) {
            answer.check(client.path("client_id").isTextual() && client.path("software_id").isTextual(), "items");
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
                entry("aud", audience),
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

    private String managed(String client) {
        return registrationEndpoint + "/" + URLEncoder.encode(client, UTF_8).replace("+", "%20");
    }

    private static Map<String, String> bearer(String token) {
        return Map.of("Authorization", "Bearer " + token);
    }

    private static Map<String, String> type(String contentType) {
        return Map.of("Content-Type", contentType);
    }

    /** Sends until it is not throttled, and gives the answer if it is a success. */
    private Answer send(String method, String url, Map<String, String> headers, String body) throws Exception {
        for (int attempt = 1; ; attempt++) {
            Answer answer = exchange(method, url, headers, body);
            if (answer.isSuccess()) {
                return answer;
            }
            OptionalLong wait = answer.seconds();
            if (wait.isEmpty() || wait.getAsLong() > LONGEST_WAIT || attempt == TRIES) {
                throw answer.failure();
            }
            pause(wait.getAsLong());
        }
    }

    private void pause(long seconds) throws InterruptedException {
        log.accept("throttled: waiting " + seconds + " s");
        Thread.sleep(seconds * 1000);
    }

    /**
     * One request and what came of it. {@code HttpClient} sends a POST again by itself only with
     * {@code jdk.httpclient.enableAllMethodRetry}, which must not be set.
     */
    private Answer exchange(String method, String url, Map<String, String> headers, String body)
            throws Failure, InterruptedException {
        String asked = method + " " + url, interaction = UUID.randomUUID().toString();
        CompletableFuture<HttpResponse<String>> sent;
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                    .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                    .header("x-fapi-interaction-id", interaction);
            headers.forEach(request::header);
            sent = http.sendAsync(request.build(), BodyHandlers.ofString());
        } catch (IllegalArgumentException unfit) { // its message may have a token in it
            throw new Failure(asked, "no URL, or a header that cannot be sent", interaction);
        }
        try {
            HttpResponse<String> answer = sent.get(TIMEOUT, TimeUnit.SECONDS); // HttpRequest.timeout is for heads
            Optional<String> retryAfter = answer.headers().firstValue("Retry-After");
            return new Answer(asked, interaction, answer.statusCode(), answer.body(), retryAfter);
        } catch (ExecutionException broken) {
            return new Answer(asked, interaction, 0, broken.getCause().toString(), Optional.empty());
        } catch (TimeoutException late) {
            sent.cancel(true);
            return new Answer(asked, interaction, 0, "not whole after " + TIMEOUT + " s", Optional.empty());
        }
    }

    /** What came of a request. Where there was no whole answer, the status is 0 and the body tells why. */
    private record Answer(String asked, String interaction, int status, String body, Optional<String> retryAfter) {

        boolean isSuccess() {
            return status / 100 == 2;
        }

        /** A missing node where the body is no JSON. */
        JsonNode json() {
            try {
                return status == 0 ? MissingNode.getInstance() : JSON.readTree(body);
            } catch (JsonProcessingException unreadable) {
                return MissingNode.getInstance();
            }
        }

        /** A member of its JSON, without which one cannot go on. */
        String text(String name) throws Failure {
            // Banks may have other addresses for callers with a certificate (RFC 8705, section 5).
            JsonNode value = json().path("mtls_endpoint_aliases").path(name);
            value = value.isMissingNode() ? json().path(name) : value;
            check(value.isTextual() && !value.asText().isEmpty(), name);
            return value.asText();
        }

        void check(boolean fits, String name) throws Failure {
            if (!fits) {
                throw failure("without " + name + " as it should be");
            }
        }

        /**
         * How many seconds to wait, if it is throttling. Retry-After is a number of seconds or a date (RFC
         * 9110, section 10.2.3); without one that can be read, a second is a polite guess.
         */
        OptionalLong seconds() {
            if (status != 429 && !(status == 503 && retryAfter.isPresent())) {
                return OptionalLong.empty();
            }
            String told = retryAfter.orElse("1");
            if (told.matches("[0-9]+")) {
                return OptionalLong.of(new BigInteger(told).min(BigInteger.valueOf(LONGEST_WAIT + 1)).longValue());
            }
            try {
                Instant then = ZonedDateTime.parse(told, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
                return OptionalLong.of(Math.max(1, Duration.between(Instant.now(), then).toSeconds() + 1));
            } catch (DateTimeParseException neither) {
                return OptionalLong.of(1);
            }
        }

        Failure failure() {
            return failure("without what it should have");
        }

        /** Tells nothing of a success, since a token may be in it. */
        Failure failure(String what) {
            String told = !isSuccess() ? body : "an answer " + (json().isMissingNode() ? "that is no JSON" : what);
            boolean tooLong = seconds().orElse(0) > LONGEST_WAIT;
            String reason = tooLong ? " (Retry-After " + retryAfter.get() + ": more than " + LONGEST_WAIT + " s)" : "";
            return new Failure(asked, (status == 0 ? "no answer: " : status + " ") + told + reason, interaction);
        }
    }

    /** What went wrong, on one line, and the interaction id, which the bank's support asks for. */
    public static final class Failure extends IOException {
        Failure(String asked, String what, String interaction) {
            super(asked + ": " + what.replaceAll("\\s+", " ").strip() + " (x-fapi-interaction-id " + interaction + ")");
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
}
