package io.github.etcdspring.registry;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

import com.fasterxml.jackson.core.JsonGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the value of an instance's key. Writes a JSON object that is
 * compatible with this starter, with clients that read {@code host} and {@code port}, and
 * with the resolver of etcd's Go client. Reads the formats of all of them, that of
 * Kratos, and {@code host:port}.
 */
public final class InstanceFormat {

	private InstanceFormat() {
	}

	/**
	 * Write an instance.
	 * @param instance the instance
	 * @return the value of its key
	 */
	public static String write(EtcdServiceInstance instance) {
		StringWriter written = new StringWriter();
		try (JsonGenerator json = InstanceJson.FACTORY.createGenerator(written)) {
			json.writeStartObject();
			json.writeStringField("id", instance.instanceId());
			json.writeStringField("name", instance.serviceId());
			json.writeStringField("addr", instance.authority());
			json.writeStringField("host", instance.host());
			json.writeNumberField("port", instance.port());
			json.writeBooleanField("secure", instance.secure());
			json.writeStringField("status", instance.status());
			json.writeObjectFieldStart("metadata");
			for (Map.Entry<String, String> entry : instance.metadata().entrySet()) {
				json.writeStringField(entry.getKey(), entry.getValue());
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return written.toString();
	}

	/**
	 * Read an instance. Service name and instance id are taken from its key.
	 * @param name the names in the key
	 * @param value the value of the key
	 * @return the instance
	 * @throws IllegalArgumentException if the value has an unknown format; the message
	 * does not contain the value
	 */
	public static EtcdServiceInstance read(InstanceKey name, byte[] value) {
		String text = new String(value, StandardCharsets.UTF_8).trim();
		return (text.startsWith("{")) ? readJson(name, text) : readAddress(name, text);
	}

	private static EtcdServiceInstance readAddress(InstanceKey name, String address) {
		HostAndPort found = HostAndPort.parse(address);
		return new EtcdServiceInstance(name.serviceId(), name.instanceId(), found.host(), found.port(), false,
				EtcdServiceInstance.UP, Map.of());
	}

	private static EtcdServiceInstance readJson(InstanceKey name, String text) {
		InstanceJson json = InstanceJson.read(text);
		HostAndPort found;
		if (json.host() != null && json.port() != null) {
			found = new HostAndPort(json.host().trim(), HostAndPort.port(json.port()));
		}
		else if (json.address() != null) {
			found = HostAndPort.parse(json.address().trim());
		}
		else if (!json.endpoints().isEmpty()) {
			return KratosFormat.read(name, json);
		}
		else {
			throw new IllegalArgumentException("fields 'host' and 'port', or 'addr', are missing");
		}
		return new EtcdServiceInstance(name.serviceId(), name.instanceId(), found.host(), found.port(), json.secure(),
				status(json.status()), json.metadata());
	}

	private static String status(@Nullable String status) {
		return (status != null && !status.isBlank()) ? status.trim().toUpperCase(Locale.ROOT) : EtcdServiceInstance.UP;
	}

}
