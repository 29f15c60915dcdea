package io.github.etcdspring.test;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes keys through the JSON gateway of etcd, with a new connection for each
 * request. It therefore works at once after a restart, without threads and without the
 * back-off of a gRPC client.
 */
final class EtcdGateway {

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	private static final ObjectMapper JSON = new ObjectMapper();

	private final InetSocketAddress address;

	EtcdGateway(InetSocketAddress address) {
		this.address = address;
	}

	/**
	 * Write keys in one transaction.
	 * @param changes values by key, empty to delete the key
	 * @return the revision, and the former values
	 * @throws IOException if etcd does not respond or rejects the request
	 */
	Written write(Map<String, Optional<String>> changes) throws IOException {
		ObjectNode request = JSON.createObjectNode();
		ArrayNode operations = request.putArray("success");
		changes.forEach((key, value) -> {
			ObjectNode operation = operations.addObject();
			ObjectNode change = operation.putObject((value.isPresent()) ? "requestPut" : "requestDeleteRange");
			change.put("key", encode(key)).put("prevKv", true);
			value.ifPresent((text) -> change.put("value", encode(text)));
		});
		JsonNode response = call("/v3/kv/txn", request);
		Map<String, Optional<String>> former = new HashMap<>();
		changes.keySet().forEach((key) -> former.put(key, Optional.empty()));
		for (JsonNode answer : response.path("responses")) {
			JsonNode put = answer.path("response_put").path("prev_kv");
			JsonNode previous = (put.isObject()) ? put : answer.path("response_delete_range").path("prev_kvs").path(0);
			if (previous.isObject()) {
				former.put(decode(previous.path("key")), Optional.of(decode(previous.path("value"))));
			}
		}
		return new Written(response.path("header").path("revision").asLong(), former);
	}

	@Nullable String read(String key) throws IOException {
		JsonNode entry = call("/v3/kv/range", JSON.createObjectNode().put("key", encode(key))).path("kvs").path(0);
		return (entry.isObject()) ? decode(entry.path("value")) : null;
	}

	private JsonNode call(String path, JsonNode request) throws IOException {
		HttpURLConnection connection = (HttpURLConnection) URI
			.create("http://" + this.address.getHostString() + ":" + this.address.getPort() + path)
			.toURL()
			.openConnection(Proxy.NO_PROXY);
		connection.setConnectTimeout((int) TIMEOUT.toMillis());
		connection.setReadTimeout((int) TIMEOUT.toMillis());
		connection.setRequestProperty("Connection", "close");
		connection.setRequestProperty("Content-Type", "application/json");
		connection.setDoOutput(true);
		try {
			connection.getOutputStream().write(JSON.writeValueAsBytes(request));
			boolean failed = connection.getResponseCode() >= 400;
			try (InputStream body = (failed) ? connection.getErrorStream() : connection.getInputStream()) {
				JsonNode response = JSON.readTree((body != null) ? body.readAllBytes() : new byte[0]);
				if (failed) {
					throw new IOException(response.path("error").asText("status " + connection.getResponseCode()));
				}
				return response;
			}
		}
		finally {
			connection.disconnect();
		}
	}

	private static String encode(String text) {
		return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
	}

	private static String decode(JsonNode base64) {
		return new String(Base64.getDecoder().decode(base64.asText("")), StandardCharsets.UTF_8);
	}

	/**
	 * Outcome of a transaction.
	 *
	 * @param revision the revision of the store
	 * @param former the former values by key, empty for keys that did not exist
	 */
	record Written(long revision, Map<String, Optional<String>> former) {

	}

}
