package io.github.etcdspring.gateway;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.etcdspring.refresh.CandidateCheck;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.cloud.gateway.config.GatewayProperties;
import org.springframework.cloud.gateway.filter.FilterDefinition;
import org.springframework.cloud.gateway.filter.factory.GatewayFilterFactory;
import org.springframework.cloud.gateway.handler.predicate.PredicateDefinition;
import org.springframework.cloud.gateway.handler.predicate.RoutePredicateFactory;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.route.RouteDefinition;
import org.springframework.cloud.gateway.support.Configurable;
import org.springframework.cloud.gateway.support.ConfigurationService;
import org.springframework.cloud.gateway.support.ShortcutConfigurable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.env.Environment;
import org.springframework.validation.Validator;

/**
 * Rejects a candidate configuration with an invalid route. Spring Cloud Gateway recreates
 * all routes after each change of properties or services, and a single invalid route
 * makes all of them fail. The check is skipped if the gateway is configured to ignore
 * invalid routes.
 */
final class GatewayRouteCheck implements CandidateCheck, SmartInitializingSingleton {

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of(GatewayProperties.PREFIX);

	private final ConfigurableApplicationContext context;

	private final ConfigurableListableBeanFactory beans;

	/** Binds the arguments of predicates and filters, without publishing events. */
	private final ConfigurationService argumentBinder;

	GatewayRouteCheck(ConfigurableApplicationContext context) {
		this.context = context;
		ConfigurableListableBeanFactory beans = context.getBeanFactory();
		this.beans = beans;
		Supplier<@Nullable ConversionService> conversion = () -> (beans.containsBean("webFluxConversionService"))
				? beans.getBean("webFluxConversionService", ConversionService.class) : null;
		Supplier<@Nullable Validator> validator = () -> beans.getBeanProvider(Validator.class).getIfAvailable();
		this.argumentBinder = new ConfigurationService(beans, conversion, validator);
	}

	@Override
	public void check(Environment candidate, Set<String> changed) throws RejectedConfigurationException {
		if (changed.stream().anyMatch((name) -> isWithin(ConfigurationPropertyName.adapt(name, '.')))) {
			checkRoutes(candidate);
		}
	}

	private static boolean isWithin(ConfigurationPropertyName name) {
		return PREFIX.equals(name) || PREFIX.isAncestorOf(name);
	}

	/**
	 * Fail startup if a route from etcd is invalid. The gateway would fail as well, but
	 * without naming the key.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		try {
			checkRoutes(this.context.getEnvironment());
		}
		catch (RejectedConfigurationException ex) {
			if (ex.origin() != null) {
				throw new IllegalStateException(ex.getMessage(), ex);
			}
		}
	}

	private void checkRoutes(Environment candidate) throws RejectedConfigurationException {
		GatewayProperties properties = (this.beans.getBeanNamesForType(GatewayProperties.class).length > 0)
				? bind(candidate) : null;
		if (properties != null && properties.isFailOnRouteDefinitionError()) {
			checkFilters("default", properties.getDefaultFilters(), PREFIX.append("default-filters"), candidate);
			List<RouteDefinition> routes = properties.getRoutes();
			for (int i = 0; i < routes.size(); i++) {
				checkRoute(routes.get(i), PREFIX.append("routes[" + i + "]"), candidate);
			}
		}
	}

	/**
	 * Bind the routes. A failure is ignored here, as the rehearsal of the properties bean
	 * reports it.
	 */
	private static @Nullable GatewayProperties bind(Environment candidate) {
		try {
			return Binder.get(candidate).bindOrCreate(PREFIX.toString(), GatewayProperties.class);
		}
		catch (BindException ex) {
			return null;
		}
	}

	private void checkRoute(RouteDefinition route, ConfigurationPropertyName name, Environment candidate)
			throws RejectedConfigurationException {
		if (!route.isEnabled()) {
			return;
		}
		attempt(() -> Route.async(route), name.append("uri"), candidate);
		List<PredicateDefinition> predicates = route.getPredicates();
		for (int i = 0; i < predicates.size(); i++) {
			PredicateDefinition definition = predicates.get(i);
			attempt(() -> createPredicate(definition), name.append("predicates[" + i + "]"), candidate);
		}
		checkFilters(String.valueOf(route.getId()), route.getFilters(), name.append("filters"), candidate);
	}

	private void checkFilters(String route, List<FilterDefinition> filters, ConfigurationPropertyName name,
			Environment candidate) throws RejectedConfigurationException {
		for (int i = 0; i < filters.size(); i++) {
			FilterDefinition definition = filters.get(i);
			ConfigurationPropertyName element = ConfigurationPropertyName.of(name + "[" + i + "]");
			attempt(() -> createFilter(route, definition), element, candidate);
		}
	}

	private static void attempt(Runnable attempt, ConfigurationPropertyName name, Environment candidate)
			throws RejectedConfigurationException {
		try {
			attempt.run();
		}
		catch (UnknownNameException ex) {
			throw new RejectedConfigurationException(key(name, candidate),
					"the property " + name + " names an unknown predicate or filter");
		}
		catch (RuntimeException ex) {
			Throwable root = NestedExceptionUtils.getMostSpecificCause(ex);
			if (root instanceof OutOfMemoryError error) {
				throw error;
			}
			throw new RejectedConfigurationException(key(name, candidate),
					"the gateway cannot create a route from the property " + name + " (" + root.getClass().getName()
							+ ")");
		}
	}

	/** A predicate or filter is either a single property, or has a name and arguments. */
	private static @Nullable KeyOrigin key(ConfigurationPropertyName name, Environment candidate) {
		return Stream.of(name, name.append("name"))
			.map((property) -> KeyOrigin.of(candidate, property))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

	@SuppressWarnings("unchecked")
	private void createPredicate(PredicateDefinition definition) {
		RoutePredicateFactory<Object> factory = this.beans.getBeanProvider(RoutePredicateFactory.class)
			.stream()
			.filter((candidate) -> candidate.name().equals(definition.getName()))
			.findFirst()
			.orElseThrow(UnknownNameException::new);
		factory.applyAsync(read(factory, factory.name(), definition.getArgs()));
	}

	@SuppressWarnings("unchecked")
	private void createFilter(String route, FilterDefinition definition) {
		GatewayFilterFactory<Object> factory = this.beans.getBeanProvider(GatewayFilterFactory.class)
			.stream()
			.filter((candidate) -> candidate.name().equals(definition.getName()))
			.findFirst()
			.orElseThrow(UnknownNameException::new);
		factory.apply(route, read(factory, factory.name(), definition.getArgs()));
	}

	private <C, F extends Configurable<C> & ShortcutConfigurable> C read(F factory, String name,
			Map<String, String> arguments) {
		return this.argumentBinder.with(factory).name(name).properties(arguments).bind();
	}

	/**
	 * Thrown when a predicate or filter is unknown.
	 */
	private static final class UnknownNameException extends RuntimeException {

		private static final long serialVersionUID = 1L;

	}

}
