package io.github.etcdspring.lock;

import java.util.stream.Stream;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.RandomId;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.EtcdRegistration;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;
import org.springframework.integration.leader.Candidate;
import org.springframework.integration.leader.DefaultCandidate;
import org.springframework.integration.leader.event.DefaultLeaderEventPublisher;
import org.springframework.integration.leader.event.LeaderEventPublisher;
import org.springframework.integration.support.locks.LockRegistry;
import org.springframework.util.StringUtils;

/**
 * Auto-configuration for locks and leader election of Spring Integration.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdAutoConfiguration.class,
		afterName = { "io.github.etcdspring.registry.EtcdAutoServiceRegistrationAutoConfiguration",
				"io.github.etcdspring.fleet.EtcdFleetAutoConfiguration" })
@ConditionalOnClass({ LockRegistry.class, Candidate.class })
@ConditionalOnBean(name = "etcdConnection")
@EnableConfigurationProperties(EtcdDiscoveryProperties.class)
public final class EtcdLockAutoConfiguration {

	/** An application that is not registered has no other lease. */
	@Bean
	@ConditionalOnMissingBean(LeaseSession.class)
	LeaseSession etcdLockLeaseSession(EtcdConnection etcdConnection, EtcdDiscoveryProperties discovery) {
		return new LeaseSession(etcdConnection, discovery.requireTtl());
	}

	@Bean
	LockSession etcdLockSession(EtcdConnection etcdConnection, LeaseSession etcdLeaseSession,
			EtcdDiscoveryProperties discovery, ObjectProvider<EtcdRegistration> etcdRegistration,
			Environment environment) {
		return new LockSession(etcdConnection, etcdLeaseSession,
				owner(etcdRegistration.getIfUnique(), discovery, environment));
	}

	/** The id of the instance as registered, also if it is not registered. */
	private static String owner(@Nullable EtcdRegistration registration, EtcdDiscoveryProperties discovery,
			Environment environment) {
		if (registration != null) {
			return registration.getInstanceId();
		}
		return StringUtils.hasText(discovery.instanceId()) ? discovery.instanceId()
				: environment.getProperty("spring.application.name", "application") + "-" + RandomId.create();
	}

	/** Remove trailing slashes. */
	private static String prefix(String property, String value) {
		String prefix = StringUtils.trimTrailingCharacter(value.trim(), '/');
		if (prefix.isEmpty()) {
			throw new InvalidConfigurationPropertyValueException(property, value,
					"A prefix such as /locks or /leaders is required.");
		}
		return prefix;
	}

	/**
	 * Locks in etcd.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = "spring.cloud.etcd.lock.enabled", matchIfMissing = true)
	@EnableConfigurationProperties(EtcdLockProperties.class)
	static class LockConfiguration {

		@Bean
		@ConditionalOnMissingBean(LockRegistry.class)
		EtcdLockRegistry etcdLockRegistry(EtcdConnection etcdConnection, LockSession etcdLockSession,
				EtcdLockProperties properties, ApplicationEventPublisher events) {
			return new EtcdLockRegistry(etcdConnection, etcdLockSession,
					prefix("spring.cloud.etcd.lock.prefix", properties.prefix()), events);
		}

	}

	/**
	 * Leader election, unless the application has another initiator.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = "spring.cloud.etcd.leader.enabled", matchIfMissing = true)
	@ConditionalOnMissingBean(type = { "org.springframework.integration.support.leader.LockRegistryLeaderInitiator",
			"org.springframework.integration.zookeeper.leader.LeaderInitiator",
			"org.springframework.integration.hazelcast.leader.LeaderInitiator" })
	@EnableConfigurationProperties(EtcdLeaderProperties.class)
	static class LeaderConfiguration {

		@Bean
		@Lazy(false)
		LeaderElections etcdLeaderElections(EtcdConnection etcdConnection, LockSession etcdLockSession,
				EtcdLeaderProperties properties, ObjectProvider<Candidate> candidates,
				ObjectProvider<LeaderEventPublisher> publisher, ApplicationEventPublisher events) {
			String prefix = prefix("spring.cloud.etcd.leader.prefix", properties.prefix());
			return new LeaderElections(() -> {
				LeaderEventPublisher listeners = publisher.getIfUnique(() -> new DefaultLeaderEventPublisher(events));
				return Stream.concat(candidates.orderedStream(),
						properties.roles().stream().map((role) -> new DefaultCandidate(etcdLockSession.owner(), role)))
					.map((candidate) -> new LeaderElection(etcdConnection, etcdLockSession, candidate,
							EtcdLockRegistry.queue(prefix, candidate.getRole()), listeners))
					.toList();
			});
		}

	}

}
