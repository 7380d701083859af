package interoperability;

import jakarta.json.Json;
import java.io.StringReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.eclipse.edc.iam.decentralizedclaims.spi.SecureTokenService;
import org.eclipse.edc.runtime.metamodel.annotation.Provider;
import org.eclipse.edc.runtime.metamodel.annotation.Setting;
import org.eclipse.edc.spi.iam.TokenRepresentation;
import org.eclipse.edc.spi.result.Result;
import org.eclipse.edc.spi.system.ServiceExtension;

/** Self-issued tokens from a token service over HTTP; stands in for EDC's own client, which not every repository carries. */
public class HubTokens implements ServiceExtension {

    @Setting(key = "edc.iam.sts.oauth.token.url")
    private String url;

    @Setting(key = "edc.iam.sts.oauth.client.id")
    private String clientId;

    @Setting(key = "interoperability.sts.client.secret")
    private String clientSecret;

    @Provider
    public SecureTokenService tokens() {
        var client = HttpClient.newHttpClient();
        return (participantContextId, claims, scope) -> {
            var form = new LinkedHashMap<String, String>();
            form.put("grant_type", "client_credentials");
            form.put("client_id", clientId);
            form.put("client_secret", clientSecret);
            form.put("audience", String.valueOf(claims.get("aud")));
            if (scope != null) form.put("bearer_access_scope", scope);
            if (claims.get("token") != null) form.put("token", String.valueOf(claims.get("token")));
            try {
                var request = HttpRequest.newBuilder(URI.create(url))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(encoded(form)))
                    .build();
                var response = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() != 200) {
                    return Result.failure("The token service answered " + response.statusCode() + ": " + response.body());
                }
                var token = Json.createReader(new StringReader(response.body())).readObject().getString("access_token");
                return Result.success(TokenRepresentation.Builder.newInstance().token(token).build());
            } catch (Exception error) {
                return Result.failure("The token service cannot be reached: " + error.getMessage());
            }
        };
    }

    private static String encoded(Map<String, String> form) {
        return form.entrySet().stream()
            .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    }
}
