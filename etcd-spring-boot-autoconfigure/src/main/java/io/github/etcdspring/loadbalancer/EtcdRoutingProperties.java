package io.github.etcdspring.loadbalancer;

import java.util.Collections;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;

/**
 * Rules that send calls to instances with certain metadata. They follow configuration
 * changes. Invalid rules prevent the start of the application, and are rejected later.
 *
 * @param services Subsets and rules by the name of the called service.
 * @param tags Metadata keys of instances that are only called on demand, with the header
 * that demands them.
 * @since 0.1.0
 */
@ConfigurationProperties(prefix = "spring.cloud.etcd.loadbalancer.routing", ignoreUnknownFields = false)
public record EtcdRoutingProperties(@DefaultValue Map<String, Service> services,
		@DefaultValue Map<String, Tag> tags) implements Validator {

	private static final int PERCENT = 100;

	@Override
	public boolean supports(Class<?> type) {
		return type == EtcdRoutingProperties.class;
	}

	@Override
	public void validate(Object target, Errors errors) {
		EtcdRoutingProperties properties = (EtcdRoutingProperties) target;
		properties.tags.forEach((metadata, tag) -> {
			if (!StringUtils.hasText(tag.header)) {
				reject(errors, "tags." + metadata + ".header", "must be set");
			}
		});
		properties.services.forEach((name, service) -> {
			String field = "services." + name;
			service.subsets.forEach((subset, metadata) -> {
				// Spring Boot 4.1 binds an empty text to an empty map
				if (metadata.isEmpty()) {
					reject(errors, field + ".subsets." + subset, "must have metadata");
				}
			});
			for (int i = 0; i < service.rules.size(); i++) {
				validate(service.rules.get(i), service.subsets, field + ".rules[" + i + "]", errors);
			}
		});
	}

	private static void validate(Rule rule, Map<String, Map<String, String>> subsets, String field, Errors errors) {
		if ((rule.to != null) != rule.split.isEmpty()) {
			reject(errors, field + ".to", "must be set if there is no split, and only then");
		}
		if (rule.to != null && !subsets.containsKey(rule.to)) {
			reject(errors, field + ".to", "must be a subset of the service");
		}
		rule.split.forEach((subset, share) -> {
			if (!subsets.containsKey(subset)) {
				reject(errors, field + ".split." + subset, "must be a subset of the service");
			}
			if (share < 0) {
				reject(errors, field + ".split." + subset, "must not be negative");
			}
		});
		if (!rule.split.isEmpty() && rule.split.values().stream().mapToLong(Integer::longValue).sum() != PERCENT) {
			// A property of its own has an origin
			String subset = Collections.min(rule.split.keySet());
			reject(errors, field + ".split." + subset, "must add up to 100 with the other shares");
		}
		if (rule.header != null && !StringUtils.hasText(rule.header)) {
			reject(errors, field + ".header", "must not be empty");
		}
		if (rule.value != null && rule.header == null) {
			reject(errors, field + ".value", "must have a header");
		}
		if (rule.stickyHeader != null && rule.split.isEmpty()) {
			reject(errors, field + ".sticky-header", "must have a split");
		}
	}

	private static void reject(Errors errors, String field, String reason) {
		errors.rejectValue(field, reason, reason);
	}

	/**
	 * Subsets and rules of a service.
	 *
	 * @param subsets Metadata of the instances of each subset. An empty value stands for
	 * instances without the key.
	 * @param rules Rules in the order of their evaluation.
	 */
	public record Service(@DefaultValue Map<String, Map<String, String>> subsets, @DefaultValue List<Rule> rules) {

	}

	/**
	 * A rule of a service.
	 *
	 * @param header Header that a call must have. If not set, the rule applies to all
	 * calls.
	 * @param value Value of the header. If not set, any value.
	 * @param to Subset to call.
	 * @param split Percentage of calls by subset, instead of a single one.
	 * @param stickyHeader Header whose value decides which subset of the split is called,
	 * the same for all calls with this value.
	 * @param required Whether a call fails if the subset has no instance, instead of
	 * being passed to the next rule.
	 */
	public record Rule(@Nullable String header, @Nullable String value, @Nullable String to,
			@DefaultValue Map<String, Integer> split, @Nullable String stickyHeader,
			@DefaultValue("false") boolean required) {

	}

	/**
	 * A metadata key whose value is demanded by a header.
	 *
	 * @param header Header with the value.
	 * @param required Whether a call with the header fails if no instance has the value.
	 */
	public record Tag(@Nullable String header, @DefaultValue("false") boolean required) {

	}

}
