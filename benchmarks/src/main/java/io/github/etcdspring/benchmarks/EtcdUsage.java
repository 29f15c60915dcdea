package io.github.etcdspring.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.etcdspring.testsupport.EtcdServer;

/**
 * Counters and resource usage of etcd, read from its metrics.
 *
 * @param nanos monotonic time of the reading
 * @param values metrics by name, or by name and method
 */
public record EtcdUsage(long nanos, Map<String, Double> values) {

	private static final Pattern LINE = Pattern
		.compile("(?m)^(\\w+)(?:\\{(?:[^}]*?grpc_method=\"(\\w+)\")?[^}]*\\})? (\\S+)$");

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	public static EtcdUsage of(EtcdServer etcd) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(URI.create(etcd.endpoint() + "/metrics"))
			.timeout(Duration.ofSeconds(30))
			.build();
		Matcher lines = LINE.matcher(http.send(request, BodyHandlers.ofString()).body());
		Map<String, Double> values = new TreeMap<>();
		while (lines.find()) {
			String name = (lines.group(2) != null) ? lines.group(1) + " " + lines.group(2) : lines.group(1);
			values.merge(name, Double.parseDouble(lines.group(3)), Double::sum);
		}
		return new EtcdUsage(System.nanoTime(), values);
	}

	public EtcdUsage since(EtcdUsage before) {
		BinaryOperator<Double> difference = (earlier, later) -> later - earlier;
		Map<String, Double> differences = new TreeMap<>(before.values);
		this.values.forEach(
				(name, value) -> differences.put(name, difference.apply(before.values.getOrDefault(name, 0.0), value)));
		return new EtcdUsage(this.nanos - before.nanos, differences);
	}

	public double value(String name) {
		return this.values.getOrDefault(name, 0.0);
	}

	/** Messages received from clients for a method: one per request, more on a stream. */
	public double received(String method) {
		return value("grpc_server_msg_received_total " + method);
	}

	public double sent(String method) {
		return value("grpc_server_msg_sent_total " + method);
	}

	public double allReceived() {
		return sum("grpc_server_msg_received_total ");
	}

	public double allSent() {
		return sum("grpc_server_msg_sent_total ");
	}

	private double sum(String prefix) {
		return this.values.entrySet()
			.stream()
			.filter((value) -> value.getKey().startsWith(prefix))
			.mapToDouble(Map.Entry::getValue)
			.sum();
	}

	public double bytesReceived() {
		return value("etcd_network_client_grpc_received_bytes_total");
	}

	public double bytesSent() {
		return value("etcd_network_client_grpc_sent_bytes_total");
	}

	public double cpuSeconds() {
		return value("process_cpu_seconds_total");
	}

	public double residentMiB() {
		return value("process_resident_memory_bytes") / 1048576;
	}

	public double seconds() {
		return this.nanos / 1e9;
	}

}
