package io.github.etcdspring.refresh;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.util.ReflectionUtils;

/**
 * Updates a bean in use to the state that binding gives to a fresh instance, after a dry
 * run of its setters on a stand-in. Readers see the former or the next value of a
 * property, never a default.
 */
final class BeanUpdate {

	private final List<Step> steps;

	private BeanUpdate(List<Step> steps) {
		this.steps = steps;
	}

	/**
	 * Plan the update of a bean. Setters take the values that were bound. What they do
	 * not bring to the state of the fresh instance is assigned to the fields.
	 * @param standIn an instance bound to the configuration in use, changed by the dry
	 * run
	 * @param fresh an instance bound to the candidate
	 * @param another creates another stand-in, only called if setters are not enough
	 * @param bound the values that the binder gave to the setters of the fresh instance
	 * @param changed names of the properties that differ
	 * @param prefix the prefix of the bean
	 * @return the update
	 * @throws SetterFailedException if a setter does not accept its value
	 */
	static BeanUpdate plan(Object standIn, Object fresh, Supplier<? extends @Nullable Object> another,
			Map<ConfigurationPropertyName, Object> bound, List<ConfigurationPropertyName> changed,
			ConfigurationPropertyName prefix) throws SetterFailedException {
		List<SetterCall> calls = new ArrayList<>();
		collect(fresh, bound, changed, prefix, List.of(), calls);
		DryRun trial = new DryRun(standIn);
		for (Map.Entry<SetterCall, Throwable> failure : run(calls, trial::set).entrySet()) {
			if (failure.getKey().isBound()) {
				throw new SetterFailedException(failure.getKey().name(), failure.getValue());
			}
		}
		List<FieldDifference> rest = FieldDifference.between(standIn, fresh);
		Set<List<Field>> random = Set.of();
		Object other = (rest.stream().allMatch((difference) -> named(difference, calls, standIn))) ? null
				: another.get();
		if (other != null) {
			run(trial.order, (call) -> call.apply(other));
			random = FieldDifference.between(standIn, other)
				.stream()
				.map(FieldDifference::path)
				.collect(Collectors.toSet());
		}
		List<SetterCall> misleading = misleading(trial, without(random, rest));
		if (!misleading.isEmpty()) {
			Collections.reverse(misleading);
			misleading.forEach(trial::undo);
			trial.order.removeAll(misleading);
			trial.order.forEach((call) -> call.apply(standIn));
			rest = FieldDifference.between(standIn, fresh);
		}
		rest = without(random, rest);
		if (other == null) {
			rest = rest.stream()
				.filter((difference) -> named(difference, calls, standIn) || trial.touched(difference))
				.toList();
		}
		List<Step> steps = new ArrayList<>(trial.order);
		Map<List<Field>, FieldAssignment> assignments = new LinkedHashMap<>();
		for (FieldDifference difference : rest) {
			List<Field> path = difference.replaceable();
			if (path != null) {
				assignments.computeIfAbsent(path, (ignored) -> FieldAssignment.of(path, fresh));
			}
		}
		steps.addAll(assignments.values());
		return new BeanUpdate(steps);
	}

	private static void collect(Object fresh, Map<ConfigurationPropertyName, Object> bound,
			List<ConfigurationPropertyName> changed, ConfigurationPropertyName prefix, List<BeanProperty> owners,
			List<SetterCall> calls) {
		for (BeanProperty property : BeanProperty.of(fresh.getClass())) {
			ConfigurationPropertyName name = prefix.append(property.name());
			if (changed.stream().anyMatch((other) -> name.equals(other) || name.isAncestorOf(other))) {
				calls.add(new SetterCall(name, owners, property, bound.get(name), fresh));
				Object nested = (property.setter() == null) ? property.get(fresh) : null;
				if (nested != null && FieldDifference.isBean(nested)) {
					List<BeanProperty> path = new ArrayList<>(owners);
					path.add(property);
					collect(nested, bound, changed, name, path, calls);
				}
			}
		}
	}

	private static List<FieldDifference> without(Set<List<Field>> paths, List<FieldDifference> differences) {
		return differences.stream().filter((difference) -> !paths.contains(difference.path())).toList();
	}

	private static boolean named(FieldDifference difference, List<SetterCall> calls, Object root) {
		return calls.stream().anyMatch((call) -> call.names(difference, root));
	}

	/** Setters that lead to another value than binding does. */
	private static List<SetterCall> misleading(DryRun trial, List<FieldDifference> rest) {
		return trial.order.stream()
			.filter((call) -> rest.stream()
				.anyMatch((difference) -> (call.isExact()) ? call.names(difference, trial.root)
						: trial.touched(call, difference)))
			.collect(Collectors.toCollection(ArrayList::new));
	}

	/**
	 * Update the bean in use. A property that fails does not keep the others back.
	 * @param live the bean
	 * @return the failures by the name of the property
	 */
	Map<String, Throwable> applyTo(Object live) {
		Map<String, Throwable> failures = new TreeMap<>();
		run(this.steps, (step) -> step.apply(live)).forEach((step, failure) -> failures.put(step.name(), failure));
		return failures;
	}

	/** Repeats what fails after the others, such as a minimum above the old maximum. */
	private static <S extends Step> IdentityHashMap<S, Throwable> run(List<S> steps, Consumer<S> executor) {
		IdentityHashMap<S, Throwable> failures = new IdentityHashMap<>();
		List<S> waiting = List.copyOf(steps);
		int before;
		do {
			before = waiting.size();
			failures.clear();
			for (S step : waiting) {
				try {
					executor.accept(step);
				}
				catch (RuntimeException | Error ex) {
					Rejection.requireMemory(ex);
					failures.put(step, ex);
				}
			}
			waiting = waiting.stream().filter(failures::containsKey).toList();
		}
		while (!waiting.isEmpty() && waiting.size() < before);
		return failures;
	}

	/**
	 * Calls setters of a stand-in and remembers the fields that they change.
	 */
	private static final class DryRun {

		private final Object root;

		private final List<SetterCall> order = new ArrayList<>();

		private final Map<SetterCall, Map<Field, @Nullable Object>> former = new HashMap<>();

		DryRun(Object root) {
			this.root = root;
		}

		void set(SetterCall call) {
			Object owner = call.owner(this.root);
			if (owner == null || !call.isPossible()) {
				return;
			}
			Map<Field, @Nullable Object> values = new HashMap<>();
			FieldDifference.fields(owner.getClass())
				.forEach((field) -> values.put(field, ReflectionUtils.getField(field, owner)));
			call.apply(this.root);
			values.entrySet().removeIf((entry) -> unchanged(entry.getKey(), owner, entry.getValue()));
			this.former.put(call, values);
			this.order.add(call);
		}

		private static boolean unchanged(Field field, Object owner, @Nullable Object former) {
			Object value = ReflectionUtils.getField(field, owner);
			return (field.getType().isPrimitive()) ? Objects.equals(value, former) : value == former;
		}

		boolean touched(SetterCall call, FieldDifference difference) {
			Object owner = call.owner(this.root);
			return owner != null
					&& changes(call).keySet().stream().anyMatch((field) -> difference.isWithin(owner, field));
		}

		boolean touched(FieldDifference difference) {
			return this.former.keySet().stream().anyMatch((call) -> touched(call, difference));
		}

		private Map<Field, @Nullable Object> changes(SetterCall call) {
			return this.former.getOrDefault(call, Map.of());
		}

		void undo(SetterCall call) {
			Object owner = call.owner(this.root);
			changes(call).forEach((field, value) -> ReflectionUtils.setField(field, owner, value));
		}

	}

	/**
	 * One step of the update of a bean.
	 */
	sealed interface Step permits SetterCall, FieldAssignment {

		/** Name of the property or field that it changes. */
		String name();

		/**
		 * Change a bean.
		 * @param bean the bean, which may hold the property in a nested object
		 */
		void apply(Object bean);

	}

	/**
	 * Thrown when a setter does not accept the value that it would be given.
	 */
	static final class SetterFailedException extends Exception {

		private static final long serialVersionUID = 1L;

		private final String property;

		SetterFailedException(String property, Throwable cause) {
			super("The setter of " + property + " failed (" + Rejection.kind(cause) + ")", cause);
			this.property = property;
		}

		/** Name of the property. */
		String property() {
			return this.property;
		}

	}

}
