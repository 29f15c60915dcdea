package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.cloud.context.scope.refresh.RefreshScope;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Makes beans of the refresh scope anew. A bean is kept until the calls to it have ended,
 * and one with a call that does not end must not hold up the configuration: it is tried
 * again on a thread that exists only for that.
 */
final class ScopeRenewal implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(ScopeRenewal.class);

	private static final Duration PATIENCE = Duration.ofSeconds(2);

	/** Short, as new calls wait meanwhile. */
	private static final Duration GLANCE = Duration.ofMillis(50);

	private static final Duration PAUSE = Duration.ofSeconds(1);

	private final ConfigurableApplicationContext context;

	private final RefreshScope scope;

	private final Duration patience;

	private final Set<String> busy = ConcurrentHashMap.newKeySet();

	private final ScheduledThreadPoolExecutor executor;

	ScopeRenewal(ConfigurableApplicationContext context, RefreshScope scope) {
		this(context, scope, PATIENCE);
	}

	ScopeRenewal(ConfigurableApplicationContext context, RefreshScope scope, Duration patience) {
		this.context = context;
		this.scope = scope;
		this.patience = patience;
		CustomizableThreadFactory threads = new CustomizableThreadFactory("etcd-config-scope-");
		threads.setDaemon(true);
		this.executor = new ScheduledThreadPoolExecutor(1, threads);
		this.executor.setKeepAliveTime(PAUSE.toMillis() * 2, TimeUnit.MILLISECONDS);
		this.executor.allowCoreThreadTimeOut(true);
	}

	/**
	 * Make those beans anew that were made from something else.
	 * @param configuration the configuration in force
	 * @param changes what it has changed
	 * @param properties beans bound to what has changed
	 */
	void renew(Configuration configuration, Changes changes, List<PropertiesBean> properties) {
		if (!(this.scope instanceof EtcdRefreshScope own)) {
			attempt("The refresh scope", this.scope::refreshAll);
			return;
		}
		List<String> affected = own.affected(changes, configuration, properties, this.context.getBeanFactory());
		for (String name : renew(own, affected, this.patience)) {
			if (this.busy.add(name)) {
				logger.warn(described(name) + " is in use by a call that does not end. It follows the configuration "
						+ "of revision " + configuration.revision() + " when the call has ended");
			}
		}
		renewLater(own);
		// As after each refresh of Commons, whatever was made anew: routes of a gateway
		// follow it
		attempt("What follows the refresh scope", () -> this.context.publishEvent(new RefreshScopeRefreshedEvent()));
	}

	/**
	 * First let go of all, so that none is made from one that is to go.
	 */
	private List<String> renew(EtcdRefreshScope own, List<String> names, Duration patience) {
		List<String> released = new ArrayList<>();
		List<String> remaining = new ArrayList<>(names);
		for (String name : names) {
			attempt(described(name), () -> {
				if (own.release(name, patience)) {
					remaining.remove(name);
					released.add(name);
					this.context.publishEvent(new RefreshScopeRefreshedEvent(name));
				}
			});
		}
		released.forEach((name) -> attempt(described(name), () -> create(name)));
		return remaining;
	}

	/** At once, as at the start, so that a bean with scheduled methods goes on. */
	private void create(String name) {
		ConfigurableListableBeanFactory beans = this.context.getBeanFactory();
		if (beans.containsBeanDefinition(name) && !beans.getBeanDefinition(name).isLazyInit()) {
			beans.getBean(name);
		}
	}

	private void renewLater(EtcdRefreshScope own) {
		if (!this.busy.isEmpty() && !this.executor.isShutdown() && this.executor.getQueue().isEmpty()) {
			this.executor.schedule(() -> {
				List<String> names = List.copyOf(this.busy);
				List<String> remaining = renew(own, names, GLANCE);
				names.stream().filter((name) -> !remaining.contains(name)).forEach(this.busy::remove);
				renewLater(own);
			}, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	private static void attempt(String what, Runnable action) {
		try {
			action.run();
		}
		catch (RuntimeException | Error ex) {
			logger.error(what + " cannot be made anew: " + Rejection.place(ex));
		}
	}

	private static String described(String target) {
		String name = (ScopedProxyUtils.isScopedTarget(target)) ? ScopedProxyUtils.getOriginalBeanName(target) : target;
		return "The bean '" + name + "' of the refresh scope";
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
	}

}
