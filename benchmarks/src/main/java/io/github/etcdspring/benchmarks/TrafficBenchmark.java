package io.github.etcdspring.benchmarks;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Counts the messages that an idle application with configuration import, registration
 * and discovery sends to etcd in a minute, from etcd's metrics. The floor is the lease
 * renewals.
 */
final class TrafficBenchmark {

	private static final String RECEIVED = "grpc_server_msg_received_total ";

	/** One renewal per third of a TTL of 10 s. */
	private static final int RENEWALS = 18;

	/** Requires an etcd without other clients. */
	void run(EtcdServer etcd) throws Exception {
		EtcdUsage minute;
		ConfigurableApplicationContext application = Application.run(etcd.endpoint(), "idle",
				"--spring.config.import=etcd:");
		try {
			// the start-up is complete
			Thread.sleep(TimeUnit.SECONDS.toMillis(10));
			EtcdUsage before = EtcdUsage.of(etcd);
			Thread.sleep(TimeUnit.MINUTES.toMillis(1));
			minute = EtcdUsage.of(etcd).since(before);
		}
		finally {
			application.close();
		}
		System.out.println("| messages to etcd per minute, idle | count |");
		System.out.println("|---|---|");
		for (Map.Entry<String, Double> value : minute.values().entrySet()) {
			if (value.getKey().startsWith(RECEIVED) && value.getValue() > 0) {
				System.out.printf(Locale.ROOT, "| %s | %.0f |%n", value.getKey().substring(RECEIVED.length()),
						value.getValue());
			}
		}
		System.out.printf(Locale.ROOT, "| lease renewals with a TTL of 10 s (floor) | %d |%n", RENEWALS);
	}

}
