package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

import io.github.etcdspring.refresh.ValueMember.Values;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Updates fields and methods of singletons that received properties by {@code @Value}.
 */
final class ValueFollower {

	private static final Log logger = LogFactory.getLog(ValueFollower.class);

	private final ConfigurableListableBeanFactory beans;

	private final CreatedBeans created;

	ValueFollower(ConfigurableListableBeanFactory beans, CreatedBeans created) {
		this.beans = beans;
		this.created = created;
	}

	/**
	 * Evaluate and convert the values that a change affects.
	 * @param stage where to evaluate them
	 * @param candidate the environment with the change
	 * @param changes what changes
	 * @return the updates
	 * @throws RejectedCandidateException if a value cannot be resolved or converted
	 */
	List<Runnable> prepare(Stage stage, CandidateEnvironment candidate, Changes changes)
			throws RejectedCandidateException {
		return prepare(stage, candidate, this.created.membersOf(changes.parts()), false);
	}

	/**
	 * Evaluate and convert the values of members.
	 * @param stage where to evaluate them
	 * @param candidate the environment with the change
	 * @param members the members
	 * @param always whether to update members whose value seems to be the same
	 * @return the updates
	 * @throws RejectedCandidateException if a value cannot be resolved or converted
	 */
	List<Runnable> prepare(Stage stage, CandidateEnvironment candidate, Collection<ValueMember> members, boolean always)
			throws RejectedCandidateException {
		List<Runnable> prepared = new ArrayList<>();
		for (ValueMember member : members) {
			AskedNames asked = new AskedNames();
			List<@Nullable Object> results = new ArrayList<>();
			for (String expression : member.expressions()) {
				results.add(resolve(member, expression, asked, stage, candidate));
			}
			Values values = new Values(Collections.unmodifiableList(results), asked.names());
			if (always || !results.equals(member.values().results())) {
				@Nullable Object[] converted = convert(member, values, stage, candidate);
				prepared.add(() -> set(member, converted, values));
			}
		}
		return prepared;
	}

	/** An application may have chosen to tolerate placeholders without a value. */
	private @Nullable Object resolve(ValueMember member, String expression, AskedNames asked, Stage stage,
			CandidateEnvironment candidate) throws RejectedCandidateException {
		try {
			return asked.during(() -> {
				String text = stage.beanFactory().resolveEmbeddedValue(expression);
				return (CreatedBeans.isOfEnvironment(expression)) ? CreatedBeans.evaluate(text, stage.beanFactory())
						: text;
			});
		}
		catch (PlaceholderResolutionException ex) {
			throw missing(member, expression, ex.getPlaceholder(), asked, candidate);
		}
		catch (RuntimeException ex) {
			throw new RejectedCandidateException(key(asked, candidate),
					member + " of the bean '" + member.bean() + "' cannot be evaluated (" + Rejection.kind(ex) + ")");
		}
	}

	private static RejectedCandidateException missing(ValueMember member, String expression, String placeholder,
			AskedNames asked, CandidateEnvironment candidate) {
		String needed = ", which " + member + " of the bean '" + member.bean() + "' needs";
		if (expression.contains("${" + placeholder)) {
			return new RejectedCandidateException(null,
					"the property " + placeholder + " is missing" + needed + " as it names no default");
		}
		return new Rejection(member.bean(), candidate::property).unresolvable(placeholder, asked.names(), needed);
	}

	private @Nullable Object[] convert(ValueMember member, Values values, Stage stage, CandidateEnvironment candidate)
			throws RejectedCandidateException {
		@Nullable Object[] converted = new @Nullable Object[values.results().size()];
		for (int i = 0; i < converted.length; i++) {
			Object value = values.results().get(i);
			try {
				if (value instanceof String text && !CreatedBeans.isOfEnvironment(member.expressions().get(i))) {
					value = CreatedBeans.evaluate(text, stage.beanFactory());
				}
				converted[i] = member.convert(i, value, this.beans.getTypeConverter());
			}
			catch (RuntimeException ex) {
				throw new RejectedCandidateException(key(values.asked(), candidate), member + " of the bean '"
						+ member.bean() + "' cannot take the value (" + Rejection.kind(ex) + ")");
			}
		}
		return converted;
	}

	private static @Nullable KeyOrigin key(AskedNames asked, CandidateEnvironment candidate) {
		return key(asked.names(), candidate);
	}

	private static @Nullable KeyOrigin key(Collection<ConfigurationPropertyName> asked,
			CandidateEnvironment candidate) {
		return asked.stream()
			.map((name) -> Rejection.key(candidate.property(name)))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

	private void set(ValueMember member, @Nullable Object[] converted, Values values) {
		try {
			member.set(converted, values);
			this.created.index(member);
		}
		catch (RuntimeException | Error ex) {
			logger.error(member + " of the bean '" + member.bean() + "' keeps its former value, as it cannot be set ("
					+ Rejection.kind(ex) + ")");
		}
	}

}
