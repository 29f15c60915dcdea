package io.github.etcdspring.grpc;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * gRPC clients that find services in etcd.
 *
 * @param enabled Whether targets such as etcd:///orders of gRPC channels are resolved to
 * the instances of a service in etcd.
 * @param loadBalancing Distribution of calls to the instances of a service.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.grpc.client")
public record EtcdGrpcClientProperties(@DefaultValue("true") boolean enabled,
		@DefaultValue("outlier-detection") LoadBalancing loadBalancing) {

	/**
	 * Distribution of calls to the instances of a service.
	 */
	public enum LoadBalancing {

		/**
		 * Round robin with the zone preference, weights and slow start of Spring Cloud
		 * LoadBalancer. Instances that fail most of their calls are ejected for a while.
		 */
		OUTLIER_DETECTION,

		/**
		 * The same round robin without ejection.
		 */
		ROUND_ROBIN,

		/**
		 * Policy and service config of the channel.
		 */
		CHANNEL

	}

}
