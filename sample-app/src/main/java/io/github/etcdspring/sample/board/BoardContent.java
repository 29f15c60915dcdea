package io.github.etcdspring.sample.board;

import java.util.Map;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * What there is to see of each topic now.
 */
@Component
@Profile("consumer")
final class BoardContent {

	private final Sightings sightings;

	private final ConfigurationInForce configuration;

	private final News news;

	private final CallHistory calls;

	private final EtcdInWords etcd;

	BoardContent(Sightings sightings, ConfigurationInForce configuration, News news, CallHistory calls,
			EtcdInWords etcd) {
		this.sightings = sightings;
		this.configuration = configuration;
		this.news = news;
		this.calls = calls;
		this.etcd = etcd;
	}

	Object of(Topic topic) {
		return switch (topic) {
			case INSTANCES -> this.sightings.list();
			case CONFIGURATION -> this.configuration.view();
			case NEWS -> this.news.items();
			case PULSE -> new Pulse(this.calls.lastMinute(), this.etcd.health());
		};
	}

	/**
	 * What is sent every second.
	 *
	 * @param calls the calls of the last minute by instance
	 * @param etcd how the shop stands with etcd
	 */
	record Pulse(Map<String, CallSeries.Minute> calls, EtcdInWords.Health etcd) {

	}

}
