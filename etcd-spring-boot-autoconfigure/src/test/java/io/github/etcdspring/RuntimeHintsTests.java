package io.github.etcdspring;

import java.lang.reflect.Constructor;

import io.github.etcdspring.client.EtcdProperties;
import io.github.etcdspring.config.EtcdConfigProperties;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.autoconfigure.ssl.PemSslBundleProperties;
import org.springframework.core.io.support.SpringFactoriesLoader;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runtime hints for native images beyond those that Spring registers.
 */
class RuntimeHintsTests {

	@ParameterizedTest
	@ValueSource(classes = { EtcdProperties.class, EtcdProperties.Ssl.class, EtcdProperties.Keepalive.class,
			EtcdConfigProperties.class, EtcdConfigProperties.Watch.class, PemSslBundleProperties.class })
	void typesBoundByAnImportHaveHints(Class<?> type) {
		RuntimeHints hints = new RuntimeHints();
		ClassLoader classLoader = getClass().getClassLoader();
		SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories", classLoader)
			.load(RuntimeHintsRegistrar.class)
			.stream()
			.filter((registrar) -> registrar.getClass().getPackageName().startsWith("io.github.etcdspring"))
			.forEach((registrar) -> registrar.registerHints(hints, classLoader));
		for (Constructor<?> constructor : type.getDeclaredConstructors()) {
			assertThat(RuntimeHintsPredicates.reflection().onConstructorInvocation(constructor)).accepts(hints);
		}
	}

}
