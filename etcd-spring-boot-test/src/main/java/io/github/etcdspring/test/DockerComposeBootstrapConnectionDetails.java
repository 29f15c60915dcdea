package io.github.etcdspring.test;

import io.github.etcdspring.client.BootstrapConnectionDetailsResolver;
import io.github.etcdspring.client.EtcdConnectionDetails;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.GenericApplicationContext;

/**
 * Finds the connection details of a Docker Compose service. Calls Spring Boot's listener,
 * which starts the services, before the import is read. The listener is called again when
 * the application context is prepared, and then finds the services running.
 */
final class DockerComposeBootstrapConnectionDetails implements BootstrapConnectionDetailsResolver {

	private static final String LISTENER = "org.springframework.boot.docker.compose.lifecycle.DockerComposeListener";

	private final SpringApplication application;

	DockerComposeBootstrapConnectionDetails(SpringApplication application) {
		this.application = application;
	}

	@Override
	public @Nullable EtcdConnectionDetails find(Binder binder) {
		SimpleApplicationEventMulticaster multicaster = new SimpleApplicationEventMulticaster();
		for (ApplicationListener<?> listener : this.application.getListeners()) {
			if (listener.getClass().getName().equals(LISTENER)) {
				multicaster.addApplicationListener(listener);
			}
		}
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.setEnvironment(BinderPropertySource.environment(binder));
			multicaster.multicastEvent(new ApplicationPreparedEvent(this.application, new String[0], context));
			return context.getDefaultListableBeanFactory()
				.getBeanProvider(EtcdConnectionDetails.class)
				.getIfAvailable();
		}
	}

}
