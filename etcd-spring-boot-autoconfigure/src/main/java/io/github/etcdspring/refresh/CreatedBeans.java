package io.github.etcdspring.refresh;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

import io.github.etcdspring.refresh.ValueMember.Target;
import io.github.etcdspring.refresh.ValueMember.Values;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanExpressionContext;
import org.springframework.beans.factory.config.BeanExpressionResolver;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.InstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Tracks the singletons of a context as they are created: which of their fields and
 * methods received properties by {@link Value @Value}, and which of them were created
 * while a change was applied, so that they may have missed it.
 */
final class CreatedBeans implements InstantiationAwareBeanPostProcessor, BeanFactoryAware, SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(CreatedBeans.class);

	private final Map<Class<?>, List<Target>> types = new ConcurrentHashMap<>();

	private final Map<ConfigurationPropertyName, Set<ValueMember>> byName = new ConcurrentHashMap<>();

	private final Map<String, Long> started = new ConcurrentHashMap<>();

	/** Names of the beans that are tracked, for the debug log only. */
	private final Set<String> tracked = ConcurrentHashMap.newKeySet();

	private final Queue<LateBean> late = new ConcurrentLinkedQueue<>();

	/** Counts the begins and ends of changes: odd while one is rehearsed and applied. */
	private final AtomicLong changes = new AtomicLong();

	private volatile Runnable onLate = () -> {
	};

	private final Map<LiveConfiguration, Configuration> initial;

	private @Nullable ConfigurableListableBeanFactory beans;

	/**
	 * Create before any other bean of the context.
	 * @param configurations the configurations of its environment, as they are now
	 */
	CreatedBeans(Map<LiveConfiguration, Configuration> configurations) {
		this.initial = configurations;
	}

	/**
	 * Return the configuration in use before any bean was created.
	 * @param live the configuration in use
	 */
	Configuration initial(LiveConfiguration live) {
		return this.initial.getOrDefault(live, live.current());
	}

	@Override
	public void setBeanFactory(BeanFactory factory) {
		this.beans = (ConfigurableListableBeanFactory) factory;
	}

	/**
	 * Call something when a bean may have missed a change.
	 * @param action called on the thread that creates the bean
	 */
	void onLate(Runnable action) {
		this.onLate = action;
	}

	/**
	 * Note that a change is being rehearsed from now on.
	 */
	void begin() {
		this.changes.incrementAndGet();
	}

	/**
	 * Note that the change has been applied or rejected.
	 */
	void end() {
		this.changes.incrementAndGet();
	}

	/**
	 * Return the number of the change that is being applied.
	 */
	long current() {
		return this.changes.get();
	}

	@Nullable LateBean pollLate() {
		return this.late.poll();
	}

	boolean hasLate() {
		return !this.late.isEmpty();
	}

	@Override
	public @Nullable Object postProcessBeforeInstantiation(Class<?> type, String name) {
		this.started.put(name, this.changes.get());
		return null;
	}

	@Override
	public Object postProcessBeforeInitialization(Object bean, String name) {
		if (logger.isDebugEnabled()) {
			this.tracked.add(name);
		}
		List<Target> targets = this.types.computeIfAbsent(ClassUtils.getUserClass(bean), CreatedBeans::find);
		ConfigurableListableBeanFactory beans = this.beans;
		if (!targets.isEmpty() && beans != null && beans.containsBeanDefinition(name)
				&& beans.getMergedBeanDefinition(name).isSingleton()) {
			for (Target target : targets) {
				index(new ValueMember(name, bean, target, evaluate(target.expressions(), beans)));
			}
		}
		return bean;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String name) {
		Long before = this.started.remove(name);
		long now = this.changes.get();
		if (before != null && (before != now || now % 2 != 0)) {
			this.late.add(new LateBean(name, bean, before));
			this.onLate.run();
		}
		return bean;
	}

	private static Values evaluate(List<String> expressions, ConfigurableListableBeanFactory beans) {
		AskedNames asked = new AskedNames();
		List<@Nullable Object> results = asked.during(() -> {
			List<@Nullable Object> found = new ArrayList<>();
			for (String expression : expressions) {
				String text = beans.resolveEmbeddedValue(expression);
				found.add((isOfEnvironment(expression)) ? evaluate(text, beans) : text);
			}
			return found;
		});
		return new Values(Collections.unmodifiableList(results), asked.names());
	}

	static @Nullable Object evaluate(@Nullable String text, ConfigurableListableBeanFactory beans) {
		BeanExpressionResolver resolver = beans.getBeanExpressionResolver();
		return (resolver != null) ? resolver.evaluate(text, new BeanExpressionContext(beans, null)) : text;
	}

	/**
	 * Other expressions of SpEL may do anything, and are evaluated only when they change.
	 */
	static boolean isOfEnvironment(String expression) {
		return expression.contains("#{") && expression.contains("environment");
	}

	void index(ValueMember member) {
		for (ConfigurationPropertyName name : member.values().asked()) {
			this.byName.computeIfAbsent(name, (key) -> ConcurrentHashMap.newKeySet()).add(member);
		}
	}

	/**
	 * Return the members that have looked up properties.
	 * @param names the names of the properties
	 * @return the members whose bean is still there
	 */
	Set<ValueMember> membersOf(Collection<ConfigurationPropertyName> names) {
		Set<ValueMember> found = new LinkedHashSet<>();
		for (ConfigurationPropertyName name : names) {
			Set<ValueMember> members = this.byName.get(name);
			if (members != null) {
				members.removeIf((member) -> member.gone() || !member.values().asked().contains(name));
				found.addAll(members);
			}
		}
		return found;
	}

	/**
	 * Return the members of a bean.
	 * @param bean the bean
	 * @return its members
	 */
	Set<ValueMember> membersOf(Object bean) {
		Set<ValueMember> found = new LinkedHashSet<>();
		this.byName.values()
			.forEach((members) -> members.stream().filter((member) -> member.isOf(bean)).forEach(found::add));
		return found;
	}

	private static List<Target> find(Class<?> type) {
		if (!AnnotationUtils.isCandidateClass(type, Value.class)) {
			return List.of();
		}
		List<Target> found = new ArrayList<>();
		ReflectionUtils.doWithFields(type, (field) -> {
			List<String> expressions = expressions(field);
			if (follows(expressions, field, Modifier.isFinal(field.getModifiers()))) {
				found.add(new Target(field, expressions));
			}
		});
		for (Method method : ReflectionUtils.getUniqueDeclaredMethods(type)) {
			if (!method.isBridge() && method.getParameterCount() > 0) {
				List<String> expressions = expressions(method);
				if (follows(expressions, method, expressions.size() < method.getParameterCount())) {
					found.add(new Target(method, expressions));
				}
			}
		}
		return List.copyOf(found);
	}

	/** Returns whether it follows changes, and logs it if it cannot. */
	private static boolean follows(List<String> expressions, Member member, boolean impossible) {
		if (!mayChange(expressions)) {
			return false;
		}
		if (impossible || Modifier.isStatic(member.getModifiers())) {
			logNotFollowing(member);
			return false;
		}
		return true;
	}

	private static boolean mayChange(List<String> expressions) {
		return expressions.stream().anyMatch((expression) -> expression.contains("${") || isOfEnvironment(expression));
	}

	private static void logNotFollowing(Member member) {
		String type = member.getDeclaringClass().getName();
		logger.debug("@Value of "
				+ ((member instanceof Constructor) ? "the constructor of " + type : type + "." + member.getName())
				+ " does not follow changes of the configuration. Use a field, a setter or LiveProperties");
	}

	/**
	 * Log once what does not follow: parameters of constructors and factory methods, and
	 * beans that were created for a bean post-processor, before this one was there.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		ConfigurableListableBeanFactory beans = this.beans;
		if (beans == null || !logger.isDebugEnabled()) {
			return;
		}
		Set<Member> members = new LinkedHashSet<>();
		for (String name : beans.getBeanDefinitionNames()) {
			if (beans.getMergedBeanDefinition(name) instanceof RootBeanDefinition definition
					&& definition.isSingleton()) {
				executables(definition).stream()
					.filter((executable) -> mayChange(parameterExpressions(executable.getParameters())))
					.forEach(members::add);
				Object early = (!this.tracked.contains(name)) ? beans.getSingleton(name) : null;
				if (early != null) {
					find(ClassUtils.getUserClass(early)).forEach((target) -> members.add(target.member()));
				}
			}
		}
		members.forEach(CreatedBeans::logNotFollowing);
		this.tracked.clear();
	}

	private static List<Executable> executables(RootBeanDefinition definition) {
		Method factoryMethod = definition.getResolvedFactoryMethod();
		if (factoryMethod != null) {
			return List.of(factoryMethod);
		}
		return (definition.hasBeanClass())
				? List.of(ClassUtils.getUserClass(definition.getBeanClass()).getDeclaredConstructors()) : List.of();
	}

	private static List<String> expressions(Field field) {
		Value value = AnnotatedElementUtils.getMergedAnnotation(field, Value.class);
		return (value != null) ? List.of(value.value()) : List.of();
	}

	private static List<String> expressions(Method method) {
		Value value = AnnotatedElementUtils.getMergedAnnotation(method, Value.class);
		if (value != null && method.getParameterCount() == 1) {
			return List.of(value.value());
		}
		return (value != null || AnnotatedElementUtils.hasAnnotation(method, Autowired.class))
				? parameterExpressions(method.getParameters()) : List.of();
	}

	private static List<String> parameterExpressions(Parameter[] parameters) {
		List<String> expressions = new ArrayList<>();
		for (AnnotatedElement parameter : parameters) {
			Value value = AnnotatedElementUtils.getMergedAnnotation(parameter, Value.class);
			if (value != null) {
				expressions.add(value.value());
			}
		}
		return expressions;
	}

	/**
	 * A bean that was created while a change was applied.
	 *
	 * @param name its name
	 * @param bean the bean
	 * @param before the number of the change during which or after which its creation
	 * began
	 */
	record LateBean(String name, Object bean, long before) {

	}

}
