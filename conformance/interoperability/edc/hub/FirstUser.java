package interoperability;

import java.util.List;
import java.util.Map;
import org.eclipse.edc.identityhub.spi.authentication.ServicePrincipal;
import org.eclipse.edc.identityhub.spi.participantcontext.ParticipantContextService;
import org.eclipse.edc.identityhub.spi.participantcontext.model.KeyDescriptor;
import org.eclipse.edc.identityhub.spi.participantcontext.model.ParticipantManifest;
import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.spi.EdcException;
import org.eclipse.edc.spi.system.ServiceExtension;

/** The administrator of an empty hub; its key is printed, once, as `API key of the administrator: ...`. */
public class FirstUser implements ServiceExtension {

    @Inject
    private ParticipantContextService participants;

    @Override
    public void start() {
        var key = KeyDescriptor.Builder.newInstance()
            .keyId("administrator-key")
            .privateKeyAlias("administrator-key")
            .keyGeneratorParams(Map.of("algorithm", "EC", "curve", "secp256r1"))
            .build();
        var manifest = ParticipantManifest.Builder.newInstance()
            .participantContextId("administrator")
            .did("did:web:administrator")
            .active(true)
            .key(key)
            .roles(List.of(ServicePrincipal.ROLE_ADMIN))
            .build();
        var created = participants.createParticipantContext(manifest).orElseThrow(failure -> new EdcException(failure.getFailureDetail()));
        System.out.println("API key of the administrator: " + created.apiKey());
    }
}
