package io.github.etcdspring.test;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;

import io.github.etcdspring.client.EtcdImage;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.Container;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.testcontainers.context.ImportTestcontainers;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Scope;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ReflectionUtils;

/**
 * Finds containers with {@link ServiceConnection @ServiceConnection}, starting at the
 * test class and the sources of the application: static fields of tests and of classes
 * imported with {@link ImportTestcontainers @ImportTestcontainers}, and
 * {@link Bean @Bean} methods of source and imported configurations. Component scans are
 * not followed, and conditional beans are ignored.
 */
final class DeclaredContainers {

	private final Set<Class<?>> visited = new HashSet<>();

	private final Set<Field> fields = new LinkedHashSet<>();

	private final Set<Class<?>> configurations = new LinkedHashSet<>();

	private DeclaredContainers() {
	}

	static DeclaredContainers of(SpringApplication application) {
		DeclaredContainers containers = new DeclaredContainers();
		// In a test this is the test class
		containers.visitTest(application.getMainApplicationClass());
		for (Object source : application.getAllSources()) {
			if (source instanceof Class<?> type) {
				containers.visit(type);
			}
		}
		return containers;
	}

	/**
	 * Return the fields.
	 * @return static fields that hold a container
	 */
	Set<Field> fields() {
		return this.fields;
	}

	/**
	 * Return the configurations.
	 * @return classes with a method that declares an etcd container
	 */
	Set<Class<?>> configurations() {
		return this.configurations;
	}

	boolean isEmpty() {
		return this.fields.isEmpty() && this.configurations.isEmpty();
	}

	private void visitTest(@Nullable Class<?> test) {
		if (test == null || test == Object.class) {
			return;
		}
		addFields(test);
		visit(test);
		visitTest(test.getSuperclass());
		Arrays.stream(test.getInterfaces()).forEach(this::visitTest);
		if (test.isMemberClass() && !Modifier.isStatic(test.getModifiers())) {
			visitTest(test.getEnclosingClass());
		}
	}

	private void visit(Class<?> type) {
		if (this.visited.add(type)) {
			try {
				inspect(type);
			}
			catch (NoClassDefFoundError | IllegalStateException ex) {
				// Spring tolerates classes that refer to missing optional types
			}
		}
	}

	private void inspect(Class<?> type) {
		MergedAnnotations annotations = MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY);
		annotations.stream(ImportTestcontainers.class).forEach((annotation) -> addImported(annotation, type));
		annotations.stream(Import.class)
			.flatMap((annotation) -> Stream.of(annotation.getClassArray(MergedAnnotation.VALUE)))
			.forEach(this::visit);
		Stream.of(type.getDeclaredClasses())
			.filter((member) -> MergedAnnotations.from(member).isPresent(Configuration.class))
			.forEach(this::visit);
		if (isInstantiable(type) && !annotations.isPresent(Conditional.class)
				&& Stream.of(ReflectionUtils.getUniqueDeclaredMethods(type))
					.anyMatch(DeclaredContainers::declaresEtcd)) {
			this.configurations.add(type);
		}
	}

	private static boolean isInstantiable(Class<?> type) {
		return !Modifier.isAbstract(type.getModifiers()) && Stream.of(type.getDeclaredConstructors())
			.anyMatch((constructor) -> constructor.getParameterCount() == 0);
	}

	private void addImported(MergedAnnotation<ImportTestcontainers> annotation, Class<?> type) {
		Class<?>[] definitions = annotation.getClassArray(MergedAnnotation.VALUE);
		for (Class<?> definition : (definitions.length != 0) ? definitions : new Class<?>[] { type }) {
			for (Class<?> each = definition; each != null && each != Object.class; each = each.getSuperclass()) {
				addFields(each);
			}
			Stream.of(definition.getInterfaces()).forEach(this::addFields);
		}
	}

	private void addFields(Class<?> type) {
		ReflectionUtils.doWithLocalFields(type, (field) -> {
			if (Modifier.isStatic(field.getModifiers()) && Container.class.isAssignableFrom(field.getType())
					&& MergedAnnotations.from(field).isPresent(ServiceConnection.class)) {
				this.fields.add(field);
			}
		});
	}

	/**
	 * Whether Spring Boot will create a connection to etcd from the bean, for which it
	 * requires the connection name. Conditions and scopes cannot be evaluated yet.
	 */
	private static boolean declaresEtcd(Method method) {
		MergedAnnotations annotations = MergedAnnotations.from(method);
		return annotations.isPresent(Bean.class) && !annotations.isPresent(Conditional.class)
				&& !annotations.isPresent(Scope.class) && annotations.stream(ServiceConnection.class)
					.anyMatch((connection) -> EtcdImage.NAMES.contains(connection.getString("name")));
	}

}
