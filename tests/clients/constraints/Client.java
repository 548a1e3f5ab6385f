import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** NAME PORT: a TLS handshake with 127.0.0.1 as NAME, trusting what javax.net.ssl.trustStore names. */
public class Client {
    public static void main(String[] arguments) throws Exception {
        try (var plain = new java.net.Socket("127.0.0.1", Integer.parseInt(arguments[1]))) {
            plain.setSoTimeout(10_000);
            // As HTTPS does: the name stands in the handshake and is held against the certificate.
            var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
            var socket = (SSLSocket) factory.createSocket(plain, arguments[0], Integer.parseInt(arguments[1]), true);
            var parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setServerNames(List.of(new SNIHostName(arguments[0])));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
        }
    }
}
