package io.github.etcdspring.test;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Connects the application of a Spring test with {@link WithEtcd @WithEtcd}. Tests share
 * an application context only if their attributes are equal.
 */
final class EtcdContextCustomizerFactory implements ContextCustomizerFactory {

	@Override
	public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
			List<ContextConfigurationAttributes> configAttributes) {
		EtcdSettings settings = EtcdSettings.of(testClass);
		return (settings != null) ? new EtcdContextCustomizer(settings) : null;
	}

	/**
	 * Adds the connection and {@link TestEtcd} as beans.
	 *
	 * @param settings the attributes
	 */
	private record EtcdContextCustomizer(EtcdSettings settings) implements ContextCustomizer {

		@Override
		public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
			SharedEtcd etcd = SharedEtcd.of(this.settings.image());
			ConfigurableListableBeanFactory beans = context.getBeanFactory();
			beans.registerSingleton("testEtcdConnectionDetails", new TestEtcdConnectionDetails(etcd.endpoint()));
			beans.registerSingleton("testEtcd", new TestEtcd(etcd,
					new ObservedApplication(etcd, () -> context, this.settings.timeout()), this.settings.timeout()));
		}

	}

}
