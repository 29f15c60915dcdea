package io.github.etcdspring.refresh;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyFactoryBean;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.target.SimpleBeanTargetSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.util.Assert;

/**
 * Creates the proxy of a refresh-scoped bean. The proxy prevents an instance from being
 * destroyed during a call.
 */
@SuppressWarnings("serial")
final class ScopedInstanceProxy extends ScopedProxyFactoryBean implements MethodInterceptor {

	private final transient EtcdRefreshScope scope;

	private final SimpleBeanTargetSource target = new SimpleBeanTargetSource() {

		@Override
		public Object getTarget() {
			return ScopedInstanceProxy.this.bean(ScopedInstanceProxy.this.scope.instance(getTargetBeanName()));
		}

	};

	ScopedInstanceProxy(EtcdRefreshScope scope) {
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
