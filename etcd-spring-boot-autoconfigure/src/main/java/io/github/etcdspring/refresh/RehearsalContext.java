package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.etcdspring.refresh.PropertiesBeans.PropertiesBean;
import io.github.etcdspring.refresh.UpdateStep.SetterCall;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindHandlerAdvisor;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindingPostProcessor;
import org.springframework.boot.context.properties.ConstructorBound;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.ResolvableType;

/**
 * Child context that creates second instances of beans from a candidate, invisible to the
 * application. They are created from their own bean definitions and bound by Spring
 * Boot's binder, with the converters, validators and advisors of the application, and
 * destroyed afterwards.
 * <p>
 * Publishes no event. It is created once, as that costs much more than to use it, and
 * used by one thread at a time.
 */
final class RehearsalContext implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(RehearsalContext.class);

	private final ConfigurableListableBeanFactory application;

	private final RehearsalBeanFactory beans;

	private final Context context;

	private final BoundValues bound = new BoundValues();

	private final List<Runnable> destructions = new ArrayList<>();

	private boolean unusable;

	RehearsalContext(ConfigurableApplicationContext context, CandidateEnvironment environment) {
		this.application = context.getBeanFactory();
		this.beans = new RehearsalBeanFactory(this.application);
		this.context = new Context(this.beans);
		this.context.setId(context.getId() + "-rehearsal");
		this.context.setEnvironment(environment);
		this.context.setClassLoader(context.getClassLoader());
		ConfigurationPropertiesBindingPostProcessor.register(this.context);
		this.beans.addEmbeddedValueResolver((text) -> resolve(environment, text));
		this.beans.registerSingleton(BoundValues.class.getName(), this.bound);
		this.context.refresh();
		this.beans.open();
	}

	/** The application may be configured to ignore unresolvable placeholders. */
	private @Nullable String resolve(CandidateEnvironment environment, String text) {
		try {
			return environment.placeholders().resolveRequiredPlaceholders(text);
		}
		catch (IllegalArgumentException ex) {
			if (isLenient()) {
				return environment.placeholders().resolvePlaceholders(text);
			}
			throw ex;
		}
	}

	/**
	 * Return whether the application ignores unresolvable placeholders.
	 */
	boolean isLenient() {
		try {
			return this.application.resolveEmbeddedValue("${" + RehearsalContext.class.getName() + "}") != null;
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	/**
	 * Create and bind a second instance of a bean that is bound to properties.
	 * @param bean the bean
	 * @return the instance, which only the caller knows
	 */
	Object bind(PropertiesBean bean) {
		this.bound.clear();
		if (bean.immutable()) {
			return ConstructorBound.from(this.beans, bean.name(), bean.type());
		}
		// the result of a factory method is often a resource such as a pool: it is bound,
		// but not initialized
		boolean initialize = !bean.factoryMethod();
		Object instance = this.beans.create(bean.name(), initialize);
		this.destructions.add(() -> destroy(bean.name(), instance));
		this.unusable |= this.bound.isEmpty() && Arrays.stream(bean.type().getDeclaredConstructors())
			.noneMatch((constructor) -> constructor.getParameterCount() == 0);
		return instance;
	}

	/**
	 * Return whether the binder can no longer bind some bean. For a class without a
	 * default constructor, it caches permanently that there were no properties.
	 */
	boolean isUnusable() {
		return this.unusable;
	}

	/**
	 * Return the values that the binder passed to the last bound instance, by the name of
	 * the property.
	 * @return the values, a copy
	 */
	Map<ConfigurationPropertyName, Object> boundValues() {
		return this.bound.copy();
	}

	/**
	 * Create a second instance of any bean. For a factory bean, return its product.
	 * @param name the name of the bean
	 * @param lookups receives the names of all beans that are looked up, also indirectly
	 * by beans that are created meanwhile
	 * @return the bean
	 */
	Object create(String name, Set<String> lookups) {
		return this.beans.recording(lookups, () -> {
			Object instance = this.beans.create(name, true);
			this.destructions.add(() -> destroy(name, instance));
			return (instance instanceof FactoryBean<?> factory) ? this.beans.product(factory) : instance;
		});
	}

	/**
	 * Replace a bean of the application for all beans that are created from now on.
	 * @param name the name of the bean
	 * @param instance the instance
	 */
	void put(String name, Object instance) {
		this.beans.replace(name, instance);
	}

	@Nullable Object get(String name) {
		return this.beans.replacement(name);
	}

	ConfigurableListableBeanFactory beanFactory() {
		return this.beans;
	}

	private void destroy(String name, Object instance) {
		try {
			this.beans.destroyBean(name, instance);
		}
		catch (RuntimeException | Error ex) {
			logger
				.debug("Failed to destroy a rehearsed instance of bean '" + name + "' (" + FailureCause.type(ex) + ")");
		}
	}

	/**
	 * Destroy all instances that have been created since the last call.
	 */
	void clear() {
		this.beans.clear();
		this.bound.clear();
		List<Runnable> destructions = List.copyOf(this.destructions);
		this.destructions.clear();
		destructions.forEach(Runnable::run);
	}

	/**
	 * Exclude the instance created last from destruction.
	 */
	void detach() {
		this.destructions.remove(this.destructions.size() - 1);
	}

	@Override
	public void close() {
		clear();
		this.context.close();
	}

	/**
	 * Records the values that the binder passes to setters.
	 */
	private static final class BoundValues implements ConfigurationPropertiesBindHandlerAdvisor {

		private final Map<ConfigurationPropertyName, Object> values = new HashMap<>();

		@Override
		public BindHandler apply(BindHandler handler) {
			return new AbstractBindHandler(handler) {

				@Override
				public void onFinish(ConfigurationPropertyName name, Bindable<?> target, BindContext context,
						@Nullable Object result) throws Exception {
					super.onFinish(name, target, context, result);
					if (result != null) {
						BoundValues.this.values.put(name, SetterCall.copy(result));
					}
				}

			};
		}

		void clear() {
			this.values.clear();
		}

		boolean isEmpty() {
			return this.values.isEmpty();
		}

		Map<ConfigurationPropertyName, Object> copy() {
			return Map.copyOf(this.values);
		}

	}

	/**
	 * Publishes no events, as they would reach the listeners of the application.
	 */
	private static final class Context extends GenericApplicationContext {

		Context(RehearsalBeanFactory beans) {
			super(beans);
		}

		@Override
		protected void publishEvent(Object event, @Nullable ResolvableType type) {
			// No listener of the application must be notified
		}

	}

}
