import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.function.Executable;

/**
 * A world of the emulator for each test: banks, clients, clock and scenarios that no other test sees.
 * JUnit 5 makes one with each test's instance: {@code @RegisterExtension EmulatorWorld world = new EmulatorWorld();}
 *
 * <p>EMULATOR is its control listener; TOKEN the control token, if it wants one; SCENARIO, if set, is
 * in force in every world, to see what becomes of the suite.
 */
public final class EmulatorWorld implements BeforeEachCallback, AfterEachCallback {
    private static final String EMULATOR =
            System.getenv().getOrDefault("EMULATOR", "http://localhost:8445").replaceAll("/+$", "");
    private static final String TOKEN = System.getenv().getOrDefault("TOKEN", "").strip();
    private static final String SCENARIO = System.getenv("SCENARIO");
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Its control API, and what its banks' issuers begin with. */
    public String url, tls;

    @Override
    public void beforeEach(ExtensionContext test) throws Exception {
        String scenarios = SCENARIO == null ? "[]" : "[\"" + SCENARIO + "\"]";
        // Should nobody be left to delete it, it goes by itself.
        String world = "{\"ttl\":\"10m\",\"scenarios\":" + scenarios + "}";
        JsonNode made = JSON.readTree(send("POST", EMULATOR + "/api/worlds", world));
        url = EMULATOR + "/api/worlds/" + made.path("name").asText();
        tls = made.path("urls").path("tls").asText();
    }

    @Override
    public void afterEach(ExtensionContext test) {
        if (url == null) {
            return; // no world was made
        }
        if (test.getExecutionException().isPresent()) {
            beside(this::tell);
        }
        beside(() -> call("DELETE", "", ""));
    }

    /** What the emulator saw. */
    private void tell() throws Exception {
        for (JsonNode exchange : JSON.readTree(call("GET", "/exchanges", "")).path("items")) {
            System.err.println(call("GET", "/exchanges/" + exchange.path("id").asText() + "/explain", ""));
        }
    }

    /** What goes wrong around a test takes nothing from its own outcome. */
    private static void beside(Executable step) {
        try {
            step.execute();
        } catch (Throwable error) {
            System.err.println("world: " + error.getMessage());
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
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body));
        if (!TOKEN.isEmpty()) {
            request.header("Authorization", "Bearer " + TOKEN);
        }
        HttpResponse<String> answer = answer(request.build());
        if (answer.statusCode() >= 300) {
            throw new AssertionError(method + " " + url + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }
    private static HttpResponse<String> answer(HttpRequest request) throws Exception {
        try {
            return HTTP.send(request, BodyHandlers.ofString());
        } catch (IOException unreachable) {
            AssertionError error = new AssertionError("no emulator at " + EMULATOR);
            error.setStackTrace(new StackTraceElement[0]); // this line says it all
            throw error;
        }
    }
}
