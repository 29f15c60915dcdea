package io.github.etcdspring.benchmarks;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * What an application with configuration import, registration and discovery asks of etcd
 * in a minute without changes, by etcd's own counters. Floor: the renewals that its lease
 * needs.
 */
final class TrafficBenchmark {

	private static final String RECEIVED = "grpc_server_msg_received_total ";

	/** A renewal every third of ten seconds. */
	private static final int RENEWALS = 18;

	/** With an etcd that has no other client. */
	void run(EtcdServer etcd) throws Exception {
		EtcdUsage minute;
		ConfigurableApplicationContext application = Application.run(etcd.endpoint(), "idle",
				"--spring.config.import=etcd:");
		try {
			// what starting takes is over
			Thread.sleep(TimeUnit.SECONDS.toMillis(10));
			EtcdUsage before = EtcdUsage.of(etcd);
			Thread.sleep(TimeUnit.MINUTES.toMillis(1));
			minute = EtcdUsage.of(etcd).since(before);
		}
		finally {
			application.close();
		}
		System.out.println("| messages to etcd in a minute at rest | count |");
		System.out.println("|---|---|");
		for (Map.Entry<String, Double> value : minute.values().entrySet()) {
			if (value.getKey().startsWith(RECEIVED) && value.getValue() > 0) {
				System.out.printf(Locale.ROOT, "| %s | %.0f |%n", value.getKey().substring(RECEIVED.length()),
						value.getValue());
			}
		}
		System.out.printf(Locale.ROOT, "| the renewals that a TTL of 10 s needs (floor) | %d |%n", RENEWALS);
	}

}
