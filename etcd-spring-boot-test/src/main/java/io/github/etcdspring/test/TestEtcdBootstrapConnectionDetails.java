package io.github.etcdspring.test;

import io.github.etcdspring.client.BootstrapConnectionDetailsResolver;
import io.github.etcdspring.client.EtcdConnectionDetails;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Binder;

/**
 * Finds the connection details of a test with {@link WithEtcd @WithEtcd}, which is the
 * main class of its application.
 */
final class TestEtcdBootstrapConnectionDetails implements BootstrapConnectionDetailsResolver {

	private final SpringApplication application;

	TestEtcdBootstrapConnectionDetails(SpringApplication application) {
		this.application = application;
	}

	static boolean isTest(SpringApplication application) {
		return EtcdSettings.of(application.getMainApplicationClass()) != null;
	}

	@Override
	public @Nullable EtcdConnectionDetails find(Binder binder) {
		EtcdSettings settings = EtcdSettings.of(this.application.getMainApplicationClass());
		if (settings == null) {
			return null;
		}
		SharedEtcd etcd = SharedEtcd.of(settings.image());
		etcd.replaceBaseline(settings.keys());
		return new TestEtcdConnectionDetails(etcd.endpoint());
	}

}
