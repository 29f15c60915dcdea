package io.github.etcdspring.cli;

import java.util.ArrayList;
import java.util.List;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.fleet.EtcdFleetAutoConfiguration;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.operations.EtcdConfigOperationsAutoConfiguration;
import io.github.etcdspring.rollout.EtcdRolloutAutoConfiguration;
import io.github.etcdspring.rollout.EtcdRolloutOperations;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;

/**
 * Connection to etcd for one command, configured by {@code spring.cloud.etcd.*} in the
 * environment. It neither registers an instance nor imports configuration.
 */
final class EtcdSession implements AutoCloseable {

	private final ConfigurableApplicationContext context;

	private EtcdSession(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Open a session.
	 * @param endpoints client URLs of etcd, {@code null} for those of the environment
	 * @return the session
	 * @throws InvalidInputException if a setting is invalid
	 */
	static EtcdSession open(@Nullable String endpoints) {
		// configuration of an application in the working directory does not apply
		List<String> settings = new ArrayList<>(List.of("--spring.config.location=classpath:/",
				"--spring.config.import=", "--spring.cloud.etcd.enabled=true"));
		if (endpoints != null) {
			settings.add("--spring.cloud.etcd.endpoints=" + endpoints);
		}
		try {
			return new EtcdSession(new SpringApplicationBuilder(Connection.class).web(WebApplicationType.NONE)
				.registerShutdownHook(false)
				.run(settings.toArray(String[]::new)));
		}
		catch (RuntimeException ex) {
			throw new InvalidInputException(describe(ex), ex);
		}
	}

	private static String describe(RuntimeException failure) {
		// analyzers that need the failed context are left out
		FailureHandler incomplete = (type, name, ex) -> {
		};
		for (FailureAnalyzer analyzer : SpringFactoriesLoader.forDefaultResourceLocation()
			.load(FailureAnalyzer.class, incomplete)) {
			FailureAnalysis analysis = analyzer.analyze(failure);
			if (analysis != null) {
				String action = analysis.getAction();
				return analysis.getDescription() + ((action != null) ? "\n" + action : "");
			}
		}
		return String.valueOf(NestedExceptionUtils.getMostSpecificCause(failure).getMessage());
	}

	EtcdConfigOperations operations() {
		return this.context.getBean(EtcdConfigOperations.class);
	}

	EtcdRolloutOperations rollouts() {
		return this.context.getBean(EtcdRolloutOperations.class);
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * Configuration of the connection only.
	 */
	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SslAutoConfiguration.class, EtcdAutoConfiguration.class,
			EtcdFleetAutoConfiguration.class, EtcdConfigOperationsAutoConfiguration.class,
			EtcdRolloutAutoConfiguration.class })
	static class Connection {

	}

}
