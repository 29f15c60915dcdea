package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyFactoryBean;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.target.SimpleBeanTargetSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.util.Assert;

/**
 * An instance of a refresh-scoped bean, with the configuration and the properties that it
 * was created from. Counts its references: one by the scope, and one for each call.
 */
final class ScopedInstance {

	private final String name;

	private final Configuration configuration;

	private final PropertyLookups lookups = new PropertyLookups();

	private final AtomicInteger references = new AtomicInteger(1);

	/** Completed with {@code false} if the instance is discarded. */
	private final CompletableFuture<Boolean> usable = new CompletableFuture<>();

	private final CompletableFuture<@Nullable Void> destroyed = new CompletableFuture<>();

	private final AtomicReference<@Nullable Runnable> destruction = new AtomicReference<>();

	private @Nullable Object bean;

	/**
	 * Create an instance without a bean yet.
	 * @param name the name of the target bean
	 * @param configuration the configuration in use
	 */
	ScopedInstance(String name, Configuration configuration) {
		this.name = name;
		this.configuration = configuration;
	}

	/**
	 * Return an instance that is never destroyed.
	 * @param name the name of the target bean
	 * @param bean the bean
	 * @return the instance
	 */
	static ScopedInstance of(String name, Object bean) {
		ScopedInstance instance = new ScopedInstance(name, Configuration.NONE);
		instance.bean = bean;
		instance.usable.complete(true);
		return instance;
	}

	/** Name of the target bean. */
	String name() {
		return this.name;
	}

	/** Name of the bean in the application. */
	String beanName() {
		return beanName(this.name);
	}

	/**
	 * Return the name of a bean in the application.
	 * @param target the name of the bean or of the target bean
	 * @return the name
	 */
	static String beanName(String target) {
		return (ScopedProxyUtils.isScopedTarget(target)) ? ScopedProxyUtils.getOriginalBeanName(target) : target;
	}

	Object bean() {
		Assert.state(this.bean != null, "The bean has not been created");
		return this.bean;
	}

	/**
	 * Create the bean.
	 * @param factory creates it
	 */
	void create(Supplier<Object> factory) {
		this.bean = this.lookups.during(factory);
	}

	/**
	 * Make the created bean usable, unless a property that it has read changed meanwhile.
	 * @param current the configuration in use after the creation
	 * @return whether it is usable
	 */
	boolean complete(Configuration current) {
		return !this.lookups.anyDiffers(this.configuration, current) && this.usable.complete(true);
	}

	/**
	 * Prevent the bean from becoming usable.
	 * @return whether it is and remains unusable
	 */
	boolean discard() {
		return this.usable.complete(false) || !isUsable();
	}

	boolean isUsable() {
		return this.usable.getNow(false);
	}

	/**
	 * Wait until the bean has been created by another thread.
	 * @param timeout the maximum time to wait
	 * @return whether it is usable
	 * @throws TimeoutException if it is still being created
	 * @throws InterruptedException if the thread is interrupted
	 */
	boolean await(Duration timeout) throws TimeoutException, InterruptedException {
		try {
			return this.usable.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Return whether it has read changed properties. The creation may still be under way.
	 * @param changes the changed properties
	 * @param current the configuration with the changes
	 */
	boolean affectedBy(PropertyChanges changes, Configuration current) {
		return this.configuration != current && changes.affect(this.lookups.names());
	}

	/**
	 * Acquire a reference for a call, which delays the destruction.
	 * @return whether the bean may be called
	 */
	boolean acquire() {
		return this.references.getAndUpdate((count) -> (count > 0) ? count + 1 : 0) > 0;
	}

	/**
	 * Release a reference.
	 * @return whether it was the last one
	 */
	boolean release() {
		return this.references.decrementAndGet() == 0;
	}

	void onDestruction(@Nullable Runnable callback) {
		this.destruction.set(callback);
	}

	boolean hasDestruction() {
		return this.destruction.get() != null;
	}

	/**
	 * Destroy the bean, once.
	 */
	void destroy() {
		Runnable callback = this.destruction.getAndSet(null);
		try {
			if (callback != null) {
				callback.run();
			}
		}
		finally {
			this.destroyed.complete(null);
		}
	}

	CompletableFuture<@Nullable Void> destroyed() {
		return this.destroyed;
	}

	/**
	 * Creates the proxy of a refresh-scoped bean. The proxy prevents an instance from
	 * being destroyed during a call.
	 */
	@SuppressWarnings("serial")
	static final class Proxy extends ScopedProxyFactoryBean implements MethodInterceptor {

		private final transient EtcdRefreshScope scope;

		private final SimpleBeanTargetSource target = new SimpleBeanTargetSource() {

			@Override
			public Object getTarget() {
				return Proxy.this.bean(Proxy.this.scope.instance(getTargetBeanName()));
			}

		};

		Proxy(EtcdRefreshScope scope) {
			this.scope = scope;
		}

		@Override
		public void setTargetBeanName(String name) {
			super.setTargetBeanName(name);
			this.target.setTargetBeanName(name);
		}

		@Override
		public void setBeanFactory(BeanFactory factory) {
			super.setBeanFactory(factory);
			this.target.setBeanFactory(factory);
			Advised advised = (Advised) getObject();
			Assert.state(advised != null, "No proxy");
			advised.setTargetSource(this.target);
			advised.addAdvice(0, this);
		}

		/** The scope manages a factory bean, but not its product. */
		private Object bean(ScopedInstance instance) {
			Object bean = instance.bean();
			return (bean instanceof FactoryBean<?>) ? this.target.getBeanFactory().getBean(instance.name()) : bean;
		}

		@Override
		public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
			if (invocation.getMethod().getDeclaringClass() == ScopedObject.class
					|| AopUtils.isToStringMethod(invocation.getMethod())) {
				return invocation.proceed();
			}
			ScopedInstance instance = this.scope.acquire(this.target.getTargetBeanName());
			try {
				Object bean = bean(instance);
				Object result = AopUtils.invokeJoinpointUsingReflection(bean, invocation.getMethod(),
						invocation.getArguments());
				return (result == bean) ? proxy(invocation, bean) : result;
			}
			finally {
				this.scope.release(instance);
			}
		}

		/** A method that returns its target must return the proxy, as in Spring. */
		private static Object proxy(MethodInvocation invocation, Object bean) {
			Object proxy = ((ProxyMethodInvocation) invocation).getProxy();
			return (invocation.getMethod().getReturnType().isInstance(proxy)) ? proxy : bean;
		}

	}

}
