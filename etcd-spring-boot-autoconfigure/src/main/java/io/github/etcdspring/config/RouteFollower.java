package io.github.etcdspring.config;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;

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
import org.springframework.core.convert.ConversionService;
import org.springframework.validation.Validator;

/**
 * Routes of Spring Cloud Gateway. It makes all of them anew whenever properties or
 * services change, and none if it cannot make one, so that a bad one has to be found
 * before it is in force. A gateway that is told to leave bad ones out gets them.
 */
final class RouteFollower implements Follower, SmartInitializingSingleton {

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of(GatewayProperties.PREFIX);

	private final ConfigurableApplicationContext context;

	private final ConfigStore store;

	private final ConfigurableListableBeanFactory beans;

	/** One that tells nobody of what it has read. */
	private final ConfigurationService arguments;

	RouteFollower(ConfigurableApplicationContext context, ConfigStore store) {
		this.context = context;
		this.store = store;
		ConfigurableListableBeanFactory beans = context.getBeanFactory();
		this.beans = beans;
		Supplier<@Nullable ConversionService> conversion = () -> (beans.containsBean("webFluxConversionService"))
				? beans.getBean("webFluxConversionService", ConversionService.class) : null;
		Supplier<@Nullable Validator> validator = () -> beans.getBeanProvider(Validator.class).getIfAvailable();
		this.arguments = new ConfigurationService(beans, conversion, validator);
	}

	@Override
	public Runnable prepare(CandidateEnvironment candidate, Changes changes) throws InvalidConfigurationException {
		if (!changes.beneath(PREFIX).isEmpty()) {
			tryOut(candidate);
		}
		return () -> {
		};
	}

	/**
	 * With a bad one the gateway would not start either, and not say where it is from.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		try {
			tryOut(CandidateEnvironment.of(this.context, this.store.configuration()));
		}
		catch (InvalidConfigurationException ex) {
			if (ex.origin() != null) {
				throw new InvalidConfigImportException(ex);
			}
		}
	}

	private void tryOut(CandidateEnvironment candidate) throws InvalidConfigurationException {
		GatewayProperties properties = (this.beans.getBeanNamesForType(GatewayProperties.class).length > 0)
				? bind(candidate) : null;
		if (properties != null && properties.isFailOnRouteDefinitionError()) {
			tryFilters("default", properties.getDefaultFilters(), PREFIX.append("default-filters"), candidate);
			List<RouteDefinition> routes = properties.getRoutes();
			for (int i = 0; i < routes.size(); i++) {
				tryRoute(routes.get(i), PREFIX.append("routes[" + i + "]"), candidate);
			}
		}
	}

	/** What cannot be bound is said of the bean that is bound to it. */
	private static @Nullable GatewayProperties bind(CandidateEnvironment candidate) {
		try {
			return Binder.get(candidate).bindOrCreate(PREFIX.toString(), GatewayProperties.class);
		}
		catch (BindException ex) {
			return null;
		}
	}

	private void tryRoute(RouteDefinition route, ConfigurationPropertyName name, CandidateEnvironment candidate)
			throws InvalidConfigurationException {
		if (!route.isEnabled()) {
			return;
		}
		attempt(() -> Route.async(route), name.append("uri"), candidate);
		List<PredicateDefinition> predicates = route.getPredicates();
		for (int i = 0; i < predicates.size(); i++) {
			PredicateDefinition definition = predicates.get(i);
			attempt(() -> tryPredicate(definition), name.append("predicates[" + i + "]"), candidate);
		}
		tryFilters(String.valueOf(route.getId()), route.getFilters(), name.append("filters"), candidate);
	}

	private void tryFilters(String route, List<FilterDefinition> filters, ConfigurationPropertyName name,
			CandidateEnvironment candidate) throws InvalidConfigurationException {
		for (int i = 0; i < filters.size(); i++) {
			FilterDefinition definition = filters.get(i);
			ConfigurationPropertyName element = ConfigurationPropertyName.of(name + "[" + i + "]");
			attempt(() -> tryFilter(route, definition), element, candidate);
		}
	}

	private static void attempt(Runnable attempt, ConfigurationPropertyName name, CandidateEnvironment candidate)
			throws InvalidConfigurationException {
		try {
			attempt.run();
		}
		catch (UnknownNameException ex) {
			throw new InvalidConfigurationException(key(name, candidate),
					"the property " + name + " names nothing that the gateway has");
		}
		catch (RuntimeException ex) {
			Rejection.requireMemory(ex);
			throw new InvalidConfigurationException(key(name, candidate),
					"the gateway can make no route with the property " + name + " (" + Rejection.kind(ex) + ")");
		}
	}

	/** A predicate or filter may be one property or have a name and arguments. */
	private static @Nullable EtcdKeyOrigin key(ConfigurationPropertyName name, CandidateEnvironment candidate) {
		return Stream.of(name, name.append("name"))
			.map((property) -> Rejection.key(candidate.property(property)))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

	@SuppressWarnings("unchecked")
	private void tryPredicate(PredicateDefinition definition) {
		RoutePredicateFactory<Object> factory = this.beans.getBeanProvider(RoutePredicateFactory.class)
			.stream()
			.filter((candidate) -> candidate.name().equals(definition.getName()))
			.findFirst()
			.orElseThrow(UnknownNameException::new);
		factory.applyAsync(read(factory, factory.name(), definition.getArgs()));
	}

	@SuppressWarnings("unchecked")
	private void tryFilter(String route, FilterDefinition definition) {
		GatewayFilterFactory<Object> factory = this.beans.getBeanProvider(GatewayFilterFactory.class)
			.stream()
			.filter((candidate) -> candidate.name().equals(definition.getName()))
			.findFirst()
			.orElseThrow(UnknownNameException::new);
		factory.apply(route, read(factory, factory.name(), definition.getArgs()));
	}

	private <C, F extends Configurable<C> & ShortcutConfigurable> C read(F factory, String name,
			Map<String, String> arguments) {
		return this.arguments.with(factory).name(name).properties(arguments).bind();
	}

	/**
	 * No predicate or filter has the name.
	 */
	private static final class UnknownNameException extends RuntimeException {

		private static final long serialVersionUID = 1L;

	}

}
