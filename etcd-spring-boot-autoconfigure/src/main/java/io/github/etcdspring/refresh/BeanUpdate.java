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

import io.github.etcdspring.refresh.UpdateStep.FieldAssignment;
import io.github.etcdspring.refresh.UpdateStep.SetterCall;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.util.ReflectionUtils;

/**
 * Updates a bean in use to the state that binding gives to a fresh instance, after a dry
 * run of its setters on a stand-in. Readers see the former or the next value of a
 * property, never a default.
 */
final class BeanUpdate {

	private final List<UpdateStep> steps;

	private BeanUpdate(List<UpdateStep> steps) {
		this.steps = steps;
	}

	/**
	 * Plan the update of a bean. Setters receive the bound values. Fields that still
	 * differ from the fresh instance are assigned directly.
	 * @param standIn an instance bound to the configuration in use, changed by the dry
	 * run
	 * @param fresh an instance bound to the candidate
	 * @param standIns creates another stand-in, only called if setters are not enough
	 * @param bound the values that the binder gave to the setters of the fresh instance
	 * @param changed names of the properties that differ
	 * @param prefix the prefix of the bean
	 * @return the update
	 * @throws SetterFailedException if a setter does not accept its value
	 */
	static BeanUpdate plan(Object standIn, Object fresh, Supplier<? extends @Nullable Object> standIns,
			Map<ConfigurationPropertyName, Object> bound, List<ConfigurationPropertyName> changed,
			ConfigurationPropertyName prefix) throws SetterFailedException {
		List<SetterCall> calls = new ArrayList<>();
		collect(fresh, bound, changed, prefix, List.of(), calls);
		DryRun dryRun = new DryRun(standIn);
		for (Map.Entry<SetterCall, Throwable> failure : runWithRetries(calls, dryRun::set).entrySet()) {
			if (failure.getKey().isBound()) {
				throw new SetterFailedException(failure.getKey().name(), failure.getValue());
			}
		}
		List<FieldDifference> remaining = FieldDifference.between(standIn, fresh);
		Set<List<Field>> random = Set.of();
		Object secondStandIn = (remaining.stream().allMatch((difference) -> isNamed(difference, calls, standIn))) ? null
				: standIns.get();
		if (secondStandIn != null) {
			runWithRetries(dryRun.order, (call) -> call.apply(secondStandIn));
			random = FieldDifference.between(standIn, secondStandIn)
				.stream()
				.map(FieldDifference::path)
				.collect(Collectors.toSet());
		}
		List<SetterCall> wrongCalls = wrongCalls(dryRun, without(random, remaining));
		if (!wrongCalls.isEmpty()) {
			Collections.reverse(wrongCalls);
			wrongCalls.forEach(dryRun::undo);
			dryRun.order.removeAll(wrongCalls);
			dryRun.order.forEach((call) -> call.apply(standIn));
			remaining = FieldDifference.between(standIn, fresh);
		}
		remaining = without(random, remaining);
		if (secondStandIn == null) {
			remaining = remaining.stream()
				.filter((difference) -> isNamed(difference, calls, standIn) || dryRun.hasChanged(difference))
				.toList();
		}
		List<UpdateStep> steps = new ArrayList<>(dryRun.order);
		Map<List<Field>, FieldAssignment> assignments = new LinkedHashMap<>();
		for (FieldDifference difference : remaining) {
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

	private static boolean isNamed(FieldDifference difference, List<SetterCall> calls, Object root) {
		return calls.stream().anyMatch((call) -> call.names(difference, root));
	}

	/** Returns the setters that result in a different value than binding. */
	private static List<SetterCall> wrongCalls(DryRun dryRun, List<FieldDifference> remaining) {
		return dryRun.order.stream()
			.filter((call) -> remaining.stream()
				.anyMatch((difference) -> (call.isExact()) ? call.names(difference, dryRun.root)
						: dryRun.hasChanged(call, difference)))
			.collect(Collectors.toCollection(ArrayList::new));
	}

	/**
	 * Update the bean in use. If one property fails, the others are still updated.
	 * @param live the bean
	 * @return the failures by the name of the property
	 */
	Map<String, Throwable> applyTo(Object live) {
		Map<String, Throwable> failures = new TreeMap<>();
		runWithRetries(this.steps, (step) -> step.apply(live))
			.forEach((step, failure) -> failures.put(step.name(), failure));
		return failures;
	}

	/** Retries failed steps after the others, such as a minimum above the old maximum. */
	private static <S extends UpdateStep> IdentityHashMap<S, Throwable> runWithRetries(List<S> steps,
			Consumer<S> executor) {
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
					FailureCause.rethrowOutOfMemory(ex);
					failures.put(step, ex);
				}
			}
			waiting = waiting.stream().filter(failures::containsKey).toList();
		}
		while (!waiting.isEmpty() && waiting.size() < before);
		return failures;
	}

	/**
	 * Calls setters of a stand-in and records which fields they change.
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

		boolean hasChanged(SetterCall call, FieldDifference difference) {
			Object owner = call.owner(this.root);
			return owner != null
					&& changes(call).keySet().stream().anyMatch((field) -> difference.isWithin(owner, field));
		}

		boolean hasChanged(FieldDifference difference) {
			return this.former.keySet().stream().anyMatch((call) -> hasChanged(call, difference));
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
	 * Thrown when a setter rejects its new value.
	 */
	static final class SetterFailedException extends Exception {

		private static final long serialVersionUID = 1L;

		private final String property;

		SetterFailedException(String property, Throwable cause) {
			super("The setter of " + property + " failed (" + FailureCause.type(cause) + ")", cause);
			this.property = property;
		}

		/** Name of the property. */
		String property() {
			return this.property;
		}

	}

}
