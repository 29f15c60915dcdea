package io.github.etcdspring.grpc;

import java.time.Duration;
import java.util.Map;

import io.github.etcdspring.grpc.EtcdGrpcClientProperties.LoadBalancing;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Service configs of the channels of an application context. Zone preference, weights and
 * slow start are those of Spring Cloud LoadBalancer, so the same properties decide.
 */
final class ServiceConfigs {

	private static final String LOAD_BALANCER = "spring.cloud.loadbalancer.";

	private static final String CONFIGURATIONS = "configurations";

	/** The default of the property, which belongs to another package. */
	private static final Duration DEFAULT_SLOW_START = Duration.ofSeconds(2);

	private final LoadBalancing loadBalancing;

	private final Environment environment;

	private final Duration slowStart;

	ServiceConfigs(LoadBalancing loadBalancing, Environment environment) {
		this.loadBalancing = loadBalancing;
		this.environment = environment;
		this.slowStart = Binder.get(environment)
			.bind("spring.cloud.etcd.loadbalancer.slow-start.duration", Duration.class)
			.orElse(DEFAULT_SLOW_START);
	}

	/**
	 * Return the service config of the channels to a service.
	 * @param service the name of the service
	 * @return the service config, {@code null} if the channel has its own
	 */
	@Nullable Map<String, ?> of(String service) {
		return switch (this.loadBalancing) {
			case OUTLIER_DETECTION -> ChildPolicy.serviceConfig(true, selection(service));
			case ROUND_ROBIN -> ChildPolicy.serviceConfig(false, selection(service));
			case CHANNEL -> null;
		};
	}

	private InstanceSelection selection(String service) {
		String configurations = this.environment.getProperty(
				LOAD_BALANCER + "clients." + service + "." + CONFIGURATIONS,
				this.environment.getProperty(LOAD_BALANCER + CONFIGURATIONS, "default"));
		return new InstanceSelection((configurations.equals("zone-preference")) ? zone() : null,
				configurations.equals("weighted"), this.slowStart);
	}

	private @Nullable String zone() {
		String zone = this.environment.getProperty(LOAD_BALANCER + "zone");
		return (zone != null) ? zone : this.environment.getProperty("spring.cloud.etcd.discovery.instance-zone");
	}

}
