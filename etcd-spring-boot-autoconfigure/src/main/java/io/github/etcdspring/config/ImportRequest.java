package io.github.etcdspring.config;

import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.config.Profiles;

/**
 * A request to import configuration from etcd.
 *
 * @param contexts the contexts, in descending precedence
 * @param mandatory those of them without which the application must not start
 * @param properties how they are read and followed
 * @param profiles the profiles of the application
 * @param platform the platform that it runs on, {@code null} if it is none of those that
 * Spring Boot knows
 */
record ImportRequest(Set<ConfigContext> contexts, Set<ConfigContext> mandatory, EtcdConfigProperties properties,
		Profiles profiles, @Nullable CloudPlatform platform) {

}
