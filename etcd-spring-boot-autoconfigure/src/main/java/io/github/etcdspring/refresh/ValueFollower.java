package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.BeanExpressionContext;
import org.springframework.beans.factory.config.BeanExpressionResolver;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Values in fields and setters of singletons.
 */
final class ValueFollower implements Follower {

	private static final Log logger = LogFactory.getLog(ValueFollower.class);

	private final ConfigurableListableBeanFactory beans;

	private final ValueMembers members;

	ValueFollower(ConfigurableListableBeanFactory beans, ValueMembers members) {
		this.beans = beans;
		this.members = members;
	}

	@Override
	public Runnable prepare(CandidateEnvironment candidate, Changes changes) throws RejectedCandidateException {
		List<Runnable> prepared = new ArrayList<>();
		if (!changes.isEmpty()) {
			for (ValueMember member : this.members.all()) {
				String text = resolve(member, candidate);
				if (!Objects.equals(text, member.text())) {
					prepared.add(prepare(member, text, candidate));
				}
			}
		}
		return () -> prepared.forEach(Runnable::run);
	}

	/** An application may have chosen to live with placeholders that mean nothing. */
	private @Nullable String resolve(ValueMember member, CandidateEnvironment candidate)
			throws RejectedCandidateException {
		try {
			return candidate.resolveRequiredPlaceholders(member.expression());
		}
		catch (PlaceholderResolutionException ex) {
			if (lenient()) {
				return candidate.resolvePlaceholders(member.expression());
			}
			throw missing(member, ex.getPlaceholder());
		}
	}

	/**
	 * The name of a property may be told if the code says it, and not if a value does.
	 */
	private static RejectedCandidateException missing(ValueMember member, String placeholder) {
		String property = (member.expression().contains("${" + placeholder)) ? "the property " + placeholder
				: "a property named by another one";
		return new RejectedCandidateException(null, property + " is missing, which " + member + " of the bean '"
				+ member.bean() + "' needs as it names no default");
	}

	private boolean lenient() {
		try {
			return this.beans.resolveEmbeddedValue("${" + ValueFollower.class.getName() + "}") != null;
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	private Runnable prepare(ValueMember member, @Nullable String text, CandidateEnvironment candidate)
			throws RejectedCandidateException {
		AskedNames asked = new AskedNames();
		try {
			Object value = member.convert(evaluate(text), this.beans.getTypeConverter());
			return () -> set(member, value, text);
		}
		catch (RuntimeException ex) {
			String unused = asked.during(() -> candidate.resolvePlaceholders(member.expression()));
			KeyOrigin key = asked.names()
				.stream()
				.map((name) -> Rejection.key(candidate.property(name)))
				.filter(Objects::nonNull)
				.findFirst()
				.orElse(null);
			throw new RejectedCandidateException(key,
					member + " of the bean '" + member.bean() + "' cannot take the value (" + Rejection.kind(ex) + ")");
		}
	}

	private @Nullable Object evaluate(@Nullable String text) {
		BeanExpressionResolver resolver = this.beans.getBeanExpressionResolver();
		return (resolver != null) ? resolver.evaluate(text, new BeanExpressionContext(this.beans, null)) : text;
	}

	private static void set(ValueMember member, @Nullable Object value, @Nullable String text) {
		try {
			member.set(value, text);
		}
		catch (RuntimeException | Error ex) {
			logger.error(member + " of the bean '" + member.bean() + "' keeps its former value, as it cannot be set ("
					+ Rejection.kind(ex) + ")");
		}
	}

}
