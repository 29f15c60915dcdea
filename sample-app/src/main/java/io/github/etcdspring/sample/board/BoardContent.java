package io.github.etcdspring.sample.board;

import java.util.Map;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * Provides the current content of each topic.
 */
@Component
@Profile("consumer")
final class BoardContent {

	private final InstanceTracker tracker;

	private final AppliedConfiguration configuration;

	private final RecentEvents events;

	private final CallHistory calls;

	private final EtcdStatus etcd;

	private final EjectedInstances ejected;

	BoardContent(InstanceTracker tracker, AppliedConfiguration configuration, RecentEvents events, CallHistory calls,
			EtcdStatus etcd, EjectedInstances ejected) {
		this.tracker = tracker;
		this.configuration = configuration;
		this.events = events;
		this.calls = calls;
		this.etcd = etcd;
		this.ejected = ejected;
	}

	Object of(Topic topic) {
		return switch (topic) {
			case INSTANCES -> this.tracker.list();
			case CONFIGURATION -> this.configuration.view();
			case EVENTS -> this.events.items();
			case STATUS -> new StatusView(this.calls.lastMinute(), this.etcd.health(), this.ejected.reasons());
		};
	}

	/**
	 * The topic that is sent every second.
	 *
	 * @param calls the calls of the last minute by instance
	 * @param etcd state of the connection to etcd
	 * @param ejected why instances are not called, by instance
	 */
	record StatusView(Map<String, CallSeries.Minute> calls, EtcdStatus.Health etcd, Map<String, String> ejected) {

	}

}
