import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A world of the emulator for each test: banks, clients, clock and scenarios that no other test sees.
 * JUnit 5 makes one with each test's instance: {@code @RegisterExtension EmulatorWorld world = new EmulatorWorld();}
 *
 * <p>EMULATOR is its control listener; SCENARIO, if set, is in force in every world, to see what
 * becomes of the suite.
 */
public final class EmulatorWorld implements BeforeEachCallback, AfterEachCallback {
    private static final String EMULATOR = System.getenv().getOrDefault("EMULATOR", "http://localhost:8445");
    private static final String SCENARIO = System.getenv("SCENARIO");
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Its control API, and what its banks' issuers begin with. */
    public String url, tls;

    @Override
    public void beforeEach(ExtensionContext test) throws Exception {
        String scenarios = SCENARIO == null ? "[]" : "[\"" + SCENARIO + "\"]";
        JsonNode made = JSON.readTree(send("POST", EMULATOR + "/api/worlds", "{\"scenarios\":" + scenarios + "}"));
        url = EMULATOR + "/api/worlds/" + made.path("name").asText();
        tls = made.path("urls").path("tls").asText();
    }

    @Override
    public void afterEach(ExtensionContext test) throws Exception {
        try {
            if (test.getExecutionException().isPresent()) {
                for (JsonNode exchange : JSON.readTree(call("GET", "/exchanges", "")).path("items")) {
                    System.err.println(call("GET", "/exchanges/" + exchange.path("id").asText() + "/explain", ""));
                }
            }
        } finally {
            call("DELETE", "", "");
        }
    }

    public void activate(String scenario) throws Exception {
        call("POST", "/scenarios/" + scenario + "/activate", "");
    }

    public void advanceClock(String by) throws Exception {
        call("POST", "/clock/advance", "{\"by\":\"" + by + "\"}");
    }

    /** Fails with what came nearest if it was not so. */
    public void verify(String match, int exactly) throws Exception {
        call("POST", "/verify?strict=true", "{\"match\":" + match + ",\"times\":{\"exactly\":" + exactly + "}}");
    }

    /** Anything else of the control API: a path below this world's, and JSON or nothing. */
    public String call(String method, String path, String body) throws Exception {
        return send(method, url + path, body);
    }

    private static String send(String method, String url, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body)).build();
        HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new AssertionError(method + " " + url + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }
}
