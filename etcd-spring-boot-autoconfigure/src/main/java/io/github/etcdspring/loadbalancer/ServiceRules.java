package io.github.etcdspring.loadbalancer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import java.util.zip.CRC32;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;

/**
 * The routing rules of one service. Immutable, but for the rules that have been logged.
 */
final class ServiceRules {

	private static final Log logger = LogFactory.getLog(ServiceRules.class);

	private final String service;

	private final List<Tag> tags;

	private final List<Rule> rules;

	private final Set<String> headers = new HashSet<>();

	private final Predicate<ServiceInstance> untagged;

	private final Predicate<ServiceInstance> untargeted;

	private ServiceRules(String service, List<Tag> tags, List<Rule> rules) {
		this.service = service;
		this.tags = tags;
		this.rules = rules;
		tags.forEach((tag) -> this.headers.add(tag.header()));
		rules.forEach((rule) -> this.headers.addAll(rule.headers()));
		this.untagged = (instance) -> tags.stream().noneMatch((tag) -> tag.isOn(instance));
		this.untargeted = (instance) -> rules.stream().noneMatch((rule) -> rule.isFor(instance));
	}

	/**
	 * Create the rules of a service.
	 * @param name name of the service
	 * @param properties valid properties
	 * @return the rules, {@code null} if there are none
	 */
	static @Nullable ServiceRules of(String name, EtcdRoutingProperties properties) {
		EtcdRoutingProperties.Service service = properties.services().get(name);
		List<Tag> tags = new ArrayList<>();
		new TreeMap<>(properties.tags())
			.forEach((metadata, tag) -> tags.add(new Tag(metadata, String.valueOf(tag.header()), tag.required())));
		List<Rule> rules = new ArrayList<>();
		if (service != null) {
			service.rules().forEach((rule) -> rules.add(Rule.of(rule, service.subsets())));
		}
		return (tags.isEmpty() && rules.isEmpty()) ? null : new ServiceRules(name, tags, rules);
	}

	/**
	 * Return the names of the headers that the rules evaluate.
	 */
	Set<String> headers() {
		return this.headers;
	}

	/**
	 * Choose the instances for one call.
	 * @param preferred the instances that the load balancer would choose from
	 * @param others finds further instances of the service
	 * @param headers values of the {@link #headers()} that the call has
	 * @param random returns numbers from 0 to 1, the latter excluded
	 * @return the instances to choose from, empty if the call must fail
	 */
	List<ServiceInstance> choose(List<ServiceInstance> preferred, OtherInstances others, Map<String, String> headers,
			DoubleSupplier random) {
		if (preferred.isEmpty()) {
			return preferred;
		}
		BiFunction<Predicate<ServiceInstance>, Boolean, List<ServiceInstance>> find = (matching, required) -> {
			List<ServiceInstance> found = filter(preferred, matching);
			return (found.isEmpty()) ? others.find(matching, required) : found;
		};
		for (Tag tag : this.tags) {
			String value = headers.get(tag.header());
			if (value != null) {
				List<ServiceInstance> found = find.apply((instance) -> tag.hasValue(instance, value), tag.required());
				if (!found.isEmpty() || tag.required()) {
					return found;
				}
			}
		}
		for (int i = 0; i < this.rules.size(); i++) {
			Rule rule = this.rules.get(i);
			if (rule.appliesTo(headers)) {
				List<ServiceInstance> found = rule.find(this.untagged, find, headers, random);
				if (!found.isEmpty()) {
					return found;
				}
				report(i, rule);
				if (rule.required()) {
					return found;
				}
			}
		}
		List<ServiceInstance> rest = find.apply(this.untagged.and(this.untargeted), false);
		if (rest.isEmpty()) {
			rest = find.apply(this.untagged, false);
		}
		return (rest.isEmpty()) ? preferred : rest;
	}

	private static List<ServiceInstance> filter(List<ServiceInstance> instances, Predicate<ServiceInstance> matching) {
		List<ServiceInstance> found = new ArrayList<>(instances.size());
		for (ServiceInstance instance : instances) {
			if (matching.test(instance)) {
				found.add(instance);
			}
		}
		return (found.size() == instances.size()) ? instances : found;
	}

	private void report(int index, Rule rule) {
		if (rule.reported().compareAndSet(false, true)) {
			logger.warn("No instance of service '" + this.service + "' can be called for the routing rule "
					+ "spring.cloud.etcd.loadbalancer.routing.services." + this.service + ".rules[" + index + "], "
					+ ((rule.required()) ? "its calls fail" : "its calls go to other instances"));
		}
	}

	private static @Nullable String valueOf(ServiceInstance instance, String key) {
		Map<String, String> metadata = instance.getMetadata();
		String value = (metadata != null) ? metadata.get(key) : null;
		return (value == null || value.isEmpty()) ? null : value;
	}

	/**
	 * Finds instances that the load balancer does not prefer, for example because they
	 * are in another zone.
	 */
	@FunctionalInterface
	interface OtherInstances {

		/**
		 * Find instances of the service that can be reached.
		 * @param matching selects instances
		 * @param required whether those that cannot be reached are better than none
		 * @return the instances, empty if there are none
		 */
		List<ServiceInstance> find(Predicate<ServiceInstance> matching, boolean required);

	}

	/**
	 * A metadata key whose instances are called on demand.
	 */
	private record Tag(String metadata, String header, boolean required) {

		boolean isOn(ServiceInstance instance) {
			return valueOf(instance, this.metadata) != null;
		}

		boolean hasValue(ServiceInstance instance, String value) {
			return value.equals(valueOf(instance, this.metadata));
		}

	}

	/**
	 * The metadata of the instances of a subset, with its share of the calls.
	 */
	private record Subset(Map<String, String> metadata, int share) {

		boolean contains(ServiceInstance instance) {
			for (Map.Entry<String, String> entry : this.metadata.entrySet()) {
				String value = valueOf(instance, entry.getKey());
				if (!entry.getValue().equals((value != null) ? value : "")) {
					return false;
				}
			}
			return true;
		}

	}

	/**
	 * A rule with its condition and the subsets to call.
	 */
	private record Rule(@Nullable String header, @Nullable String value, List<Subset> subsets,
			@Nullable String stickyHeader, boolean required, AtomicBoolean reported) {

		private static final int ALL = 100;

		static Rule of(EtcdRoutingProperties.Rule rule, Map<String, Map<String, String>> metadata) {
			List<Subset> subsets = new ArrayList<>();
			// Sorted, so that all callers make the same sticky choice
			Map<String, Integer> shares = (rule.to() != null) ? Map.of(rule.to(), ALL) : new TreeMap<>(rule.split());
			shares.forEach((name, share) -> subsets.add(new Subset(metadata.getOrDefault(name, Map.of()), share)));
			return new Rule(rule.header(), rule.value(), subsets, rule.stickyHeader(), rule.required(),
					new AtomicBoolean());
		}

		Set<String> headers() {
			Set<String> headers = new HashSet<>();
			if (this.header != null) {
				headers.add(this.header);
			}
			if (this.stickyHeader != null) {
				headers.add(this.stickyHeader);
			}
			return headers;
		}

		boolean appliesTo(Map<String, String> headers) {
			if (this.header == null) {
				return true;
			}
			String given = headers.get(this.header);
			return given != null && (this.value == null || this.value.equals(given));
		}

		boolean isFor(ServiceInstance instance) {
			return this.subsets.stream().anyMatch((subset) -> subset.contains(instance));
		}

		/** A subset without instances leaves its share to the others. */
		List<ServiceInstance> find(Predicate<ServiceInstance> untagged,
				BiFunction<Predicate<ServiceInstance>, Boolean, List<ServiceInstance>> find,
				Map<String, String> headers, DoubleSupplier random) {
			List<Subset> left = new ArrayList<>(this.subsets);
			int total = ALL;
			while (total > 0) {
				Subset subset = left.remove(draw(left, total, headers, random));
				List<ServiceInstance> found = find.apply(untagged.and(subset::contains), false);
				if (!found.isEmpty()) {
					return found;
				}
				total -= subset.share();
			}
			return (this.required) ? find.apply(untagged.and((instance) -> this.subsets.stream()
				.anyMatch((subset) -> subset.share() > 0 && subset.contains(instance))), true) : List.of();
		}

		private int draw(List<Subset> left, int total, Map<String, String> headers, DoubleSupplier random) {
			String sticky = (this.stickyHeader != null) ? headers.get(this.stickyHeader) : null;
			double remaining = (sticky != null) ? hash(sticky) % total : random.getAsDouble() * total;
			int index = 0;
			while (remaining >= left.get(index).share()) {
				remaining -= left.get(index).share();
				index++;
			}
			return index;
		}

		/** The same in every application and every JVM. */
		private static long hash(String value) {
			CRC32 hash = new CRC32();
			hash.update(value.getBytes(StandardCharsets.UTF_8));
			return hash.getValue();
		}

	}

}
