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
 * The value of an instance's key. Writes one JSON object that this starter, clients that
 * look for {@code host} and {@code port}, and the resolver of etcd's Go client can all
 * read; reads what any of them writes, and plain {@code host:port}.
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
	 * Read an instance. Whose it is follows from the key alone.
	 * @param name the names in the key
	 * @param value the value of the key
	 * @return the instance
	 * @throws IllegalArgumentException if the value is none of the known forms, with a
	 * message that does not repeat it
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
