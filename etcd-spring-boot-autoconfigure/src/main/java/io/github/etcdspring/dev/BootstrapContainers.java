package io.github.etcdspring.dev;

import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.client.BootstrapConnectionDetails;
import io.github.etcdspring.client.EtcdConnectionDetails;
import io.github.etcdspring.dev.FailedStart.CleanUp;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.testcontainers.service.connection.ServiceConnectionAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ReflectionUtils;

/**
 * Connection details of a container that the application declares. A context with the
 * declarations alone lets Spring Boot make the details, as it will do once more for the
 * application; what has been created for that is handed over to the application.
 */
final class BootstrapContainers implements BootstrapConnectionDetails {

	private final SpringApplication application;

	private final ConfigurableBootstrapContext bootstrapContext;

	BootstrapContainers(SpringApplication application, ConfigurableBootstrapContext bootstrapContext) {
		this.application = application;
		this.bootstrapContext = bootstrapContext;
	}

	@Override
	public @Nullable EtcdConnectionDetails find(Binder binder) {
		DeclaredContainers declared = DeclaredContainers.of(this.application);
		if (declared.isEmpty()) {
			return null;
		}
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.setEnvironment(BinderPropertySource.environment(binder));
			declared.fields()
				.forEach((field) -> context.registerBeanDefinition(field.toString(), ContainerDefinition.of(field)));
			Map<String, Method> methods = new LinkedHashMap<>();
			declared.configurations().forEach((configuration) -> methods.putAll(register(context, configuration)));
			context.register(ServiceConnectionAutoConfiguration.class);
			context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor());
			context.refresh();
			EtcdConnectionDetails details = context.getBeanProvider(EtcdConnectionDetails.class).getIfAvailable();
			HandedOverBeans beans = new HandedOverBeans();
			methods.forEach((name, method) -> {
				if (context.getBeanFactory().containsSingleton(name)) {
					beans.add(method, context.getBean(name));
				}
			});
			this.bootstrapContext.registerIfAbsent(CleanUp.class, (ignored) -> beans::stop);
			this.bootstrapContext
				.addCloseListener((event) -> event.getApplicationContext().addBeanFactoryPostProcessor(beans));
			return details;
		}
	}

	private static Map<String, Method> register(AnnotationConfigApplicationContext context, Class<?> configuration) {
		String factory = configuration.getName();
		context.getBeanFactory().registerSingleton(factory, BeanUtils.instantiateClass(configuration));
		Map<String, Method> methods = new LinkedHashMap<>();
		for (Method method : ReflectionUtils.getUniqueDeclaredMethods(configuration)) {
			MergedAnnotation<Bean> bean = MergedAnnotations.from(method).get(Bean.class);
			if (bean.isPresent()) {
				String[] names = bean.getStringArray("name");
				String name = (names.length != 0) ? names[0] : method.getName();
				context.registerBeanDefinition(name, ContainerDefinition.of(method, factory));
				methods.put(name, method);
			}
		}
		return methods;
	}

}
