package io.github.etcdspring.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of {@code spring.config.import=etcd:}: what is read, and how it is followed.
 *
 * @param enabled Whether imports from etcd are read at all.
 * @param prefix Prefix of the keys that hold the configuration of all applications.
 * @param name Comma-separated list of names of the application in the keys of its
 * configuration, the last of which has precedence. Follows from spring.application.name
 * unless it is set.
 * @param defaultContext Name under which the configuration for all applications is found.
 * @param profileSeparator Text between the name and the profile in a key.
 * @param variants Comma-separated list of attributes of the instance that may have
 * configuration of their own, above all other in etcd.
 * @param watch How changes are followed.
 * @param snapshotFile File that keeps the last configuration, for a start while etcd
 * cannot be reached. None is kept unless it is set.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.config")
public record EtcdConfigProperties(@DefaultValue("true") boolean enabled, @DefaultValue("/config") String prefix,
		@DefaultValue List<String> name, @DefaultValue("application") String defaultContext,
		@DefaultValue(",") String profileSeparator, @DefaultValue List<Variant> variants, @DefaultValue Watch watch,
		@Nullable Path snapshotFile) {

	/**
	 * An attribute of the instance, as in the context {@code orders;zone=a}.
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
	 * How changes are followed.
	 *
	 * @param enabled Whether the application follows changes while it runs.
	 * @param jitter Longest time that a change waits before it is applied. Each instance
	 * takes a random part of it, so that not all of a fleet change at once.
	 */
	public record Watch(@DefaultValue("true") boolean enabled, @DefaultValue("0s") Duration jitter) {

	}

}
