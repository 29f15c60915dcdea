package io.github.etcdspring.actuate;

import io.github.etcdspring.client.ClusterProbe;
import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.discovery.EtcdDiscoveryAutoConfiguration;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fleet.EtcdFleetAutoConfiguration;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.loadbalancer.OutlierEjection;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.LiveConfiguration;
import io.github.etcdspring.registry.EtcdServiceRegistry;
import io.github.etcdspring.registry.InstanceOverrides;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for the Actuator endpoints {@code etcd}, {@code etcdfleet} and
 * {@code etcdtargets}.
 *
 * @since 0.1.0
 */
@AutoConfiguration(
		after = { EtcdAutoConfiguration.class, EtcdDiscoveryAutoConfiguration.class, EtcdFleetAutoConfiguration.class })
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnBean(name = "etcdConnection")
public final class EtcdEndpointAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint
	EtcdEndpoint etcdEndpoint(EtcdConnection etcdConnection, LastChanges etcdLastChanges,
			ObjectProvider<LeaseSession> etcdLeaseSession, ObjectProvider<EtcdServiceRegistry> etcdServiceRegistry,
			ObjectProvider<ServiceCatalog> etcdServiceCatalog, ObjectProvider<InstanceOverrides> etcdInstanceOverrides,
			ObjectProvider<OutlierEjection> etcdOutlierEjection, ObjectProvider<ConfigWatch> etcdConfigWatch,
			ObjectProvider<ConfigRefresh> etcdConfigRefresh, ObjectProvider<LiveConfiguration> configuration) {
		return new EtcdEndpoint(new ClusterProbe(etcdConnection), etcdLastChanges, etcdLeaseSession,
				etcdServiceRegistry, etcdServiceCatalog, etcdInstanceOverrides, etcdOutlierEjection, etcdConfigWatch,
				etcdConfigRefresh, configuration);
	}

	@Bean
	@ConditionalOnAvailableEndpoint(EtcdEndpoint.class)
	LastChanges etcdLastChanges() {
		return new LastChanges();
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint
	EtcdFleetEndpoint etcdFleetEndpoint(EtcdConnection etcdConnection, FleetReader etcdFleetReader) {
		return new EtcdFleetEndpoint(etcdConnection, etcdFleetReader);
	}

	@Bean
	@ConditionalOnBean(name = "etcdServiceCatalog")
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint
	EtcdTargetsEndpoint etcdTargetsEndpoint(ServiceCatalog etcdServiceCatalog) {
		return new EtcdTargetsEndpoint(etcdServiceCatalog);
	}

}
