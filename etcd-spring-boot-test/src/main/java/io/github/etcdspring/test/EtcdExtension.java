package io.github.etcdspring.test;

import java.lang.reflect.Method;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.test.context.junit.jupiter.SpringExtension;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/**
 * Provides {@link TestEtcd} to tests, and restores etcd after each of them.
 */
final class EtcdExtension
		implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback, ParameterResolver {

	private static final Namespace NAMESPACE = Namespace.create(EtcdExtension.class);

	private static final String SPRING = "org.springframework.test.context.junit.jupiter.SpringExtension";

	@Override
	public void beforeAll(ExtensionContext context) {
		EtcdSettings settings = settings(context);
		SharedEtcd etcd = SharedEtcd.of(settings.image());
		etcd.replaceBaseline(settings.keys());
		begin(context, etcd);
	}

	@Override
	public void beforeEach(ExtensionContext context) {
		application(context).settle();
		begin(context, SharedEtcd.of(settings(context).image()));
	}

	private static void begin(ExtensionContext context, SharedEtcd etcd) {
		etcd.begin();
		context.getStore(NAMESPACE).put(SharedEtcd.class, etcd);
	}

	@Override
	public void afterEach(ExtensionContext context) {
		end(context);
	}

	@Override
	public void afterAll(ExtensionContext context) {
		end(context);
	}

	/** Called even if another extension has failed before the callback above. */
	private static void end(ExtensionContext context) {
		SharedEtcd etcd = context.getStore(NAMESPACE).remove(SharedEtcd.class, SharedEtcd.class);
		if (etcd != null) {
			etcd.end();
		}
	}

	@Override
	public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
		// Spring resolves the others
		return parameter.getParameter().getType() == TestEtcd.class
				&& parameter.getDeclaringExecutable() instanceof Method && !parameter.isAnnotated(Autowired.class);
	}

	@Override
	public TestEtcd resolveParameter(ParameterContext parameter, ExtensionContext context) {
		EtcdSettings settings = settings(context);
		return new TestEtcd(SharedEtcd.of(settings.image()), application(context), settings.timeout());
	}

	/** The application is not started before it is needed, as in a BeforeAll method. */
	private static ObservedApplication application(ExtensionContext context) {
		EtcdSettings settings = settings(context);
		return new ObservedApplication(SharedEtcd.of(settings.image()), () -> springContext(context),
				settings.timeout());
	}

	private static @Nullable ApplicationContext springContext(ExtensionContext context) {
		return (usesSpring(context.getRequiredTestClass())) ? SpringExtension.getApplicationContext(context) : null;
	}

	private static boolean usesSpring(Class<?> test) {
		return ClassUtils.isPresent(SPRING, EtcdExtension.class.getClassLoader())
				&& MergedAnnotations.search(SearchStrategy.TYPE_HIERARCHY)
					.withEnclosingClasses(ClassUtils::isInnerClass)
					.from(test)
					.stream(ExtendWith.class)
					.flatMap((annotation) -> Arrays.stream(annotation.getClassArray("value")))
					.anyMatch((extension) -> extension.getName().equals(SPRING));
	}

	private static EtcdSettings settings(ExtensionContext context) {
		Class<?> test = context.getRequiredTestClass();
		EtcdSettings settings = EtcdSettings.of(test);
		Assert.state(settings != null, () -> "@WithEtcd is missing on " + test.getName());
		return settings;
	}

}
