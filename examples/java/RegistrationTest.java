import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;

/** How a TPP's registration is tested: each test with a bank of its own, which can be told to go wrong. */
class RegistrationTest {
    private static final String BANK = "uk-ob-3.3";
    private static final Path KIT = Path.of(System.getenv().getOrDefault("KIT", "kit"));

    @RegisterExtension
    final EmulatorWorld world = new EmulatorWorld();

    private final List<String> told = new ArrayList<>();
    private Tpp tpp;

    /** The kit's TPP is known in every world. */
    @BeforeEach
    void openTpp() throws Exception {
        tpp = tpp(world.url + "/banks/" + BANK + "/clients");
    }

    private Tpp tpp(String clients) throws Exception {
        return new Tpp(world.tls + "/" + BANK, KIT, clients, System.getenv("TOKEN"), told::add);
    }

    /** A rule of a test's own, in force at once. */
    private void rule(String rule) throws Exception {
        world.call("PUT", "/scenarios/own?activate=true", "{\"rules\": [" + rule + "]}");
    }

    @Test
    void aClientIsRegisteredReadAndDeleted() throws Exception {
        String client = tpp.register();
        String token = tpp.token(client);
        assertEquals("tls_client_auth", tpp.read(client, token).path("token_endpoint_auth_method").asText());
        tpp.delete(client, token);
        assertEquals(List.of(), tpp.registered());
    }

    @Test
    void aThrottledRegistrationWaitsAsLongAsTheBankSays() throws Exception {
        world.activate("throttled-429");
        tpp.register();
        assertEquals(List.of("throttled: waiting 2 s", "throttled: waiting 2 s"), told);
        world.verify("{\"operation\":\"register\",\"status\":429}", 2);
        world.verify("{\"operation\":\"register\",\"status\":201}", 1);
    }

    @Test
    void aLostAnswerDoesNotRegisterTwice() throws Exception {
        world.activate("lost-response");
        String client = tpp.register();
        assertEquals(List.of("answer lost: asking who is registered"), told);
        assertEquals(List.of(client), tpp.registered());
        world.verify("{\"operation\":\"register\"}", 1);
    }

    @Test
    void aResetConnectionThatRegisteredNobodyIsTriedAgain() throws Exception {
        world.activate("connection-reset");
        String client = tpp.register();
        assertEquals(List.of(client), tpp.registered());
        world.verify("{\"operation\":\"register\"}", 2);
    }

    @Test
    void aRefusalNamesTheCheckThatFailed() throws Exception {
        world.advanceClock("1h"); // to the bank, a request for five minutes is an old one
        IOException refused = assertThrows(IOException.class, tpp::register);
        assertTrue(refused.getMessage().matches("(?s).*: 400 .*\\(request_expired\\).*"), refused.getMessage());
        world.verify("{\"operation\":\"register\",\"status\":201}", 0);
    }

    @Test
    void retryAfterMayBeADate() throws Exception {
        String later = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(2));
        rule("""
                {"match": {"operation": "register"}, "calls": 1,
                 "respond": {"status": 503, "headers": {"Retry-After": "%s"}}}
                """.formatted(later));
        tpp.register();
        assertTrue(told.toString().matches("\\[throttled: waiting [12] s\\]"), told.toString());
    }

    @Test
    void aRetryAfterThatNobodyCanReadMeansASecond() throws Exception {
        rule("""
                {"match": {"operation": "register"}, "sequence": [
                    {"respond": {"status": 429, "headers": {"Retry-After": null}}},
                    {"respond": {"status": 429, "headers": {"Retry-After": "-5"}}},
                    {"respond": {"status": 429, "headers": {"Retry-After": "1.5"}}},
                    {"respond": {"status": 429, "headers": {"Retry-After": "soon"}}}]}
                """);
        tpp.register();
        assertEquals(Collections.nCopies(4, "throttled: waiting 1 s"), told);
    }

    @Test
    void aBankThatWantsToBeLeftAloneForLongIsAnError() throws Exception {
        String client = tpp.register();
        for (String value : List.of("301", "9".repeat(400), "Tue, 01 Jan 2999 00:00:00 GMT")) {
            rule("""
                    {"match": {"operation": "token"},
                     "respond": {"status": 429, "headers": {"Retry-After": "%s"}}}
                    """.formatted(value));
            assertFails(() -> tpp.token(client), "POST .*: 429 .*Retry-After " + value + ": more than 300 s.*");
        }
        assertEquals(List.of(), told);
    }

    @Test
    void aThrottledAnswerAfterTheWorkDoesNotRegisterTwice() throws Exception {
        registersOnce("{\"status\": 503, \"headers\": {\"Retry-After\": \"1\"}}", "throttled: waiting 1 s");
    }

    @Test
    void aServerErrorAfterTheWorkDoesNotRegisterTwice() throws Exception {
        registersOnce("{\"status\": 504}", "answer lost: asking who is registered");
    }

    @Test
    void aSuccessWithoutClientIdDoesNotRegisterTwice() throws Exception {
        registersOnce("{\"status\": 201, \"body\": \"{}\"}", "answer lost: asking who is registered");
    }

    /** The bank has registered the client, and answers something else. */
    private void registersOnce(String respond, String line) throws Exception {
        rule("{\"match\": {\"operation\": \"register\"}, \"calls\": 1, \"stage\": \"after\", \"respond\": %s}"
                .formatted(respond));
        String client = tpp.register();
        assertEquals(List.of(line), told);
        assertEquals(List.of(client), tpp.registered());
        world.verify("{\"operation\":\"register\"}", 1);
    }

    @Test
    void anAnswerThatIsNoJsonIsAnErrorWithoutItsText() throws Exception {
        String client = tpp.register();
        rule("""
                {"match": {"operation": "token"},
                 "respond": {"status": 200, "body": "{\\"access_token\\":\\"s3cret\\""}}
                """);
        Throwable failure = assertFails(() -> tpp.token(client), "POST .*: 200 an answer that is no JSON");
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        assertFalse(trace.toString().contains("s3cret"), trace.toString());
    }

    @Test
    void aBankWithoutEndpointsIsAnError() throws Exception {
        rule("""
                {"match": {"operation": "discovery"},
                 "respond": {"status": 200, "body": {"issuer": "https://bank.example"}}}
                """);
        assertFails(this::openTpp, "GET .*: 200 an answer without registration_endpoint as it should be");
    }

    @Test
    void aListOfClientsThatIsNoneIsAnErrorBeforeAnythingIsRegistered() throws Exception {
        Tpp mistaken = tpp(world.url + "/status");
        assertFails(mistaken::register, "GET .*/status: 200 an answer without items as it should be");
        world.verify("{\"operation\":\"register\"}", 0);
    }

    /** With one line, and the interaction id. */
    private static Throwable assertFails(Executable step, String line) {
        Tpp.Failure failure = assertThrows(Tpp.Failure.class, step);
        String told = failure.getMessage();
        assertTrue(told.matches(line + " \\(x-fapi-interaction-id [0-9a-f-]{36}\\)"), told);
        return failure;
    }
}
