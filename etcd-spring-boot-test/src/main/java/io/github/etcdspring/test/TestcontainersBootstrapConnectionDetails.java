package io.github.etcdspring.test;

import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.client.BootstrapConnectionDetailsResolver;
import io.github.etcdspring.client.EtcdConnectionDetails;
import io.github.etcdspring.test.FailedStartupRunListener.CleanUp;
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
 * Finds the connection details of a container that the application declares. Spring Boot
 * creates them in a temporary context that contains only the declarations. Container
 * beans created there are reused by the application context.
 */
final class TestcontainersBootstrapConnectionDetails implements BootstrapConnectionDetailsResolver {

	private final SpringApplication application;

	private final ConfigurableBootstrapContext bootstrapContext;

	TestcontainersBootstrapConnectionDetails(SpringApplication application,
			ConfigurableBootstrapContext bootstrapContext) {
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
				.forEach(
						(field) -> context.registerBeanDefinition(field.toString(), ContainerBeanDefinition.of(field)));
			Map<String, Method> methods = new LinkedHashMap<>();
			declared.configurations().forEach((configuration) -> methods.putAll(register(context, configuration)));
			context.register(ServiceConnectionAutoConfiguration.class);
			context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor());
			context.refresh();
			EtcdConnectionDetails details = context.getBeanProvider(EtcdConnectionDetails.class).getIfAvailable();
			BootstrapBeansPostProcessor beans = new BootstrapBeansPostProcessor();
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
				context.registerBeanDefinition(name, ContainerBeanDefinition.of(method, factory));
				methods.put(name, method);
			}
		}
		return methods;
	}

}
