package io.github.etcdspring.refresh;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.AutowiredAnnotationBeanPostProcessor;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.CommonAnnotationBeanPostProcessor;
import org.springframework.core.ResolvableType;
import org.springframework.core.convert.ConversionService;
import org.springframework.util.StringUtils;

/**
 * Bean factory that delegates to the application, except for beans under rehearsal.
 */
final class RehearsalBeanFactory extends DefaultListableBeanFactory {

	private final ConfigurableListableBeanFactory application;

	/** Definitions of the application by the names of their copies. */
	private final Map<String, BeanDefinition> copies = new HashMap<>();

	private final Map<String, Object> replacements = new HashMap<>();

	private Set<String> lookups = new HashSet<>();

	private final Deque<String> creating = new ArrayDeque<>();

	private @Nullable Thread user;

	private boolean initialize = true;

	private boolean open;

	RehearsalBeanFactory(ConfigurableListableBeanFactory application) {
		super(application);
		this.application = application;
		setBeanExpressionResolver(application.getBeanExpressionResolver());
		if (application instanceof DefaultListableBeanFactory factory) {
			setAutowireCandidateResolver(factory.getAutowireCandidateResolver().cloneIfNecessary());
		}
		if (application instanceof AbstractBeanFactory factory) {
			factory.getPropertyEditorRegistrars().forEach(this::addPropertyEditorRegistrar);
			factory.getCustomEditors().forEach(this::registerCustomEditor);
		}
		AutowiredAnnotationBeanPostProcessor autowiring = new AutowiredAnnotationBeanPostProcessor();
		autowiring.setBeanFactory(this);
		addBeanPostProcessor(autowiring);
		Initialization initialization = new Initialization(this);
		initialization.setBeanFactory(this);
		addBeanPostProcessor(initialization);
	}

	/** Read on each call, as the application sets it after the first beans exist. */
	@Override
	public @Nullable ConversionService getConversionService() {
		return this.application.getConversionService();
	}

	void open() {
		this.open = true;
	}

	Object create(String name, boolean initialize) {
		copyDefinition(name);
		boolean former = this.initialize;
		Thread formerUser = this.user;
		this.user = Thread.currentThread();
		this.initialize = initialize;
		this.creating.push(name);
		try {
			return getBean(((isFactoryBean(name)) ? BeanFactory.FACTORY_BEAN_PREFIX : "") + name);
		}
		finally {
			this.creating.pop();
			this.initialize = former;
			this.user = formerUser;
		}
	}

	/** Also tracks lookups, as the product may look up other beans. */
	Object product(FactoryBean<?> factory) {
		Thread former = this.user;
		this.user = Thread.currentThread();
		try {
			Object product = factory.getObject();
			return (product != null) ? product : factory;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		finally {
			this.user = former;
		}
	}

	/**
	 * Replace a bean of the application for all beans that are created from now on.
	 * @param name the name of the bean
	 * @param instance the instance
	 */
	void replace(String name, Object instance) {
		this.replacements.put(name, instance);
	}

	@Nullable Object replacement(String name) {
		return this.replacements.get(name);
	}

	/**
	 * Call an action and record the names of all beans that it looks up.
	 * @param <T> the type of the result
	 * @param lookups receives the names
	 * @param action the action
	 * @return its result
	 */
	<T> T recording(Set<String> lookups, Supplier<T> action) {
		Set<String> outer = this.lookups;
		this.lookups = lookups;
		try {
			return action.get();
		}
		finally {
			outer.addAll(lookups);
			this.lookups = outer;
		}
	}

	/**
	 * Forget the replacements and lookups.
	 */
	void clear() {
		this.replacements.clear();
		this.lookups.clear();
	}

	/** Copies the definition again if the application has replaced it. */
	private void copyDefinition(String name) {
		RootBeanDefinition original = (RootBeanDefinition) this.application.getMergedBeanDefinition(name);
		if (this.copies.put(name, original) != original) {
			RootBeanDefinition copy = new RootBeanDefinition(original);
			copy.setScope(SCOPE_PROTOTYPE);
			copy.setLazyInit(true);
			copy.setDecoratedDefinition(null);
			registerBeanDefinition(name, copy);
		}
	}

	@Override
	@SuppressWarnings("unchecked")
	protected <T> T doGetBean(String name, @Nullable Class<T> requiredType, @Nullable Object @Nullable [] args,
			boolean typeCheckOnly) throws BeansException {
		String bean = transformedBeanName(name);
		boolean own = !this.open || bean.equals(this.creating.peek())
				|| (!this.copies.containsKey(bean) && containsLocalBean(bean));
		if (own) {
			return super.doGetBean(name, requiredType, args, typeCheckOnly);
		}
		if (this.user == Thread.currentThread()) {
			this.lookups.add(bean);
			Object replacement = this.replacements.get(bean);
			if (replacement != null && !name.startsWith(BeanFactory.FACTORY_BEAN_PREFIX)) {
				return (T) replacement;
			}
		}
		if (requiredType != null) {
			return this.application.getBean(name, requiredType);
		}
		return (T) ((args != null && args.length > 0) ? this.application.getBean(name, args)
				: this.application.getBean(name));
	}

	@Override
	public String[] getBeanNamesForType(ResolvableType type) {
		return names(super.getBeanNamesForType(type), () -> this.application.getBeanNamesForType(type));
	}

	@Override
	public String[] getBeanNamesForType(ResolvableType type, boolean includeNonSingletons, boolean allowEagerInit) {
		return names(super.getBeanNamesForType(type, includeNonSingletons, allowEagerInit),
				() -> this.application.getBeanNamesForType(type, includeNonSingletons, allowEagerInit));
	}

	@Override
	public String[] getBeanNamesForType(@Nullable Class<?> type) {
		return names(super.getBeanNamesForType(type), () -> this.application.getBeanNamesForType(type));
	}

	@Override
	public String[] getBeanNamesForType(@Nullable Class<?> type, boolean includeNonSingletons, boolean allowEagerInit) {
		return names(super.getBeanNamesForType(type, includeNonSingletons, allowEagerInit),
				() -> this.application.getBeanNamesForType(type, includeNonSingletons, allowEagerInit));
	}

	/** Callers expect the names of all beans of the application. */
	private String[] names(String[] own, Supplier<String[]> application) {
		if (!this.open) {
			return own;
		}
		Set<String> names = new LinkedHashSet<>();
		for (String name : own) {
			if (!this.copies.containsKey(name)) {
				names.add(name);
			}
		}
		names.addAll(Arrays.asList(application.get()));
		return StringUtils.toStringArray(names);
	}

	@Override
	protected void invokeInitMethods(String name, Object bean, @Nullable RootBeanDefinition definition)
			throws Throwable {
		if (this.initialize) {
			super.invokeInitMethods(name, bean, definition);
		}
	}

	/**
	 * Calls {@code @PostConstruct} and {@code @PreDestroy} methods where beans are to be
	 * initialized.
	 */
	private static final class Initialization extends CommonAnnotationBeanPostProcessor {

		private static final long serialVersionUID = 1L;

		private final transient RehearsalBeanFactory beans;

		Initialization(RehearsalBeanFactory beans) {
			this.beans = beans;
		}

		@Override
		public Object postProcessBeforeInitialization(Object bean, String name) throws BeansException {
			return (this.beans.initialize) ? super.postProcessBeforeInitialization(bean, name) : bean;
		}

	}

}
