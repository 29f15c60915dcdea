package io.github.etcdspring.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * What an application with configuration import, registration and discovery asks of etcd
 * in a minute without changes, by etcd's own counters. Floor: the renewals that its lease
 * needs.
 */
final class TrafficBenchmark {

	private static final Pattern RECEIVED = Pattern
		.compile("(?m)^grpc_server_msg_received_total\\{.*grpc_method=\"(\\w+)\".*} (\\S+)$");

	/** A renewal every third of ten seconds. */
	private static final int RENEWALS = 18;

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	void run(String endpoint) throws IOException, InterruptedException {
		Map<String, Double> messages;
		try (ConfigurableApplicationContext context = Application.run(endpoint, "idle",
				"--spring.config.import=etcd:")) {
			// what starting takes is over
			Thread.sleep(TimeUnit.SECONDS.toMillis(10));
			Map<String, Double> before = received(endpoint);
			Thread.sleep(TimeUnit.MINUTES.toMillis(1));
			messages = received(endpoint);
			before.forEach((method, count) -> messages.merge(method, -count, Double::sum));
		}
		System.out.println("| messages to etcd in a minute at rest | count |");
		System.out.println("|---|---|");
		messages.forEach((method, count) -> {
			if (count > 0) {
				System.out.printf(Locale.ROOT, "| %s | %.0f |%n", method, count);
			}
		});
		System.out.printf(Locale.ROOT, "| the renewals that a TTL of 10 s needs (floor) | %d |%n", RENEWALS);
	}

	private static Map<String, Double> received(String endpoint) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint + "/metrics"))
			.timeout(Duration.ofSeconds(30))
			.build();
		Map<String, Double> received = new TreeMap<>();
		Matcher lines = RECEIVED.matcher(http.send(request, BodyHandlers.ofString()).body());
		while (lines.find()) {
			received.merge(lines.group(1), Double.parseDouble(lines.group(2)), Double::sum);
		}
		return received;
	}

}
