package interoperability;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.Map;
import org.eclipse.edc.connector.dataplane.spi.Endpoint;
import org.eclipse.edc.connector.dataplane.spi.iam.DataPlaneAuthorizationService;
import org.eclipse.edc.connector.dataplane.spi.iam.PublicEndpointGeneratorService;
import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.runtime.metamodel.annotation.Setting;
import org.eclipse.edc.spi.security.Vault;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;

/** Where a consumer fetches under HttpData-PULL; EDC leaves this endpoint to whoever runs it. */
public class PublicEndpoint implements ServiceExtension {

    @Setting(key = "interoperability.public.port")
    private int port;

    @Setting(key = "edc.transfer.proxy.token.signer.privatekey.alias")
    private String privateKeyAlias;

    @Setting(key = "edc.transfer.proxy.token.verifier.publickey.alias")
    private String publicKeyAlias;

    @Inject
    private PublicEndpointGeneratorService endpoints;

    @Inject
    private DataPlaneAuthorizationService authorization;

    @Inject
    private Vault vault;

    private HttpServer server;

    @Override
    public void initialize(ServiceExtensionContext context) {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            var pair = generator.generateKeyPair();
            vault.storeSecret(privateKeyAlias, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
            vault.storeSecret(publicKeyAlias, pem("PUBLIC KEY", pair.getPublic().getEncoded()));
            server = HttpServer.create(new InetSocketAddress("localhost", port), 0);
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
        server.createContext("/public", this::serve);
        endpoints.addGeneratorFunction("HttpData", source -> Endpoint.url("http://localhost:" + port + "/public"));
    }

    @Override
    public void start() {
        server.start();
    }

    @Override
    public void shutdown() {
        server.stop(0);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            var header = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            var source = authorization.authorize(header.replaceFirst("^Bearer ", ""), Map.of());
            if (source.failed()) {
                exchange.sendResponseHeaders(403, -1);
                return;
            }
            var request = HttpRequest.newBuilder(URI.create(source.getContent().getStringProperty("baseUrl"))).build();
            var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
            exchange.sendResponseHeaders(response.statusCode(), response.body().length);
            exchange.getResponseBody().write(response.body());
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    private static String pem(String name, byte[] encoded) {
        return "-----BEGIN " + name + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END " + name + "-----\n";
    }
}
