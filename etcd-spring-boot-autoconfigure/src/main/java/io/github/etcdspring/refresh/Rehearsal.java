package io.github.etcdspring.refresh;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.annotation.AutowiredAnnotationBeanPostProcessor;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindingPostProcessor;
import org.springframework.boot.context.properties.ConstructorBound;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.ResolvableType;

/**
 * Binds the beans of an application a second time, to a candidate, while the application
 * goes on with what it has. Spring Boot does it with its own binder, and with the
 * converters, validators and advisors of the application, as if the application started.
 */
final class Rehearsal implements AutoCloseable {

	private final ConfigurableListableBeanFactory application;

	private final CandidateEnvironment candidate;

	private final Stage stage;

	Rehearsal(ConfigurableApplicationContext context, CandidateEnvironment candidate) {
		this.application = context.getBeanFactory();
		this.candidate = candidate;
		this.stage = new Stage(this.application);
		this.stage.setId(context.getId() + "-rehearsal");
		this.stage.setEnvironment(candidate);
		this.stage.setClassLoader(context.getClassLoader());
		ConfigurationPropertiesBindingPostProcessor.register(this.stage);
		this.stage.refresh();
	}

	/**
	 * Bind a bean.
	 * @param bean what to bind
	 * @param type its class
	 * @param changes what changes for it
	 * @return an instance that nothing else knows, {@code null} if there is no way to
	 * create another instance of the class
	 * @throws RejectedCandidateException if it cannot be bound or is not valid
	 */
	@Nullable Object bind(PropertiesBean bean, Class<?> type, Changes changes) throws RejectedCandidateException {
		try {
			if (bean.immutable()) {
				return ConstructorBound.from(this.stage.getBeanFactory(), bean.name(), type);
			}
			Object fresh = instantiate(type);
			if (fresh != null) {
				define(bean.name());
				this.stage.getBean(ConfigurationPropertiesBindingPostProcessor.class)
					.postProcessBeforeInitialization(fresh, bean.name());
			}
			return fresh;
		}
		catch (RuntimeException | Error ex) {
			Rejection.requireMemory(ex);
			throw new Rejection(bean.name(), this.candidate::property).because(ex, changes.beneath(bean.prefix()));
		}
	}

	private @Nullable Object instantiate(Class<?> type) {
		try {
			return BeanUtils.instantiateClass(type);
		}
		catch (BeansException ex) {
			try {
				return this.application.autowire(type, AutowireCapableBeanFactory.AUTOWIRE_CONSTRUCTOR, false);
			}
			catch (BeansException notAutowired) {
				return null;
			}
		}
	}

	/** Spring Boot looks for annotations at the factory method of the definition. */
	private void define(String name) {
		if (!this.stage.containsBeanDefinition(name) && this.application.containsBeanDefinition(name)
				&& this.application.getMergedBeanDefinition(name) instanceof RootBeanDefinition definition) {
			RootBeanDefinition copy = new RootBeanDefinition(definition);
			copy.setLazyInit(true);
			copy.setAutowireCandidate(false);
			this.stage.registerBeanDefinition(name, copy);
		}
	}

	@Override
	public void close() {
		this.stage.close();
	}

	/**
	 * Where it happens: has whatever the application has, and is heard by nobody.
	 */
	private static final class Stage extends GenericApplicationContext {

		Stage(ConfigurableListableBeanFactory application) {
			super(new DefaultListableBeanFactory(application));
			DefaultListableBeanFactory own = getDefaultListableBeanFactory();
			own.setConversionService(application.getConversionService());
			if (application instanceof AbstractBeanFactory factory) {
				factory.getPropertyEditorRegistrars().forEach(own::addPropertyEditorRegistrar);
				factory.getCustomEditors().forEach(own::registerCustomEditor);
			}
			// Constraint validators may have dependencies
			AutowiredAnnotationBeanPostProcessor autowiring = new AutowiredAnnotationBeanPostProcessor();
			autowiring.setBeanFactory(own);
			own.addBeanPostProcessor(autowiring);
		}

		@Override
		protected void publishEvent(Object event, @Nullable ResolvableType type) {
			// Not an event of the application
		}

	}

}
