package interoperability;

import org.eclipse.edc.policy.context.request.spi.RequestCatalogPolicyContext;
import org.eclipse.edc.policy.context.request.spi.RequestContractNegotiationPolicyContext;
import org.eclipse.edc.policy.context.request.spi.RequestPolicyContext;
import org.eclipse.edc.policy.context.request.spi.RequestTransferProcessPolicyContext;
import org.eclipse.edc.policy.engine.spi.PolicyEngine;
import org.eclipse.edc.policy.engine.spi.PolicyValidatorRule;
import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.runtime.metamodel.annotation.Setting;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;

/** The scopes that the connector puts into its tokens, and asks its partner's credential service for, with every message. */
public class RequestScopes implements ServiceExtension {

    @Setting(key = "interoperability.scopes")
    private String scopes;

    @Inject
    private PolicyEngine policies;

    @Override
    public void initialize(ServiceExtensionContext context) {
        policies.registerPreValidator(RequestCatalogPolicyContext.class, scoped());
        policies.registerPreValidator(RequestContractNegotiationPolicyContext.class, scoped());
        policies.registerPreValidator(RequestTransferProcessPolicyContext.class, scoped());
    }

    private <C extends RequestPolicyContext> PolicyValidatorRule<C> scoped() {
        return (policy, request) -> {
            for (var scope : scopes.split(" ")) request.requestScopeBuilder().scope(scope);
            return true;
        };
    }
}
