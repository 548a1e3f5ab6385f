import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Asks the real hosts by name, with the JDK's own client and nothing set by hand: java Credits.java. */
public class Credits {
    private static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    public static void main(String[] arguments) throws Exception {
        ask("https://api.leadmagic.io/v1/credits", System.getenv("LEADMAGIC_API_KEY"), "\"credits\":");
        ask("https://api.sendpilot.ai/v1/campaigns", System.getenv("SENDPILOT_API_KEY"), "\"data\":");
    }

    private static void ask(String address, String key, String expected) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(address)).timeout(Duration.ofSeconds(10)).header("X-API-Key", key).build();
        var response = CLIENT.send(request, BodyHandlers.ofString());
        if (response.statusCode() != 200 || !response.body().contains(expected)) {
            System.err.println("error: " + address + ": status " + response.statusCode() + ", " + response.body());
            System.exit(1);
        }
        System.out.println(response.body());
    }
}
