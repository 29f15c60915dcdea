package io.github.etcdspring.discovery;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Listeners for changes of single services. Thread-safe. A listener that fails does not
 * affect the catalog.
 */
final class ServiceListeners {

	private static final Log logger = LogFactory.getLog(ServiceListeners.class);

	/** Immutable lists by service. */
	private final Map<String, List<Runnable>> listeners = new ConcurrentHashMap<>();

	void add(String service, Runnable listener) {
		this.listeners.merge(service, List.of(listener),
				(known, added) -> Stream.concat(known.stream(), added.stream()).toList());
	}

	void remove(String service, Runnable listener) {
		this.listeners.computeIfPresent(service, (name, known) -> {
			List<Runnable> left = known.stream().filter((other) -> other != listener).toList();
			return (left.isEmpty()) ? null : left;
		});
	}

	boolean exist(String service) {
		return this.listeners.containsKey(service);
	}

	void notify(Set<String> services) {
		services.forEach((service) -> run(this.listeners.getOrDefault(service, List.of())));
	}

	Set<String> services() {
		return Set.copyOf(this.listeners.keySet());
	}

	private static void run(Collection<Runnable> listeners) {
		for (Runnable listener : listeners) {
			try {
				listener.run();
			}
			catch (RuntimeException | Error ex) {
				logger.error("Listener for changes of a service failed", ex);
			}
		}
	}

}
