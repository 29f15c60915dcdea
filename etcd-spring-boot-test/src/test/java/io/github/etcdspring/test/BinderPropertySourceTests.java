package io.github.etcdspring.test;

import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;

class BinderPropertySourceTests {

	@Test
	void environmentReadsPropertiesFromBinder() {
		Binder configured = new Binder(new MapConfigurationPropertySource(
				Map.of("files[0]", "a.yaml", "files[1]", "b.yaml", "wait-time", "3s")));
		Environment environment = BinderPropertySource.environment(configured);
		assertThat(environment.getProperty("wait-time")).isEqualTo("3s");
		assertThat(environment.getProperty("Not_A.name")).isNull();
		Binder binder = Binder.get(environment);
		assertThat(binder.bind("files", Bindable.listOf(String.class)).get()).containsExactly("a.yaml", "b.yaml");
		assertThat(binder.bind("waittime", String.class).get()).isEqualTo("3s");
		assertThat(binder.bind("missing", String.class).isBound()).isFalse();
	}

}
