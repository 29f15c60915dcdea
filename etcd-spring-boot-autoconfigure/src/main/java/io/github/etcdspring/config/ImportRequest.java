package io.github.etcdspring.config;

import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.config.Profiles;

/**
 * A request to import configuration from etcd.
 *
 * @param contexts the contexts, in descending precedence
 * @param mandatory the contexts without which the application must not start
 * @param properties the configuration properties
 * @param profiles the profiles of the application
 * @param platform the cloud platform of the application, {@code null} if none is detected
 */
record ImportRequest(Set<ConfigContext> contexts, Set<ConfigContext> mandatory, EtcdConfigProperties properties,
		Profiles profiles, @Nullable CloudPlatform platform) {

}
