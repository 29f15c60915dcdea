package io.github.etcdspring.registry;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * The value of an instance's key. Writes one JSON object that this starter, clients that
 * look for {@code host} and {@code port}, and the resolver of etcd's Go client can all
 * read; reads what any of them writes, and plain {@code host:port}.
 */
public final class InstanceFormat {

	private static final ObjectMapper mapper = new ObjectMapper()
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

	private InstanceFormat() {
	}

	/**
	 * Write an instance.
	 * @param instance the instance
	 * @return the value of its key
	 */
	public static String write(EtcdServiceInstance instance) {
		ObjectNode json = mapper.createObjectNode()
			.put("id", instance.instanceId())
			.put("name", instance.serviceId())
			.put("addr", instance.authority())
			.put("host", instance.host())
			.put("port", instance.port())
			.put("secure", instance.secure())
			.put("status", instance.status());
		instance.metadata().forEach(json.putObject("metadata")::put);
		return json.toString();
	}

	/**
	 * Read an instance. Whose it is follows from the key alone.
	 * @param name the names in the key
	 * @param value the value of the key
	 * @return the instance
	 * @throws IllegalArgumentException if the value is none of the known forms, with a
	 * message that does not repeat it
	 */
	public static EtcdServiceInstance read(InstanceKeys.Name name, byte[] value) {
		String text = new String(value, StandardCharsets.UTF_8).trim();
		return (text.startsWith("{")) ? readJson(name, text) : readAddress(name, text);
	}

	private static EtcdServiceInstance readAddress(InstanceKeys.Name name, String address) {
		HostAndPort found = HostAndPort.parse(address);
		return new EtcdServiceInstance(name.serviceId(), name.instanceId(), found.host(), found.port(), false,
				EtcdServiceInstance.UP, Map.of());
	}

	private static EtcdServiceInstance readJson(InstanceKeys.Name name, String text) {
		Map<String, JsonNode> fields = fields(text);
		JsonNode host = fields.get("host");
		JsonNode port = fields.get("port");
		JsonNode address = fields.get("addr");
		HostAndPort found;
		if (host != null && host.isTextual() && port != null) {
			found = new HostAndPort(host.asText().trim(), HostAndPort.port(port.asText()));
		}
		else if (address != null && address.isTextual()) {
			found = HostAndPort.parse(address.asText().trim());
		}
		else {
			throw new IllegalArgumentException("it has neither host and port nor addr");
		}
		JsonNode secure = fields.get("secure");
		return new EtcdServiceInstance(name.serviceId(), name.instanceId(), found.host(), found.port(),
				secure != null && secure.asBoolean(), status(fields.get("status")), metadata(fields.get("metadata")));
	}

	/** Without regard to case, as Go writes and reads them. */
	private static Map<String, JsonNode> fields(String text) {
		try {
			Map<String, JsonNode> fields = new LinkedHashMap<>();
			mapper.readTree(text)
				.properties()
				.forEach((field) -> fields.putIfAbsent(field.getKey().toLowerCase(Locale.ROOT), field.getValue()));
			return fields;
		}
		catch (JsonProcessingException ex) {
			throw new IllegalArgumentException("it is not valid JSON");
		}
	}

	private static String status(@Nullable JsonNode status) {
		return (status != null && status.isTextual() && !status.asText().isBlank())
				? status.asText().trim().toUpperCase(Locale.ROOT) : EtcdServiceInstance.UP;
	}

	private static Map<String, String> metadata(@Nullable JsonNode metadata) {
		Map<String, String> values = new LinkedHashMap<>();
		if (metadata != null) {
			metadata.properties().forEach((field) -> {
				JsonNode value = field.getValue();
				if (!value.isNull()) {
					values.put(field.getKey(), (value.isValueNode()) ? value.asText() : value.toString());
				}
			});
		}
		return values;
	}

}
