package io.github.etcdspring.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Configuration properties for {@code spring.config.import=etcd:}.
 *
 * @param enabled Whether to import configuration from etcd.
 * @param prefix Prefix of the configuration keys of all applications.
 * @param name Comma-separated list of context names of the application, in ascending
 * precedence. If not set, spring.application.name is used.
 * @param defaultContext Name of the context that applies to all applications.
 * @param profileSeparator Separator between name and profile of a context.
 * @param variants Comma-separated list of instance attributes with contexts of their own,
 * which take precedence over all other contexts.
 * @param watch Properties of the watch.
 * @param snapshotFile File that stores the last applied configuration, for a start while
 * etcd is unavailable. Not written if not set.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.config")
public record EtcdConfigProperties(@DefaultValue("true") boolean enabled, @DefaultValue("/config") String prefix,
		@DefaultValue List<String> name, @DefaultValue("application") String defaultContext,
		@DefaultValue(",") String profileSeparator, @DefaultValue List<Variant> variants, @DefaultValue Watch watch,
		@Nullable Path snapshotFile) {

	/**
	 * An attribute of the instance with contexts such as {@code orders;zone=a}.
	 */
	public enum Variant {

		/**
		 * The zone, {@code spring.cloud.etcd.discovery.instance-zone}.
		 */
		ZONE("instance-zone"),

		/**
		 * The version, {@code spring.cloud.etcd.discovery.version}.
		 */
		VERSION("version"),

		/**
		 * The instance, {@code spring.cloud.etcd.discovery.instance-id}.
		 */
		INSTANCE("instance-id");

		private final String property;

		Variant(String property) {
			this.property = property;
		}

		String property() {
			return "spring.cloud.etcd.discovery." + this.property;
		}

	}

	/**
	 * Properties of the watch.
	 *
	 * @param enabled Whether to watch for configuration changes.
	 * @param jitter Maximum delay before a change is applied. Each instance chooses a
	 * random delay, so that not all instances change at once.
	 */
	public record Watch(@DefaultValue("true") boolean enabled, @DefaultValue("0s") Duration jitter) {

	}

}
