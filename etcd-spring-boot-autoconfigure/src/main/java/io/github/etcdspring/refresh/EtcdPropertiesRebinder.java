package io.github.etcdspring.refresh;

import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import io.github.etcdspring.refresh.PropertiesBeans.PropertiesBean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.context.properties.ConfigurationPropertiesBeans;
import org.springframework.cloud.context.properties.ConfigurationPropertiesRebinder;
import org.springframework.context.ApplicationContext;
import org.springframework.util.ClassUtils;

/**
 * Rebinds beans after a change of the environment. Unlike the rebinder of Spring Cloud
 * Commons, it updates only changed properties and does not reset beans to their defaults
 * first. Public only for JMX.
 *
 * @since 0.1.0
 */
public final class EtcdPropertiesRebinder extends ConfigurationPropertiesRebinder {

	private static final Log logger = LogFactory.getLog(EtcdPropertiesRebinder.class);

	private final ContextRefresh refresh;

	private @Nullable ApplicationContext context;

	EtcdPropertiesRebinder(ConfigurationPropertiesBeans beans, ContextRefresh refresh) {
		super(beans);
		this.refresh = refresh;
	}

	@Override
	public void setApplicationContext(ApplicationContext context) {
		super.setApplicationContext(context);
		this.context = context;
	}

	@Override
	public void onApplicationEvent(EnvironmentChangeEvent event) {
		boolean own = event instanceof ConfigRefresh.OwnEnvironmentChangeEvent;
		Object source = event.getSource();
		if (!own && (source.equals(this.context) || source.equals(event.getKeys()))) {
			follow(event.getKeys());
		}
	}

	@Override
	public void rebind() {
		rebind((PropertiesBean bean) -> true);
	}

	@Override
	public boolean rebind(String name) {
		return rebind((PropertiesBean bean) -> bean.name().equals(name));
	}

	@Override
	@SuppressWarnings("rawtypes")
	public boolean rebind(Class type) {
		return rebind((PropertiesBean bean) -> ClassUtils.isAssignable(type, bean.type()));
	}

	private boolean rebind(Predicate<PropertiesBean> beans) {
		Set<String> keys = this.refresh.keys(beans);
		follow(keys);
		return !keys.isEmpty();
	}

	private void follow(Set<String> keys) {
		Map<String, RejectedConfigurationException> failures = this.refresh.follow(keys);
		getErrors().keySet().retainAll(failures.keySet());
		failures.forEach((bean, failure) -> {
			Exception former = getErrors().put(bean, failure);
			if (former == null || !String.valueOf(failure.getMessage()).equals(former.getMessage())) {
				logger.warn("'" + bean + "' keeps its previous properties after a change of the environment: "
						+ failure.getMessage());
			}
		});
	}

}
