package io.github.etcdspring.lock;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.etcdspring.fixture.ContextRunners;
import io.github.etcdspring.fixture.RemainingThreads;
import io.github.etcdspring.lease.LeaseSession;
import org.junit.jupiter.api.Test;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.integration.support.leader.LockRegistryLeaderInitiator;
import org.springframework.integration.support.locks.DefaultLockRegistry;
import org.springframework.integration.support.locks.LockRegistry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class EtcdLockAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = ContextRunners.withoutEtcd(EtcdLockAutoConfiguration.class)
		.withPropertyValues("spring.cloud.etcd.discovery.register=false");

	@Test
	void providesALockRegistryThatCostsNothingUntilItIsUsed() {
		Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(EtcdLockRegistry.class)
				.getBean(LockRegistry.class)
				.isSameAs(context.getBean(EtcdLockRegistry.class));
			assertThat(RemainingThreads.since(before)).noneMatch((name) -> name.matches("etcd-(lease|lock|leader).*"));
		});
	}

	@Test
	void usesTheLeaseOfTheApplication() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(LeaseSession.class));
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.enabled=false")
			.run((context) -> assertThat(context).hasSingleBean(LeaseSession.class)
				.hasSingleBean(EtcdLockRegistry.class));
	}

	@Test
	void registryOfTheApplicationWins() {
		this.contextRunner.withBean(DefaultLockRegistry.class)
			.run((context) -> assertThat(context).hasSingleBean(LockRegistry.class)
				.doesNotHaveBean(EtcdLockRegistry.class));
	}

	@Test
	void leaderInitiatorOfTheApplicationWins() {
		this.contextRunner
			.withBean(LockRegistryLeaderInitiator.class,
					() -> new LockRegistryLeaderInitiator(new DefaultLockRegistry()))
			.run((context) -> assertThat(context).hasSingleBean(EtcdLockRegistry.class)
				.doesNotHaveBean(LeaderElections.class));
	}

	@Test
	void locksAndLeaderElectionCanBeDisabled() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.lock.enabled=false", "spring.cloud.etcd.leader.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(LockRegistry.class)
				.doesNotHaveBean(LeaderElections.class));
		this.contextRunner.withPropertyValues("spring.cloud.etcd.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LockSession.class));
	}

	@Test
	void isNotLoadedWithoutSpringIntegration() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("org.springframework.integration"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LockSession.class));
	}

	@Test
	void prefixIsRequired() {
		for (String property : List.of("spring.cloud.etcd.lock.prefix", "spring.cloud.etcd.leader.prefix")) {
			this.contextRunner.withPropertyValues(property + "=/")
				.run((context) -> assertThat(context).getFailure()
					.rootCause()
					.isInstanceOf(InvalidConfigurationPropertyValueException.class)
					.hasMessageContaining(property));
		}
		this.contextRunner.withPropertyValues("spring.cloud.etcd.lock.prefix=/jobs/")
			.run((context) -> assertThat(context.getBean(EtcdLockRegistry.class).obtain("one"))
				.hasToString("EtcdLock[/jobs/one/]"));
	}

	@Test
	void nameOfALockIsANotEmptyString() {
		this.contextRunner.run((context) -> {
			EtcdLockRegistry registry = context.getBean(EtcdLockRegistry.class);
			assertThatIllegalArgumentException().isThrownBy(() -> registry.obtain(1));
			assertThatIllegalArgumentException().isThrownBy(() -> registry.obtain(" "));
		});
	}

}
