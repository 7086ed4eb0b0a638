import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

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
        tpp = new Tpp(world.tls + "/" + BANK, KIT, world.url + "/banks/" + BANK + "/clients", told::add);
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
        world.call("PUT", "/scenarios/busy?activate=true", """
                {"rules": [{"match": {"operation": "register"}, "calls": 1,
                            "respond": {"status": 503, "headers": {"Retry-After": "%s"}}}]}
                """.formatted(later));
        tpp.register();
        assertTrue(told.toString().matches("\\[throttled: waiting [12] s\\]"), told.toString());
    }
}
